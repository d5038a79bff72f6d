/* Sums over ranks by NCCL's stand-in: default and gathered, as they are, recorded and replayed. */
#include "forked_ranks.h"
#include "matinee/cuda_plugin.h"
#include "standin.h"
#include "sum_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { REPLAYS = 4 };

struct plan {
    size_t count;
    bool gathered, no_graph;
};

static uint64_t hash_of(const float *values, size_t count)
{
    const unsigned char *bytes = (const unsigned char *)values;
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < count * sizeof *values; i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    return hash;
}

static bool same_everywhere(const struct communicator *ranks, const struct sum_case *sum_case,
                            struct error *error)
{
    const uint64_t own = hash_of(sum_case->result, sum_case->op.count);
    uint64_t all[FORKED_RANKS_MAX];
    ranks->gather(ranks, &own, sizeof own, all);
    for (int rank = 0; rank < ranks->ranks; rank++)
        if (all[rank] != own)
            return error_set(error, "rank %d has another sum than rank %d", rank, ranks->rank);
    return true;
}

static bool sum_steps(const struct communicator *ranks, struct backend *backend, const struct plan *plan,
                      struct error *error)
{
    struct sum_case sum_case = {.rank = ranks->rank, .ranks = ranks->ranks};
    bool good = sum_case_open(&sum_case, backend, plan->count, plan->gathered, error);
    for (int step = 0; good && step < REPLAYS; step++)
        good = sum_case_run(&sum_case, step, error) && same_everywhere(ranks, &sum_case, error);
    sum_case_close(&sum_case);
    return good;
}

static bool be_rank(const struct communicator *ranks, void *context, struct error *error)
{
    const struct plan *plan = context;
    const struct backend_options options = {
        .device = "cuda", .communicator = ranks, .nccl_alone = true, .no_graph = plan->no_graph};
    struct backend *backend;
    if (!matinee_cuda_open(&backend, &options, error))
        return false;
    bool good = sum_steps(ranks, backend, plan, error);
    backend->close(backend);
    return good;
}

static void check(struct plan plan)
{
    static const int ranks[] = {1, 2, 3, 8};
    for (size_t i = 0; i < sizeof ranks / sizeof ranks[0]; i++)
        forked_ranks_expect_good(ranks[i], be_rank, &plan);
}

/* 5000 floats are more than the stand-in sums at a time. */
static void test_sums(void **state)
{
    (void)state;
    check((struct plan){.count = 1});
    check((struct plan){.count = 5000});
    check((struct plan){.count = 257, .no_graph = true});
}

static void test_gathered_sums_have_the_bits_of_the_tree(void **state)
{
    (void)state;
    check((struct plan){.count = 1, .gathered = true});
    check((struct plan){.count = 5000, .gathered = true});
    check((struct plan){.count = 257, .gathered = true, .no_graph = true});
}

static int play_eight_devices(void **state)
{
    (void)state;
    const struct standin_machine machine = {
        .device_count = 8, .driver_version = CUDART_VERSION, .capability = 90, .free_bytes = (size_t)1 << 30};
    standin_set_machine(&machine);
    standin_fail_call(0);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_gathered_sums_have_the_bits_of_the_tree),
    };
    return cmocka_run_group_tests(tests, play_eight_devices, NULL);
}
