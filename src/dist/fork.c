#include "family.h"
#include "matinee/local_ranks.h"
#include "process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { READER, WRITER, ENDS };

/* The processes go on when all have been started: until then they wait for the end of a pipe that nobody writes to. */
static void wait_at_gate(int gate[ENDS])
{
    char nothing;
    close(gate[WRITER]);
    while (read(gate[READER], &nothing, 1) < 0 && errno == EINTR)
        ;
    close(gate[READER]);
}

/* In the new process. Of a process group of its own, so that a terminal's Ctrl-C reaches it once, through its parent; a
 * group in the background may write to the terminal, but reading from it is an error. */
static void become_rank(struct local_area *area, int rank, int gate[ENDS], const sigset_t *mask, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it has ended before it could be asked about */
        _exit(EXIT_FAILURE);
    setpgid(0, 0);
    signal(SIGTTOU, SIG_IGN);
    signal(SIGTTIN, SIG_IGN);
    wait_at_gate(gate);
    sigprocmask(SIG_SETMASK, mask, NULL);
    this_process.area = area;
    this_process.communicator = local_area_communicator(area, rank);
}

/* Starts the processes. True in each of them with *rank its own; in the parent *rank is -1. */
static bool start(struct family *family, struct local_area *area, const sigset_t *mask, int *rank,
                  struct error *error)
{
    int gate[ENDS];
    const pid_t parent = getpid();
    *rank = -1;
    if (pipe(gate) != 0)
        return error_set(error, "cannot make a pipe: %s", strerror(errno));
    fflush(stdout); /* else each process would print what is still in its buffer */
    for (int i = 0; i < family->ranks; i++) {
        const pid_t process = fork();
        if (process == 0) {
            become_rank(area, i, gate, mask, parent);
            *rank = i;
            return true;
        }
        if (process < 0) {
            error_set(error, "cannot start %d processes: %s", family->ranks, strerror(errno));
            break;
        }
        family->processes[i] = process;
        family->running++;
    }
    if (family->running < family->ranks)
        family_kill(family);
    close(gate[READER]);
    close(gate[WRITER]);
    return family->running == family->ranks;
}

bool communicator_fork(const struct communicator **communicator, int ranks, int *status, struct error *error)
{
    struct family family = {
        .ranks = ranks, .failed_rank = -1, .processes = calloc((size_t)ranks, sizeof(pid_t))};
    sigset_t mask;
    int rank = -1;
    *communicator = NULL;
    *status = 0;
    if (!family.processes)
        return error_memory(error, "the list of processes", 0);
    struct local_area *area = local_area_open(ranks, error);
    if (!area) {
        free(family.processes);
        return false;
    }
    signal(SIGCHLD, SIG_DFL); /* where it is ignored, nobody learns how a process ended */
    family_block_signals(&mask);
    bool done = start(&family, area, &mask, &rank, error);
    if (done && rank < 0)
        done = family_watch(&family, status, error);
    free(family.processes);
    if (rank >= 0) {
        *communicator = this_process.communicator;
        return true;
    }
    sigprocmask(SIG_SETMASK, &mask, NULL);
    local_area_close(area);
    return done;
}
