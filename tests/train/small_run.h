/* A small network on a backend, the CPU's unless said otherwise, with what a training run needs around it. */
#ifndef MATINEE_TESTS_SMALL_RUN_H
#define MATINEE_TESTS_SMALL_RUN_H

#include "matinee/trainer.h"

struct small_sizes {
    int V, T, E, H, batch_size, threads;
};

struct small_run {
    struct backend *backend;
    struct spec spec;
    struct parameter_table table;
    struct training_state state;
    struct network network;
};

/* Weights are Keras' initial ones for seed 7. */
void small_run_open(struct small_run *run, struct small_sizes sizes, double learning_rate);

/* The same of any spec; mask_seed is that of the dropout masks. */
void small_run_open_spec(struct small_run *run, const struct spec *spec, int batch_size, int threads,
                         uint64_t mask_seed);

/* The same on an open backend, which the run's close closes. */
void small_run_open_on(struct small_run *run, struct backend *backend, const struct spec *spec,
                       int batch_size, uint64_t mask_seed);
void small_run_close(struct small_run *run);

/* Epochs over the reviews from the run's state, which moves on; no validation. Returns the last epoch's score. */
struct score small_run_fit(struct small_run *run, const struct reviews *reviews, int epochs, int batch_size,
                           uint64_t seed);

/* Fails the running test unless weights, moments, average and iterations are the same to the bit. */
void small_run_expect_same(const char *what, const struct small_run *a, const struct small_run *b);

/* Random reviews with pads in front and random labels. */
void small_reviews_open(struct reviews *reviews, int count, int T, int V);
void small_reviews_close(struct reviews *reviews);

/* Rows rows[0] .. rows[count-1] of others. */
void small_reviews_pick(struct reviews *reviews, const struct reviews *from, const int32_t *rows, int count);

#endif
