/* The documents' experiments as a table and as a chart. */
#include "documents.h"

#include "matinee/chart.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static const char *const headings[] = {
    "experiment",   "document, s",        "document, %", "training, s", "start to saved, s",
    "times faster", "times faster whole", "ours, %",     "deviation",   "seeds"};

enum { COLUMNS = sizeof headings / sizeof headings[0] };

/* A number, and an asterisk where it is wrong; "-" where there is none. */
static void put(struct text_table *table, double value, int digits, bool is_wrong)
{
    if (isfinite(value))
        text_table_put(table, "%.*f%s", digits, value, is_wrong ? " *" : "");
    else
        text_table_put(table, "-");
}

static void put_ratio(struct text_table *table, double ratio)
{
    put(table, ratio, ratio < 10 ? 1 : 0, false);
}

static void put_seconds(struct text_table *table, double seconds)
{
    put(table, seconds, seconds < 10 ? 2 : 1, false);
}

static void put_ours(struct text_table *table, const struct document_figures *ours, double training_ratio,
                     double whole_ratio, bool is_whole)
{
    put_seconds(table, ours->training_seconds.mean);
    put_seconds(table, is_whole ? ours->wall_seconds.mean : NAN);
    put_ratio(table, training_ratio);
    put_ratio(table, whole_ratio);
    put(table, 100 * ours->accuracy.mean, 2, false);
    put(table, 100 * ours->accuracy.deviation, 2, false);
    text_table_put(table, "%d", ours->accuracy.count);
}

bool documents_table(const struct documents *documents, struct text_table *table, struct error *error)
{
    *table = (struct text_table){.columns = COLUMNS, .headings = headings};
    for (int i = 0; i < documents->count; i++) {
        const struct document_row *row = &documents->rows[i];
        if (!text_table_row(table, error))
            return false;
        text_table_put(table, "%s", row->id);
        put(table, row->seconds, 0, row->seconds_are_wrong);
        put(table, 100 * row->accuracy, 2, row->accuracy_is_wrong);
        if (row->experiment >= 0)
            put_ours(table, &row->ours, document_training_ratio(documents, row),
                     document_whole_ratio(documents, row), row->first_timed == 0);
        if (row->right < 0)
            continue;
        if (!text_table_row(table, error))
            return false;
        text_table_put(table, "%s, as meant", row->id);
        text_table_put(table, "-");
        text_table_put(table, "-");
        put_ours(table, &row->right_ours, NAN, NAN, true);
    }
    return true;
}

void document_flaw_text(char text[static DOCUMENT_TEXT_BYTES], const struct document_row *row)
{
    snprintf(text, DOCUMENT_TEXT_BYTES, "* %s: %s%s", row->id, row->really,
             row->right >= 0 ? " The right experiment is in the row below it." : " Our figures are its own.");
}

void documents_caption(char text[static DOCUMENT_TEXT_BYTES], const struct documents *documents,
                       const struct campaign *campaign)
{
    const struct run_result *any = campaign_any_result(campaign);
    snprintf(text, DOCUMENT_TEXT_BYTES,
             "%sThe documents' experiments, their figures and ours; seeds %" PRIu64 " to %" PRIu64 "; %s",
             documents->is_rehearsal ? "A REHEARSAL, of other sizes than the documents'. " : "",
             campaign->settings->first_seed,
             campaign->settings->first_seed + (uint64_t)campaign->settings->seeds - 1,
             any ? any->device : "");
}

enum { BAR_TEXT_BYTES = 48 };

static bool is_in_chart(const struct document_row *row)
{
    return isfinite(row->seconds) && isfinite(row->ours.training_seconds.mean);
}

static struct chart_row chart_row(const struct documents *documents, const struct document_row *row,
                                  char (*texts)[BAR_TEXT_BYTES])
{
    const bool is_whole = row->first_timed == 0;
    const double ours = is_whole ? row->ours.wall_seconds.mean : row->ours.training_seconds.mean;
    const double ratio =
        is_whole ? document_whole_ratio(documents, row) : document_training_ratio(documents, row);
    snprintf(texts[0], BAR_TEXT_BYTES, "%.0f s%s", row->seconds, row->seconds_are_wrong ? " *" : "");
    int used = snprintf(texts[1], BAR_TEXT_BYTES, "%.*f s", ours < 10 ? 1 : 0, ours);
    if (isfinite(ratio))
        snprintf(texts[1] + used, BAR_TEXT_BYTES - (size_t)used, ", %.*fx", ratio < 10 ? 1 : 0, ratio);
    return (struct chart_row){row->id, {row->seconds, ours}, {texts[0], texts[1]}};
}

bool documents_chart(FILE *stream, const struct documents *documents, struct error *error)
{
    const size_t count = (size_t)documents->count + 1;
    struct chart_row *rows = calloc(count, sizeof *rows);
    char(*texts)[BAR_TEXT_BYTES] = calloc(2 * count, sizeof *texts);
    bool drawn = (rows && texts) || error_memory(error, "a chart", 0);
    int bars = 0;
    for (int i = 0; drawn && i < documents->count; i++)
        if (is_in_chart(&documents->rows[i])) {
            rows[bars] = chart_row(documents, &documents->rows[i], texts + (ptrdiff_t)2 * bars);
            bars++;
        }
    if (drawn)
        chart_write(
            stream,
            &(struct chart){.title = documents->is_rehearsal ? "The documents' experiments: a rehearsal"
                                                             : "The documents' experiments",
                            .description = "Seconds of training as the documents print them, and ours from "
                                           "the start of the program to the saved model.",
                            .axis = "seconds, logarithmic; * the document timed another model",
                            .kinds = {"as the document prints", "Matinee"},
                            .count = bars,
                            .rows = rows});
    free(rows);
    free(texts);
    return drawn;
}
