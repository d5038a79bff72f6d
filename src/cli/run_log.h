/* What the log of a run (--log) says of the time within its epochs. */
#ifndef MATINEE_CLI_RUN_LOG_H
#define MATINEE_CLI_RUN_LOG_H

#include "matinee/error.h"

#include <stdbool.h>

/* Means over the steps from one report of the log to the next, in the middle of them: 2.5 is half way through the third
 * epoch. */
struct run_log {
    int count;
    double *epochs, *accuracies, *losses; /* (count) */
};

/* Fills a zeroed struct; close it after a failure, too. What a run that was gone on with has done again counts once. A
 * log that is not there any more, or is none, has no reports. False only without memory. */
bool run_log_read(struct run_log *log, const char *path, struct error *error);
void run_log_close(struct run_log *log);

#endif
