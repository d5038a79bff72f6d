/* One number for each feature of a sequence. A step's rows and features lie side by side: a piece of them is one
 * thread's for all steps. */
#include "cpu_backend.h"
#include "denormals.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { PIECE = 256 };

/* Columns n*F + f of (T, N*F). */
struct piece {
    size_t first, count;
};

static struct piece piece_at(const struct global_pool *op, size_t first)
{
    const size_t rest = (size_t)op->N * (size_t)op->F - first;
    return (struct piece){.first = first, .count = rest < PIECE ? rest : PIECE};
}

/* Of each column: its maximum, and how many steps have it. */
struct maxima {
    float *value, *count;
};

static struct maxima maxima_of(const struct global_pool *op)
{
    const size_t columns = (size_t)op->N * (size_t)op->F;
    float *saved = op->saved;
    return (struct maxima){.value = saved, .count = saved ? saved + columns : NULL};
}

struct op_sizes cpu_global_pool_sizes(struct backend *backend, const struct global_pool *dims)
{
    (void)backend;
    const size_t columns = (size_t)dims->N * (size_t)dims->F;
    return (struct op_sizes){.saved_bytes = dims->average ? 0 : 2 * columns * sizeof(float)};
}

static void find_maxima(const struct cpu_kernels *kernels, const struct global_pool *op, struct piece piece)
{
    const struct maxima saved = maxima_of(op);
    float best[PIECE], count[PIECE];
    for (size_t i = 0; i < piece.count; i++) {
        best[i] = -INFINITY;
        count[i] = 0.0f;
    }
    const float *x = op->x + piece.first;
    for (int t = 0; t < op->T; t++, x += (size_t)op->N * (size_t)op->F)
        kernels->raise(piece.count, x, best, count);
    memcpy(op->y + piece.first, best, piece.count * sizeof(float));
    if (op->saved) {
        memcpy(saved.value + piece.first, best, piece.count * sizeof(float));
        memcpy(saved.count + piece.first, count, piece.count * sizeof(float));
    }
}

static void spread_to_maxima(const struct global_pool_backward *op, struct piece piece)
{
    const struct global_pool *forward = &op->forward;
    assert(forward->saved);
    const struct maxima saved = maxima_of(forward);
    const size_t row = (size_t)forward->N * (size_t)forward->F;
    const float *greatest = saved.value + piece.first;
    float share[PIECE];
    for (size_t i = 0; i < piece.count; i++)
        share[i] = op->dy[piece.first + i] / saved.count[piece.first + i];
    for (size_t at = piece.first; at < (size_t)forward->T * row; at += row) {
        const float *x = forward->x + at;
        float *dx = op->dx + at;
#pragma omp simd
        for (size_t i = 0; i < piece.count; i++) {
            float gradient = share[i];
            dx[i] = x[i] == greatest[i] ? gradient : 0.0f;
        }
    }
}

/* What of a piece belongs to row n: columns [begin, end) from the piece's first. */
struct segment {
    size_t n, begin, end;
};

/* The segment from `begin` on. */
static struct segment segment_at(const struct global_pool *op, struct piece piece, size_t begin)
{
    const size_t F = (size_t)op->F, n = (piece.first + begin) / F, end = (n + 1) * F - piece.first;
    return (struct segment){.n = n, .begin = begin, .end = end < piece.count ? end : piece.count};
}

static bool counts(const struct global_pool *op, size_t n, size_t t)
{
    return !op->tokens || op->tokens[n * (size_t)op->T + t] != 0;
}

/* Steps of row n that count. */
static size_t steps_of(const struct global_pool *op, size_t n)
{
    size_t steps = 0;
    for (size_t t = 0; t < (size_t)op->T; t++)
        steps += counts(op, n, t);
    return steps;
}

/* In double: over many steps the rounding of a float's sum would add up. */
static void find_means(const struct global_pool *op, struct piece piece)
{
    double sum[PIECE] = {0};
    struct segment s;
    for (size_t begin = 0; begin < piece.count; begin = s.end) {
        s = segment_at(op, piece, begin);
        const float *x = op->x + piece.first;
        for (size_t t = 0; t < (size_t)op->T; t++, x += (size_t)op->N * (size_t)op->F)
            if (counts(op, s.n, t)) {
#pragma omp simd
                for (size_t i = s.begin; i < s.end; i++)
                    sum[i] += (double)x[i];
            }
        const size_t steps = steps_of(op, s.n);
        for (size_t i = s.begin; i < s.end; i++)
            op->y[piece.first + i] = steps > 0 ? (float)(sum[i] / (double)steps) : 0.0f;
    }
}

static void spread_to_all(const struct global_pool_backward *op, struct piece piece)
{
    const struct global_pool *forward = &op->forward;
    const size_t row = (size_t)forward->N * (size_t)forward->F;
    float share[PIECE];
    struct segment s;
    for (size_t begin = 0; begin < piece.count; begin = s.end) {
        s = segment_at(forward, piece, begin);
        const size_t steps = steps_of(forward, s.n), bytes = (s.end - s.begin) * sizeof(float);
        for (size_t i = s.begin; i < s.end; i++)
            share[i] = op->dy[piece.first + i] / (float)steps;
        float *dx = op->dx + piece.first + s.begin;
        for (size_t t = 0; t < (size_t)forward->T; t++, dx += row)
            if (counts(forward, s.n, t))
                memcpy(dx, share + s.begin, bytes);
            else
                memset(dx, 0, bytes);
    }
}

void cpu_global_pool(struct backend *backend, const struct global_pool *op)
{
    const size_t columns = (size_t)op->N * (size_t)op->F;
#pragma omp parallel num_threads(backend->threads)
    {
        uint64_t mode = denormals_flush();
#pragma omp for schedule(static)
        for (size_t first = 0; first < columns; first += PIECE)
            if (op->average)
                find_means(op, piece_at(op, first));
            else
                find_maxima(cpu_backend_of(backend)->kernels, op, piece_at(op, first));
        denormals_restore(mode);
    }
}

void cpu_global_pool_backward(struct backend *backend, const struct global_pool_backward *op)
{
    const size_t columns = (size_t)op->forward.N * (size_t)op->forward.F;
#pragma omp parallel num_threads(backend->threads)
    {
        uint64_t mode = denormals_flush();
#pragma omp for schedule(static)
        for (size_t first = 0; first < columns; first += PIECE)
            if (op->forward.average)
                spread_to_all(op, piece_at(&op->forward, first));
            else
                spread_to_maxima(op, piece_at(&op->forward, first));
        denormals_restore(mode);
    }
}
