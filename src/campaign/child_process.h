/* Another program, run to its end. */
#ifndef MATINEE_CAMPAIGN_CHILD_PROCESS_H
#define MATINEE_CAMPAIGN_CHILD_PROCESS_H

#include "matinee/error.h"

#include <signal.h>
#include <stdint.h>

struct child_end {
    int status;                        /* its exit status; 128 and the signal's number if one ended it */
    double wall_seconds;               /* from its start to its end */
    double cpu_seconds;                /* of all its threads, and of the system for them */
    int64_t peak_bytes;                /* the most memory that it had at a time */
    char *output;                      /* what it printed, cut after CHILD_OUTPUT_BYTES; free() it */
    char message[ERROR_MESSAGE_BYTES]; /* the last line of its standard error, "" if there is none */
};

enum { CHILD_OUTPUT_BYTES = 1 << 20 };

/* Runs the program at `path` with these words, the first its own name, NULL behind the last. Its standard input is
 * empty, and it is in a process group of its own: Ctrl-C does not reach it. As soon as *stop is not 0 it is sent
 * SIGTERM, once, and waited for. False, with nothing to free, if it cannot be started. */
bool child_process_run(struct child_end *end, const char *path, char *const *words,
                       const volatile sig_atomic_t *stop, struct error *error);

#endif
