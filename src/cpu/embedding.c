/* The embedding and the gradient of its table. Each row group sums the gradients of its distinct tokens; then the
 * groups are added in order. Masks are made anew in the backward pass, which is faster than to read them back. */
#include "cpu_backend.h"
#include "cursor.h"
#include "denormals.h"
#include "mask.h"

#include <string.h>

/* What one row group adds to the table. */
struct table_sums {
    int32_t *number_of_token; /* (V)  number among the group's tokens, -1 for none */
    float *sums;              /* (tokens of the group,E) */
    int32_t count;
};

struct embedding_memory {
    float *row_mask; /* (V)  of op->rows, if it drops */
    struct table_sums groups[ROW_GROUPS];
};

static size_t divide(struct embedding_memory *memory, const struct embedding *op, bool backward)
{
    struct memory_cursor cursor = {.base = op->scratch};
    size_t V = (size_t)op->V, rows = ((size_t)op->N + ROW_GROUPS - 1) / ROW_GROUPS,
           tokens = rows * (size_t)op->T;
    memory->row_mask = cursor_take(&cursor, op->rows.rate > 0.0f ? V : 0, sizeof(float));
    for (int g = 0; backward && g < ROW_GROUPS; g++) {
        memory->groups[g].number_of_token = cursor_take(&cursor, V, sizeof(int32_t));
        memory->groups[g].sums =
            cursor_take(&cursor, (tokens < V ? tokens : V) * (size_t)op->E, sizeof(float));
    }
    return cursor.used_bytes;
}

struct op_sizes cpu_embedding_sizes(struct backend *backend, const struct embedding *dims)
{
    (void)backend;
    struct embedding unplaced = *dims;
    struct embedding_memory memory;
    unplaced.scratch = NULL;
    return (struct op_sizes){.scratch_bytes = divide(&memory, &unplaced, true),
                             .inference_bytes = divide(&memory, &unplaced, false)};
}

static void make_row_mask(const struct embedding *op, float *row_mask)
{
    struct dropout rows = op->rows;
    rows.first_row = 0;
    if (rows.rate > 0.0f)
        mask_piece(&rows, 0, (size_t)op->V, 0, (size_t)op->V, row_mask);
}

/* Part of one token's vector: elements [e, e + width) at place `at` of x. */
struct segment {
    int32_t token;
    size_t e, width, at;
};

/* The segment that begins at element `first` of row n, at most `count` long. */
static struct segment segment_at(const struct embedding *op, int n, size_t first, size_t count)
{
    const size_t E = (size_t)op->E, T = (size_t)op->T, t = first / E, e = first % E;
    return (struct segment){.token = op->tokens[(size_t)n * T + t],
                            .e = e,
                            .width = E - e < count ? E - e : count,
                            .at = (t * (size_t)op->N + (size_t)n) * E + e};
}

/* Elements [first, first + count) of row n. */
static void look_up(const struct embedding *op, const float *row_mask, int n, size_t first, size_t count)
{
    const bool rows = op->rows.rate > 0.0f, elements = op->elements.rate > 0.0f;
    float mask[MASK_PIECE];
    if (elements)
        mask_piece(&op->elements, n, (size_t)op->T * (size_t)op->E, first, count, mask);
    for (size_t done = 0; done < count;) {
        struct segment s = segment_at(op, n, first + done, count - done);
        const float *from = op->embeddings + (size_t)s.token * (size_t)op->E + s.e, *factors = mask + done;
        const float factor = rows ? row_mask[s.token] : 1.0f;
        float *to = op->x + s.at;
        if (elements) {
#pragma omp simd
            for (size_t i = 0; i < s.width; i++)
                to[i] = from[i] * factor * factors[i];
        } else if (rows) {
#pragma omp simd
            for (size_t i = 0; i < s.width; i++)
                to[i] = from[i] * factor;
        } else {
            memcpy(to, from, s.width * sizeof(float));
        }
        done += s.width;
    }
}

