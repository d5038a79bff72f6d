/* Which GPU a rank takes, GPUs that do not fit together, and libraries that are not NCCL. */
#include "cuda_device.h"
#include "forked_ranks.h"
#include "matinee/cuda_plugin.h"
#include "nccl_library.h"
#include "standin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct standin_machine three = {
    .device_count = 3, .driver_version = CUDART_VERSION, .capability = 90, .free_bytes = (size_t)1 << 30};

static int play_three_devices(void **state)
{
    (void)state;
    standin_set_machine(&three);
    standin_fail_call(0);
    return 0;
}

/* What differs between the ranks of a job; each may be NULL. */
struct plan {
    const char *const *devices, *const *uuids, *const *versions;
    const int *capabilities;
};

static void play(const struct plan *plan, int rank)
{
    struct standin_machine machine = three;
    if (plan->uuids) {
        machine.device_count = 1;
        setenv("MATINEE_STANDIN_UUID", plan->uuids[rank], 1);
    }
    if (plan->versions)
        setenv("MATINEE_STANDIN_NCCL", plan->versions[rank], 1);
    if (plan->capabilities)
        machine.capability = plan->capabilities[rank];
    standin_set_machine(&machine);
}

static bool be_rank(const struct communicator *ranks, void *context, struct error *error)
{
    const struct plan *plan = context;
    struct backend_options options = {.device = "cuda", .communicator = ranks};
    struct backend *backend;
    char begin[64], end[64];
    play(plan, ranks->rank);
    if (plan->devices)
        options.device = plan->devices[ranks->rank];
    if (!matinee_cuda_open(&backend, &options, error))
        return false;
    snprintf(begin, sizeof begin, "cuda:%d, ", plan->uuids ? 0 : ranks->rank);
    snprintf(end, sizeof end, ", NCCL %d.%d", NCCL_MAJOR, NCCL_MINOR);
    const char *is = backend->description;
    bool good = strncmp(is, begin, strlen(begin)) == 0 && strstr(is, end) && backend->ops->sum_ranks;
    if (!good)
        error_set(error, "%s", is);
    backend->close(backend);
    return good;
}

/* All ranks fail alike, or `only` does, while the others wait for it. */
static void expect_refused(int ranks, struct plan plan, int only, const char *expected)
{
    struct rank_outcome outcomes[FORKED_RANKS_MAX];
    int refused = 0;
    forked_ranks_run(ranks, be_rank, &plan, outcomes);
    for (int rank = 0; rank < ranks; rank++) {
        if (!outcomes[rank].ended)
            continue;
        refused++;
        assert_true(!outcomes[rank].good && (only < 0 || rank == only));
        assert_int_equal(outcomes[rank].left, 0);
        assert_string_equal(outcomes[rank].error.message, expected);
    }
    assert_true(refused > 0);
}

static void a_rank_takes_its_gpu(void **state)
{
    (void)state;
    static const char *const named[] = {"cuda:0", "cuda:1", "cuda:2"};
    static const char *const uuids[] = {"5", "6", "7"};
    forked_ranks_expect_good(3, be_rank, &(struct plan){.devices = NULL});
    forked_ranks_expect_good(3, be_rank, &(struct plan){.devices = named});
    forked_ranks_expect_good(3, be_rank, &(struct plan){.uuids = uuids}); /* each sees its own alone */
}

static void gpus_must_fit_together(void **state)
{
    (void)state;
    static const char *const named[] = {"cuda:1", "cuda:0", "cuda:1"};
    static const char *const uuids[] = {"5", "6", "5"};
    static const char *const versions[] = {"22809", "22809", "22703"};
    static const int capabilities[] = {90, 80, 90};
    expect_refused(4, (struct plan){.devices = NULL}, 3,
                   "this machine has 3 GPUs for 4 ranks; start one rank for each GPU");
    expect_refused(3, (struct plan){.devices = named}, -1,
                   "ranks 0 and 2 have the same GPU, cuda:1; start one rank for each GPU");
    expect_refused(3, (struct plan){.uuids = uuids}, -1,
                   "ranks 0 and 2 have the same GPU, cuda:0; start one rank for each GPU");
    expect_refused(
        3, (struct plan){.capabilities = capabilities}, -1,
        "rank 0 has a GPU of compute capability 9.0 and rank 1 one of 8.0; name GPUs of one kind in "
        "CUDA_VISIBLE_DEVICES");
    expect_refused(3, (struct plan){.versions = versions}, -1,
                   "rank 0 has NCCL 2.28.9 and rank 2 NCCL 2.27.3; install one version");
}

static void one_rank_does_without(void **state)
{
    (void)state;
    const struct communicator alone = {.ranks = 1, .local_ranks = 1};
    const struct communicator *const communicators[] = {NULL, &alone};
    for (int i = 0; i < 2; i++) {
        const struct backend_options options = {.device = "cuda", .communicator = communicators[i]};
        struct backend *backend;
        struct error error;
        if (!matinee_cuda_open(&backend, &options, &error))
            fail_msg("%s", error.message);
        assert_null(backend->ops->sum_ranks);
        assert_null(strstr(backend->description, "NCCL"));
        backend->close(backend);
    }
    assert_int_equal(standin_outstanding(), 0);
}

static void expect_library_refused(const char *name, const char *begin, const char *end)
{
    struct nccl_library library;
    struct error error = {.message = ""};
    assert_false(nccl_library_open(&library, name, &error));
    assert_int_equal(library.version, 0);
    const size_t length = strlen(error.message);
    if (strncmp(error.message, begin, strlen(begin)) != 0 || length < strlen(end) ||
        strcmp(error.message + length - strlen(end), end) != 0 || strchr(error.message, '\n'))
        fail_msg("%s", error.message);
}

static void other_libraries_are_refused(void **state)
{
    (void)state;
    struct error error;
    int version;
    expect_library_refused("libnccl_of_nobody.so.2",
                           "cannot load NCCL, which several GPUs need: libnccl_of_nobody.so.2: ",
                           "; install NCCL, or name its directory in LD_LIBRARY_PATH");
    expect_library_refused(POOR_NCCL, POOR_NCCL " has no ncclGetErrorString", "; install NCCL 2.14 or later");
    assert_true(cuda_nccl_check(&version, &error));
    assert_int_equal(version, NCCL_VERSION_CODE);
    standin_fail_call(1);
    assert_false(cuda_nccl_check(&version, &error));
    assert_int_equal(version, 0);
    assert_non_null(strstr(error.message, "libnccl.so.2: ncclGetVersion: internal error"));
    standin_fail_call(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_rank_takes_its_gpu, play_three_devices),
        cmocka_unit_test_setup(gpus_must_fit_together, play_three_devices),
        cmocka_unit_test_setup(one_rank_does_without, play_three_devices),
        cmocka_unit_test_setup(other_libraries_are_refused, play_three_devices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
