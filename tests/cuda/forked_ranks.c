/* Ranks as processes of one test. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "forked_ranks.h"

#include "standin.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { GATHERED_BYTES = 4096, PATIENCE_SECONDS = 90 };

static struct hall {
    atomic_uint arrived, turn;
    struct rank_outcome outcomes[FORKED_RANKS_MAX];
    unsigned char gathered[FORKED_RANKS_MAX][GATHERED_BYTES];
} * hall;

/* A rank that waits in vain is killed by the test or by its alarm. */
static void meet(const struct communicator *communicator)
{
    const unsigned turn = hall->turn;
    if (++hall->arrived == (unsigned)communicator->ranks) {
        hall->arrived = 0;
        hall->turn++;
    }
    while (hall->turn == turn)
        nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
}

static void gather(const struct communicator *communicator, const void *own, size_t bytes, void *all)
{
    if (bytes > GATHERED_BYTES)
        _exit(2);
    memcpy(hall->gathered[communicator->rank], own, bytes);
    meet(communicator);
    for (int rank = 0; rank < communicator->ranks; rank++)
        memcpy((char *)all + (size_t)rank * bytes, hall->gathered[rank], bytes);
    meet(communicator);
}

static void be_rank(int rank, int ranks, rank_function *function, void *context)
{
    const struct communicator communicator = {
        .rank = rank, .ranks = ranks, .local_rank = rank, .local_ranks = ranks, .gather = gather};
    struct rank_outcome *outcome = &hall->outcomes[rank];
    alarm(PATIENCE_SECONDS);
    outcome->good = function(&communicator, context, &outcome->error);
    outcome->left = standin_outstanding();
    outcome->ended = true;
    _exit(outcome->good ? 0 : 1);
}

static int rank_of(pid_t process, const pid_t *processes, int ranks)
{
    int rank = 0;
    while (rank < ranks && processes[rank] != process)
        rank++;
    return rank;
}

/* The first that fails ends the others, as those of a real job do. */
static void wait_for_ranks(pid_t *processes, int ranks)
{
    bool killing = false;
    for (int left = ranks, status; left > 0; left--) {
        const int rank = rank_of(waitpid(-1, &status, 0), processes, ranks);
        assert_true(rank < ranks);
        if (!killing && WIFSIGNALED(status))
            print_error("rank %d was ended by signal %d\n", rank, WTERMSIG(status));
        processes[rank] = -1;
        if (status == 0 || killing)
            continue;
        killing = true;
        for (int other = 0; other < ranks; other++)
            if (processes[other] > 0)
                kill(processes[other], SIGKILL);
    }
}

void forked_ranks_run(int ranks, rank_function *function, void *context, struct rank_outcome *outcomes)
{
    pid_t processes[FORKED_RANKS_MAX];
    int ended = 0;
    hall = mmap(NULL, sizeof *hall, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(hall != MAP_FAILED && ranks <= FORKED_RANKS_MAX);
    fflush(NULL);
    for (int rank = 0; rank < ranks; rank++) {
        processes[rank] = fork();
        assert_true(processes[rank] >= 0);
        if (processes[rank] == 0)
            be_rank(rank, ranks, function, context);
    }
    wait_for_ranks(processes, ranks);
    memcpy(outcomes, hall->outcomes, (size_t)ranks * sizeof *outcomes);
    munmap(hall, sizeof *hall);
    for (int rank = 0; rank < ranks; rank++)
        ended += outcomes[rank].ended;
    assert_true(ended > 0);
}

void forked_ranks_expect_good(int ranks, rank_function *function, void *context)
{
    struct rank_outcome outcomes[FORKED_RANKS_MAX];
    forked_ranks_run(ranks, function, context, outcomes);
    for (int rank = 0; rank < ranks; rank++)
        if (outcomes[rank].ended && !outcomes[rank].good)
            fail_msg("rank %d of %d: %s", rank, ranks, outcomes[rank].error.message);
    for (int rank = 0; rank < ranks; rank++)
        if (!outcomes[rank].ended || outcomes[rank].left != 0)
            fail_msg("rank %d of %d: %s, %d objects are left", rank, ranks,
                     outcomes[rank].ended ? "it ended" : "it was killed", outcomes[rank].left);
}
