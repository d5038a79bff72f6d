#include "training_parts.h"

#include <stdlib.h>

bool training_open_network(struct training *training, struct error *error)
{
    const struct options *options = training->options;
    const struct sharing sharing = ranks_sharing(options);
    const size_t bytes = (size_t)options->epochs * sizeof *training->records;
    if (!training_memory_check(training, error) ||
        !session_open_network(training->session, &sharing, training_rows(training), options->seed, error))
        return false;
    training->records = malloc(bytes);
    if (!training->records)
        return error_memory(error, "the history", bytes);
    return training_renew_settings(training, error);
}

bool training_fit(struct training *training, const struct trainer_events *events,
                  const volatile sig_atomic_t *stop, bool *interrupted, struct error *error)
{
    const struct options *options = training->options;
    struct checkpoint *model = &training->session->model;
    const struct reviews *validation =
        training->data.validation.count > 0 ? &training->data.validation : NULL;
    const struct trainer_options trainer = {.epochs = options->epochs,
                                            .batch_size = options->batch_size,
                                            .seed = options->seed,
                                            .save_every = options->save_every,
                                            .patience = options->patience,
                                            .stop = stop,
                                            .position = &training->position,
                                            .probabilities = training->probabilities,
                                            .events = *events};
    int epochs_done;
    model->has_slots = true;
    return trainer_fit(&training->session->network, &model->state, &training->data.train, validation,
                       &trainer, training->records, &epochs_done, interrupted, error);
}

void training_close(struct training *training)
{
    free(training->records);
    free(training->probabilities);
    ngrams_free_rows(&training->data.expanded_train);
    ngrams_free_rows(&training->data.expanded_validation);
    *training = (struct training){.options = NULL};
}
