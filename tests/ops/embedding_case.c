#include "ops/embedding_case.h"

#include "compare.h"
#include "guarded.h"
#include "matinee/rng.h"
#include "reference/layers.h"

#include <stdio.h>
#include <stdlib.h>

enum { STEP = 5, FIRST_ROW = 3 };

static float *draw(struct rng *rng, size_t count)
{
    float *values = allocate(count, sizeof *values);
    for (size_t k = 0; k < count; k++)
        values[k] = (float)(2.0 * rng_uniform(rng) - 1.0);
    return values;
}

static double *widen(const float *values, size_t count)
{
    double *wide = allocate(count, sizeof *wide);
    for (size_t k = 0; k < count; k++)
        wide[k] = (double)values[k];
    return wide;
}

/* The mask of `count` elements for each of N rows, as factors and as what is kept. */
static double *make_mask(const struct dropout *dropout, uint32_t first_row, size_t N, size_t count,
                         uint8_t *keep)
{
    struct dropout_key key = {.seed = dropout->seed, .stream = dropout->stream, .step = STEP};
    float *mask = allocate(N * count, sizeof *mask);
    for (size_t n = 0; n < N; n++)
        dropout_mask(&key, first_row + (uint32_t)n, dropout->rate, 0, count, mask + n * count);
    for (size_t k = 0; k < N * count; k++)
        keep[k] = mask[k] > 0.0f;
    double *wide = widen(mask, N * count);
    free(mask);
    return wide;
}

static void run_reference(struct embedding_case *embedding_case)
{
    const struct embedding_dims *dims = &embedding_case->dims;
    size_t T = (size_t)dims->T, N = (size_t)dims->N, V = (size_t)dims->V, E = (size_t)dims->E;
    double *table = widen(embedding_case->embeddings, V * E), *dx = widen(embedding_case->dx, T * N * E);
    double *rows = make_mask(&embedding_case->rows, 0, 1, V, embedding_case->rows_keep);
    double *elements =
        make_mask(&embedding_case->elements, FIRST_ROW, N, T * E, embedding_case->elements_keep);
    struct reference_embedding op = {.T = dims->T,
                                     .N = dims->N,
                                     .V = dims->V,
                                     .E = dims->E,
                                     .tokens = embedding_case->tokens,
                                     .embeddings = table,
                                     .rows_mask = rows,
                                     .elements_mask = elements,
                                     .x = embedding_case->x};
    reference_embedding(&op);
    reference_embedding_backward(&(struct reference_embedding_backward){
        .forward = op, .dx = dx, .dembeddings = embedding_case->gradient});
    free(table);
    free(dx);
    free(rows);
    free(elements);
}

void embedding_case_open(struct embedding_case *embedding_case, struct embedding_dims dims)
{
    size_t T = (size_t)dims.T, N = (size_t)dims.N, V = (size_t)dims.V, E = (size_t)dims.E;
    struct rng rng = rng_open(72, RNG_SAMPLE, (uint32_t)(dims.T * 1000 + dims.N * 100 + dims.V));
    *embedding_case =
        (struct embedding_case){.dims = dims,
                                .x_count = T * N * E,
                                .table_count = V * E,
                                .rows = {.rate = dims.rows_rate,
                                         .seed = 11,
                                         .stream = dropout_stream(0, DROPOUT_EMBEDDING_ROWS),
                                         .first_row = FIRST_ROW},
                                .elements = {.rate = dims.elements_rate,
                                             .seed = 12,
                                             .stream = dropout_stream(1, DROPOUT_EMBEDDING_OUTPUT),
                                             .first_row = FIRST_ROW}};
    snprintf(embedding_case->name, sizeof embedding_case->name, "T=%d N=%d V=%d E=%d rates %g, %g", dims.T,
             dims.N, dims.V, dims.E, (double)dims.rows_rate, (double)dims.elements_rate);
    embedding_case->tokens = allocate(N * T, sizeof(int32_t));
    for (size_t k = 0; k < N * T; k++)
        embedding_case->tokens[k] = (int32_t)rng_below(&rng, (uint32_t)dims.V);
    embedding_case->rows_keep = allocate(V, 1);
    embedding_case->elements_keep = allocate(N * T * E, 1);
    embedding_case->embeddings = draw(&rng, V * E);
    embedding_case->dx = draw(&rng, T * N * E);
    embedding_case->before = draw(&rng, V * E);
    embedding_case->x = allocate(T * N * E, sizeof(double));
    embedding_case->gradient = allocate(V * E, sizeof(double));
    run_reference(embedding_case);
}

void embedding_case_close(struct embedding_case *embedding_case)
{
    free(embedding_case->tokens);
    free(embedding_case->rows_keep);
    free(embedding_case->elements_keep);
    free(embedding_case->embeddings);
    free(embedding_case->dx);
    free(embedding_case->before);
    free(embedding_case->x);
    free(embedding_case->gradient);
}

