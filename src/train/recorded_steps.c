#include "recorded_steps.h"

static bool record(struct recorded_steps *steps, struct recording **recording, struct pass *pass,
                   const struct resident_reviews *reviews, int N, enum pass_kind kind, struct error *error)
{
    struct backend *backend = steps->network->backend;
    if (N == 0)
        return true;
    pass_build(pass, steps->network, reviews, N, kind);
    return backend->memory->record(backend, recording, kind == PASS_TRAIN ? pass_train : pass_evaluate, pass,
                                   error);
}

bool recorded_steps_open(struct recorded_steps *steps, struct network *network,
                         const struct resident_reviews *reviews, int batch_size, enum pass_kind kind,
                         struct error *error)
{
    *steps = (struct recorded_steps){.network = network, .batch_size = batch_size, .reviews = reviews->count};
    int full = reviews->count >= batch_size ? batch_size : 0;
    if (record(steps, &steps->full_step, &steps->full, reviews, full, kind, error) &&
        record(steps, &steps->last_step, &steps->last, reviews, reviews->count % batch_size, kind, error))
        return true;
    recorded_steps_close(steps);
    return false;
}

void recorded_steps_close(struct recorded_steps *steps)
{
    struct recording *all[] = {steps->full_step, steps->last_step};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i])
            steps->network->backend->memory->forget(steps->network->backend, all[i]);
    *steps = (struct recorded_steps){0};
}

int recorded_steps_count(const struct recorded_steps *steps)
{
    return steps->reviews / steps->batch_size + (steps->reviews % steps->batch_size != 0);
}

int recorded_steps_rows(const struct recorded_steps *steps, int first_row)
{
    int rest = steps->reviews - first_row;
    return rest < steps->batch_size ? rest : steps->batch_size;
}

bool recorded_steps_replay(struct recorded_steps *steps, const struct step_state *state, struct error *error)
{
    struct backend *backend = steps->network->backend;
    bool full = recorded_steps_rows(steps, state->first_row) == steps->batch_size;
    backend->memory->upload(backend, steps->network->state, state, sizeof *state);
    backend->memory->replay(backend, full ? steps->full_step : steps->last_step);
    return backend->memory->status(backend, error);
}
