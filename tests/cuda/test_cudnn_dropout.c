/* What cuDNN drops (--dropout-masks cudnn), over a stand-in of the library or on a device: Dropout layers, the
 * embedding's elements, and between the layers of an lstm. */
#include "compare.h"
#include "cuda_fixture.h"
#include "guarded.h"
#include "matinee/dims.h"
#include "matinee/rng.h"
#include "ops/dropout_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct backend_options with_masks = {
    .device = "cuda", .engine = ENGINE_CUDNN, .masks = MASKS_CUDNN};

static int open_with_masks(void **state)
{
    (void)state;
    return cuda_fixture_open_with(&with_masks, &cuda) ? 0 : -1;
}

enum { T = 9, N = 7, F = 133, COUNT = T * N * F };

/* A Dropout layer of ones: so y is the mask. The way back is in place. */
struct layer {
    struct guarded memory;
    struct dropout_layer forward, backward;
};

static struct layer open_layer(struct backend *backend, uint64_t seed, float rate)
{
    static float ones[COUNT];
    for (int i = 0; i < COUNT; i++)
        ones[i] = 1.0f;
    struct layer layer = {.memory = guarded_open(backend)};
    layer.forward = (struct dropout_layer){.T = T, .N = N, .F = F, .dropout = {.rate = rate, .seed = seed}};
    struct op_sizes sizes = backend->memory->dropout_sizes(backend, &layer.forward);
    layer.forward.saved = guarded_output(&layer.memory, "saved", sizes.saved_bytes);
    layer.forward.x = guarded_input(&layer.memory, "x", ones, sizeof ones);
    layer.forward.y = guarded_output(&layer.memory, "y", sizeof ones);
    layer.backward = layer.forward;
    layer.backward.x = layer.backward.y = guarded_inout(&layer.memory, "dy", ones, sizeof ones);
    return layer;
}

static float *take(const struct layer *layer, const float *from)
{
    struct backend *backend = layer->memory.backend;
    float *values = allocate(COUNT, sizeof *values);
    backend->memory->download(backend, values, from, COUNT * sizeof *values);
    return values;
}

/* The mask that a backend draws first. */
static float *first_mask(uint64_t seed)
{
    struct backend *backend;
    assert_true(cuda_fixture_open_with(&with_masks, &backend));
    struct layer layer = open_layer(backend, seed, 0.5f);
    backend->ops->dropout(backend, &layer.forward);
    float *mask = take(&layer, layer.forward.y);
    guarded_close(&layer.memory);
    backend->close(backend);
    return mask;
}

static bool same(const float *a, const float *b)
{
    return memcmp(a, b, COUNT * sizeof *a) == 0;
}

static void test_rates(void **state)
{
    (void)state;
    static const float rates[] = {0.2f, 0.5f, 0.9f};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        const double rate = (double)rates[i], deviation = sqrt(rate * (1.0 - rate) / COUNT);
        struct layer layer = open_layer(cuda, 3, rates[i]);
        cuda->ops->dropout(cuda, &layer.forward);
        float *y = take(&layer, layer.forward.y);
        int dropped = 0;
        for (int k = 0; k < COUNT; k++) {
            if (y[k] != 0.0f)
                expect_close_number("a kept element", (double)y[k], 1.0 / (1.0 - rate),
                                    (struct tolerance){.relative = 1e-6});
            dropped += y[k] == 0.0f;
        }
        expect_close_number("what is dropped", (double)dropped / COUNT, rate,
                            (struct tolerance){.absolute = 5.0 * deviation});
        free(y);
        guarded_close(&layer.memory);
    }
}

static void test_backward_has_the_mask(void **state)
{
    (void)state;
    struct layer layer = open_layer(cuda, 3, 0.5f);
    cuda->ops->dropout(cuda, &layer.forward);
    cuda->ops->dropout_backward(cuda, &layer.backward);
    float *y = take(&layer, layer.forward.y), *dx = take(&layer, layer.backward.y);
    expect_equal_bits("dx", dx, y, COUNT * sizeof *y);
    free(y);
    free(dx);
    guarded_close(&layer.memory);
}

static void test_seeds(void **state)
{
    (void)state;
    float *one = first_mask(1), *again = first_mask(1), *two = first_mask(2);
    assert_true(same(one, again));
    assert_false(same(one, two));
    free(one);
    free(again);
    free(two);
}

static void run_layer(void *context)
{
    const struct layer *layer = context;
    layer->memory.backend->ops->dropout(layer->memory.backend, &layer->forward);
}

