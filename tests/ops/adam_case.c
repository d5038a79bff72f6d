#include "ops/adam_case.h"

#include "compare.h"
#include "guarded.h"
#include "matinee/rng.h"
#include "reference/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { STEPS = 3 };

static const double beta_1 = 0.9, beta_2 = 0.999;
static const float epsilon = 1e-7f;

/* Gradients of many sizes: ones, nothing at all, and so small that epsilon weighs as much as sqrt(v). */
static void fill_gradients(float *gradients, size_t count, struct rng *rng)
{
    static const float scales[] = {10.0f, 1.0f, 0.0f, 1e-3f, 3e-6f, 1e-9f};
    for (size_t k = 0; k < count; k++)
        gradients[k] = scales[rng_below(rng, 6)] * (float)(2.0 * rng_uniform(rng) - 1.0);
}

/* Arenas of a run: the gradients of each step, and what Adam moves. */
struct adam_run {
    size_t count;
    bool averages;
    float *gradients, *weights, *m, *v, *average;
};

static void expect_step(const struct adam_run *before, const struct adam_run *after,
                        const struct step_state *state)
{
    static const struct tolerance agreement = {.absolute = 1e-7, .relative = 1e-6};
    for (size_t k = 0; k < before->count; k++) {
        double g = before->gradients[k], w = before->weights[k], m = before->m[k], v = before->v[k];
        double average = before->average[k];
        reference_adam(&(struct reference_adam){.count = 1,
                                                .alpha = state->alpha,
                                                .ema_momentum = state->ema_momentum,
                                                .beta_1 = beta_1,
                                                .beta_2 = beta_2,
                                                .epsilon = epsilon,
                                                .gradients = &g,
                                                .weights = &w,
                                                .m = &m,
                                                .v = &v,
                                                .average = before->averages ? &average : NULL});
        expect_close("m", &after->m[k], &m, 1, agreement);
        expect_close("v", &after->v[k], &v, 1, agreement);
        expect_close("weight", &after->weights[k], &w, 1, agreement);
        expect_close("average", &after->average[k], &average, 1, agreement);
    }
}

static struct adam_run adam_run_open(size_t count, bool averages)
{
    return (struct adam_run){.count = count,
                             .averages = averages,
                             .average = allocate(count, sizeof(float)),
                             .gradients = allocate(count, sizeof(float)),
                             .weights = allocate(count, sizeof(float)),
                             .m = allocate(count, sizeof(float)),
                             .v = allocate(count, sizeof(float))};
}

static void adam_run_close(struct adam_run *run)
{
    free(run->gradients);
    free(run->weights);
    free(run->m);
    free(run->v);
    free(run->average);
}

/* One step on the backend: `before` to `after`. */
static void step(struct backend *backend, const struct adam_run *before, struct adam_run *after,
                 const struct step_state *state)
{
    size_t bytes = before->count * sizeof(float);
    struct guarded memory = guarded_open(backend);
    struct adam op = {.count = before->count, .beta_1 = beta_1, .beta_2 = beta_2, .epsilon = epsilon};
    op.state = guarded_input(&memory, "state", state, sizeof *state);
    op.gradients = guarded_input(&memory, "gradients", before->gradients, bytes);
    op.weights = guarded_inout(&memory, "weights", before->weights, bytes);
    op.m = guarded_inout(&memory, "m", before->m, bytes);
    op.v = guarded_inout(&memory, "v", before->v, bytes);
    if (before->averages)
        op.average = guarded_inout(&memory, "average", before->average, bytes);
    backend->ops->adam(backend, &op);
    if (before->averages)
        backend->memory->download(backend, after->average, op.average, bytes);
    backend->memory->download(backend, after->weights, op.weights, bytes);
    backend->memory->download(backend, after->m, op.m, bytes);
    backend->memory->download(backend, after->v, op.v, bytes);
    guarded_close(&memory);
}

/* A learning rate of 0.1: with Keras' 0.001 the absolute tolerance would hide a wrong epsilon. The first average is the
 * weights, whatever stood there. */
static void check_steps(struct backend *backend, size_t count, bool averages)
{
    struct adam_run before = adam_run_open(count, averages), after = adam_run_open(count, averages);
    struct rng rng = rng_open(41, RNG_SAMPLE, (uint32_t)count);
    for (size_t k = 0; k < count; k++) {
        before.weights[k] = (float)(2.0 * rng_uniform(&rng) - 1.0);
        before.average[k] = after.average[k] = 3.0f;
    }
    for (int t = 1; t <= STEPS; t++) {
        const struct step_state state = {.alpha = (float)reference_adam_alpha(0.1, 0.9, 0.999, t),
                                         .ema_momentum = t > 1 ? 0.7f : 0.0f};
        fill_gradients(before.gradients, count, &rng);
        step(backend, &before, &after, &state);
        expect_step(&before, &after, &state);
        if (averages && t == 1)
            expect_equal_bits("first average", after.average, after.weights, count * sizeof(float));
        memcpy(before.weights, after.weights, count * sizeof(float));
        memcpy(before.m, after.m, count * sizeof(float));
        memcpy(before.v, after.v, count * sizeof(float));
        memcpy(before.average, after.average, count * sizeof(float));
    }
    adam_run_close(&before);
    adam_run_close(&after);
}

void adam_case_check(struct backend *backend, size_t count)
{
    check_steps(backend, count, false);
    check_steps(backend, count, true);
}

void adam_case_check_without_gradient(struct backend *backend)
{
    struct adam_run before = adam_run_open(1, false), after = adam_run_open(1, false);
    before.m[0] = 1.0f;
    before.v[0] = 1.0f;
    step(backend, &before, &after, &(struct step_state){.alpha = 0.1f});
    assert_true(after.weights[0] < -0.08f);
    assert_true(after.m[0] < 0.95f);
    adam_run_close(&before);
    adam_run_close(&after);
}
