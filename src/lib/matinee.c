/* The functions of matinee.h: arguments are looked at, the rest is classifier.h's. */
#define _GNU_SOURCE /* newlocale */
#include "matinee.h"

#include "classifier.h"

#include <locale.h>
#include <stdio.h>

/* The handles are those of classifier.h under names of their own. */
static struct classifier_options *own_options(const struct matinee_options *options)
{
    return (struct classifier_options *)options;
}

static struct classifier *own_model(const struct matinee_model *model)
{
    return (struct classifier *)model;
}

/* A call of the library: numbers are read and written as in C, whatever the language of the program is. */
struct call {
    locale_t own, before;
    struct matinee_error *error;
};

static struct call call_begin(struct matinee_error *error)
{
    struct call call = {.own = newlocale(LC_ALL_MASK, "C", (locale_t)0), .error = error};
    if (call.own)
        call.before = uselocale(call.own);
    return call;
}

static bool call_end(const struct call *call, bool done, const struct error *reason)
{
    if (call->own) {
        uselocale(call->before);
        freelocale(call->own);
    }
    if (!done && call->error)
        snprintf(call->error->message, sizeof call->error->message, "%s", reason->message);
    return done;
}

/* Always false. */
static bool refuse_null(struct matinee_error *error, const char *function, const char *argument)
{
    if (error)
        snprintf(error->message, sizeof error->message, "%s: %s is NULL", function, argument);
    return false;
}

const char *matinee_version(void)
{
    return MATINEE_VERSION;
}

bool matinee_options_new(struct matinee_options **options, struct matinee_error *error)
{
    struct error reason;
    struct classifier_options *made;
    if (!options)
        return refuse_null(error, "matinee_options_new", "options");
    const struct call call = call_begin(error);
    const bool done = classifier_options_open(&made, &reason);
    *options = done ? (struct matinee_options *)made : NULL;
    return call_end(&call, done, &reason);
}

bool matinee_options_set(struct matinee_options *options, const char *name, const char *value,
                         struct matinee_error *error)
{
    struct error reason;
    if (!options || !name)
        return refuse_null(error, "matinee_options_set", options ? "name" : "options");
    const struct call call = call_begin(error);
    const bool done = classifier_options_set(own_options(options), name, value, &reason);
    return call_end(&call, done, &reason);
}

void matinee_options_free(struct matinee_options *options)
{
    classifier_options_close(own_options(options));
}

/* Of NULL new ones, *made, which are to be closed. */
static const struct classifier_options *options_or_defaults(const struct matinee_options *options,
                                                            struct classifier_options **made,
                                                            struct error *error)
{
    *made = NULL;
    if (options)
        return own_options(options);
    (void)classifier_options_open(made, error);
    return *made;
}

/* Who is told of training. */
struct audience {
    matinee_progress_function *progress;
    void *context;
    const struct call *call;
};

static bool hear(void *context, const struct step_progress *step, const struct epoch_record *ended)
{
    const struct audience *audience = context;
    const bool validated = ended && ended->validated;
    const struct matinee_progress progress = {.epoch = step->epoch,
                                              .epochs = step->epochs,
                                              .step = step->step,
                                              .steps = step->steps,
                                              .loss = step->train.loss,
                                              .accuracy = step->train.accuracy,
                                              .seconds = step->seconds,
                                              .epoch_ended = ended != NULL,
                                              .validated = validated,
                                              .validation_loss = validated ? ended->validation.loss : 0,
                                              .validation_accuracy =
                                                  validated ? ended->validation.accuracy : 0};
    if (audience->call->own)
        uselocale(audience->call->before);
    const bool goes_on = audience->progress(audience->context, &progress);
    if (audience->call->own)
        uselocale(audience->call->own);
    return goes_on;
}

bool matinee_train(struct matinee_model **model, const struct matinee_options *options,
                   matinee_progress_function *progress, void *context, struct matinee_error *error)
{
    struct error reason;
    struct classifier *made = NULL;
    if (!model)
        return refuse_null(error, "matinee_train", "model");
    *model = NULL;
    if (!options)
        return refuse_null(error, "matinee_train", "options");
    const struct call call = call_begin(error);
    struct audience audience = {.progress = progress, .context = context, .call = &call};
    const struct classifier_listener listener = {.context = &audience, .hear = hear};
    const bool done = classifier_train(&made, own_options(options), progress ? &listener : NULL, &reason);
    *model = (struct matinee_model *)made;
    return call_end(&call, done, &reason);
}

bool matinee_model_load(struct matinee_model **model, const char *path, const struct matinee_options *options,
                        struct matinee_error *error)
{
    struct error reason;
    struct classifier_options *defaults;
    struct classifier *made = NULL;
    if (!model)
        return refuse_null(error, "matinee_model_load", "model");
    *model = NULL;
    if (!path)
        return refuse_null(error, "matinee_model_load", "path");
    const struct call call = call_begin(error);
    const struct classifier_options *chosen = options_or_defaults(options, &defaults, &reason);
    const bool done = chosen && classifier_load(&made, path, chosen, &reason);
    classifier_options_close(defaults);
    *model = (struct matinee_model *)made;
    return call_end(&call, done, &reason);
}

bool matinee_model_save(const struct matinee_model *model, const char *path, struct matinee_error *error)
{
    struct error reason;
    if (!model || !path)
        return refuse_null(error, "matinee_model_save", model ? "path" : "model");
    const struct call call = call_begin(error);
    const bool done = classifier_save(own_model(model), path, &reason);
    return call_end(&call, done, &reason);
}

bool matinee_model_evaluate(const struct matinee_model *model, const struct matinee_options *options,
                            double *loss, double *accuracy, struct matinee_error *error)
{
    struct error reason;
    struct classifier_options *defaults;
    struct score score;
    if (!model || !loss || !accuracy)
        return refuse_null(error, "matinee_model_evaluate", !model ? "model" : !loss ? "loss" : "accuracy");
    const struct call call = call_begin(error);
    const struct classifier_options *chosen = options_or_defaults(options, &defaults, &reason);
    const bool done = chosen && classifier_evaluate(own_model(model), chosen, &score, &reason);
    classifier_options_close(defaults);
    if (done) {
        *loss = score.loss;
        *accuracy = score.accuracy;
    }
    return call_end(&call, done, &reason);
}

bool matinee_model_predict(struct matinee_model *model, const char *const *texts, size_t count,
                           float *probabilities, struct matinee_error *error)
{
    struct error reason;
    if (!model || (count && (!texts || !probabilities)))
        return refuse_null(error, "matinee_model_predict",
                           !model   ? "model"
                           : !texts ? "texts"
                                    : "probabilities");
    const struct call call = call_begin(error);
    const bool done = classifier_predict(own_model(model), texts, count, probabilities, &reason);
    return call_end(&call, done, &reason);
}

void matinee_model_free(struct matinee_model *model)
{
    classifier_close(own_model(model));
}
