/* Progress of training as Keras 3 shows it: a bar on a terminal, one line an epoch elsewhere. */
#ifndef MATINEE_CLI_PROGRESS_H
#define MATINEE_CLI_PROGRESS_H

#include "matinee/trainer.h"

#include <stdbool.h>
#include <stdio.h>

enum { PROGRESS_TEXT_BYTES = 1024 };

/* What one line shows. */
struct progress_line {
    int step, steps;
    bool finished;       /* of the epoch, validation included: shows `seconds` in place of what is left */
    double seconds;      /* since the epoch began */
    double step_seconds; /* of a step, the first left out */
    struct score train;
    bool validated;
    struct score validation;
};

/* How a bar is shown. */
struct progress_look {
    bool colours; /* escape sequences for colours and bold; without them what is left of the bar is blank */
    int columns;  /* of the terminal; 0: no limit */
};

/* The bar of verbose=1, from the counter to the last metric. Returns what it takes on screen, which is below
 * look->columns: for that the bar gets shorter, then goes, then the metrics and the times from the end. */
int progress_bar_text(char text[PROGRESS_TEXT_BYTES], const struct progress_line *line,
                      const struct progress_look *look);

/* The line of verbose=2, without a newline. */
void progress_plain_text(char text[PROGRESS_TEXT_BYTES], const struct progress_line *line);

struct progress {
    FILE *stream;
    bool redraws;              /* a bar that is drawn over; otherwise one line an epoch */
    struct progress_look look; /* its columns are asked for at each redraw */
    double drawn;              /* seconds of the epoch at the last redraw; below 0: none yet */
    double first_step_seconds; /* of this epoch */
    int width;                 /* of what stands on the line; 0: nothing */
};

/* A bar if the stream is a terminal that can go back over a line. */
struct progress progress_open(FILE *stream);

/* Events of the trainer. Write errors stay in the stream. */
void progress_epoch_begin(struct progress *progress, int epoch, int epochs);
void progress_step(struct progress *progress, const struct step_progress *step);

/* The seconds shown are those of the epoch with its validation, as in Keras; the step time is that of training alone,
 * where Keras divides the whole. */
void progress_epoch_end(struct progress *progress, const struct epoch_record *record);

/* Ends a line that an interruption left open. */
void progress_close(struct progress *progress);

#endif
