#include "ops/dropout_case.h"

#include "compare.h"
#include "guarded.h"
#include "matinee/rng.h"
#include "reference/layers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { STEP = 7, FIRST_ROW = 2 };

struct dropout_case {
    struct dropout_dims dims;
    size_t count, mask_count;
    struct dropout dropout; /* as a function, without its state */
    uint8_t *keep;          /* (mask_count)  the same mask, given */
    float *x;
    double *y; /* by the reference */
};

static void run_reference(struct dropout_case *dropout_case, const float *mask)
{
    size_t count = dropout_case->count;
    double *x = allocate(count, sizeof *x), *factors = allocate(dropout_case->mask_count, sizeof *factors);
    for (size_t k = 0; k < count; k++)
        x[k] = (double)dropout_case->x[k];
    for (size_t k = 0; k < dropout_case->mask_count; k++)
        factors[k] = (double)mask[k];
    reference_dropout(&(struct reference_dropout){.T = dropout_case->dims.T,
                                                  .N = dropout_case->dims.N,
                                                  .F = dropout_case->dims.F,
                                                  .unit = dropout_case->dims.unit,
                                                  .mask = factors,
                                                  .x = x,
                                                  .y = dropout_case->y});
    free(x);
    free(factors);
}

/* Elements of a row's mask. */
static size_t units_of_row(struct dropout_dims dims)
{
    size_t T = (size_t)dims.T, F = (size_t)dims.F;
    return dims.unit == DROP_FEATURES ? F : dims.unit == DROP_STEPS ? T : T * F;
}

static void dropout_case_open(struct dropout_case *dropout_case, struct dropout_dims dims, float rate)
{
    size_t N = (size_t)dims.N, row_count = units_of_row(dims), mask_count = N * row_count;
    size_t count = N * (size_t)dims.T * (size_t)dims.F;
    struct dropout_key key = {.seed = 5, .stream = 77, .step = STEP};
    struct rng rng = rng_open(73, RNG_SAMPLE, (uint32_t)count);
    *dropout_case = (struct dropout_case){
        .dims = dims,
        .count = count,
        .mask_count = mask_count,
        .dropout = {.rate = rate, .seed = key.seed, .stream = key.stream, .first_row = FIRST_ROW},
        .keep = allocate(mask_count, 1),
        .x = allocate(count, sizeof(float)),
        .y = allocate(count, sizeof(double))};
    float *mask = allocate(mask_count, sizeof *mask);
    for (size_t n = 0; n < N; n++)
        dropout_mask(&key, FIRST_ROW + (uint32_t)n, rate, 0, row_count, mask + n * row_count);
    for (size_t k = 0; k < count; k++)
        dropout_case->x[k] = (float)(2.0 * rng_uniform(&rng) - 1.0);
    for (size_t k = 0; k < mask_count; k++)
        dropout_case->keep[k] = mask[k] > 0.0f;
    run_reference(dropout_case, mask);
    free(mask);
}

static void dropout_case_close(struct dropout_case *dropout_case)
{
    free(dropout_case->keep);
    free(dropout_case->x);
    free(dropout_case->y);
}

struct way {
    bool given, in_place, backward;
};

/* Fills y with what the op makes of x. */
static void run(const struct dropout_case *dropout_case, struct backend *backend, uint32_t step,
                struct way way, float *y)
{
    const struct dropout_dims *dims = &dropout_case->dims;
    const struct step_state state = {.step = step};
    size_t bytes = dropout_case->count * sizeof(float);
    struct guarded memory = guarded_open(backend);
    struct dropout_layer op = {
        .T = dims->T, .N = dims->N, .F = dims->F, .unit = dims->unit, .dropout = dropout_case->dropout};
    struct op_sizes sizes = backend->memory->dropout_sizes(backend, &op);
    op.dropout.state = guarded_input(&memory, "state", &state, sizeof state);
    if (way.given)
        op.dropout.keep = guarded_input(&memory, "keep", dropout_case->keep, dropout_case->mask_count);
    op.y = way.in_place ? guarded_inout(&memory, "x and y", dropout_case->x, bytes)
                        : guarded_output(&memory, "y", bytes);
    op.x = way.in_place ? op.y : guarded_input(&memory, "x", dropout_case->x, bytes);
    op.saved = guarded_output(&memory, "saved", sizes.saved_bytes);
    if (way.backward)
        backend->ops->dropout_backward(backend, &op);
    else
        backend->ops->dropout(backend, &op);
    backend->memory->download(backend, y, op.y, bytes);
    guarded_close(&memory);
}

void dropout_case_check(struct backend *backend, struct dropout_dims dims, float rate)
{
    struct dropout_case dropout_case;
    dropout_case_open(&dropout_case, dims, rate);
    float *y = allocate(dropout_case.count, sizeof *y);
    for (int i = 0; i < 8; i++) {
        struct way way = {.given = i & 1, .in_place = i & 2, .backward = i & 4};
        fill_nan(y, dropout_case.count);
        run(&dropout_case, backend, STEP, way, y);
        expect_close(way.backward ? "dx" : "y", y, dropout_case.y, dropout_case.count,
                     (struct tolerance){.relative = 1e-6});
    }
    free(y);
    dropout_case_close(&dropout_case);
}

void dropout_case_check_steps(struct backend *backend)
{
    enum { T = 50, F = 50 };
    float y[2][T * F];
    for (int unit = DROP_ELEMENTS; unit <= DROP_STEPS; unit++) {
        struct dropout_case dropout_case;
        dropout_case_open(&dropout_case, (struct dropout_dims){T, 1, F, (enum dropout_unit)unit}, 0.5f);
        for (uint32_t step = 0; step < 2; step++)
            run(&dropout_case, backend, step, (struct way){.in_place = false}, y[step]);
        assert_memory_not_equal(y[0], y[1], sizeof y[0]);
        dropout_case_close(&dropout_case);
    }
}
