/* report.html: a run on one page. */
#ifndef MATINEE_CLI_RUN_REPORT_H
#define MATINEE_CLI_RUN_REPORT_H

#include "matinee/error.h"

#include <stdbool.h>

/* Makes the page of what the run directory holds: run.json, and as far as they are there predictions.csv and the log
 * that run.json names. False without run.json, without memory, and if the page cannot be written. */
bool run_report_write(const char *directory, const char *output, struct error *error);

#endif
