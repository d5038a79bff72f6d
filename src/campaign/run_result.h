/* What a run directory says of the run in it: run.json of `matinee train`, and what a campaign has put beside it. */
#ifndef MATINEE_CAMPAIGN_RUN_RESULT_H
#define MATINEE_CAMPAIGN_RUN_RESULT_H

#include "matinee/trainer.h"

enum { CAMPAIGN_PATH_BYTES = 4096, DEVICE_NAME_BYTES = 256 };

/* What processes of this run cost, and what the model scored after it. */
struct run_cost {
    double wall_seconds,
        cpu_seconds;    /* from a start to a saved model; sums, if it was interrupted; NaN: not known */
    int64_t peak_bytes; /* 0: not known */
    struct score test;  /* of `matinee evaluate`; NaN: it was not asked */
};

struct run_result {
    int epoch_count;
    struct epoch_record *epochs; /* (epoch_count) a figure that run.json lacks is NaN */
    int64_t parameters;
    int train_reviews, validation_reviews;
    char device[DEVICE_NAME_BYTES], engine[32];
    struct run_cost cost;
};

enum run_stage {
    RUN_ABSENT,
    RUN_BEGUN, /* there is a model that `train --resume` may go on with */
    RUN_COMPLETE,
};

/* Reads what there is; a result of another stage than RUN_COMPLETE is empty but for its cost, if that is known. A run
 * is complete with a run.json that says so and the cost file. False without memory. Close it in any case. */
bool run_result_read(struct run_result *result, enum run_stage *stage, const char *directory,
                     struct error *error);
void run_result_close(struct run_result *result);

/* Writes the cost file, cost.json. */
bool run_cost_write(const struct run_cost *cost, const char *directory, struct error *error);

/* Removes it, if it is there. */
void run_cost_remove(const char *directory);

/* Seconds of an epoch, validation left out: the mean of its epochs. NaN of none. */
double run_epoch_seconds(const struct run_result *result);

/* Of the last epoch; NaN where it was not validated. */
struct score run_last_validation(const struct run_result *result);

/* On the test reviews if the model was evaluated on them, else of the last validation. */
double run_accuracy(const struct run_result *result);

/* Takes the score from what `matinee evaluate --json` has printed. */
bool run_cost_take_score(struct run_cost *cost, const char *text, struct error *error);

#endif
