#include "ops/ranks_case.h"

#include "compare.h"
#include "guarded.h"
#include "matinee/rng.h"
#include "ops/parts_case.h"
#include "reference/reference.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static float *copy_floats(const float *from, size_t count)
{
    float *to = allocate(count, sizeof *to);
    memcpy(to, from, count * sizeof *to);
    return to;
}

static void add_by_reference(float *parts, int part_count, size_t count)
{
    reference_add_parts(
        &(struct reference_add_parts){.count = count, .parts = part_count, .gradients = parts});
}

/* Losses are whole numbers of units, so that their sum is a whole number, too. */
static void make_metrics(struct ranks_case *ranks_case)
{
    const double units = (double)(1LL << LOSS_BITS);
    struct rng rng = rng_open(61, RNG_SAMPLE, (uint32_t)ranks_case->ranks);
    int64_t loss = 0;
    ranks_case->own = allocate((size_t)ranks_case->ranks, sizeof *ranks_case->own);
    for (int rank = 0; rank < ranks_case->ranks; rank++) {
        const int64_t own = (int64_t)(9.0 * units * rng_uniform(&rng));
        ranks_case->own[rank] = (struct metrics){
            .loss = (double)own / units, .correct = rng_below(&rng, 1000), .count = rng_below(&rng, 1000)};
        loss += own;
        ranks_case->total.correct += ranks_case->own[rank].correct;
        ranks_case->total.count += ranks_case->own[rank].count;
    }
    ranks_case->total.loss = (double)loss / units;
}

void ranks_case_open(struct ranks_case *ranks_case, int ranks, size_t count)
{
    const int own_parts = ROW_GROUPS / ranks;
    *ranks_case = (struct ranks_case){.ranks = ranks,
                                      .count = count,
                                      .parts = parts_case_random(ROW_GROUPS, count),
                                      .gradients = allocate((size_t)ranks * count, sizeof(float)),
                                      .sum = allocate(count, sizeof(double)),
                                      .sizes = allocate(count, sizeof(double))};
    ranks_case->exact = copy_floats(ranks_case->parts, ROW_GROUPS * count);
    add_by_reference(ranks_case->exact, ROW_GROUPS, count);
    for (size_t rank = 0; rank < (size_t)ranks; rank++) {
        const size_t own_count = (size_t)own_parts * count;
        float *own = copy_floats(ranks_case->parts + rank * own_count, own_count);
        add_by_reference(own, own_parts, count);
        memcpy(ranks_case->gradients + rank * count, own, count * sizeof *own);
        for (size_t k = 0; k < count; k++) {
            ranks_case->sum[k] += (double)own[k];
            ranks_case->sizes[k] += fabs((double)own[k]);
        }
        free(own);
    }
    make_metrics(ranks_case);
}

void ranks_case_close(struct ranks_case *ranks_case)
{
    free(ranks_case->parts);
    free(ranks_case->gradients);
    free(ranks_case->exact);
    free(ranks_case->sum);
    free(ranks_case->sizes);
    free(ranks_case->own);
}

static void expect_sum(const struct ranks_case *ranks_case, const float *sum)
{
    const double rounding = ldexp(ranks_case->ranks, -24);
    for (size_t k = 0; k < ranks_case->count; k++)
        expect_close("sum of the ranks", sum + k, ranks_case->sum + k, 1,
                     (struct tolerance){.absolute = rounding * ranks_case->sizes[k]});
}

/* The gradients of the rank's parts are an arena, as a network has them. */
void ranks_case_check(const struct ranks_case *ranks_case, struct backend *backend, int rank, bool exact,
                      float *sum)
{
    const size_t count = ranks_case->count, ranks = (size_t)ranks_case->ranks;
    const size_t own_count = ROW_GROUPS / ranks * count;
    struct metrics all = ranks_case->own[rank];
    struct guarded memory = guarded_open(backend);
    const float *parts = ranks_case->parts + (size_t)rank * own_count;
    float *arena = guarded_inout(&memory, "gradients", parts, own_count * sizeof(float));
    const struct add_parts add = {.count = count, .parts = ROW_GROUPS / (int)ranks, .gradients = arena};
    struct sum_ranks op = {.count = count, .gradients = arena};
    op.own = guarded_input(&memory, "own metrics", &all, sizeof all);
    op.all = guarded_output(&memory, "all metrics", sizeof all);
    if (exact)
        op.gathered = guarded_output(&memory, "gathered", ranks * count * sizeof(float));
    assert_int_equal(backend->ops->sum_ranks != NULL, ranks > 1);
    backend->ops->add_parts(backend, &add);
    if (ranks > 1) {
        backend->ops->sum_ranks(backend, &op);
        backend->memory->download(backend, &all, op.all, sizeof all);
    }
    backend->memory->download(backend, sum, arena, count * sizeof *sum);
    guarded_close(&memory);
    expect_equal_bits("metrics", &all, &ranks_case->total, sizeof all);
    if (exact || ranks == 1)
        expect_equal_bits("exact sum of the ranks", sum, ranks_case->exact, count * sizeof *sum);
    else
        expect_sum(ranks_case, sum);
}
