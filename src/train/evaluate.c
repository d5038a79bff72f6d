#include "matinee/trainer.h"

/* Loss and accuracy of reviews [first, first + N), added to the network's metrics; keeps their probabilities. */
static bool evaluate_batch(struct network *network, struct pass *pass, int first, float *probabilities,
                           struct error *error)
{
    struct backend *backend = network->backend;
    struct step_state state = {.first_row = first};
    backend->memory->upload(backend, network->state, &state, sizeof state);
    pass_evaluate(pass);
    if (probabilities)
        backend->memory->download(backend, probabilities + first, network->activations.prob,
                                  (size_t)pass->head.N * sizeof *probabilities);
    return backend->memory->status(backend, error);
}

bool trainer_evaluate(struct network *network, const struct reviews *reviews, struct score *score,
                      float *probabilities, struct error *error)
{
    struct backend *backend = network->backend;
    struct resident_reviews resident;
    if (!resident_reviews_open(&resident, backend, reviews, error))
        return false;
    backend->ops->clear(backend, network->metrics, sizeof *network->metrics);
    bool good = true;
    for (int first = 0; good && first < reviews->count; first += network->N_max) {
        struct pass pass;
        int rest = reviews->count - first;
        pass_build(&pass, network, &resident, rest < network->N_max ? rest : network->N_max, PASS_EVALUATE);
        good = evaluate_batch(network, &pass, first, probabilities, error);
    }
    struct metrics sums;
    backend->memory->download(backend, &sums, network->metrics, sizeof sums);
    double count = sums.count ? (double)sums.count : 1.0;
    *score = (struct score){.loss = sums.loss / count, .accuracy = (double)sums.correct / count};
    resident_reviews_close(&resident);
    return good;
}
