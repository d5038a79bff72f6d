/* The table of a comparison and the sentences around it. */
#include "compare.h"

#include <inttypes.h>
#include <math.h>

const char compare_method[] =
    "Intervals are 95 % intervals of a mean by Student's t: the mean plus and minus t(n-1) deviation / "
    "sqrt(n), n seeds. "
    "Differences and ratios are of pairs with the same seed, which have the same order of reviews; a ratio "
    "is that of the geometric means, its interval that of the logarithms. A claim is supported if all of "
    "the measured interval lies where the claim holds, contradicted if none of it does, and undecided "
    "otherwise. Twice the time is taken as 1.5 to 2.5 times, a little accuracy as up to 1 point, as good as "
    "no more than 1 point worse; convergence is slower where the validation loss after the first epoch is "
    "higher.";

static const char *const headings[] = {"model",    "seeds",      "accuracy, %", "deviation",
                                       "interval", "difference", "s/epoch",     "times as long"};

enum { COLUMNS = sizeof headings / sizeof headings[0] };

/* A number; "-" where there is none. */
static void put_number(struct text_table *table, double value)
{
    if (isfinite(value))
        text_table_put(table, "%.2f", value);
    else
        text_table_put(table, "-");
}

/* "86.03 to 88.12". */
static void put_interval(struct text_table *table, struct interval interval, double unit)
{
    if (isfinite(interval.low) && isfinite(interval.high))
        text_table_put(table, "%.2f to %.2f", unit * interval.low, unit * interval.high);
    else
        text_table_put(table, "-");
}

/* "1.25 (0.89 to 1.75)", with signs for a difference; "-" of no pairs. */
static void put_paired(struct text_table *table, const struct sample *sample, double unit, bool is_difference)
{
    const struct interval interval = sample->interval;
    if (sample->count == 0 || !isfinite(sample->mean))
        text_table_put(table, "-");
    else if (!isfinite(interval.low) || !isfinite(interval.high))
        text_table_put(table, is_difference ? "%+.2f" : "%.2f", unit * sample->mean);
    else
        text_table_put(table, is_difference ? "%+.2f (%+.2f to %+.2f)" : "%.2f (%.2f to %.2f)",
                       unit * sample->mean, unit * interval.low, unit * interval.high);
}

static void put_model(struct text_table *table, const struct model_summary *model)
{
    const double seconds = model->epoch_seconds.mean;
    text_table_put(table, "%s", model->name);
    text_table_put(table, "%d", model->accuracy.count);
    put_number(table, 100 * model->accuracy.mean);
    put_number(table, 100 * model->accuracy.deviation);
    put_interval(table, model->accuracy.interval, 100);
    put_paired(table, &model->accuracy_difference, 100, true);
    text_table_put(table, "%.*f", seconds < 10 ? 3 : 1, seconds);
    put_paired(table, &model->time_ratio, 1, false);
}

bool compare_fill_table(struct compared *compared, struct error *error)
{
    struct text_table *table = &compared->table;
    *table = (struct text_table){.columns = COLUMNS, .headings = headings};
    for (int i = 0; i < compared->comparison.model_count; i++) {
        if (!text_table_row(table, error))
            return false;
        if (compared->comparison.models[i].accuracy.count == 0)
            text_table_put(table, "%s", compared->runs.models[i]);
        else
            put_model(table, &compared->comparison.models[i]);
    }
    return true;
}

/* "3 epochs"; "2 to 3 epochs, each model's last" where presets have their own; a model without runs has none */
static void put_epochs(char text[static 64], const struct comparison *comparison)
{
    int least = 0, most = 0;
    for (int i = 0; i < comparison->model_count; i++) {
        const int epochs = comparison->models[i].epoch_count;
        if (epochs > 0 && (least == 0 || epochs < least))
            least = epochs;
        if (epochs > most)
            most = epochs;
    }
    if (least < most)
        snprintf(text, 64, "%d to %d epochs, each model's last", least, most);
    else
        snprintf(text, 64, "%d epoch%s", most, most == 1 ? "" : "s");
}

void compare_caption(char text[static COMPARE_TEXT_BYTES], const struct compared *compared)
{
    const struct campaign_settings *settings = compared->campaign->settings;
    char epochs[64], last_seed[32] = "";
    put_epochs(epochs, &compared->comparison);
    if (settings->seeds > 1)
        snprintf(last_seed, sizeof last_seed, " to %" PRIu64,
                 settings->first_seed + (uint64_t)settings->seeds - 1);
    snprintf(text, COMPARE_TEXT_BYTES,
             "Validation accuracy after %s; seed%s %" PRIu64
             "%s; differences in points and times against %s; intervals of 95 %%",
             epochs, settings->seeds > 1 ? "s" : "", settings->first_seed, last_seed,
             compared->runs.models[compared->runs.baseline]);
}

/* A mean or the bound of an interval, in the unit of its measure. */
static void put_measured(char text[static 32], enum measure measure, double value)
{
    switch (measure) {
    case MEASURE_FIRST_LOSS:
        snprintf(text, 32, "%+.4f", value);
        break;
    case MEASURE_ACCURACY:
        snprintf(text, 32, "%+.2f", 100 * value);
        break;
    case MEASURE_TIME:
        snprintf(text, 32, "%.3f", value);
        break;
    }
}

void compare_measured_text(char text[static CLAIM_TEXT_BYTES], const struct claim_result *result)
{
    const struct sample *m = &result->measured;
    const enum measure measure = result->claim->measure;
    char mean[32], low[32], high[32];
    if (!isfinite(m->mean)) {
        snprintf(text, CLAIM_TEXT_BYTES, "nothing");
        return;
    }
    put_measured(mean, measure, m->mean);
    put_measured(low, measure, m->interval.low);
    put_measured(high, measure, m->interval.high);
    if (isfinite(m->interval.low) && isfinite(m->interval.high))
        snprintf(text, CLAIM_TEXT_BYTES, "%s (%s to %s)", mean, low, high);
    else
        snprintf(text, CLAIM_TEXT_BYTES, "%s (no interval)", mean);
}

void compare_claim_text(char text[static COMPARE_TEXT_BYTES], const struct claim_result *result)
{
    const struct claim *claim = result->claim;
    char region[CLAIM_TEXT_BYTES], measured[CLAIM_TEXT_BYTES];
    claim_region_text(region, claim);
    compare_measured_text(measured, result);
    snprintf(text, COMPARE_TEXT_BYTES, "%s with %d seed%s: %s. %s against %s, %s: %s; the claim is %s",
             verdict_name(result->verdict), result->measured.count, result->measured.count == 1 ? "" : "s",
             claim->says, claim->model, claim->than, measure_name(claim->measure), measured, region);
}

void compare_markdown(FILE *stream, const struct compared *compared)
{
    char text[COMPARE_TEXT_BYTES];
    compare_caption(text, compared);
    fprintf(stream, "%s.\n\n", text);
    text_table_markdown(stream, &compared->table);
    if (compared->comparison.claim_count > 0)
        fputs("\nWhat the tutorials claim:\n\n", stream);
    for (int i = 0; i < compared->comparison.claim_count; i++) {
        compare_claim_text(text, &compared->comparison.claims[i]);
        fprintf(stream, "- %s\n", text);
    }
    fprintf(stream, "\n%s\n", compare_method);
}
