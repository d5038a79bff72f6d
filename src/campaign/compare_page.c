/* report.html of a comparison. */
#include "compare.h"

#include "matinee/page.h"
#include "matinee/plot.h"

#include <stdlib.h>

/* Means by epoch of all models, with the band of their intervals. */
struct curves {
    struct plot_series *series; /* (models) */
    double *numbers;            /* (models, 4, epochs) x, y, low, high */
    int epochs;
};

static int most_epochs(const struct comparison *comparison)
{
    int most = 0;
    for (int i = 0; i < comparison->model_count; i++)
        if (comparison->models[i].epoch_count > most)
            most = comparison->models[i].epoch_count;
    return most;
}

enum curve { CURVE_LOSS, CURVE_ACCURACY, CURVE_TRAIN_LOSS, CURVE_TRAIN_ACCURACY };

static const struct sample *point_of(const struct epoch_summary *epoch, enum curve curve)
{
    switch (curve) {
    case CURVE_LOSS:
        return &epoch->validation_loss;
    case CURVE_ACCURACY:
        return &epoch->validation_accuracy;
    case CURVE_TRAIN_LOSS:
        return &epoch->loss;
    case CURVE_TRAIN_ACCURACY:
        break;
    }
    return &epoch->accuracy;
}

static void fill_curves(struct curves *curves, const struct comparison *comparison, enum curve curve)
{
    for (int i = 0; i < comparison->model_count; i++) {
        const struct model_summary *model = &comparison->models[i];
        double *x = curves->numbers + (size_t)i * 4 * (size_t)curves->epochs, *y = x + curves->epochs,
               *low = y + curves->epochs, *high = low + curves->epochs;
        for (int k = 0; k < model->epoch_count; k++) {
            const struct sample *point = point_of(&model->epochs[k], curve);
            x[k] = k + 1;
            y[k] = point->mean;
            low[k] = point->interval.low;
            high[k] = point->interval.high;
        }
        curves->series[i] = (struct plot_series){.label = model->name,
                                                 .style = i,
                                                 .marked = true,
                                                 .count = model->epoch_count,
                                                 .x = x,
                                                 .y = y,
                                                 .low = low,
                                                 .high = high};
    }
}

static void put_curves(FILE *stream, struct curves *curves, const struct comparison *comparison,
                       enum curve curve)
{
    static const char *const titles[] = {[CURVE_LOSS] = "Validation loss",
                                         [CURVE_ACCURACY] = "Validation accuracy",
                                         [CURVE_TRAIN_LOSS] = "Training loss",
                                         [CURVE_TRAIN_ACCURACY] = "Training accuracy"};
    const bool is_loss = curve == CURVE_LOSS || curve == CURVE_TRAIN_LOSS;
    fill_curves(curves, comparison, curve);
    struct plot plot = {
        .title = titles[curve],
        .description = "Means over the seeds by epoch, each with a band: the 95 % interval.",
        .x = {.label = "epoch", .whole = true},
        .y = {.label = is_loss ? "nats a review" : NULL, .unit = is_loss ? PLOT_NUMBER : PLOT_PERCENT},
        .series_count = comparison->model_count,
        .series = curves->series};
    plot_lines(stream, &plot);
}

static void put_all_curves(FILE *stream, const struct comparison *comparison)
{
    const size_t models = (size_t)comparison->model_count;
    struct curves curves = {.epochs = most_epochs(comparison)};
    curves.series = calloc(models, sizeof *curves.series);
    curves.numbers = calloc(models * 4 * ((size_t)curves.epochs + 1), sizeof *curves.numbers);
    if (curves.series && curves.numbers) {
        page_section_begin(stream, "Learning curves");
        page_note(stream,
                  "Lines are means over the seeds, bands their 95 %% intervals. Training figures are of "
                  "the epoch as it goes on and with what dropout drops; validation drops nothing.");
        page_columns_begin(stream);
        for (int curve = CURVE_LOSS; curve <= CURVE_TRAIN_ACCURACY; curve++)
            put_curves(stream, &curves, comparison, (enum curve)curve);
        page_columns_end(stream);
        page_section_end(stream);
    }
    free(curves.series);
    free(curves.numbers);
}

/* A row for each model, or for each but the baseline. */
static void put_intervals(FILE *stream, const struct compared *compared, const char *title,
                          enum plot_unit unit,
                          const struct sample *(*figure)(const struct model_summary *model))
{
    const struct comparison *comparison = &compared->comparison;
    struct plot_interval *rows = calloc((size_t)comparison->model_count, sizeof *rows);
    int count = 0;
    for (int i = 0; rows && i < comparison->model_count; i++) {
        const struct sample *sample = figure(&comparison->models[i]);
        if (sample->count > 0)
            rows[count++] = (struct plot_interval){comparison->models[i].name, i, sample->mean,
                                                   sample->interval.low, sample->interval.high};
    }
    if (count > 0)
        plot_intervals(stream, &(struct plot_intervals){.title = title,
                                                        .description = "Means and their 95 % intervals.",
                                                        .axis = {.unit = unit},
                                                        .count = count,
                                                        .rows = rows});
    free(rows);
}