/* The generator moves on in device memory: so it does in a graph. */
static void test_replays_draw_anew(void **state)
{
    (void)state;
    struct layer layer = open_layer(cuda, 3, 0.5f);
    struct recording *recording;
    struct error error;
    float *masks[4];
    assert_true(cuda->memory->record(cuda, &recording, run_layer, &layer, &error));
    for (int i = 0; i < 4; i++) {
        cuda->memory->replay(cuda, recording);
        masks[i] = take(&layer, layer.forward.y);
        for (int k = 0; k < i; k++)
            assert_false(same(masks[i], masks[k]));
    }
    for (int i = 0; i < 4; i++)
        free(masks[i]);
    cuda->memory->forget(cuda, recording);
    guarded_close(&layer.memory);
}

static void test_given_masks_win(void **state)
{
    (void)state;
    static uint8_t keep[COUNT];
    struct layer layer = open_layer(cuda, 3, 0.5f);
    for (int i = 0; i < COUNT; i++)
        keep[i] = i % 3 == 0;
    layer.forward.dropout.keep = guarded_input(&layer.memory, "keep", keep, sizeof keep);
    cuda->ops->dropout(cuda, &layer.forward);
    float *y = take(&layer, layer.forward.y);
    for (int n = 0; n < N; n++)
        for (int t = 0; t < T; t++)
            for (int f = 0; f < F; f++)
                assert_true(y[(t * N + n) * F + f] == (keep[(n * T + t) * F + f] ? 2.0f : 0.0f));
    free(y);
    guarded_close(&layer.memory);
}

/* cuDNN knows no masks of features or of steps: theirs are the function's, as on the processor. */
static void test_features_and_steps_are_ours(void **state)
{
    (void)state;
    dropout_case_check(cuda, (struct dropout_dims){T, N, 12, DROP_FEATURES}, 0.5f);
    dropout_case_check(cuda, (struct dropout_dims){T, N, 7, DROP_STEPS}, 0.5f);
}

/* A table of ones: so x is the mask, and the table's gradient is the sum of dx where x is not zero. */
static void test_embedding(void **state)
{
    (void)state;
    enum { V = 5, E = 33, STEPS = 6, ROWS = 4, X = STEPS * ROWS * E };
    static float table[V * E], before[V * E], x[X], dx[X];
    double expected[V * E] = {0};
    int32_t tokens[ROWS * STEPS];
    struct rng rng = rng_open(1, RNG_SAMPLE, 0);
    for (int i = 0; i < V * E; i++)
        table[i] = 1.0f;
    for (int i = 0; i < ROWS * STEPS; i++)
        tokens[i] = (int32_t)rng_below(&rng, V);
    for (int i = 0; i < X; i++)
        dx[i] = (float)rng_uniform(&rng);
    struct guarded memory = guarded_open(cuda);
    struct embedding_backward op = {.forward = {.T = STEPS, .N = ROWS, .V = V, .E = E}};
    struct embedding *forward = &op.forward;
    forward->elements = (struct dropout){.rate = 0.25f, .seed = 3};
    struct op_sizes sizes = cuda->memory->embedding_sizes(cuda, forward);
    forward->tokens = guarded_input(&memory, "tokens", tokens, sizeof tokens);
    forward->embeddings = guarded_input(&memory, "embeddings", table, sizeof table);
    forward->x = guarded_output(&memory, "x", sizeof x);
    forward->saved = guarded_output(&memory, "saved", sizes.saved_bytes);
    forward->scratch = guarded_output(&memory, "scratch", sizes.scratch_bytes);
    op.dx = guarded_input(&memory, "dx", dx, sizeof dx);
    op.dembeddings = guarded_inout(&memory, "dembeddings", before, sizeof before);
    cuda->ops->embedding(cuda, forward);
    cuda->memory->download(cuda, x, forward->x, sizeof x);
    cuda->ops->embedding_backward(cuda, &op);
    cuda->memory->download(cuda, before, op.dembeddings, sizeof before);
    guarded_close(&memory);
    int dropped = 0;
    for (int t = 0; t < STEPS; t++)
        for (int n = 0; n < ROWS; n++)
            for (int e = 0; e < E; e++) {
                const int at = (t * ROWS + n) * E + e;
                expected[tokens[n * STEPS + t] * E + e] += (double)dx[at] * (double)x[at];
                dropped += x[at] == 0.0f;
            }
    assert_true(X / 8 < dropped && dropped < X * 3 / 8);
    expect_close("the table's gradient", before, expected, V * E, (struct tolerance){1e-5, 1e-5});
}

/* Two layers of an lstm with dropout between them. x and weights stand in one array, their gradients in another. */
enum {
    L_T = 4,
    L_N = 3,
    L_E = 5,
    L_H = 6,
    L_X = L_T * L_N * L_E,
    L_COLUMNS = GATE_COUNT * L_H,
    L_FIRST = (L_E + L_H + 1) * L_COLUMNS,
    L_SECOND = (L_H + L_H + 1) * L_COLUMNS,
    L_ALL = L_X + L_FIRST + L_SECOND,
    L_Y = L_N * L_H,
};

