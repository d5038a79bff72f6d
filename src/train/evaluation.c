#include "evaluation.h"

bool evaluation_open(struct evaluation *evaluation, struct network *network, const struct reviews *reviews,
                     struct error *error)
{
    *evaluation = (struct evaluation){.network = network};
    if (resident_reviews_open(&evaluation->reviews, network, reviews, error) &&
        recorded_steps_open(&evaluation->steps, network, &evaluation->reviews, network->N_evaluate,
                            PASS_EVALUATE, error))
        return true;
    evaluation_close(evaluation);
    return false;
}

void evaluation_close(struct evaluation *evaluation)
{
    recorded_steps_close(&evaluation->steps);
    resident_reviews_close(&evaluation->reviews);
    *evaluation = (struct evaluation){0};
}

struct score score_of(const struct metrics *sums)
{
    double count = sums->count ? (double)sums->count : 1.0;
    return (struct score){.loss = sums->loss / count, .accuracy = (double)sums->correct / count};
}

bool evaluation_run(struct evaluation *evaluation, struct score *score, float *probabilities,
                    struct error *error)
{
    struct network *network = evaluation->network;
    struct backend *backend = network->backend;
    struct recorded_steps *steps = &evaluation->steps;
    backend->ops->clear(backend, network->metrics, sizeof *network->metrics);
    recorded_steps_begin(steps);
    for (int step = 0, first = 0; step < recorded_steps_count(steps); step++, first += steps->batch_size) {
        if (!recorded_steps_replay(steps, step, error))
            return false;
        if (probabilities)
            backend->memory->download(backend, probabilities + first, network->prob,
                                      (size_t)recorded_steps_rows(steps, step) * sizeof *probabilities);
    }
    struct metrics sums;
    backend->memory->download(backend, &sums, network->metrics, sizeof sums);
    *score = score_of(&sums);
    return backend->memory->status(backend, error);
}

bool trainer_evaluate(struct network *network, const struct reviews *reviews, struct score *score,
                      float *probabilities, struct error *error)
{
    struct evaluation evaluation;
    if (!evaluation_open(&evaluation, network, reviews, error))
        return false;
    bool good = evaluation_run(&evaluation, score, probabilities, error);
    evaluation_close(&evaluation);
    return good;
}
