/* What runs of several models say, paired by seed: numbers only. */
#ifndef MATINEE_CAMPAIGN_COMPARISON_H
#define MATINEE_CAMPAIGN_COMPARISON_H

#include "claims.h"
#include "run_result.h"

/* The runs; one that is missing, or is short of epochs, counts in nothing that needs it. */
struct compared_runs {
    int model_count, seed_count;
    const char *const *models;               /* (model_count) names */
    const struct run_result *const *results; /* (seed_count, model_count) NULL: not done */
    int baseline;                            /* index of a model */
};

/* Over the seeds of a model, at the end of an epoch. */
struct epoch_summary {
    struct sample loss, accuracy, validation_loss, validation_accuracy;
};

struct model_summary {
    const char *name;
    int64_t parameters;           /* 0: not known */
    struct sample accuracy, loss; /* of the validation after the last epoch */
    struct sample epoch_seconds;  /* validation left out */
    struct sample wall_seconds;   /* of a run */
    struct sample
        accuracy_difference;      /* to the baseline; count 0: this is the baseline, or no seed has both */
    struct sample time_ratio;     /* the same */
    int epoch_count;              /* the most that a run has */
    struct epoch_summary *epochs; /* (epoch_count) */
};

/* A claim about models that are all compared. */
struct claim_result {
    const struct claim *claim;
    struct sample measured;
    enum verdict verdict;
};

struct comparison {
    int model_count, claim_count;
    struct model_summary *models;
    struct claim_result *claims;
};

bool comparison_open(struct comparison *comparison, const struct compared_runs *runs, struct error *error);
void comparison_close(struct comparison *comparison);

#endif
