#include "classifier_parts.h"

#include "matinee/training.h"

#include <stdlib.h>

/* One call of classifier_train. */
struct call {
    struct session session;
    struct options options; /* completed */
    struct training training;
    const struct classifier_listener *listener;
    volatile sig_atomic_t stop;
    struct step_progress progress; /* the latest */
};

static void tell(struct call *call, const struct epoch_record *ended)
{
    const struct classifier_listener *listener = call->listener;
    if (listener && !listener->hear(listener->context, &call->progress, ended))
        call->stop = 1;
}

static void on_step(void *context, const struct step_progress *step)
{
    struct call *call = context;
    call->progress = *step;
    tell(call, NULL);
}

static void on_epoch_end(void *context, const struct epoch_record *record)
{
    struct call *call = context;
    call->progress.step = record->steps;
    call->progress.train = record->train;
    call->progress.seconds = record->seconds;
    tell(call, record);
}

static bool train(struct call *call, struct error *error)
{
    struct training *training = &call->training;
    const struct trainer_events events = {.context = call, .step = on_step, .epoch_end = on_epoch_end};
    bool ended_early;
    if (options_check(&call->options, error) && training_open_model(training, error) == STATUS_DONE &&
        training_prepare(training, KEEP_NO_TEXTS, error) == STATUS_DONE &&
        training_open_network(training, error) &&
        training_fit(training, &events, &call->stop, &ended_early, error))
        return true;
    (void)session_failure(&call->session, error);
    return false;
}

bool classifier_train(struct classifier **classifier, const struct classifier_options *options,
                      const struct classifier_listener *listener, struct error *error)
{
    if (!classifier_open(classifier, "the model", options, error))
        return false;
    struct call call = {.options = options->options, .listener = listener};
    struct checkpoint *model = &call.session.model;
    training_open(&call.training, &call.session, &call.options);
    const bool trained = train(&call, error);
    if (trained) {
        free(model->trainer); /* of a run that the model came from */
        model->trainer = NULL;
        (*classifier)->session.model = *model;
        *model = (struct checkpoint){.vocabulary = NULL};
    } else {
        classifier_close(*classifier);
        *classifier = NULL;
    }
    training_close(&call.training);
    session_close(&call.session);
    return trained;
}
