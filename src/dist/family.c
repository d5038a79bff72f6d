#include "family.h"

#include "matinee/clock.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum { LOOK_MS = 100, GRACE_SECONDS = 2, INTERRUPTED = 130, SIGNAL_STATUS = 128 };

/* SIGTSTP is Ctrl-Z. */
static const int awaited[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGTSTP};

static void awaited_set(sigset_t *set)
{
    sigemptyset(set);
    for (size_t i = 0; i < sizeof awaited / sizeof awaited[0]; i++) {
        struct sigaction action;
        sigaction(awaited[i], NULL, &action);
        /* What nohup and some shells ask for; while it is blocked, a signal that is ignored arrives, too. */
        if (action.sa_handler != SIG_IGN || (awaited[i] != SIGHUP && awaited[i] != SIGTSTP))
            sigaddset(set, awaited[i]);
    }
}

void family_block_signals(sigset_t *former)
{
    sigset_t set;
    awaited_set(&set);
    sigprocmask(SIG_BLOCK, &set, former);
}

static void tell(const struct family *family, int number)
{
    for (int rank = 0; rank < family->ranks; rank++)
        if (family->processes[rank])
            kill(family->processes[rank], number);
}

/* One that is in the middle of a step asks for an end after it at the first signal, and would wait for the others. */
static void end_soon(struct family *family)
{
    if (family->kill_time == 0)
        family->kill_time = clock_seconds() + GRACE_SECONDS;
}

static void pass_on(struct family *family, int number)
{
    if (number == SIGTSTP) {
        tell(family, SIGSTOP);
        raise(SIGSTOP);
        tell(family, SIGCONT);
        return;
    }
    family->told = number;
    tell(family, number);
    if (number != SIGHUP && ++family->told_count > 1)
        end_soon(family);
}

static void note_end(struct family *family, int rank, int status)
{
    family->processes[rank] = 0;
    family->running--;
    if (WIFEXITED(status) && WEXITSTATUS(status) == INTERRUPTED)
        family->interrupted = true;
    else if (status != 0 && family->failed_rank < 0) {
        family->failed_rank = rank;
        family->failure = status;
        tell(family, SIGTERM);
        end_soon(family);
    }
}

static void collect(struct family *family)
{
    for (int rank = 0; rank < family->ranks; rank++) {
        int status;
        if (family->processes[rank] && waitpid(family->processes[rank], &status, WNOHANG) > 0)
            note_end(family, rank, status);
    }
}

/* What the parent makes of the first failure. */
static bool judge(const struct family *family, int *status, struct error *error)
{
    *status = family->interrupted ? INTERRUPTED : 0;
    if (family->failed_rank < 0)
        return true;
    if (WIFEXITED(family->failure)) {
        *status = WEXITSTATUS(family->failure);
        return true;
    }
    const int number = WTERMSIG(family->failure);
    if (family->told && (number == family->told || family->killed)) {
        *status = SIGNAL_STATUS + family->told;
        return true;
    }
    *status = 1;
    return error_set(error, "rank %d of %d was killed by signal %d (%s); what was saved before is whole",
                     family->failed_rank, family->ranks, number, strsignal(number));
}

bool family_watch(struct family *family, int *status, struct error *error)
{
    const struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
    sigset_t set;
    awaited_set(&set);
    while (family->running > 0) {
        const int number = sigtimedwait(&set, NULL, &look);
        if (number > 0 && number != SIGCHLD)
            pass_on(family, number);
        collect(family);
        if (family->kill_time > 0 && clock_seconds() >= family->kill_time) {
            family->killed = true;
            tell(family, SIGKILL);
        }
    }
    return judge(family, status, error);
}

void family_kill(struct family *family)
{
    tell(family, SIGKILL);
    for (int rank = 0; rank < family->ranks; rank++)
        while (family->processes[rank] && waitpid(family->processes[rank], NULL, 0) < 0 && errno == EINTR)
            ;
}
