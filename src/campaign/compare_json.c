/* compare.json and compare.csv. */
#include "compare.h"
#include "json_file.h"

#include <inttypes.h>
#include <math.h>

static json_t *epoch_json(const struct epoch_summary *epoch, int number)
{
    return json_pack("{s:i, s:o, s:o, s:o, s:o}", "epoch", number, "loss", json_sample(&epoch->loss),
                     "accuracy", json_sample(&epoch->accuracy), "validation_loss",
                     json_sample(&epoch->validation_loss), "validation_accuracy",
                     json_sample(&epoch->validation_accuracy));
}

/* Appends what is made for each index below count; NULL without memory. */
static json_t *list_of(int count, json_t *(*item)(const void *context, int i), const void *context)
{
    json_t *list = json_array();
    for (int i = 0; list && i < count; i++)
        if (json_array_append_new(list, item(context, i)) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *epoch_item(const void *context, int i)
{
    const struct model_summary *model = context;
    return epoch_json(&model->epochs[i], i + 1);
}

static json_t *record_item(const void *context, int i)
{
    const struct run_result *run = context;
    const struct epoch_record *epoch = &run->epochs[i];
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "loss", json_finite(epoch->train.loss), "accuracy",
                     json_finite(epoch->train.accuracy), "validation_loss",
                     json_finite(epoch->validation.loss), "validation_accuracy",
                     json_finite(epoch->validation.accuracy), "seconds", json_finite(epoch->seconds));
}

/* A run that is done, or why it is not. */
struct run_place {
    const struct campaign *campaign;
    int experiment;
};

static json_t *run_item(const void *context, int seed)
{
    const struct run_place *place = context;
    const struct campaign_run *run = campaign_run(place->campaign, place->experiment, seed);
    const json_int_t number = (json_int_t)place->campaign->settings->first_seed + seed;
    const struct run_result *result = &run->result;
    if (run->state == RUN_DONE)
        return json_pack("{s:I, s:o, s:o, s:I, s:o, s:o}", "seed", number, "wall_seconds",
                         json_finite(result->cost.wall_seconds), "cpu_seconds",
                         json_finite(result->cost.cpu_seconds), "peak_bytes",
                         (json_int_t)result->cost.peak_bytes, "device", json_words(result->device), "epochs",
                         list_of(result->epoch_count, record_item, result));
    return json_pack("{s:I, s:s, s:o}", "seed", number, "missing",
                     run->state == RUN_FAILED ? "failed" : "not done", "message", json_words(run->failure));
}

static json_t *model_item(const void *context, int i)
{
    const struct compared *compared = context;
    const struct model_summary *model = &compared->comparison.models[i];
    struct run_place place = {compared->campaign, i};
    return json_pack("{s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",                           //
                     "model", json_words(model->name), "parameters", (json_int_t)model->parameters,  //
                     "accuracy", json_sample(&model->accuracy), "loss", json_sample(&model->loss),   //
                     "epoch_seconds", json_sample(&model->epoch_seconds), "wall_seconds",
                     json_sample(&model->wall_seconds), "accuracy_difference",
                     json_sample(&model->accuracy_difference), "time_ratio", json_ratio(&model->time_ratio),
                     "epochs", list_of(model->epoch_count, epoch_item, model), "runs",
                     list_of(compared->campaign->settings->seeds, run_item, &place));
}

static json_t *claim_item(const void *context, int i)
{
    const struct compared *compared = context;
    const struct claim_result *result = &compared->comparison.claims[i];
    const struct claim *claim = result->claim;
    const bool is_ratio = claim->measure == MEASURE_TIME;
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s}", "claim", claim->says, "model", claim->model,
                     "against", claim->than, "measure",
                     is_ratio                             ? "time_ratio"
                     : claim->measure == MEASURE_ACCURACY ? "accuracy_difference"
                                                          : "first_validation_loss_difference",
                     "above", json_finite(claim->holds.low), "below", json_finite(claim->holds.high),
                     "measured", is_ratio ? json_ratio(&result->measured) : json_sample(&result->measured),
                     "verdict", verdict_name(result->verdict));
}

json_t *compare_json(const struct compared *compared)
{
    const struct campaign *campaign = compared->campaign;
    json_t *value = campaign_json(campaign);
    const struct run_result *any = campaign_any_result(campaign);
    json_t *rest =
        json_pack("{s:i, s:i, s:o, s:s, s:o, s:o}", "train_reviews", any ? any->train_reviews : 0,
                  "validation_reviews", any ? any->validation_reviews : 0, "baseline",
                  json_words(compared->runs.models[compared->runs.baseline]), "method", compare_method,
                  "models", list_of(compared->comparison.model_count, model_item, compared), "claims",
                  list_of(compared->comparison.claim_count, claim_item, compared));
    if (!value || !rest || json_object_update(value, rest) != 0) {
        json_decref(value);
        value = NULL;
    }
    json_decref(rest);
    return value;
}

/* "" for what is not known. */
static void put_number(FILE *stream, double value)
{
    fputc(',', stream);
    if (isfinite(value))
        fprintf(stream, "%.9g", value);
}

void compare_csv(FILE *stream, const struct compared *compared)
{
    const struct campaign *campaign = compared->campaign;
    fputs("model,seed,epoch,loss,accuracy,validation_loss,validation_accuracy,seconds,wall_seconds,cpu_"
          "seconds\n",
          stream);
    for (int i = 0; i < campaign->experiment_count; i++)
        for (int seed = 0; seed < campaign->settings->seeds; seed++) {
            const struct run_result *result = campaign_result(campaign, i, seed);
            for (int k = 0; result && k < result->epoch_count; k++) {
                const struct epoch_record *epoch = &result->epochs[k];
                const double figures[] = {epoch->train.loss,       epoch->train.accuracy,
                                          epoch->validation.loss,  epoch->validation.accuracy,
                                          epoch->seconds,          result->cost.wall_seconds,
                                          result->cost.cpu_seconds};
                csv_text(stream, compared->runs.models[i]);
                fprintf(stream, ",%" PRIu64 ",%d", campaign->settings->first_seed + (uint64_t)seed, k + 1);
                for (size_t j = 0; j < sizeof figures / sizeof figures[0]; j++)
                    put_number(stream, figures[j]);
                fputc('\n', stream);
            }
        }
}
