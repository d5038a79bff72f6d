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

enum { RANKS_MAX = 8, MANY_RANKS = 2, MANY_ROUNDS = 5000, ROUNDS = 200 };

struct thread_rank {
    pthread_t thread;
    const struct communicator *communicator;
};

static bool exercise(const struct communicator *communicator)
{
    return exercise_sizes(communicator, true) &&
           exercise_rounds(communicator, communicator->ranks == MANY_RANKS ? MANY_ROUNDS : ROUNDS);
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
    for (int ranks = 1; ranks <= RANKS_MAX; ranks++) {
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

static void ranks_are_processes(void **state)
{
    (void)state;
    for (int ranks = 1; ranks <= RANKS_MAX; ranks++) {
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
        int wrong = 0;
        for (int i = 0; i < ranks; i++) {
            int status;
            assert_true(wait(&status) > 0);
            wrong += status != 0;
            for (int j = 0; j < ranks && wrong == 1; j++)
                kill(processes[j], SIGKILL); /* they would wait for the one that has found a mistake */
        }
        assert_int_equal(wrong, 0);
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
