#include "ops/lstm_case.h"

#include "compare.h"
#include "guarded.h"
#include "matinee/dims.h"
#include "matinee/rng.h"
#include "reference/reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static float uniform(struct rng *rng, double limit)
{
    return (float)(limit * (2.0 * rng_uniform(rng) - 1.0));
}

static size_t state_count(const struct lstm_case *lstm_case)
{
    return (size_t)lstm_case->dims.N * (size_t)lstm_case->dims.H;
}

static void lay_out(struct lstm_case *lstm_case)
{
    size_t V = (size_t)lstm_case->dims.V, E = (size_t)lstm_case->dims.E, H = (size_t)lstm_case->dims.H;
    const struct lstm_tensor tensors[] = {{"embeddings", 0, V * E},
                                          {"kernel", 0, E * GATE_COUNT * H},
                                          {"recurrent kernel", 0, H * GATE_COUNT * H},
                                          {"bias", 0, GATE_COUNT * H}};
    for (int i = 0; i < LSTM_TENSORS; i++) {
        lstm_case->tensors[i] = tensors[i];
        lstm_case->tensors[i].offset = lstm_case->count;
        lstm_case->count += tensors[i].count;
    }
}

static void fill_row(struct lstm_case *lstm_case, int n, int pads, struct rng *rng)
{
    int T = lstm_case->dims.T;
    uint32_t V = (uint32_t)lstm_case->dims.V;
    int32_t *row = lstm_case->tokens + (size_t)n * (size_t)T;
    for (int t = 0; t < T; t++)
        row[t] = t < pads ? 0 : (int32_t)rng_below(rng, V);
    if (pads < T)
        row[pads] = 1 + (int32_t)rng_below(rng, V - 1);
    lstm_case->pads[n] = pads;
}

static void fill_rows(struct lstm_case *lstm_case, enum rows_kind rows, struct rng *rng)
{
    int T = lstm_case->dims.T;
    struct rng first_row = *rng;
    for (int n = 0; n < lstm_case->dims.N; n++) {
        int any = (int)rng_below(rng, (uint32_t)T + 1);
        struct rng again = first_row;
        switch (rows) {
        case ROWS_MIXED:
            fill_row(lstm_case, n, n == 0 ? 0 : n == 1 ? T : any, rng);
            break;
        case ROWS_ALL_PADS:
            fill_row(lstm_case, n, T, rng);
            break;
        case ROWS_NO_PADS:
            fill_row(lstm_case, n, 0, rng);
            break;
        case ROWS_EQUAL:
            fill_row(lstm_case, n, T / 3, &again);
            break;
        }
    }
}

/* Weights so large that gates leave their linear range, yet gradients reach the first step. */
static void fill_weights(struct lstm_case *lstm_case, struct rng *rng)
{
    double limits[LSTM_TENSORS] = {1.0, 2.0 / sqrt(lstm_case->dims.E), 1.5 / sqrt(lstm_case->dims.H), 1.0};
    for (int i = 0; i < LSTM_TENSORS; i++)
        for (size_t k = 0; k < lstm_case->tensors[i].count; k++)
            lstm_case->weights[lstm_case->tensors[i].offset + k] = uniform(rng, limits[i]);
    for (size_t k = 0; k < state_count(lstm_case); k++)
        lstm_case->dh[k] = uniform(rng, 1.0);
}

static double *widen(const float *values, size_t count)
{
    double *wide = allocate(count, sizeof *wide);
    for (size_t k = 0; k < count; k++)
        wide[k] = values[k];
    return wide;
}