static const struct sample *accuracy_of(const struct model_summary *model)
{
    return &model->accuracy;
}

static const struct sample *difference_of(const struct model_summary *model)
{
    return &model->accuracy_difference;
}

static const struct sample *seconds_of(const struct model_summary *model)
{
    return &model->epoch_seconds;
}

static const struct sample *ratio_of(const struct model_summary *model)
{
    return &model->time_ratio;
}

static void put_plots(FILE *stream, const struct compared *compared)
{
    char title[COMPARE_TEXT_BYTES];
    const char *baseline = compared->runs.models[compared->runs.baseline];
    page_columns_begin(stream);
    put_intervals(stream, compared, "Validation accuracy after the last epoch", PLOT_PERCENT, accuracy_of);
    snprintf(title, sizeof title, "Its difference to %s, by pairs", baseline);
    put_intervals(stream, compared, title, PLOT_PERCENT, difference_of);
    put_intervals(stream, compared, "Seconds of an epoch", PLOT_NUMBER, seconds_of);
    snprintf(title, sizeof title, "Times as long as %s, by pairs", baseline);
    put_intervals(stream, compared, title, PLOT_NUMBER, ratio_of);
    page_columns_end(stream);
}

static void put_claims(FILE *stream, const struct comparison *comparison)
{
    static const char *const headings[] = {"claim",     "of",     "measured", "mean and interval",
                                           "the claim", "verdict"};
    enum { COLUMNS = sizeof headings / sizeof headings[0] };
    if (comparison->claim_count == 0)
        return;
    page_section_begin(stream, "What the tutorials claim");
    page_table_begin(stream, NULL, COLUMNS, headings);
    for (int i = 0; i < comparison->claim_count; i++) {
        const struct claim_result *result = &comparison->claims[i];
        char of[CLAIM_TEXT_BYTES], measured[CLAIM_TEXT_BYTES], region[CLAIM_TEXT_BYTES], verdict[64];
        claim_region_text(region, result->claim);
        compare_measured_text(measured, result);
        snprintf(of, sizeof of, "%s against %s", result->claim->model, result->claim->than);
        snprintf(verdict, sizeof verdict, "%s with %d seed%s", verdict_name(result->verdict),
                 result->measured.count, result->measured.count == 1 ? "" : "s");
        page_row(stream, COLUMNS,
                 (const char *const[]){result->claim->says, of, measure_name(result->claim->measure),
                                       measured, region, verdict});
    }
    page_table_end(stream);
    page_section_end(stream);
}

static void put_facts(FILE *stream, const struct campaign *campaign)
{
    const struct run_result *any = campaign_any_result(campaign);
    page_section_begin(stream, "How it was made");
    page_facts_begin(stream);
    page_fact(stream, "runs", "%d done, %d failed, %d still to do", campaign_count(campaign, RUN_DONE),
              campaign_count(campaign, RUN_FAILED), campaign_count(campaign, RUN_WAITING));
    if (any) {
        page_fact(stream, "device", "%s", any->device);
        page_fact(stream, "reviews", "%d to train on, %d to validate on", any->train_reviews,
                  any->validation_reviews);
    }
    for (int i = 0; i < campaign->settings->train.count; i++)
        page_fact(stream, "option", "%s", campaign->settings->train.words[i]);
    page_facts_end(stream);
    page_note(stream, "%s", compare_method);
    page_section_end(stream);
}

/* The rows of the summary are one line each, and it scrolls; those of the claims are sentences. */
static const char style[] = "section:first-of-type :is(th, td) { white-space: nowrap; font-size: .85rem }\n"
                            ".scroll + .columns { margin-top: 1.5rem }\n"
                            "section:nth-of-type(2) :is(th, td) { text-align: left }\n";

void compare_page(FILE *stream, const struct compared *compared)
{
    char caption[COMPARE_TEXT_BYTES];
    compare_caption(caption, compared);
    page_begin(stream, "A comparison of models", style);
    page_section_begin(stream, "Summary");
    page_note(stream, "%s", caption);
    text_table_page(stream, &compared->table, NULL);
    put_plots(stream, compared);
    page_section_end(stream);
    put_claims(stream, &compared->comparison);
    put_all_curves(stream, &compared->comparison);
    put_facts(stream, compared->campaign);
    page_end(stream);
}
