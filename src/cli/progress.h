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

/* The bar of verbose=1, from the counter to the last metric, with its colours; *width is what it takes on screen. */
void progress_bar_text(char text[PROGRESS_TEXT_BYTES], const struct progress_line *line, int *width);

/* The line of verbose=2, without a newline. */
void progress_plain_text(char text[PROGRESS_TEXT_BYTES], const struct progress_line *line);

struct progress {
    FILE *stream;
    bool terminal;
    double drawn;              /* seconds of the epoch at the last redraw; below 0: none yet */
    double first_step_seconds; /* of this epoch */
    int width;                 /* of what stands on the line; 0: nothing */
};

struct progress progress_open(FILE *stream, bool terminal);

/* Events of the trainer. Write errors stay in the stream. */
void progress_epoch_begin(struct progress *progress, int epoch, int epochs);
void progress_step(struct progress *progress, const struct step_progress *step);

/* The seconds shown are those of the epoch with its validation, as in Keras; the step time is that of training alone,
 * where Keras divides the whole. */
void progress_epoch_end(struct progress *progress, const struct epoch_record *record);

/* Ends a line that an interruption left open. */
void progress_close(struct progress *progress);

#endif
