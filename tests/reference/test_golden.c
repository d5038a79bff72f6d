/* The reference against Keras: three training steps of golden m1 in double. */
#include "compare.h"
#include "golden.h"
#include "reference/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Positions in a file's order of tensors. */
enum { EMBEDDINGS, KERNEL, RECURRENT_KERNEL, BIAS, HEAD_KERNEL, HEAD_BIAS, TENSORS };

static const struct tolerance within_2e6 = {.absolute = 2e-6};

struct trainer {
    const struct golden *golden;
    double *weights, *gradients, *m, *v; /* arenas */
    double *h, *dh, *saved, *prob, *dz, *labels;
    double loss; /* summed over the batch */
};

static void trainer_open(struct trainer *trainer, const struct golden *golden)
{
    size_t states = (size_t)golden->N * (size_t)golden->H, rows = (size_t)golden->N;
    *trainer = (struct trainer){.golden = golden,
                                .weights = allocate(golden->total_count, sizeof(double)),
                                .gradients = allocate(golden->total_count, sizeof(double)),
                                .m = allocate(golden->total_count, sizeof(double)),
                                .v = allocate(golden->total_count, sizeof(double)),
                                .h = allocate(states, sizeof(double)),
                                .dh = allocate(states, sizeof(double)),
                                .prob = allocate(rows, sizeof(double)),
                                .dz = allocate(rows, sizeof(double)),
                                .labels = allocate(rows, sizeof(double))};
    trainer->saved = allocate(reference_lstm_saved_count(&(struct reference_lstm){
                                  .T = golden->T, .N = golden->N, .H = golden->H, .D = 1}),
                              sizeof(double));
    memcpy(trainer->weights, golden->weights0, golden->total_count * sizeof(double));
    for (size_t n = 0; n < rows; n++)
        trainer->labels[n] = golden->y[n];
}

static void trainer_close(struct trainer *trainer)
{
    double *const owned[] = {trainer->weights, trainer->gradients, trainer->m,     trainer->v,
                             trainer->h,       trainer->dh,        trainer->saved, trainer->prob,
                             trainer->dz,      trainer->labels};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        free(owned[i]);
}

static double *part(const struct trainer *trainer, double *arena, int tensor)
{
    return arena + trainer->golden->tensors[tensor].offset;
}

static struct reference_lstm forward(struct trainer *trainer)
{
    const struct golden *golden = trainer->golden;
    struct reference_lstm lstm = {.T = golden->T,
                                  .N = golden->N,
                                  .V = golden->V,
                                  .E = golden->E,
                                  .H = golden->H,
                                  .D = 1,
                                  .tokens = golden->x,
                                  .embeddings = part(trainer, trainer->weights, EMBEDDINGS),
                                  .weights = {{part(trainer, trainer->weights, KERNEL),
                                               part(trainer, trainer->weights, RECURRENT_KERNEL),
                                               part(trainer, trainer->weights, BIAS)}},
                                  .y = trainer->h,
                                  .saved = trainer->saved};
    int64_t correct = 0;
    trainer->loss = 0.0;
    reference_lstm(&lstm);
    reference_dense_bce(&(struct reference_dense_bce){.N = golden->N,
                                                      .F = golden->H,
                                                      .h = trainer->h,
                                                      .kernel = part(trainer, trainer->weights, HEAD_KERNEL),
                                                      .bias = part(trainer, trainer->weights, HEAD_BIAS),
                                                      .labels = trainer->labels,
                                                      .prob = trainer->prob,
                                                      .dz = trainer->dz,
                                                      .loss = &trainer->loss,
                                                      .correct = &correct});
    return lstm;
}

static void step(struct trainer *trainer, int t)
{
    const struct golden *golden = trainer->golden;
    memset(trainer->gradients, 0, golden->total_count * sizeof(double));
    struct reference_lstm lstm = forward(trainer);
    reference_dense_backward(
        &(struct reference_dense_backward){.N = golden->N,
                                           .F = golden->H,
                                           .h = trainer->h,
                                           .kernel = part(trainer, trainer->weights, HEAD_KERNEL),
                                           .dz = trainer->dz,
                                           .dh = trainer->dh,
                                           .dkernel = part(trainer, trainer->gradients, HEAD_KERNEL),
                                           .dbias = part(trainer, trainer->gradients, HEAD_BIAS)});
    reference_lstm_backward(
        &(struct reference_lstm_backward){.forward = lstm,
                                          .dy = trainer->dh,
                                          .dembeddings = part(trainer, trainer->gradients, EMBEDDINGS),
                                          .gradients = {{part(trainer, trainer->gradients, KERNEL),
                                                         part(trainer, trainer->gradients, RECURRENT_KERNEL),
                                                         part(trainer, trainer->gradients, BIAS)}}});
    reference_adam(&(struct reference_adam){.count = golden->total_count,
                                            .alpha = reference_adam_alpha(1e-3, 0.9, 0.999, t),
                                            .beta_1 = 0.9,
                                            .beta_2 = 0.999,
                                            .epsilon = 1e-7,
                                            .gradients = trainer->gradients,
                                            .weights = trainer->weights,
                                            .m = trainer->m,
                                            .v = trainer->v});
}

static void expect_moments(const struct trainer *trainer, const char *what, double *moments, double *expected)
{
    for (int i = 0; i < TENSORS; i++) {
        size_t count = trainer->golden->tensors[i].count;
        const double *wanted = part(trainer, expected, i);
        expect_close_doubles(what, part(trainer, moments, i), wanted, count, of_largest(1e-5, wanted, count));
    }
}

static void test_m1(void **state)
{
    (void)state;
    struct golden golden;
    struct trainer trainer;
    golden_open(&golden, MATINEE_FIXTURES "/golden", 1);
    assert_int_equal(golden.tensor_count, TENSORS);
    trainer_open(&trainer, &golden);

    forward(&trainer);
    expect_close_doubles("predictions before training", trainer.prob, golden.predict0, (size_t)golden.N,
                         within_2e6);
    for (int s = 0; s < GOLDEN_STEPS; s++) {
        char what[64];
        snprintf(what, sizeof what, "weights after step %d", s + 1);
        step(&trainer, s + 1);
        expect_close_number("loss", trainer.loss / golden.N, golden.steps[s].loss, within_2e6);
        expect_close_doubles(what, trainer.weights, golden.steps[s].weights, golden.total_count, within_2e6);
    }
    expect_moments(&trainer, "Adam's m", trainer.m, golden.adam_m);
    expect_moments(&trainer, "Adam's v", trainer.v, golden.adam_v);
    forward(&trainer);
    expect_close_doubles("predictions after training", trainer.prob, golden.predict3, (size_t)golden.N,
                         within_2e6);

    trainer_close(&trainer);
    golden_close(&golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_m1)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
