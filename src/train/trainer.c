#include "matinee/trainer.h"

#include "evaluation.h"
#include "matinee/clock.h"
#include "matinee/rng.h"
#include "recorded_steps.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Steps that a device is given before the first of them is done: enough for it never to wait, few enough for progress
 * and an interruption to keep up with it. */
enum { STEPS_AHEAD = 32 };

/* Everything that lives as long as trainer_fit. */
struct fit {
    struct network *network;
    struct training_state *state;
    const struct trainer_options *options;
    struct trainer_position *position; /* that `state` is of */
    struct resident_reviews reviews;
    int32_t *order;     /* of the reviews in this epoch */
    int64_t iterations; /* updates done */
    struct recorded_steps steps;
    int steps_told;  /* steps of the epoch whose sums have arrived */
    uint64_t *marks; /* (ranks) of the ranks' weights */
    bool validates;
    struct evaluation validation;
};

static bool fit_open(struct fit *fit, const struct reviews *train, const struct reviews *validation,
                     struct error *error)
{
    size_t order_bytes = (size_t)train->count * sizeof *fit->order;
    fit->order = malloc(order_bytes);
    if (!fit->order)
        return error_memory(error, "the order of the reviews", order_bytes);
    const size_t marks_bytes = (size_t)sharing_ranks(&fit->network->sharing) * sizeof *fit->marks;
    fit->marks = malloc(marks_bytes);
    if (!fit->marks)
        return error_memory(error, "the marks of the ranks' weights", marks_bytes);
    fit->validates = validation != NULL;
    return resident_reviews_open(&fit->reviews, fit->network, train, error) &&
           recorded_steps_open(&fit->steps, fit->network, &fit->reviews, fit->options->batch_size, PASS_TRAIN,
                               error) &&
           (!validation || evaluation_open(&fit->validation, fit->network, validation, error));
}

static void fit_close(struct fit *fit)
{
    evaluation_close(&fit->validation);
    recorded_steps_close(&fit->steps);
    resident_reviews_close(&fit->reviews);
    free(fit->order);
    free(fit->marks);
}

/* Of one rank, all of them. All ask this together. */
static bool stop_requested(const struct fit *fit)
{
    const struct sharing *sharing = &fit->network->sharing;
    const bool asked = fit->options->stop && *fit->options->stop;
    if (sharing_ranks(sharing) == 1)
        return asked;
    float asking = asked;
    sharing->communicator->sum(sharing->communicator, &asking, 1);
    return asking > 0.0f;
}

/* Before step number `step` of an epoch. Ranks of devices that run ahead of the host do not wait for each other before
 * each. */
static bool stop_due(const struct fit *fit, int step)
{
    const bool alone = sharing_ranks(&fit->network->sharing) == 1;
    const int between = alone || fit->network->backend->reads_host ? 1 : STEPS_AHEAD;
    return step % between == 0 && stop_requested(fit);
}

/* Keras' bias correction, folded into the learning rate; update counts from 1. Keras keeps the rate in float32, and so
 * does a model file: a run that goes on from one has the same. */
static float adam_alpha(const struct adam_spec *adam, int64_t update)
{
    double t = (double)update, rate = (double)adam_rate(adam, update - 1);
    return (float)(rate * sqrt(1.0 - pow(adam->beta_2, t)) / (1.0 - pow(adam->beta_1, t)));
}

/* before: updates done when the epoch began. */
static void begin_steps(struct fit *fit, int64_t before)
{
    const struct adam_spec *adam = &fit->network->spec.adam;
    for (int step = 0; step < recorded_steps_count(&fit->steps); step++) {
        struct step_state *state = &fit->steps.host_states[step];
        state->step = (uint32_t)(before + step);
        state->alpha = adam_alpha(adam, before + step + 1);
        state->ema_momentum = adam_ema_momentum(adam, before + step);
    }
    recorded_steps_begin_at(&fit->steps, fit->position->step);
}

