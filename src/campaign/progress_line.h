/* What a campaign says while it goes on: a line for each run. */
#ifndef MATINEE_CAMPAIGN_PROGRESS_LINE_H
#define MATINEE_CAMPAIGN_PROGRESS_LINE_H

#include "campaign.h"

/* "Runs: 45 in runs/compare, seeds 7 to 11; 3 are there already". */
void progress_line_begin(const struct campaign *campaign);

/* "[ 4/45] lstm, seed 8: accuracy 0.8762, 16.1 s an epoch, 52 s in all; about 38 minutes left", or the run's message. */
void progress_line_run(const struct campaign *campaign, int experiment, int seed);

#endif
