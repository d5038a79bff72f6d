/* NCCL with one rank: all of its calls that training makes, on one GPU. */
#include "cuda_fixture.h"
#include "sum_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { SKIPPED = 77, REPLAYS = 4 };

static void gather_own(const struct communicator *communicator, const void *own, size_t bytes, void *all)
{
    (void)communicator;
    memcpy(all, own, bytes);
}

static const struct communicator alone = {.ranks = 1, .local_ranks = 1, .gather = gather_own};

static void check(bool gathered, bool no_graph)
{
    const struct backend_options options = {
        .device = "cuda", .communicator = &alone, .nccl_alone = true, .no_graph = no_graph};
    struct sum_case sum_case = {.ranks = 1};
    struct backend *backend;
    struct error error;
    assert_true(cuda_fixture_open_with(&options, &backend));
    assert_non_null(strstr(backend->description, ", NCCL 2."));
    bool good = sum_case_open(&sum_case, backend, 213301, gathered, &error);
    for (int step = 0; good && step < REPLAYS; step++)
        good = sum_case_run(&sum_case, step, &error);
    sum_case_close(&sum_case);
    backend->close(backend);
    if (!good)
        fail_msg("%s", error.message);
    assert_int_equal(cuda_fixture_left_over(), 0);
}

static void test_sums(void **state)
{
    (void)state;
    check(false, true);
    check(false, false);
}

static void test_gathered_sums(void **state)
{
    (void)state;
    check(true, true);
    check(true, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_gathered_sums),
    };
    return cuda_fixture_has_nccl() ? cmocka_run_group_tests(tests, NULL, NULL) : SKIPPED;
}
