/* A program of ranks, for test_forked_ranks.sh and test_mpi_ranks.sh:
 *     ranks fork N WHAT     under communicator_fork
 *     ranks join WHAT       under mpirun, or alone
 *     ranks no WHAT         joins nothing
 * It ends as main.c does. */
#include "collectives.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 200, LIMIT_SECONDS = 150, INTERRUPTED = 130 };

static volatile sig_atomic_t stop;

static void request_stop(int number)
{
    (void)number;
    stop = 1;
}

/* As the program has it: the second one ends the process. */
static void listen(void)
{
    static const int signals[] = {SIGINT, SIGTERM};
    struct sigaction action = {.sa_handler = request_stop, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaction(signals[i], &action, NULL);
}

static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* All wait here for the last one, also where it never comes. */
static void meet(const struct communicator *communicator)
{
    char own = 0, all[64];
    communicator->gather(communicator, &own, sizeof own, all);
}

/* "steps" goes on until one rank has been asked to stop. */
static int step_until_stopped(const struct communicator *communicator, struct error *error)
{
    meet(communicator); /* all listen */
    if (communicator->rank == 0)
        puts("ready");
    fflush(stdout);
    for (;;) {
        float votes = (float)stop;
        communicator->sum(communicator, &votes, 1);
        if (votes > 0)
            break;
        rest();
    }
    error_write(error, "interrupted");
    return INTERRUPTED;
}

static int act(const struct communicator *communicator, const char *what, struct error *error)
{
    alarm(LIMIT_SECONDS); /* none is left over by a test that fails */
    const int last = communicator->ranks - 1;
    const bool is_last = communicator->rank == last;
    if (strcmp(what, "exercise") == 0) {
        if (!exercise_sizes(communicator, !strstr(communicator->description, " of ")) ||
            !exercise_rounds(communicator, ROUNDS))
            return 1;
        if (communicator->rank == 0)
            printf("%s; %d of %d here\n", communicator->description, communicator->local_rank,
                   communicator->local_ranks);
        return 0;
    }
    if (strcmp(what, "steps") == 0 || strcmp(what, "stuck") == 0)
        listen();
    if (strcmp(what, "steps") == 0)
        return step_until_stopped(communicator, error);
    if (strcmp(what, "stuck") == 0) { /* the last one never comes to the others */
        printf("process %d %ld\n", communicator->rank, (long)getpid());
        fflush(stdout);
        while (is_last)
            rest();
    }
    if (is_last && strcmp(what, "crash") == 0)
        raise(SIGKILL);
    if (strcmp(what, "fail") == 0 || (is_last && strcmp(what, "fail-last") == 0)) {
        error_write(error, "no such luck");
        return 3;
    }
    meet(communicator);
    return 0;
}

static int run(char **words, struct error *error)
{
    const struct communicator *communicator;
    const bool forks = strcmp(words[1], "fork") == 0;
    int status = 0;
    if (strcmp(words[1], "no") == 0) {
        error_write(error, "not joined");
        return 2;
    }
    if (forks ? !communicator_fork(&communicator, atoi(words[2]), &status, error)
              : !communicator_join(&communicator, error))
        return 1;
    return communicator ? act(communicator, words[forks ? 3 : 2], error) : status;
}

int main(int count, char **words)
{
    struct error error = {""};
    if (count < 3)
        return 2;
    const int status = run(words, &error);
    if (status != 0)
        communicator_prepare_failure(status, &error);
    if (error.message[0])
        fprintf(stderr, "ranks: %s\n", error.message);
    fflush(stdout);
    communicator_leave(status);
    return status;
}
