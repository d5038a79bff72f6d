#include "recorded_steps.h"

#include <stdlib.h>

static bool open_states(struct recorded_steps *steps, struct error *error)
{
    struct backend *backend = steps->network->backend;
    const int count = recorded_steps_count(steps);
    size_t bytes = (size_t)(count > 0 ? count : 1) * sizeof *steps->states;
    steps->host_states = calloc(1, bytes);
    if (!steps->host_states)
        return error_memory(error, "the states of the steps", bytes);
    steps->states = backend->memory->allocate(backend, bytes, "the states of the steps", error);
    if (steps->states)
        steps->position =
            backend->memory->allocate(backend, sizeof *steps->position, "a position among the steps", error);
    return steps->position != NULL;
}

static bool record(struct recorded_steps *steps, struct batch_step *step,
                   const struct resident_reviews *reviews, int N, enum pass_kind kind, struct error *error)
{
    struct network *network = steps->network;
    struct backend *backend = network->backend;
    const size_t passes = kind == PASS_TRAIN ? (size_t)network->sharing.parts : 1;
    if (N == 0)
        return true;
    step->pass = calloc(passes, sizeof *step->pass);
    if (!step->pass)
        return error_memory(error, "the ops of a step", passes * sizeof *step->pass);
    pass_build(step->pass, network, reviews, N, kind);
    step->pass->next =
        (struct next_step){.schedule = steps->states, .position = steps->position, .state = network->state};
    return backend->memory->record(backend, &step->recording, kind == PASS_TRAIN ? pass_train : pass_evaluate,
                                   step->pass, error);
}

bool recorded_steps_open(struct recorded_steps *steps, struct network *network,
                         const struct resident_reviews *reviews, int batch_size, enum pass_kind kind,
                         struct error *error)
{
    const bool dealt = kind == PASS_EVALUATE;
    *steps = (struct recorded_steps){.network = network,
                                     .batch_size = batch_size,
                                     .reviews = reviews->count,
                                     .first = dealt ? sharing_rank(&network->sharing) : 0,
                                     .every = dealt ? sharing_ranks(&network->sharing) : 1};
    int full = reviews->count >= batch_size ? batch_size : 0;
    if (open_states(steps, error) && record(steps, &steps->full, reviews, full, kind, error) &&
        record(steps, &steps->last, reviews, reviews->count % batch_size, kind, error))
        return true;
    recorded_steps_close(steps);
    return false;
}

void recorded_steps_close(struct recorded_steps *steps)
{
    if (!steps->network)
        return;
    struct backend *backend = steps->network->backend;
    const struct batch_step all[] = {steps->full, steps->last};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].recording)
            backend->memory->forget(backend, all[i].recording);
        free(all[i].pass);
    }
    backend->memory->release(backend, steps->states);
    backend->memory->release(backend, steps->position);
    free(steps->host_states);
    *steps = (struct recorded_steps){0};
}

int recorded_steps_count(const struct recorded_steps *steps)
{
    const int batches = steps->reviews / steps->batch_size + (steps->reviews % steps->batch_size != 0);
    return batches > steps->first ? (batches - steps->first - 1) / steps->every + 1 : 0;
}

int recorded_steps_begin_row(const struct recorded_steps *steps, int step)
{
    return (steps->first + step * steps->every) * steps->batch_size;
}

int recorded_steps_rows(const struct recorded_steps *steps, int step)
{
    int rest = steps->reviews - recorded_steps_begin_row(steps, step);
    return rest < steps->batch_size ? rest : steps->batch_size;
}

void recorded_steps_begin(struct recorded_steps *steps)
{
    recorded_steps_begin_at(steps, 0);
}

void recorded_steps_begin_at(struct recorded_steps *steps, int first)
{
    struct backend *backend = steps->network->backend;
    const int count = recorded_steps_count(steps);
    const int32_t position = first;
    for (int step = 0; step < count; step++)
        steps->host_states[step].first_row = recorded_steps_begin_row(steps, step);
    backend->memory->upload(backend, steps->states, steps->host_states,
                            (size_t)count * sizeof *steps->states);
    backend->memory->upload(backend, steps->position, &position, sizeof position);
}

bool recorded_steps_replay(struct recorded_steps *steps, int step, struct error *error)
{
    struct backend *backend = steps->network->backend;
    bool full = recorded_steps_rows(steps, step) == steps->batch_size;
    backend->memory->replay(backend, full ? steps->full.recording : steps->last.recording);
    return backend->memory->status(backend, error);
}
