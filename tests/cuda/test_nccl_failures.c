/* Two ranks, one of which has each of its library calls fail in turn: its error names the call, and it leaves nothing,
 * while the other waits for it. */
#include "forked_ranks.h"
#include "matinee/cuda_plugin.h"
#include "standin.h"
#include "sum_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RANKS = 2, COUNT = 33, REPLAYS = 3, CALLS_AT_LEAST = 50 };

/* Under a sanitizer, where each process takes its time, every third. */
#ifdef __SANITIZE_ADDRESS__
enum { STRIDE = 3, STICKY_STRIDE = 17 };
#else
enum { STRIDE = 1, STICKY_STRIDE = 7 };
#endif

struct plan {
    int rank, call; /* which call of which rank fails */
    bool sticky;    /* and all after it */
    bool gathered;
};

static int working_calls; /* of this process, before all is given back */

/* What stands before an error that is not as it should be, and the word of a rank that has fewer calls. */
static const char complaint[] = "complaint: ", no_such_call[] = "no such call";

/* Before the device is used at all, and where memory runs out, words for people stand in for the call's name. */
static bool is_named(const char *message, const char *call)
{
    static const char *const words[] = {"out of memory", "shows no GPU", "cannot be used: "};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(message, words[i]))
            return true;
    if (strstr(message, "too many resources requested for launch"))
        return strstr(message, ": launch_add_parts(") != NULL;
    return strstr(message, call) != NULL;
}

static bool gives_back(const char *call)
{
    return strstr(call, "Destroy") || strstr(call, "cudaFree");
}

static bool sum_steps(const struct communicator *ranks, const struct plan *plan, struct error *error)
{
    const struct backend_options options = {.device = "cuda", .communicator = ranks};
    struct sum_case sum_case = {.rank = ranks->rank, .ranks = ranks->ranks};
    struct backend *backend;
    if (!matinee_cuda_open(&backend, &options, error))
        return false;
    bool good = sum_case_open(&sum_case, backend, COUNT, plan->gathered, error);
    for (int step = 0; good && step < REPLAYS; step++)
        good = sum_case_run(&sum_case, step, error);
    working_calls = standin_calls();
    sum_case_close(&sum_case);
    backend->is_abandoned = !good; /* memory that ran out is no failure of the device */
    backend->close(backend);
    return good;
}

static bool be_rank(const struct communicator *ranks, void *context, struct error *error)
{
    const struct plan *plan = context;
    if (plan->rank == ranks->rank && plan->sticky)
        standin_fail_from(plan->call);
    else
        standin_fail_call(plan->rank == ranks->rank ? plan->call : 0);
    bool good = sum_steps(ranks, plan, error);
    const char *call = standin_failed_call();
    if (plan->rank != ranks->rank)
        return good; /* it may notice that the other is gone */
    if (good && call && plan->call <= working_calls && !gives_back(call))
        return error_set(error, "%scall %d, %s: failed unnoticed", complaint, plan->call, call);
    if (good && !call)
        error_write(error, "%s", no_such_call);
    if (!good && (!call || !is_named(error->message, call) || strchr(error->message, '\n')))
        return error_within(error, "%scall %d, %s", complaint, plan->call, call ? call : "none");
    return good;
}

/* False if there is no such call. */
static bool fails(struct plan plan)
{
    struct rank_outcome outcomes[RANKS];
    forked_ranks_run(RANKS, be_rank, &plan, outcomes);
    for (int rank = 0; rank < RANKS; rank++) {
        const struct rank_outcome *outcome = &outcomes[rank];
        if (strncmp(outcome->error.message, complaint, strlen(complaint)) == 0)
            fail_msg("rank %d: %s", rank, outcome->error.message);
        if (outcome->left != 0)
            fail_msg("rank %d, call %d: %d objects are left", rank, plan.call, outcome->left);
    }
    return strcmp(outcomes[plan.rank].error.message, no_such_call) != 0;
}

static void check_calls(int rank, bool gathered)
{
    int calls = 1;
    while (fails((struct plan){.rank = rank, .call = calls, .gathered = gathered}))
        calls += STRIDE;
    assert_true(calls > CALLS_AT_LEAST);
    for (int n = 1; n < calls; n += STICKY_STRIDE)
        fails((struct plan){.rank = rank, .call = n, .sticky = true, .gathered = gathered});
}

static void test_first_rank(void **state)
{
    (void)state;
    check_calls(0, true);
}

static void test_other_rank(void **state)
{
    (void)state;
    check_calls(1, false);
}

static int play_two_devices(void **state)
{
    (void)state;
    const struct standin_machine machine = {.device_count = RANKS,
                                            .driver_version = CUDART_VERSION,
                                            .capability = 90,
                                            .free_bytes = (size_t)1 << 30};
    standin_set_machine(&machine);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_rank),
        cmocka_unit_test(test_other_rank),
    };
    return cmocka_run_group_tests(tests, play_two_devices, NULL);
}
