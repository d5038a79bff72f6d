#include "matinee/trainer.h"

#include "clock.h"
#include "matinee/rng.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* Everything that lives as long as trainer_fit. */
struct fit {
    struct network *network;
    struct training_state *state;
    const struct trainer_options *options;
    const struct reviews *validation;
    struct resident_reviews reviews;
    int32_t *order;
    struct pass full, last; /* a full batch, and what is left at the end of an epoch */
    struct recording *full_step, *last_step;
    int steps;
};

static bool fit_open(struct fit *fit, const struct reviews *train, struct error *error)
{
    struct backend *backend = fit->network->backend;
    int batch = fit->options->batch_size, rest = train->count % batch;
    fit->steps = (train->count + batch - 1) / batch;
    fit->order = malloc((size_t)train->count * sizeof *fit->order);
    if (!fit->order)
        return error_memory(error, "the order of the reviews", (unsigned)train->count * sizeof *fit->order);
    if (!resident_reviews_open(&fit->reviews, backend, train, error))
        return false;
    if (train->count >= batch) {
        pass_build(&fit->full, fit->network, &fit->reviews, batch, PASS_TRAIN);
        if (!backend->memory->record(backend, &fit->full_step, pass_train, &fit->full, error))
            return false;
    }
    if (rest) {
        pass_build(&fit->last, fit->network, &fit->reviews, rest, PASS_TRAIN);
        if (!backend->memory->record(backend, &fit->last_step, pass_train, &fit->last, error))
            return false;
    }
    return true;
}

static void fit_close(struct fit *fit)
{
    struct backend *backend = fit->network->backend;
    if (fit->full_step)
        backend->memory->forget(backend, fit->full_step);
    if (fit->last_step)
        backend->memory->forget(backend, fit->last_step);
    resident_reviews_close(&fit->reviews);
    free(fit->order);
}

static bool stop_requested(const struct fit *fit)
{
    return fit->options->stop && *fit->options->stop;
}

/* Keras' bias correction, folded into the learning rate; update counts from 1. */
static float adam_alpha(const struct adam_spec *adam, int64_t update)
{
    double t = (double)update;
    return (float)(adam->learning_rate * sqrt(1.0 - pow(adam->beta_2, t)) / (1.0 - pow(adam->beta_1, t)));
}

static bool train_step(struct fit *fit, int step, struct error *error)
{
    struct network *network = fit->network;
    struct backend *backend = network->backend;
    struct step_state state = {.first_row = step * fit->options->batch_size,
                               .alpha = adam_alpha(&network->spec.adam, fit->state->iterations + 1)};
    backend->memory->upload(backend, network->state, &state, sizeof state);
    bool full = state.first_row + fit->options->batch_size <= fit->reviews.count;
    backend->memory->replay(backend, full ? fit->full_step : fit->last_step);
    fit->state->iterations++;
    return backend->memory->status(backend, error);
}

static void shuffle(struct fit *fit, int epoch)
{
    struct backend *backend = fit->network->backend;
    struct rng rng = rng_open(fit->options->seed, RNG_SHUFFLE, (uint32_t)epoch);
    rng_permutation(&rng, fit->order, fit->reviews.count);
    backend->memory->upload(backend, fit->reviews.order, fit->order,
                            (size_t)fit->reviews.count * sizeof *fit->order);
}

static struct score running_score(const struct fit *fit)
{
    struct metrics sums;
    struct backend *backend = fit->network->backend;
    backend->memory->download(backend, &sums, fit->network->metrics, sizeof sums);
    double count = sums.count ? (double)sums.count : 1.0;
    return (struct score){.loss = sums.loss / count, .accuracy = (double)sums.correct / count};
}

static bool train_epoch(struct fit *fit, int epoch, struct epoch_record *record, struct error *error)
{
    struct backend *backend = fit->network->backend;
    const struct trainer_events *events = &fit->options->events;
    double began = clock_seconds();
    shuffle(fit, (int)(fit->state->iterations / fit->steps));
    backend->ops->clear(backend, fit->network->metrics, sizeof *fit->network->metrics);
    *record = (struct epoch_record){.epoch = epoch};
    while (record->steps < fit->steps && !stop_requested(fit)) {
        if (!train_step(fit, record->steps, error))
            return false;
        record->steps++;
        if (events->step) {
            struct step_progress progress = {.epoch = epoch,
                                             .epochs = fit->options->epochs,
                                             .step = record->steps,
                                             .steps = fit->steps,
                                             .train = running_score(fit),
                                             .seconds = clock_seconds() - began};
            events->step(events->context, &progress);
        }
    }
    record->train = running_score(fit);
    record->seconds = clock_seconds() - began;
    return true;
}

static bool validate(struct fit *fit, struct epoch_record *record, struct error *error)
{
    double began = clock_seconds();
    if (!trainer_evaluate(fit->network, fit->validation, &record->validation, NULL, error))
        return false;
    record->validated = true;
    record->validation_seconds = clock_seconds() - began;
    return true;
}

static bool run_epochs(struct fit *fit, struct epoch_record *records, int *epochs_done, bool *interrupted,
                       struct error *error)
{
    const struct trainer_events *events = &fit->options->events;
    for (int epoch = 1; epoch <= fit->options->epochs; epoch++) {
        struct epoch_record *record = &records[epoch - 1];
        if (events->epoch_begin)
            events->epoch_begin(events->context, epoch, fit->options->epochs);
        if (!train_epoch(fit, epoch, record, error))
            return false;
        network_download(fit->network, fit->state);
        if (record->steps < fit->steps)
            break;
        if (fit->validation && !validate(fit, record, error))
            return false;
        *epochs_done = epoch;
        if (events->epoch_end)
            events->epoch_end(events->context, record);
        if (stop_requested(fit))
            break;
    }
    *interrupted = stop_requested(fit);
    return true;
}

bool trainer_fit(struct network *network, struct training_state *state, const struct reviews *train,
                 const struct reviews *validation, const struct trainer_options *options,
                 struct epoch_record *records, int *epochs_done, bool *interrupted, struct error *error)
{
    assert(train->count > 0 && state->m && state->v);
    struct fit fit = {.network = network, .state = state, .options = options, .validation = validation};
    *epochs_done = 0;
    *interrupted = false;
    network_upload(network, state);
    bool done = fit_open(&fit, train, error) && run_epochs(&fit, records, epochs_done, interrupted, error);
    fit_close(&fit);
    return done;
}