void cpu_embedding(struct backend *backend, const struct embedding *op)
{
    const size_t count = (size_t)op->T * (size_t)op->E;
    struct embedding_memory memory;
    divide(&memory, op, false);
    make_row_mask(op, memory.row_mask);
#pragma omp parallel num_threads(backend->threads)
    {
        uint64_t mode = denormals_flush();
        /* Piece by piece, so that rows which lie side by side in x are written at about the same time. */
#pragma omp for schedule(static)
        for (size_t first = 0; first < count; first += MASK_PIECE)
            for (int n = 0; n < op->N; n++)
                look_up(op, memory.row_mask, n, first,
                        count - first < MASK_PIECE ? count - first : MASK_PIECE);
        denormals_restore(mode);
    }
}

static float *sums_of_token(struct table_sums *group, size_t E, int32_t token)
{
    int32_t number = group->number_of_token[token];
    if (number >= 0)
        return group->sums + (size_t)number * E;
    group->number_of_token[token] = group->count;
    float *sums = group->sums + (size_t)group->count++ * E;
    memset(sums, 0, E * sizeof(float));
    return sums;
}

/* Adds elements [first, first + count) of row n to the group's sums. */
static void sum_up(const struct cpu_kernels *kernels, const struct embedding_backward *op,
                   const float *row_mask, struct table_sums *group, int n, size_t first, size_t count)
{
    const struct embedding *forward = &op->forward;
    const bool rows = forward->rows.rate > 0.0f, elements = forward->elements.rate > 0.0f;
    const size_t E = (size_t)forward->E;
    float mask[MASK_PIECE];
    if (elements)
        mask_piece(&forward->elements, n, (size_t)forward->T * E, first, count, mask);
    for (size_t done = 0; done < count;) {
        struct segment s = segment_at(forward, n, first + done, count - done);
        const float *from = op->dx + s.at, *factors = mask + done;
        done += s.width;
        if (rows && row_mask[s.token] <= 0.0f)
            continue;
        float *to = sums_of_token(group, E, s.token) + s.e;
        if (elements) {
#pragma omp simd
            for (size_t i = 0; i < s.width; i++)
                to[i] += from[i] * factors[i];
        } else {
            kernels->add(s.width, to, from);
        }
    }
}

static void sum_group(const struct cpu_kernels *kernels, const struct embedding_backward *op,
                      struct embedding_memory *memory, int g)
{
    const size_t count = (size_t)op->forward.T * (size_t)op->forward.E;
    struct table_sums *group = &memory->groups[g];
    group->count = 0;
    memset(group->number_of_token, 0xff, (size_t)op->forward.V * sizeof *group->number_of_token);
    for (size_t first = 0; first < count; first += MASK_PIECE)
        for (int n = row_group_begin(op->forward.N, g); n < row_group_begin(op->forward.N, g + 1); n++)
            sum_up(kernels, op, memory->row_mask, group, n, first,
                   count - first < MASK_PIECE ? count - first : MASK_PIECE);
}

static void add_groups(const struct embedding_backward *op, const struct embedding_memory *memory, int token)
{
    const size_t E = (size_t)op->forward.E;
    const float factor = op->forward.rows.rate > 0.0f ? memory->row_mask[token] : 1.0f;
    float *to = op->dembeddings + (size_t)token * E;
    for (int g = 0; g < ROW_GROUPS; g++) {
        int32_t number = memory->groups[g].number_of_token[token];
        if (number < 0)
            continue;
        const float *sums = memory->groups[g].sums + (size_t)number * E;
#pragma omp simd
        for (size_t i = 0; i < E; i++)
            to[i] += sums[i] * factor;
    }
}

void cpu_embedding_backward(struct backend *backend, const struct embedding_backward *op)
{
    const struct cpu_kernels *kernels = cpu_backend_of(backend)->kernels;
    struct embedding_memory memory;
    divide(&memory, &op->forward, true);
    make_row_mask(&op->forward, memory.row_mask);
#pragma omp parallel num_threads(backend->threads)
    {
        uint64_t mode = denormals_flush();
#pragma omp for schedule(dynamic, 1)
        for (int g = 0; g < ROW_GROUPS; g++)
            sum_group(kernels, op, &memory, g);
#pragma omp for schedule(static)
        for (int token = 0; token < op->forward.V; token++)
            add_groups(op, &memory, token);
        denormals_restore(mode);
    }
}
