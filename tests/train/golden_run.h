/* A golden file's network on the CPU backend, and its reviews. */
#ifndef MATINEE_TESTS_GOLDEN_RUN_H
#define MATINEE_TESTS_GOLDEN_RUN_H

#include "golden.h"
#include "matinee/trainer.h"

struct golden_run {
    struct golden golden;
    struct backend *backend;
    struct spec spec;
    struct parameter_table table;
    struct training_state state;
    struct network network;
    struct reviews reviews;             /* of the file; the tokens and labels are the file's */
    uint8_t *masks[SPEC_MAX_LAYERS][3]; /* output, input, recurrent, in the backend's memory; NULL: none */
};

/* The network of mMODEL.json with the weights that it has before training. */
void golden_run_open(struct golden_run *run, int model, int threads);
void golden_run_close(struct golden_run *run);

/* Puts the masks of steps[s] where the network reads them. */
void golden_run_upload_masks(struct golden_run *run, int s);

/* The file's values, each within what the golden files allow. */
void golden_run_expect_predictions(struct golden_run *run, const double *expected);
void golden_run_expect_step(const struct golden_run *run, int s, double loss);
void golden_run_expect_moments(const struct golden_run *run);

#endif
