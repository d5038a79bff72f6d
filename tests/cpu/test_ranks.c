/* The CPU backend's sum_ranks among ranks that are played: what the others would send is at hand. */
#include "compare.h"
#include "matinee/cpu.h"
#include "ops/ranks_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The communicator of one rank of a case. */
struct played_rank {
    struct communicator communicator; /* first, so that a struct communicator * is one of these */
    const struct ranks_case *ranks_case;
    int *sums, *gathers; /* so many calls */
};

static const struct played_rank *played(const struct communicator *communicator)
{
    return (const struct played_rank *)communicator;
}

/* From the last rank to the first: an order that is not the backend's. */
static void play_sum(const struct communicator *communicator, float *values, size_t count)
{
    const struct ranks_case *of = played(communicator)->ranks_case;
    const float *own = of->gradients + (size_t)communicator->rank * of->count;
    assert_int_equal(count, of->count);
    expect_equal_bits("a rank's own gradients", values, own, count * sizeof *values);
    for (size_t k = 0; k < count; k++) {
        values[k] = 0.0f;
        for (int rank = of->ranks - 1; rank >= 0; rank--)
            values[k] += of->gradients[(size_t)rank * count + k];
    }
    ++*played(communicator)->sums;
}

static void play_gather(const struct communicator *communicator, const void *own, size_t bytes, void *all)
{
    const struct ranks_case *of = played(communicator)->ranks_case;
    const bool of_metrics = bytes == sizeof *of->own;
    if (!of_metrics)
        assert_int_equal(bytes, of->count * sizeof(float));
    const unsigned char *everything = of_metrics ? (const void *)of->own : of->gradients;
    expect_equal_bits("what a rank gives", own, everything + (size_t)communicator->rank * bytes, bytes);
    memcpy(all, everything, (size_t)of->ranks * bytes);
    ++*played(communicator)->gathers;
}

/* Every rank of the case in turn, on a backend of its own; they end with the same bits. */
static void check(int ranks, size_t count, bool exact, int threads)
{
    struct ranks_case ranks_case;
    float *first = allocate(count, sizeof *first), *sum = allocate(count, sizeof *sum);
    ranks_case_open(&ranks_case, ranks, count);
    for (int rank = 0; rank < ranks; rank++) {
        struct backend *backend;
        struct error error;
        int sums = 0, gathers = 0;
        const struct played_rank own = {
            {.rank = rank, .ranks = ranks, .sum = play_sum, .gather = play_gather},
            &ranks_case,
            &sums,
            &gathers};
        const struct backend_options options = {.threads = threads, .communicator = &own.communicator};
        assert_true(cpu_backend_open_with(&backend, &options, &error));
        ranks_case_check(&ranks_case, backend, rank, exact, rank ? sum : first);
        if (rank)
            expect_equal_bits("every rank's sum", sum, first, count * sizeof *sum);
        assert_int_equal(sums, ranks > 1 && !exact);
        assert_int_equal(gathers, ranks == 1 ? 0 : exact ? 2 : 1);
        backend->close(backend);
    }
    ranks_case_close(&ranks_case);
    free(first);
    free(sum);
}

/* Bytes of all counts differ from those of struct metrics. */
static const size_t counts[] = {1, 7, 1000, 5003};

static void test_any_order(void **state)
{
    (void)state;
    for (int ranks = 1; ranks <= ROW_GROUPS; ranks *= 2)
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
            check(ranks, counts[i], false, 1 + (int)i);
}

/* The sum of 8 parts has the same bits on 1, 2, 4 and 8 ranks. */
static void test_exact(void **state)
{
    (void)state;
    for (int ranks = 1; ranks <= ROW_GROUPS; ranks *= 2)
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
            check(ranks, counts[i], true, 1 + (int)i);
}

static void test_alone(void **state)
{
    struct backend *backend;
    struct error error;
    (void)state;
    assert_true(cpu_backend_open(&backend, 1, &error));
    assert_null(backend->ops->sum_ranks);
    backend->close(backend);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
