#include "session.h"

#include <stdlib.h>
#include <string.h>

bool model_is_file(const char *name)
{
    return strpbrk(name, "/.") != NULL;
}

/* Refuses a size that was asked for and that the file has otherwise. */
static bool check_size(const struct options *options, enum option_id id, int wanted, int has,
                       const char *name, struct error *error)
{
    if (!option_given(options, id) || wanted == has)
        return true;
    return error_set(error, "%s %d: %s was made with %d; leave the option out or train a new model",
                     option_name(id), wanted, name, has);
}

static bool check_sizes(const struct spec *spec, const struct options *options, const char *name,
                        struct error *error)
{
    const struct preset_sizes *sizes = &options->sizes;
    return check_size(options, OPTION_VOCABULARY, sizes->vocabulary, spec->layers[EMBEDDING_LAYER].input_dim,
                      name, error) &&
           check_size(options, OPTION_MAXLEN, sizes->maxlen, spec->maxlen, name, error) &&
           check_size(options, OPTION_EMBEDDING, sizes->embedding, spec->layers[EMBEDDING_LAYER].units, name,
                      error) &&
           check_size(options, OPTION_UNITS, sizes->units, spec->layers[LSTM_LAYER].units, name, error);
}

static enum cli_status open_file(struct checkpoint *model, const char *name, const struct options *options,
                                 struct error *error)
{
    if (!checkpoint_load(model, name, error))
        return CLI_FAILED;
    if (!check_sizes(&model->spec, options, name, error))
        return CLI_USAGE;
    if (option_given(options, OPTION_LEARNING_RATE))
        model->spec.adam.learning_rate = options->learning_rate;
    if (option_given(options, OPTION_EPSILON))
        model->spec.adam.epsilon = options->epsilon;
    return spec_check(&model->spec, error) ? CLI_DONE : CLI_USAGE;
}

enum cli_status session_open_model(struct session *session, const char *name, const struct options *options,
                                   struct error *error)
{
    struct checkpoint *model = &session->model;
    if (model_is_file(name))
        return open_file(model, name, options, error);
    if (!spec_preset(&model->spec, name, &options->sizes, error))
        return CLI_USAGE;
    model->spec.adam.learning_rate = options->learning_rate;
    model->spec.adam.epsilon = options->epsilon;
    if (!spec_check(&model->spec, error))
        return CLI_USAGE;
    parameter_table_build(&model->table, &model->spec);
    return CLI_DONE;
}

bool session_new_weights(struct session *session, const struct options *options, struct error *error)
{
    struct checkpoint *model = &session->model;
    struct spec spec = model->spec;
    spec.adam = keras_adam;
    spec.adam.learning_rate = options->learning_rate;
    spec.adam.epsilon = options->epsilon;
    checkpoint_close(model);
    *model = (struct checkpoint){.spec = spec};
    parameter_table_build(&model->table, &model->spec);
    return training_state_open(&model->state, &model->table, error) &&
           parameters_initialize(&model->table, options->seed, model->state.weights, error);
}