static void run_reference(struct lstm_case *lstm_case)
{
    const struct lstm_dims *d = &lstm_case->dims;
    const struct lstm_tensor *tensors = lstm_case->tensors;
    double *weights = widen(lstm_case->weights, lstm_case->count), *gradient = lstm_case->gradient;
    double *dh = widen(lstm_case->dh, state_count(lstm_case));
    double *saved = allocate(reference_lstm_saved_count(d->T, d->N, d->H), sizeof *saved);
    struct reference_lstm forward = {.T = d->T,
                                     .N = d->N,
                                     .V = d->V,
                                     .E = d->E,
                                     .H = d->H,
                                     .tokens = lstm_case->tokens,
                                     .embeddings = weights + tensors[LSTM_EMBEDDINGS].offset,
                                     .kernel = weights + tensors[LSTM_KERNEL].offset,
                                     .recurrent_kernel = weights + tensors[LSTM_RECURRENT_KERNEL].offset,
                                     .bias = weights + tensors[LSTM_BIAS].offset,
                                     .h = lstm_case->h,
                                     .saved = saved};
    struct reference_lstm_backward backward = {.forward = forward,
                                               .dh = dh,
                                               .dembeddings = gradient + tensors[LSTM_EMBEDDINGS].offset,
                                               .dkernel = gradient + tensors[LSTM_KERNEL].offset,
                                               .drecurrent_kernel =
                                                   gradient + tensors[LSTM_RECURRENT_KERNEL].offset,
                                               .dbias = gradient + tensors[LSTM_BIAS].offset};
    reference_lstm(&forward);
    reference_lstm_backward(&backward);
    free(weights);
    free(dh);
    free(saved);
}

/* Half as large as the gradients that are added, so that the sum loses no digits of theirs. */
static void fill_before(struct lstm_case *lstm_case, struct rng *rng)
{
    for (int i = 0; i < LSTM_TENSORS; i++) {
        const struct lstm_tensor *tensor = &lstm_case->tensors[i];
        double largest = of_largest(1.0, lstm_case->gradient + tensor->offset, tensor->count).absolute;
        for (size_t k = 0; k < tensor->count; k++)
            lstm_case->before[tensor->offset + k] = uniform(rng, 0.5 * largest);
    }
}

void lstm_case_open(struct lstm_case *lstm_case, struct lstm_dims dims, enum rows_kind rows)
{
    struct rng rng =
        rng_open((uint64_t)(dims.T + 1000 * dims.N), RNG_SAMPLE, (uint32_t)(dims.E + 1000 * dims.H));
    size_t N = (size_t)dims.N;
    *lstm_case = (struct lstm_case){.dims = dims};
    snprintf(lstm_case->name, sizeof lstm_case->name, "T=%d N=%d V=%d E=%d H=%d rows %d", dims.T, dims.N,
             dims.V, dims.E, dims.H, (int)rows);
    lay_out(lstm_case);
    lstm_case->tokens = allocate(N * (size_t)dims.T, sizeof(int32_t));
    lstm_case->pads = allocate(N, sizeof(int32_t));
    lstm_case->none = allocate(N, sizeof(int32_t));
    lstm_case->weights = allocate(lstm_case->count, sizeof(float));
    lstm_case->before = allocate(lstm_case->count, sizeof(float));
    lstm_case->gradient = allocate(lstm_case->count, sizeof(double));
    lstm_case->dh = allocate(state_count(lstm_case), sizeof(float));
    lstm_case->h = allocate(state_count(lstm_case), sizeof(double));
    fill_rows(lstm_case, rows, &rng);
    fill_weights(lstm_case, &rng);
    run_reference(lstm_case);
    fill_before(lstm_case, &rng);
}

void lstm_case_close(struct lstm_case *lstm_case)
{
    free(lstm_case->tokens);
    free(lstm_case->pads);
    free(lstm_case->none);
    free(lstm_case->weights);
    free(lstm_case->before);
    free(lstm_case->gradient);
    free(lstm_case->dh);
    free(lstm_case->h);
}

/* The op with its inputs uploaded, each tensor a buffer of its own. */
static struct lstm upload(struct guarded *memory, const struct lstm_case *lstm_case, enum pads_known pads)
{
    const struct lstm_dims *d = &lstm_case->dims;
    const float *weights[LSTM_TENSORS];
    for (int i = 0; i < LSTM_TENSORS; i++)
        weights[i] = guarded_input(memory, lstm_case->tensors[i].name,
                                   lstm_case->weights + lstm_case->tensors[i].offset,
                                   lstm_case->tensors[i].count * sizeof(float));
    struct lstm op = {.T = d->T, .N = d->N, .V = d->V, .E = d->E, .H = d->H};
    op.embeddings = weights[LSTM_EMBEDDINGS];
    op.kernel = weights[LSTM_KERNEL];
    op.recurrent_kernel = weights[LSTM_RECURRENT_KERNEL];
    op.bias = weights[LSTM_BIAS];
    op.tokens =
        guarded_input(memory, "tokens", lstm_case->tokens, (size_t)d->N * (size_t)d->T * sizeof(int32_t));
    op.pads = guarded_input(memory, "pads", pads == PADS_KNOWN ? lstm_case->pads : lstm_case->none,
                            (size_t)d->N * sizeof(int32_t));
    struct lstm_sizes sizes = memory->backend->memory->lstm_sizes(memory->backend, &op);
    op.saved = guarded_output(memory, "saved", sizes.saved_bytes);
    op.scratch = guarded_output(memory, "scratch", sizes.scratch_bytes);
    op.h = guarded_output(memory, "h", state_count(lstm_case) * sizeof(float));
    return op;
}

