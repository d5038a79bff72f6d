#include "campaign.h"

#include "one_run.h"
#include "progress_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int campaign_add(struct campaign *campaign, const struct experiment *experiment, struct error *error)
{
    const size_t bytes = ((size_t)campaign->experiment_count + 1) * sizeof *campaign->experiments;
    struct experiment *experiments = realloc(campaign->experiments, bytes);
    if (!experiments) {
        error_memory(error, "the experiments", bytes);
        return -1;
    }
    campaign->experiments = experiments;
    experiments[campaign->experiment_count] = *experiment;
    return campaign->experiment_count++;
}

struct campaign_run *campaign_run(const struct campaign *campaign, int experiment, int seed)
{
    return &campaign->runs[seed * campaign->experiment_count + experiment];
}

const struct run_result *campaign_result(const struct campaign *campaign, int experiment, int seed)
{
    const struct campaign_run *run = campaign_run(campaign, experiment, seed);
    return run->state == RUN_DONE ? &run->result : NULL;
}

int campaign_count(const struct campaign *campaign, enum run_state state)
{
    int count = 0;
    for (int i = 0; i < campaign->settings->seeds * campaign->experiment_count; i++)
        count += campaign->runs[i].state == state;
    return count;
}

/* What was made before this call. */
static bool take_finished(struct campaign *campaign, struct error *error)
{
    for (int seed = 0; seed < campaign->settings->seeds; seed++)
        for (int i = 0; i < campaign->experiment_count; i++)
            if (!one_run_take(campaign, i, seed, error))
                return false;
    return true;
}

static enum campaign_end interrupted(const struct campaign *campaign, struct error *error)
{
    error_set(error, "interrupted after %d of %d runs; the same command goes on with them in %.600s",
              campaign_count(campaign, RUN_DONE), campaign->settings->seeds * campaign->experiment_count,
              campaign->settings->directory);
    return CAMPAIGN_INTERRUPTED;
}

static enum campaign_end end_of(const struct campaign *campaign, struct error *error)
{
    const int all = campaign->settings->seeds * campaign->experiment_count,
              failed = campaign_count(campaign, RUN_FAILED);
    if (failed == 0)
        return CAMPAIGN_DONE;
    const struct campaign_run *run = campaign->runs;
    while (run->state != RUN_FAILED)
        run++;
    error_set(error, "%d of %d runs failed, the first of them: %s", failed, all, run->failure);
    return CAMPAIGN_FAILED;
}

enum campaign_end campaign_train(struct campaign *campaign, struct error *error)
{
    const struct campaign_settings *settings = campaign->settings;
    const size_t runs = (size_t)settings->seeds * (size_t)campaign->experiment_count;
    campaign->runs = calloc(runs, sizeof *campaign->runs);
    if (!campaign->runs) {
        error_memory(error, "the runs", runs * sizeof *campaign->runs);
        return CAMPAIGN_FAILED;
    }
    if (!take_finished(campaign, error))
        return CAMPAIGN_FAILED;
    progress_line_begin(campaign);
    for (int seed = 0; seed < settings->seeds; seed++)
        for (int i = 0; i < campaign->experiment_count; i++) {
            if (campaign_run(campaign, i, seed)->state == RUN_DONE)
                continue;
            if (*settings->stop)
                return interrupted(campaign, error);
            const enum made made = one_run_make(campaign, i, seed, error);
            if (made == MADE_INTERRUPTED)
                return interrupted(campaign, error);
            if (made == MADE_NOTHING)
                return CAMPAIGN_FAILED;
            progress_line_run(campaign, i, seed);
        }
    return end_of(campaign, error);
}
