#include "comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef double figure_function(const struct run_result *result, int epoch);

static const struct run_result *result_of(const struct compared_runs *runs, int model, int seed)
{
    return runs->results[seed * runs->model_count + model];
}

static double last_accuracy(const struct run_result *result, int epoch)
{
    (void)epoch;
    return run_last_validation(result).accuracy;
}

static double last_loss(const struct run_result *result, int epoch)
{
    (void)epoch;
    return run_last_validation(result).loss;
}

static double first_loss(const struct run_result *result, int epoch)
{
    (void)epoch;
    return result->epochs[0].validation.loss;
}

static double epoch_seconds(const struct run_result *result, int epoch)
{
    (void)epoch;
    return run_epoch_seconds(result);
}

static double wall_seconds(const struct run_result *result, int epoch)
{
    (void)epoch;
    return result->cost.wall_seconds;
}

static double train_loss_at(const struct run_result *result, int epoch)
{
    return result->epochs[epoch].train.loss;
}

static double train_accuracy_at(const struct run_result *result, int epoch)
{
    return result->epochs[epoch].train.accuracy;
}

static double loss_at(const struct run_result *result, int epoch)
{
    return result->epochs[epoch].validation.loss;
}

static double accuracy_at(const struct run_result *result, int epoch)
{
    return result->epochs[epoch].validation.accuracy;
}

/* A figure over the seeds of a model; `room` has one number for each seed. Runs without that epoch, and times that
 * are not known, are left out; a figure that is no number otherwise is not. */
static struct sample over_seeds(const struct compared_runs *runs, int model, figure_function *figure,
                                int epoch, double *room)
{
    int count = 0;
    for (int seed = 0; seed < runs->seed_count; seed++) {
        const struct run_result *result = result_of(runs, model, seed);
        if (!result || epoch >= result->epoch_count ||
            (figure == wall_seconds && isnan(wall_seconds(result, epoch))))
            continue;
        room[count++] = figure(result, epoch);
    }
    return sample_of(room, count);
}

/* Model against another, seed by seed. */
static struct sample paired(const struct compared_runs *runs, int model, int than, enum measure measure,
                            double *room)
{
    static figure_function *const figures[] = {[MEASURE_FIRST_LOSS] = first_loss,
                                               [MEASURE_ACCURACY] = last_accuracy,
                                               [MEASURE_TIME] = epoch_seconds};
    figure_function *figure = figures[measure];
    int count = 0;
    for (int seed = 0; seed < runs->seed_count; seed++) {
        const struct run_result *a = result_of(runs, model, seed), *b = result_of(runs, than, seed);
        if (!a || !b)
            continue;
        room[count++] = measure == MEASURE_TIME ? figure(a, 0) / figure(b, 0) : figure(a, 0) - figure(b, 0);
    }
    return measure == MEASURE_TIME ? sample_of_ratios(room, count) : sample_of(room, count);
}

static bool summarise_epochs(struct model_summary *summary, const struct compared_runs *runs, int model,
                             double *room, struct error *error)
{
    for (int seed = 0; seed < runs->seed_count; seed++) {
        const struct run_result *result = result_of(runs, model, seed);
        if (result && result->epoch_count > summary->epoch_count)
            summary->epoch_count = result->epoch_count;
    }
    summary->epochs = calloc((size_t)summary->epoch_count + 1, sizeof *summary->epochs);
    if (!summary->epochs)
        return error_memory(error, "the epochs of a model", 0);
    for (int epoch = 0; epoch < summary->epoch_count; epoch++)
        summary->epochs[epoch] =
            (struct epoch_summary){.loss = over_seeds(runs, model, train_loss_at, epoch, room),
                                   .accuracy = over_seeds(runs, model, train_accuracy_at, epoch, room),
                                   .validation_loss = over_seeds(runs, model, loss_at, epoch, room),
                                   .validation_accuracy = over_seeds(runs, model, accuracy_at, epoch, room)};
    return true;
}

static bool summarise(struct model_summary *summary, const struct compared_runs *runs, int model,
                      double *room, struct error *error)
{
    *summary = (struct model_summary){.name = runs->models[model],
                                      .accuracy = over_seeds(runs, model, last_accuracy, 0, room),
                                      .loss = over_seeds(runs, model, last_loss, 0, room),
                                      .epoch_seconds = over_seeds(runs, model, epoch_seconds, 0, room),
                                      .wall_seconds = over_seeds(runs, model, wall_seconds, 0, room)};
    for (int seed = 0; seed < runs->seed_count && summary->parameters == 0; seed++)
        if (result_of(runs, model, seed))
            summary->parameters = result_of(runs, model, seed)->parameters;
    if (model != runs->baseline) {
        summary->accuracy_difference = paired(runs, model, runs->baseline, MEASURE_ACCURACY, room);
        summary->time_ratio = paired(runs, model, runs->baseline, MEASURE_TIME, room);
    }
    return summarise_epochs(summary, runs, model, room, error);
}

static int model_index(const struct compared_runs *runs, const char *name)
{
    for (int i = 0; i < runs->model_count; i++)
        if (strcmp(runs->models[i], name) == 0)
            return i;
    return -1;
}

static void judge(struct comparison *comparison, const struct compared_runs *runs, double *room)
{
    for (int i = 0; i < claim_count; i++) {
        const struct claim *claim = &claims[i];
        const int model = model_index(runs, claim->model), than = model_index(runs, claim->than);
        if (model < 0 || than < 0)
            continue;
        struct claim_result *result = &comparison->claims[comparison->claim_count++];
        result->claim = claim;
        result->measured = paired(runs, model, than, claim->measure, room);
        result->verdict = verdict_of(result->measured.interval, claim->holds);
    }
}

bool comparison_open(struct comparison *comparison, const struct compared_runs *runs, struct error *error)
{
    double *room = calloc((size_t)runs->seed_count, sizeof *room);
    *comparison = (struct comparison){.models = calloc((size_t)runs->model_count, sizeof *comparison->models),
                                      .claims = calloc((size_t)claim_count, sizeof *comparison->claims)};
    bool opened = room && comparison->models && comparison->claims;
    if (!opened)
        error_memory(error, "a comparison", 0);
    for (int i = 0; opened && i < runs->model_count; i++) {
        comparison->model_count = i + 1;
        opened = summarise(&comparison->models[i], runs, i, room, error);
    }
    if (opened)
        judge(comparison, runs, room);
    else
        comparison_close(comparison);
    free(room);
    return opened;
}

void comparison_close(struct comparison *comparison)
{
    for (int i = 0; comparison->models && i < comparison->model_count; i++)
        free(comparison->models[i].epochs);
    free(comparison->models);
    free(comparison->claims);
    *comparison = (struct comparison){0};
}
