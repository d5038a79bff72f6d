/* How long training steps take, through the trainer itself, and what they had to compute meanwhile. */
#ifndef BENCH_TIMING_H
#define BENCH_TIMING_H

#include "flops.h"

#include "matinee/data.h"
#include "matinee/trainer.h"

enum { STEPS_MAX = 100000 };

struct timing_options {
    int steps; /* to time; three more warm up before them */
    int group; /* steps that are timed together, whose mean is one time: of a GPU the trainer hears only now and then */
    int ahead; /* steps more that a device may have done before it is stopped */
    int batch_size;
    uint64_t seed; /* of the order */
    /* NULL, or called after each step that is timed and counted, while its batch is still there; us: its time. seen as
     * for step_work_of. */
    void (*step)(void *context, const struct pass *pass, double us, unsigned char *seen);
    void *context;
};

struct timing {
    double *us; /* (count) */
    int count;
    bool is_counted;       /* the backend's memory is the host's */
    struct step_work work; /* of a step, the mean over those that ended a group */
    double foreign_load;   /* processors busy with other work meanwhile; below 0: not known */
};

/* Reviews that all these steps together read. More than an int holds: INT_MAX. */
int timing_reviews(const struct timing_options *options);

/* Times steps of a network with these weights, in one epoch over the reviews, which are taken over and over if there
 * are too few. timing_close() also after a failure. */
bool timing_run(struct timing *timing, const struct timing_options *options, struct network *network,
                struct training_state *state, const struct reviews *train, struct error *error);
void timing_close(struct timing *timing);

/* Memory for reviews that are still to be written. reviews_free() also after a failure, here and below. */
bool reviews_open(struct reviews *reviews, int count, int T, struct error *error);
void reviews_free(struct reviews *reviews);

/* `count` reviews of the last T words: those of `from`, over and over. T is at most that of `from`. */
bool reviews_take(struct reviews *taken, const struct reviews *from, int count, int T, struct error *error);

#endif
