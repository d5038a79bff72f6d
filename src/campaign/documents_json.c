/* documents.json and documents.csv. */
#include "documents.h"
#include "json_file.h"

#include <math.h>

static json_t *figures_json(const struct document_figures *figures)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "accuracy", json_sample(&figures->accuracy), "training_seconds",
                     json_sample(&figures->training_seconds), "wall_seconds",
                     json_sample(&figures->wall_seconds), "cpu_seconds", json_sample(&figures->cpu_seconds));
}

/* What each seed gave, or why it gave nothing. */
static json_t *runs_json(const struct campaign *campaign, int experiment)
{
    json_t *list = json_array();
    for (int seed = 0; list && experiment >= 0 && seed < campaign->settings->seeds; seed++) {
        const struct campaign_run *run = campaign_run(campaign, experiment, seed);
        const json_int_t number = (json_int_t)campaign->settings->first_seed + seed;
        const struct run_result *result = &run->result;
        json_t *item = run->state == RUN_DONE
                           ? json_pack("{s:I, s:o, s:o, s:o, s:I}", "seed", number, "accuracy",
                                       json_finite(run_accuracy(result)), "wall_seconds",
                                       json_finite(result->cost.wall_seconds), "cpu_seconds",
                                       json_finite(result->cost.cpu_seconds), "peak_bytes",
                                       (json_int_t)result->cost.peak_bytes)
                           : json_pack("{s:I, s:s, s:o}", "seed", number, "missing",
                                       run->state == RUN_FAILED ? "failed" : "not done", "message",
                                       json_words(run->failure));
        if (json_array_append_new(list, item) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *right_json(const struct document_row *row, const struct campaign *campaign)
{
    if (row->right < 0)
        return json_null();
    return json_pack("{s:O, s:o, s:o}", "options",
                     json_object_get(json_object_get(row->json, "flaw"), "right"), "ours",
                     figures_json(&row->right_ours), "runs", runs_json(campaign, row->right));
}

static json_t *row_json(const struct documents *documents, const struct document_row *row,
                        const struct campaign *campaign)
{
    const json_t *json = row->json;
    const json_t *figures = json_object_get(json_object_get(json, "flaw"), "figures");
    return json_pack("{s:s, s:O*, s:O*, s:O*, s:o, s:o, s:o, s:O?, s:o, s:o, s:o, s:o, s:o, s:o}",  //
                     "id", row->id, "document", json_object_get(json, "document"), "model",
                     json_object_get(json, "model"), "options", json_object_get(json, "options"),  //
                     "printed_seconds", json_finite(row->seconds), "printed_cpu_seconds",
                     json_finite(row->cpu_seconds), "printed_accuracy", json_finite(row->accuracy),
                     "wrong_figures", (json_t *)figures,  //
                     "really", json_words(row->really), "ours", figures_json(&row->ours),
                     "times_faster_training", json_finite(document_training_ratio(documents, row)),
                     "times_faster_start_to_saved", json_finite(document_whole_ratio(documents, row)), "runs",
                     runs_json(campaign, row->experiment), "right", right_json(row, campaign));
}

json_t *documents_json(const struct documents *documents, const struct campaign *campaign)
{
    json_t *value = campaign_json(campaign), *list = json_array();
    int failed = json_object_set_new(value, "is_rehearsal", json_boolean(documents->is_rehearsal));
    for (int i = 0; !failed && i < documents->count; i++)
        failed = json_array_append_new(list, row_json(documents, &documents->rows[i], campaign));
    failed |= json_object_set_new(value, "rows", list);
    if (!failed)
        return value;
    json_decref(value);
    return NULL;
}

static void put_numbers(FILE *stream, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fputc(',', stream);
        if (isfinite(values[i]))
            fprintf(stream, "%.9g", values[i]);
    }
}

static void put_figures(FILE *stream, const struct document_figures *ours)
{
    const double values[] = {ours->accuracy.mean,         ours->accuracy.deviation,
                             ours->accuracy.interval.low, ours->accuracy.interval.high,
                             ours->training_seconds.mean, ours->wall_seconds.mean,
                             ours->cpu_seconds.mean};
    fprintf(stream, ",%d", ours->accuracy.count);
    put_numbers(stream, values, sizeof values / sizeof *values);
}

void documents_csv(FILE *stream, const struct documents *documents)
{
    fputs("id,printed_seconds,printed_cpu_seconds,printed_accuracy,seconds_are_wrong,accuracy_is_wrong,seeds,"
          "accuracy,deviation,low,high,training_seconds,wall_seconds,cpu_seconds,times_faster_training,"
          "times_faster_start_to_saved\n",
          stream);
    for (int i = 0; i < documents->count; i++) {
        const struct document_row *row = &documents->rows[i];
        csv_text(stream, row->id);
        put_numbers(stream, (const double[]){row->seconds, row->cpu_seconds, row->accuracy}, 3);
        fprintf(stream, ",%d,%d", row->seconds_are_wrong, row->accuracy_is_wrong);
        put_figures(stream, &row->ours);
        put_numbers(
            stream,
            (const double[]){document_training_ratio(documents, row), document_whole_ratio(documents, row)},
            2);
        fputc('\n', stream);
        if (row->right < 0)
            continue;
        csv_text(stream, row->id);
        fputs("-right,,,,0,0", stream);
        put_figures(stream, &row->right_ours);
        fputs(",,\n", stream);
    }
}
