/* Ranks of one machine, as threads and as processes. */
#include "collectives.h"
#include "matinee/local_ranks.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Where ranks are more than processors, as they are on a small machine, each call takes them milliseconds. */
enum { RANKS_MAX = 8, FEW_RANKS = 2, MANY_ROUNDS = 2000, SOME_ROUNDS = 50 };

struct thread_rank {
    pthread_t thread;
    const struct communicator *communicator;
};

static bool exercise(const struct communicator *communicator)
{
    return exercise_sizes(communicator, true) &&
           exercise_rounds(communicator, communicator->ranks <= FEW_RANKS ? MANY_ROUNDS : SOME_ROUNDS);
}

static void *run_rank(void *context)
{
    struct thread_rank *rank = context;
    if (!exercise(rank->communicator))
        _exit(1); /* the other threads would wait for this one for ever */
    return NULL;
}

static void ranks_are_threads(void **state)
{
    (void)state;
    static const int numbers[] = {1, 2, 3, 5, RANKS_MAX};
    for (size_t n = 0; n < sizeof numbers / sizeof numbers[0]; n++) {
        const int ranks = numbers[n];
        struct thread_rank threads[RANKS_MAX];
        struct error error;
        struct local_area *area = local_area_open(ranks, &error);
        assert_non_null(area);
        for (int i = 0; i < ranks; i++) {
            threads[i].communicator = local_area_communicator(area, i);
            assert_int_equal(pthread_create(&threads[i].thread, NULL, run_rank, &threads[i]), 0);
        }
        for (int i = 0; i < ranks; i++)
            assert_int_equal(pthread_join(threads[i].thread, NULL), 0);
        local_area_close(area);
    }
}

/* Once one has found a mistake, the others would wait for it. How many did, or were killed for it. */
static int wait_for_processes(pid_t *processes, int ranks)
{
    int wrong = 0;
    for (int left = ranks; left > 0; left--) {
        int status;
        const pid_t ended = wait(&status);
        assert_true(ended > 0);
        for (int i = 0; i < ranks; i++)
            if (processes[i] == ended)
                processes[i] = -1;
        wrong += status != 0;
        for (int i = 0; i < ranks && status != 0; i++)
            if (processes[i] > 0)
                kill(processes[i], SIGKILL);
    }
    return wrong;
}

static void ranks_are_processes(void **state)
{
    (void)state;
    static const int numbers[] = {2, RANKS_MAX};
    for (size_t n = 0; n < sizeof numbers / sizeof numbers[0]; n++) {
        const int ranks = numbers[n];
        pid_t processes[RANKS_MAX];
        struct error error;
        struct local_area *area = local_area_open(ranks, &error);
        assert_non_null(area);
        for (int i = 0; i < ranks; i++) {
            processes[i] = fork();
            assert_true(processes[i] >= 0);
            if (processes[i] == 0)
                _exit(exercise(local_area_communicator(area, i)) ? 0 : 1);
        }
        assert_int_equal(wait_for_processes(processes, ranks), 0);
        local_area_close(area);
    }
}

static void a_rank_knows_its_place(void **state)
{
    (void)state;
    struct error error;
    struct local_area *area = local_area_open(3, &error);
    assert_non_null(area);
    const struct communicator *communicator = local_area_communicator(area, 2);
    assert_int_equal(communicator->rank, 2);
    assert_int_equal(communicator->ranks, 3);
    assert_int_equal(communicator->local_rank, 2);
    assert_int_equal(communicator->local_ranks, 3);
    assert_string_equal(communicator->description, "3 processes on this machine");
    local_area_close(area);
    local_area_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rank_knows_its_place),
        cmocka_unit_test(ranks_are_threads),
        cmocka_unit_test(ranks_are_processes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
