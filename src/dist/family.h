/* The processes that communicator_fork has started, as their parent sees them. */
#ifndef DIST_FAMILY_H
#define DIST_FAMILY_H

#include "matinee/error.h"

#include <signal.h>
#include <sys/types.h>

struct family {
    pid_t *processes; /* (ranks); 0: ended */
    int ranks, running;
    int failed_rank;      /* the first that failed; -1: none */
    int failure;          /* how it ended, as waitpid says */
    bool interrupted;     /* one has ended with 130 */
    int told, told_count; /* the last signal passed on, and how many were */
    bool killed;          /* they have been sent SIGKILL */
    double kill_time;     /* clock seconds; 0: not yet known */
};

/* Blocks what the parent waits for, also in processes that it starts from now on; they set their mask to *former. */
void family_block_signals(sigset_t *former);

/* Waits until all have ended. Passes signals on, and ends all after the first failure. False, with one line, where a
 * process was killed by a signal that did not come from here; *status is what the parent ends with. */
bool family_watch(struct family *family, int *status, struct error *error);

/* Kills and collects all of them. */
void family_kill(struct family *family);

#endif