static void run_backward(struct guarded *memory, const struct lstm_case *lstm_case,
                         const struct lstm *forward, float *gradients)
{
    struct backend *backend = memory->backend;
    float *tensors[LSTM_TENSORS];
    for (int i = 0; i < LSTM_TENSORS; i++)
        tensors[i] = guarded_inout(memory, lstm_case->tensors[i].name,
                                   lstm_case->before + lstm_case->tensors[i].offset,
                                   lstm_case->tensors[i].count * sizeof(float));
    struct lstm_backward op = {
        .forward = *forward,
        .dh = guarded_input(memory, "dh", lstm_case->dh, state_count(lstm_case) * sizeof(float)),
        .dembeddings = tensors[LSTM_EMBEDDINGS],
        .dkernel = tensors[LSTM_KERNEL],
        .drecurrent_kernel = tensors[LSTM_RECURRENT_KERNEL],
        .dbias = tensors[LSTM_BIAS]};
    backend->ops->lstm_backward(backend, &op);
    for (int i = 0; i < LSTM_TENSORS; i++)
        backend->memory->download(backend, gradients + lstm_case->tensors[i].offset, tensors[i],
                                  lstm_case->tensors[i].count * sizeof(float));
}

void lstm_case_run(const struct lstm_case *lstm_case, struct backend *backend, enum pads_known pads,
                   struct lstm_result *result)
{
    struct guarded memory = guarded_open(backend);
    size_t h_bytes = state_count(lstm_case) * sizeof(float);
    *result = (struct lstm_result){.h = allocate(state_count(lstm_case), sizeof(float)),
                                   .h_inference = allocate(state_count(lstm_case), sizeof(float)),
                                   .gradients = allocate(lstm_case->count, sizeof(float))};
    struct lstm op = upload(&memory, lstm_case, pads), inference = op;
    inference.saved = NULL;
    inference.h = guarded_output(&memory, "h of inference", h_bytes);
    backend->ops->lstm(backend, &inference);
    backend->ops->lstm(backend, &op);
    run_backward(&memory, lstm_case, &op, result->gradients);
    backend->memory->download(backend, result->h, op.h, h_bytes);
    backend->memory->download(backend, result->h_inference, inference.h, h_bytes);
    guarded_close(&memory);
}

void lstm_result_close(struct lstm_result *result)
{
    free(result->h);
    free(result->h_inference);
    free(result->gradients);
}

void lstm_case_check(const struct lstm_case *lstm_case, const struct lstm_result *result)
{
    static const struct tolerance of_h = {.absolute = 1e-5, .relative = 1e-5};
    char what[160];
    snprintf(what, sizeof what, "%s: h", lstm_case->name);
    expect_close(what, result->h, lstm_case->h, state_count(lstm_case), of_h);
    snprintf(what, sizeof what, "%s: h of inference", lstm_case->name);
    expect_close(what, result->h_inference, lstm_case->h, state_count(lstm_case), of_h);

    double *expected = allocate(lstm_case->count, sizeof *expected);
    for (size_t k = 0; k < lstm_case->count; k++)
        expected[k] = lstm_case->before[k] + lstm_case->gradient[k];
    for (int i = 0; i < LSTM_TENSORS; i++) {
        const struct lstm_tensor *tensor = &lstm_case->tensors[i];
        struct tolerance tolerance = of_largest(1e-5, lstm_case->gradient + tensor->offset, tensor->count);
        tolerance.relative = 1e-5;
        snprintf(what, sizeof what, "%s: gradient of the %s", lstm_case->name, tensor->name);
        expect_close(what, result->gradients + tensor->offset, expected + tensor->offset, tensor->count,
                     tolerance);
    }
    free(expected);
}