static void shuffle(struct fit *fit, int64_t before)
{
    struct backend *backend = fit->network->backend;
    int64_t epoch = before / recorded_steps_count(&fit->steps);
    struct rng rng = rng_open(fit->options->seed, RNG_SHUFFLE, (uint32_t)epoch);
    rng_permutation(&rng, fit->order, fit->reviews.count);
    backend->memory->upload(backend, fit->reviews.order, fit->order,
                            (size_t)fit->reviews.count * sizeof *fit->order);
}

/* From the position on. */
static void begin_epoch(struct fit *fit)
{
    struct backend *backend = fit->network->backend;
    const int64_t before = fit->iterations - fit->position->step;
    shuffle(fit, before);
    begin_steps(fit, before);
    fit->steps_told = fit->position->step;
    const struct metrics none = {.count = 0}, *sums = &fit->position->sums;
    struct network *network = fit->network;
    backend->memory->upload(backend, network->totals, sums, sizeof *sums);
    backend->memory->upload(backend, network->metrics, sharing_rank(&network->sharing) == 0 ? sums : &none,
                            sizeof *sums);
}

static void tell_progress(struct fit *fit, const struct epoch_record *record, const struct metrics *sums,
                          double began)
{
    const struct trainer_events *events = &fit->options->events;
    struct step_progress progress = {.epoch = record->epoch,
                                     .epochs = fit->options->epochs,
                                     .step = fit->steps_told,
                                     .steps = recorded_steps_count(&fit->steps),
                                     .train = score_of(sums),
                                     .seconds = clock_seconds() - began};
    if (events->step)
        events->step(events->context, &progress);
}

/* Waits until the backend has told of all steps of the epoch so far but `ahead`. */
static bool follow(struct fit *fit, const struct epoch_record *record, int ahead, double began,
                   struct error *error)
{
    struct backend *backend = fit->network->backend;
    const int batch = fit->options->batch_size;
    const struct timespec pause = {.tv_nsec = 100000};
    struct metrics sums;
    for (;;) {
        if (backend->memory->poll(backend, &sums, fit->network->totals, sizeof sums)) {
            int steps = (int)((sums.count + batch - 1) / batch);
            bool news = steps > fit->steps_told;
            fit->steps_told = steps;
            if (news)
                tell_progress(fit, record, &sums, began);
        }
        if (record->steps - fit->steps_told <= ahead)
            return true;
        if (!backend->memory->status(backend, error))
            return false;
        nanosleep(&pause, NULL);
    }
}

/* FNV-1a over the weights' words. */
static uint64_t mark_of(const float *weights, size_t count)
{
    uint64_t mark = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < count; i++) {
        uint32_t word;
        memcpy(&word, &weights[i], sizeof word);
        mark = (mark ^ word) * UINT64_C(0x100000001b3);
    }
    return mark;
}

/* Each rank updates weights of its own, and all should have the same. */
static bool check_ranks(const struct fit *fit, struct error *error)
{
    const struct sharing *sharing = &fit->network->sharing;
    if (sharing_ranks(sharing) == 1)
        return true;
    const uint64_t own = mark_of(fit->state->weights, fit->network->parameters.total_count);
    sharing->communicator->gather(sharing->communicator, &own, sizeof own, fit->marks);
    for (int rank = 1; rank < sharing_ranks(sharing); rank++)
        if (fit->marks[rank] != fit->marks[0])
            return error_set(
                error,
                "rank %d has come to other weights than rank 0; run all ranks on processors or GPUs "
                "of one kind, with the same program",
                rank);
    return true;
}

