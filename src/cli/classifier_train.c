#include "classifier_parts.h"
#include "ranks.h"
#include "training_run.h"

#include <stdlib.h>

/* One call of classifier_train. */
struct training {
    struct session session;
    struct options options; /* completed */
    struct training_run run;
    const struct classifier_listener *listener;
    volatile sig_atomic_t stop;
    struct step_progress progress; /* the latest */
};

static void tell(struct training *training, const struct epoch_record *ended)
{
    const struct classifier_listener *listener = training->listener;
    if (listener && !listener->hear(listener->context, &training->progress, ended))
        training->stop = 1;
}

static void on_step(void *context, const struct step_progress *step)
{
    struct training *training = context;
    training->progress = *step;
    tell(training, NULL);
}

static void on_epoch_end(void *context, const struct epoch_record *record)
{
    struct training *training = context;
    training->progress.step = record->steps;
    training->progress.train = record->train;
    training->progress.seconds = record->seconds;
    tell(training, record);
}

static bool prepare_model(struct training_run *run, struct error *error)
{
    const struct options *options = run->options;
    const bool has_weights = !options->fresh && model_kind(options->model) == MODEL_KERAS;
    machine_read(&run->machine);
    return options_check(options, error) && training_open_model(run, error) == CLI_DONE &&
           ranks_check(options, error) && training_check_validation(options, error) &&
           session_open_backend(run->session, options, error) &&
           session_choose_engine(run->session, training_rows(run), PASS_TRAIN, error) &&
           training_memory_check(run, error) &&
           (has_weights || session_new_weights(run->session, options, error)) &&
           training_optimizer_open(run, error);
}

static bool prepare_data(struct training_run *run, struct error *error)
{
    struct session *session = run->session;
    const struct options *options = run->options;
    return session_open_data(session, options, false, KEEP_NO_TEXTS, error) &&
           training_data_split(&run->data, &session->data, options, error) &&
           training_take_data(run, error) == CLI_DONE && training_memory_check(run, error);
}

static bool fit(struct training *training, struct error *error)
{
    struct training_run *run = &training->run;
    struct checkpoint *model = &training->session.model;
    const struct options *options = run->options;
    const size_t bytes = (size_t)options->epochs * sizeof *run->records;
    run->records = malloc(bytes);
    if (!run->records)
        return error_memory(error, "the history", bytes);
    const struct trainer_options trainer = {
        .epochs = options->epochs,
        .batch_size = options->batch_size,
        .seed = options->seed,
        .patience = options->patience,
        .stop = &training->stop,
        .events = {.context = training, .step = on_step, .epoch_end = on_epoch_end}};
    const struct reviews *validation = run->data.validation.count ? &run->data.validation : NULL;
    int epochs_done;
    bool ended_early;
    model->has_slots = true;
    return trainer_fit(&training->session.network, &model->state, &run->data.train, validation, &trainer,
                       run->records, &epochs_done, &ended_early, error);
}

static bool train(struct training *training, struct error *error)
{
    struct training_run *run = &training->run;
    struct session *session = run->session;
    const struct sharing sharing = ranks_sharing(run->options);
    if (prepare_model(run, error) && prepare_data(run, error) &&
        session_open_network(session, &sharing, training_rows(run), run->options->seed, error) &&
        renew_settings(run, error) && fit(training, error))
        return true;
    (void)session_failure(session, error);
    return false;
}

bool classifier_train(struct classifier **classifier, const struct classifier_options *options,
                      const struct classifier_listener *listener, struct error *error)
{
    if (!classifier_open(classifier, "the model", options, error))
        return false;
    struct training training = {.options = options->options, .listener = listener};
    training.run = (struct training_run){.options = &training.options, .session = &training.session};
    training_options_complete(&training.options);
    const bool trained = train(&training, error);
    if (trained) {
        free(training.session.model.trainer); /* of a run that the model came from */
        training.session.model.trainer = NULL;
        (*classifier)->session.model = training.session.model;
        training.session.model = (struct checkpoint){.vocabulary = NULL};
    } else {
        classifier_close(*classifier);
        *classifier = NULL;
    }
    training_run_close(&training.run);
    session_close(&training.session);
    return trained;
}
