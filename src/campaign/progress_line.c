#include "progress_line.h"

#include <inttypes.h>
#include <math.h>

static int run_count(const struct campaign *campaign)
{
    return campaign->settings->seeds * campaign->experiment_count;
}

/* Mean wall time of the runs of an experiment that are done, or of all experiments (-1); NaN of none. */
static double mean_seconds(const struct campaign *campaign, int experiment)
{
    double sum = 0;
    int count = 0;
    for (int seed = 0; seed < campaign->settings->seeds; seed++)
        for (int i = 0; i < campaign->experiment_count; i++) {
            const struct run_result *result = campaign_result(campaign, i, seed);
            if ((experiment >= 0 && experiment != i) || !result || isnan(result->cost.wall_seconds))
                continue;
            sum += result->cost.wall_seconds;
            count++;
        }
    return sum / count;
}

/* Of the runs that wait, as long as others of their kind, or as the mean of all, have taken. */
static double seconds_left(const struct campaign *campaign)
{
    const double any = mean_seconds(campaign, -1);
    double left = 0;
    for (int i = 0; i < campaign->experiment_count; i++) {
        const double mean = mean_seconds(campaign, i);
        for (int seed = 0; seed < campaign->settings->seeds; seed++)
            if (campaign_run(campaign, i, seed)->state == RUN_WAITING)
                left += isnan(mean) ? any : mean;
    }
    return left;
}

void progress_line_begin(const struct campaign *campaign)
{
    const struct campaign_settings *s = campaign->settings;
    if (!s->progress)
        return;
    fprintf(s->progress, "Runs: %d in %s, seed%s %" PRIu64, run_count(campaign), s->directory,
            s->seeds == 1 ? "" : "s", s->first_seed);
    if (s->seeds > 1)
        fprintf(s->progress, " to %" PRIu64, s->first_seed + (uint64_t)s->seeds - 1);
    const int done = campaign_count(campaign, RUN_DONE);
    fprintf(s->progress, done ? "; %d done already\n" : "\n", done);
    fflush(s->progress);
}

static void put_left(FILE *stream, double seconds)
{
    if (seconds >= 90)
        fprintf(stream, "; about %.0f minutes left", seconds / 60);
    else if (seconds > 0)
        fprintf(stream, "; about %.0f seconds left", ceil(seconds));
}

void progress_line_run(const struct campaign *campaign, int experiment, int seed)
{
    FILE *stream = campaign->settings->progress;
    const struct campaign_run *run = campaign_run(campaign, experiment, seed);
    if (!stream)
        return;
    fprintf(stream, "[%d/%d] %s, seed %" PRIu64 ": ",
            run_count(campaign) - campaign_count(campaign, RUN_WAITING), run_count(campaign),
            campaign->experiments[experiment].name, campaign->settings->first_seed + (uint64_t)seed);
    if (run->state == RUN_FAILED) {
        fprintf(stream, "failed: %s\n", run->failure);
    } else {
        const struct run_result *result = &run->result;
        fprintf(stream, "accuracy %.4f, %.1f s an epoch, %.1f s in all", run_accuracy(result),
                run_epoch_seconds(result), result->cost.wall_seconds);
        put_left(stream, seconds_left(campaign));
        fputc('\n', stream);
    }
    fflush(stream);
}