/* Takes state and position from the backend, whole or not at all; waits for it. */
static bool take_position(struct fit *fit, const struct epoch_record *record, double began,
                          struct error *error)
{
    struct backend *backend = fit->network->backend;
    struct metrics sums;
    if (!follow(fit, record, 0, began, error))
        return false;
    backend->memory->download(backend, &sums, fit->network->totals, sizeof sums);
    if (!backend->memory->status(backend, error))
        return false;
    if (!isfinite(sums.loss))
        return error_set(error, "epoch %d: the loss is not a number; use a smaller learning rate",
                         record->epoch);
    network_download(fit->network, fit->state);
    if (!backend->memory->status(backend, error) || !check_ranks(fit, error))
        return false;
    fit->state->iterations = fit->iterations;
    fit->position->step = record->steps;
    fit->position->sums = sums;
    fit->position->seconds = clock_seconds() - began;
    return true;
}

static bool checkpoint_due(const struct fit *fit)
{
    return fit->options->save_every > 0 && fit->iterations % fit->options->save_every == 0;
}

static bool checkpoint(struct fit *fit, const struct epoch_record *record, double began, struct error *error)
{
    const struct trainer_events *events = &fit->options->events;
    if (!take_position(fit, record, began, error))
        return false;
    if (events->checkpoint)
        events->checkpoint(events->context);
    return true;
}

static bool train_epoch(struct fit *fit, struct epoch_record *record, struct error *error)
{
    const int steps = recorded_steps_count(&fit->steps);
    double began = clock_seconds() - fit->position->seconds;
    begin_epoch(fit);
    while (record->steps < steps && !stop_due(fit, record->steps)) {
        if (!recorded_steps_replay(&fit->steps, record->steps, error))
            return false;
        record->steps++;
        fit->iterations++;
        if (!follow(fit, record, STEPS_AHEAD, began, error) ||
            (checkpoint_due(fit) && !checkpoint(fit, record, began, error)))
            return false;
    }
    if (!take_position(fit, record, began, error))
        return false;
    record->train = score_of(&fit->position->sums);
    record->seconds = fit->position->seconds;
    return true;
}

static bool validate(struct fit *fit, struct epoch_record *record, struct error *error)
{
    double began = clock_seconds();
    if (!evaluation_run(&fit->validation, &record->validation, fit->options->probabilities, error))
        return false;
    record->validated = true;
    record->validation_seconds = clock_seconds() - began;
    return true;
}

static bool run_epochs(struct fit *fit, struct epoch_record *records, struct error *error)
{
    const struct trainer_events *events = &fit->options->events;
    struct trainer_position *position = fit->position;
    while (!trainer_is_complete(fit->options, records, position->epochs_done) && !stop_requested(fit)) {
        struct epoch_record *record = &records[position->epochs_done];
        *record = (struct epoch_record){.epoch = position->epochs_done + 1, .steps = position->step};
        if (events->epoch_begin)
            events->epoch_begin(events->context, record->epoch, fit->options->epochs);
        if (!train_epoch(fit, record, error))
            return false;
        if (record->steps < recorded_steps_count(&fit->steps))
            return true;
        if (fit->validates && !validate(fit, record, error))
            return false;
        *position = (struct trainer_position){.epochs_done = record->epoch};
        if (events->epoch_end)
            events->epoch_end(events->context, record);
    }
    return true;
}

bool trainer_fit(struct network *network, struct training_state *state, const struct reviews *train,
                 const struct reviews *validation, const struct trainer_options *options,
                 struct epoch_record *records, int *epochs_done, bool *interrupted, struct error *error)
{
    assert(train->count > 0);
    struct trainer_position beginning = {.epochs_done = 0};
    struct fit fit = {.network = network,
                      .state = state,
                      .options = options,
                      .position = options->position ? options->position : &beginning,
                      .iterations = state->iterations};
    network_upload(network, state);
    bool done = fit_open(&fit, train, validation, error) && run_epochs(&fit, records, error);
    *epochs_done = fit.position->epochs_done;
    *interrupted = done && !trainer_is_complete(options, records, *epochs_done);
    fit_close(&fit);
    return done;
}