static void bind_layer(struct lstm_backward *op, int layer, const float *weights, float *gradients)
{
    const int kernel = (layer > 0 ? L_H : L_E) * L_COLUMNS, recurrent = kernel + L_H * L_COLUMNS;
    op->forward.weights[layer] = (struct lstm_weights){weights, weights + kernel, weights + recurrent};
    op->gradients[layer] = (struct lstm_gradients){gradients, gradients + kernel, gradients + recurrent};
}

/* y of a new backend, so always by the same mask; `again`, if it is not NULL, by the next one. */
static void run_stack(const float *all, const float *dy, float *y, float *again, float *gradients)
{
    static const float zeros[L_ALL];
    struct backend *backend;
    assert_true(cuda_fixture_open_with(&with_masks, &backend));
    struct guarded memory = guarded_open(backend);
    const float *inputs = guarded_input(&memory, "x and weights", all, L_ALL * sizeof *all);
    float *outputs = guarded_inout(&memory, "gradients", zeros, sizeof zeros);
    struct lstm_backward op = {.forward = {.T = L_T,
                                           .N = L_N,
                                           .E = L_E,
                                           .H = L_H,
                                           .D = 1,
                                           .stacked = 1,
                                           .mask_count = 1,
                                           .between = {.rate = 0.5f, .seed = 11}}};
    bind_layer(&op, 0, inputs + L_X, outputs + L_X);
    bind_layer(&op, 1, inputs + L_X + L_FIRST, outputs + L_X + L_FIRST);
    struct op_sizes sizes = backend->memory->lstm_sizes(backend, &op.forward);
    op.forward.x = inputs;
    op.forward.saved = guarded_output(&memory, "saved", sizes.saved_bytes);
    op.forward.scratch = guarded_output(&memory, "scratch", sizes.scratch_bytes);
    op.forward.y = guarded_output(&memory, "y", L_Y * sizeof *y);
    op.dy = guarded_input(&memory, "dy", dy, L_Y * sizeof *dy);
    op.dx = outputs;
    backend->ops->lstm(backend, &op.forward);
    backend->memory->download(backend, y, op.forward.y, L_Y * sizeof *y);
    backend->ops->lstm_backward(backend, &op);
    backend->memory->download(backend, gradients, outputs, sizeof zeros);
    if (again) {
        backend->ops->lstm(backend, &op.forward);
        backend->memory->download(backend, again, op.forward.y, L_Y * sizeof *again);
    }
    guarded_close(&memory);
    backend->close(backend);
}

static double objective(const float *all, const float *dy)
{
    static float gradients[L_ALL];
    float y[L_Y];
    double sum = 0.0;
    run_stack(all, dy, y, NULL, gradients);
    for (int i = 0; i < L_Y; i++)
        sum += (double)dy[i] * (double)y[i];
    return sum;
}

/* The slope along a random direction of x and all weights, by differences and by the gradients. */
static void test_between_layers(void **state)
{
    (void)state;
    static float all[L_ALL], moved[L_ALL], direction[L_ALL], gradients[L_ALL];
    static const double step = 0.02, offsets[] = {1, -1, 2, -2}, factors[] = {8, -8, -1, 1};
    float dy[L_Y], y[L_Y], again[L_Y];
    double slope = 0.0, differences = 0.0;
    struct rng rng = rng_open(5, RNG_SAMPLE, 0);
    for (int i = 0; i < L_ALL; i++) {
        all[i] = (float)(rng_uniform(&rng) - 0.5);
        direction[i] = (float)(rng_uniform(&rng) - 0.5);
    }
    for (int i = 0; i < L_Y; i++)
        dy[i] = (float)(rng_uniform(&rng) + 0.5);
    run_stack(all, dy, y, again, gradients);
    assert_true(memcmp(y, again, sizeof y) != 0);
    for (int i = 0; i < L_ALL; i++)
        slope += (double)direction[i] * (double)gradients[i];
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < L_ALL; k++)
            moved[k] = (float)((double)all[k] + offsets[i] * step * (double)direction[k]);
        differences += factors[i] * objective(moved, dy) / (12.0 * step);
    }
    expect_close_number("slope", slope, differences, (struct tolerance){.relative = 1e-3});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates),           cmocka_unit_test(test_backward_has_the_mask),
        cmocka_unit_test(test_seeds),           cmocka_unit_test(test_replays_draw_anew),
        cmocka_unit_test(test_given_masks_win), cmocka_unit_test(test_features_and_steps_are_ours),
        cmocka_unit_test(test_embedding),       cmocka_unit_test(test_between_layers),
    };
    return cmocka_run_group_tests(tests, open_with_masks, cuda_fixture_close);
}
