#include "evaluation.h"

#include <stdlib.h>

/* A stable counting sort. */
static bool order_by_pads(int32_t *order, const struct reviews *reviews, struct error *error)
{
    const size_t places = (size_t)reviews->T + 1;
    int32_t *next = calloc(places, sizeof *next);
    if (!next)
        return error_memory(error, "the reviews by their length", places * sizeof *next);
    for (int i = 0; i < reviews->count; i++)
        if (reviews->pads[i] < reviews->T)
            next[reviews->pads[i] + 1]++;
    for (size_t pads = 1; pads < places; pads++)
        next[pads] += next[pads - 1];
    for (int32_t i = 0; i < reviews->count; i++)
        order[next[reviews->pads[i]]++] = i;
    free(next);
    return true;
}

static bool open_order(struct evaluation *evaluation, const struct reviews *reviews, struct error *error)
{
    struct backend *backend = evaluation->network->backend;
    const size_t order_bytes = (size_t)reviews->count * sizeof *evaluation->order;
    const size_t batch_bytes = (size_t)evaluation->network->N_evaluate * sizeof *evaluation->batch;
    evaluation->order = malloc(order_bytes);
    evaluation->batch = malloc(batch_bytes);
    if (!evaluation->order || !evaluation->batch)
        return error_memory(error, "the order of the reviews", order_bytes + batch_bytes);
    if (!order_by_pads(evaluation->order, reviews, error))
        return false;
    backend->memory->upload(backend, evaluation->reviews.order, evaluation->order, order_bytes);
    return true;
}

bool evaluation_open(struct evaluation *evaluation, struct network *network, const struct reviews *reviews,
                     struct error *error)
{
    *evaluation = (struct evaluation){.network = network};
    if (resident_reviews_open(&evaluation->reviews, network, reviews, error) &&
        open_order(evaluation, reviews, error) &&
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
    free(evaluation->order);
    free(evaluation->batch);
    *evaluation = (struct evaluation){0};
}

struct score score_of(const struct metrics *sums)
{
    double count = sums->count ? (double)sums->count : 1.0;
    return (struct score){.loss = sums->loss / count, .accuracy = (double)sums->correct / count};
}

/* Of the batch that has just run. */
static void take_probabilities(struct evaluation *evaluation, int step, float *probabilities)
{
    struct backend *backend = evaluation->network->backend;
    const struct recorded_steps *steps = &evaluation->steps;
    const int rows = recorded_steps_rows(steps, step);
    const int32_t *order = evaluation->order + recorded_steps_begin_row(steps, step);
    backend->memory->download(backend, evaluation->batch, evaluation->network->prob,
                              (size_t)rows * sizeof *evaluation->batch);
    for (int n = 0; n < rows; n++)
        probabilities[order[n]] = evaluation->batch[n];
}

/* Of all ranks, from what each has of its batches; the others' probabilities are zeros. */
static bool sum_ranks(const struct sharing *sharing, struct metrics *sums, float *probabilities, int count,
                      struct error *error)
{
    const int ranks = sharing_ranks(sharing);
    if (ranks == 1)
        return true;
    const struct communicator *communicator = sharing->communicator;
    struct metrics *all = malloc((size_t)ranks * sizeof *all);
    if (!all)
        return error_memory(error, "the sums of all ranks", (size_t)ranks * sizeof *all);
    communicator->gather(communicator, sums, sizeof *sums, all);
    *sums = (struct metrics){.loss = 0};
    for (int rank = 0; rank < ranks; rank++) {
        sums->loss += all[rank].loss;
        sums->correct += all[rank].correct;
        sums->count += all[rank].count;
    }
    free(all);
    if (probabilities)
        communicator->sum(communicator, probabilities, (size_t)count);
    return true;
}

bool evaluation_run(struct evaluation *evaluation, struct score *score, float *probabilities,
                    struct error *error)
{
    struct network *network = evaluation->network;
    const int count = evaluation->reviews.count;
    struct backend *backend = network->backend;
    struct recorded_steps *steps = &evaluation->steps;
    backend->ops->clear(backend, network->metrics, sizeof *network->metrics);
    recorded_steps_begin(steps);
    for (int n = 0; probabilities && n < count; n++)
        probabilities[n] = 0.0f;
    for (int step = 0; step < recorded_steps_count(steps); step++) {
        if (!recorded_steps_replay(steps, step, error))
            return false;
        if (probabilities)
            take_probabilities(evaluation, step, probabilities);
    }
    struct metrics sums;
    backend->memory->download(backend, &sums, network->metrics, sizeof sums);
    if (!backend->memory->status(backend, error) ||
        !sum_ranks(&network->sharing, &sums, probabilities, count, error))
        return false;
    *score = score_of(&sums);
    return true;
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