static struct embedding place(const struct embedding_case *embedding_case, struct guarded *memory,
                              enum embedding_masks masks)
{
    const struct embedding_dims *dims = &embedding_case->dims;
    static const struct step_state step = {.step = STEP};
    struct embedding op = {.T = dims->T,
                           .N = dims->N,
                           .V = dims->V,
                           .E = dims->E,
                           .rows = embedding_case->rows,
                           .elements = embedding_case->elements};
    struct op_sizes sizes = memory->backend->memory->embedding_sizes(memory->backend, &op);
    size_t table_bytes = embedding_case->table_count * sizeof(float);
    op.tokens = guarded_input(memory, "tokens", embedding_case->tokens,
                              (size_t)dims->N * (size_t)dims->T * sizeof(int32_t));
    op.embeddings = guarded_input(memory, "embeddings", embedding_case->embeddings, table_bytes);
    op.rows.state = op.elements.state = guarded_input(memory, "state", &step, sizeof step);
    if (masks == MASKS_GIVEN) {
        op.rows.keep = guarded_input(memory, "rows", embedding_case->rows_keep, (size_t)dims->V);
        op.elements.keep =
            guarded_input(memory, "elements", embedding_case->elements_keep, embedding_case->x_count);
    }
    op.scratch = guarded_output(memory, "scratch", sizes.scratch_bytes);
    return op;
}

static float *fetch(struct backend *backend, const void *from, size_t count)
{
    float *host = allocate(count, sizeof *host);
    backend->memory->download(backend, host, from, count * sizeof *host);
    return host;
}

void embedding_case_run(const struct embedding_case *embedding_case, struct backend *backend,
                        enum embedding_masks masks, struct embedding_result *result)
{
    size_t x_bytes = embedding_case->x_count * sizeof(float);
    size_t table_bytes = embedding_case->table_count * sizeof(float);
    struct guarded memory = guarded_open(backend);
    struct embedding op = place(embedding_case, &memory, masks), inference = op;
    op.x = guarded_output(&memory, "x", x_bytes);
    inference.x = guarded_output(&memory, "x of inference", x_bytes);
    inference.scratch = guarded_output(&memory, "scratch of inference",
                                       backend->memory->embedding_sizes(backend, &op).inference_bytes);
    struct embedding_backward backward = {.forward = op};
    backward.dx = guarded_input(&memory, "dx", embedding_case->dx, x_bytes);
    backward.dembeddings = guarded_inout(&memory, "dembeddings", embedding_case->before, table_bytes);
    backend->ops->embedding(backend, &inference);
    backend->ops->embedding(backend, &op);
    backend->ops->embedding_backward(backend, &backward);
    *result = (struct embedding_result){
        .x = fetch(backend, op.x, embedding_case->x_count),
        .x_inference = fetch(backend, inference.x, embedding_case->x_count),
        .gradient = fetch(backend, backward.dembeddings, embedding_case->table_count)};
    guarded_close(&memory);
}

void embedding_result_close(struct embedding_result *result)
{
    free(result->x);
    free(result->x_inference);
    free(result->gradient);
}

void embedding_case_check(const struct embedding_case *embedding_case, const struct embedding_result *result)
{
    size_t count = embedding_case->table_count;
    expect_close(embedding_case->name, result->x, embedding_case->x, embedding_case->x_count,
                 (struct tolerance){.relative = 1e-6});
    expect_equal_bits("x of inference", result->x_inference, result->x,
                      embedding_case->x_count * sizeof(float));
    struct tolerance tolerance = of_largest(1e-5, embedding_case->gradient, count);
    tolerance.relative = 1e-5;
    double *gradient = allocate(count, sizeof *gradient);
    for (size_t k = 0; k < count; k++)
        gradient[k] = embedding_case->gradient[k] + (double)embedding_case->before[k];
    expect_close(embedding_case->name, result->gradient, gradient, count, tolerance);
    free(gradient);
}

void embedding_case_check_split(struct backend *backend)
{
    enum { HALF = 4 };
    struct embedding_dims dims = {11, 2 * HALF, 50, 9, 0.2f, 0.3f};
    struct embedding_case embedding_case, half;
    struct embedding_result whole;
    embedding_case_open(&embedding_case, dims);
    embedding_case_run(&embedding_case, backend, MASKS_FUNCTION, &whole);
    half = embedding_case;
    half.dims.N = HALF;
    half.tokens += HALF * dims.T;
    half.elements.first_row += HALF;
    half.rows.first_row += HALF; /* of no consequence: the rows are the table's */
    struct guarded memory = guarded_open(backend);
    struct embedding op = place(&half, &memory, MASKS_FUNCTION);
    const size_t row_bytes = HALF * (size_t)dims.E * sizeof(float);
    op.x = guarded_output(&memory, "x of half a batch", (size_t)dims.T * row_bytes);
    backend->ops->embedding(backend, &op);
    float *x = fetch(backend, op.x, (size_t)dims.T * HALF * (size_t)dims.E);
    guarded_close(&memory);
    for (size_t t = 0, E = (size_t)dims.E; t < (size_t)dims.T; t++)
        expect_equal_bits("half a batch", x + t * HALF * E, whole.x + (2 * t + 1) * HALF * E, row_bytes);
    free(x);
    embedding_result_close(&whole);
    embedding_case_close(&embedding_case);
}
