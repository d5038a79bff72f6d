#include "preset_model.h"

#include "matinee/keras_file.h"
#include "matinee/session.h"

#include <string.h>

static bool ends_with(const char *name, const char *ending)
{
    size_t bytes = strlen(name), ending_bytes = strlen(ending);
    return bytes >= ending_bytes && strcmp(name + bytes - ending_bytes, ending) == 0;
}

enum model_kind model_kind(const char *name)
{
    if (ends_with(name, ".keras") || ends_with(name, ".h5") || ends_with(name, ".hdf5"))
        return MODEL_KERAS;
    if (ends_with(name, ".json"))
        return MODEL_CONFIG;
    return strpbrk(name, "/.") ? MODEL_UNKNOWN : MODEL_PRESET;
}

const struct layer_spec *first_lstm(const struct spec *spec)
{
    for (int i = 0; i < spec->layer_count; i++)
        if (spec->layers[i].kind == LAYER_LSTM)
            return &spec->layers[i];
    return NULL;
}

static void replace_rates(struct adam_spec *adam, const struct options *options)
{
    if (option_given(options, OPTION_LEARNING_RATE))
        adam->learning_rate = options->learning_rate;
    if (option_given(options, OPTION_EPSILON))
        adam->epsilon = options->epsilon;
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

static bool check_sizes(const struct checkpoint *model, const struct options *options, const char *name,
                        struct error *error)
{
    const struct spec *spec = &model->spec;
    const struct preset_options *sizes = &options->sizes;
    if (option_given(options, OPTION_UNITS) && !first_lstm(spec))
        return error_set(error, "--units: %s has no LSTM; leave the option out or use a preset", name);
    for (int i = 0; i < spec->layer_count; i++)
        if (spec->layers[i].kind == LAYER_LSTM &&
            !check_size(options, OPTION_UNITS, sizes->units, spec->layers[i].units, name, error))
            return false;
    return check_size(options, OPTION_VOCABULARY, sizes->vocabulary, checkpoint_words(model), name, error) &&
           check_size(options, OPTION_MAXLEN, sizes->maxlen, checkpoint_length(model), name, error) &&
           check_size(options, OPTION_EMBEDDING, sizes->embedding, spec->layers[0].units, name, error);
}

/* More ids of words than three to a key. */
static bool check_ngram_words(const struct checkpoint *model, struct error *error)
{
    const int words = checkpoint_words(model), n = model->ngram_order;
    return n == 0 || words <= NGRAM_WORDS_MAX ||
           error_set(error, "--ngrams %d: of %d ids of words; n-grams are made of %d at most", n, words,
                     NGRAM_WORDS_MAX);
}

/* The n of a model that a file holds. Of a .keras it is the file's; where nothing says yet what the ids mean, the
 * option's, and the model must have room for that. */
static bool choose_ngrams(struct checkpoint *model, const char *name, const struct options *options,
                          struct error *error)
{
    enum { FEWEST_WORDS = 5 };
    const bool is_open = options->fresh || !(model->vocabulary || model->ngrams);
    const struct spec *spec = &model->spec;
    if (!option_given(options, OPTION_NGRAMS) || !is_open)
        return check_size(options, OPTION_NGRAMS, options->sizes.ngrams, model->ngram_order, name, error);
    ngrams_close(model->ngrams);
    model->ngrams = NULL;
    const int n = model->ngram_order = options->sizes.ngrams, tokens = ngram_tokens(n);
    if (spec->maxlen % tokens != 0)
        return error_set(
            error,
            "--ngrams %d: makes %d tokens of a word, and the %d that %s reads are no multiple of "
            "that; give it %d or %d, for %d or %d words",
            n, tokens, spec->maxlen, name, spec->maxlen / tokens * tokens,
            (spec->maxlen / tokens + 1) * tokens, spec->maxlen / tokens, spec->maxlen / tokens + 1);
    if (spec->layers[0].input_dim < ngram_ids(n) + FEWEST_WORDS)
        return error_set(
            error,
            "--ngrams %d: takes %d ids beside those of the words, and %s has %d in all; give its "
            "Embedding the input_dim %d for 5000 words",
            n, ngram_ids(n), name, spec->layers[0].input_dim, 5000 + ngram_ids(n));
    return true;
}

/* A file has its layers: what would make others of them is refused. */
static bool check_architecture(const char *name, const struct options *options, struct error *error)
{
    static const enum option_id architecture[] = {OPTIONS_OF_ARCHITECTURE, OPTION_END};
    enum option_id given = option_first_given(options, architecture);
    if (given != OPTION_END)
        return error_set(error, "%s: %s has its own; leave the option out or use a preset",
                         option_name(given), name);
    return true;
}

/* Masks are of rates inside an LSTM. */
static bool check_gate_masks(const struct spec *spec, const char *name, const struct options *options,
                             struct error *error)
{
    bool drops = !option_given(options, OPTION_GATE_MASKS);
    for (int i = 0; i < spec->layer_count; i++) {
        const struct layer_spec *l = &spec->layers[i];
        drops = drops || (l->kind == LAYER_LSTM && (l->dropout > 0 || l->recurrent_dropout > 0));
    }
    return drops || error_set(error,
                              "--gate-masks: no LSTM of %s drops anything; leave the option out or use "
                              "--model lstm-gate-dropout",
                              name);
}

static void replace_gate_masks(struct spec *spec, const struct options *options)
{
    for (int i = 0; i < spec->layer_count && option_given(options, OPTION_GATE_MASKS); i++)
        if (spec->layers[i].kind == LAYER_LSTM)
            spec->layers[i].gate_masks = options->sizes.gate_masks;
}

/* What the options say of a model that a file holds. */
static bool change_file_model(struct checkpoint *model, const char *name, const struct options *options,
                              struct error *error)
{
    struct spec *spec = &model->spec;
    if (!check_architecture(name, options, error) || !choose_ngrams(model, name, options, error) ||
        !check_ngram_words(model, error) || !check_sizes(model, options, name, error) ||
        !check_gate_masks(spec, name, options, error))
        return false;
    replace_gate_masks(spec, options);
    replace_rates(&spec->adam, options);
    return spec_check(spec, error);
}

static enum exit_status open_keras(struct checkpoint *model, const char *name, const struct options *options,
                                   struct error *error)
{
    if (option_given(options, OPTION_INITIALIZERS) && !options->fresh) {
        error_set(error, "--initializers: %s has weights; leave the option out or train it with --fresh",
                  name);
        return STATUS_USAGE;
    }
    if (!checkpoint_load(model, name, error))
        return STATUS_FAILED;
    if (options->fresh)
        model->spec.adam = keras_adam;
    return change_file_model(model, name, options, error) ? STATUS_DONE : STATUS_USAGE;
}

static enum exit_status open_config(struct checkpoint *model, const char *name, const struct options *options,
                                    struct error *error)
{
    struct spec *spec = &model->spec;
    if (!keras_config_read(spec, name, error))
        return STATUS_FAILED;
    if (!spec_check(spec, error)) {
        error_within(error, "%s", name);
        return STATUS_FAILED;
    }
    return change_file_model(model, name, options, error) ? STATUS_DONE : STATUS_USAGE;
}

enum exit_status session_open_model(struct session *session, const char *name, const struct options *options,
                                    struct error *error)
{
    struct checkpoint *model = &session->model;
    enum exit_status status = STATUS_USAGE;
    switch (model_kind(name)) {
    case MODEL_PRESET:
        if (!preset_model(&model->spec, &model->ngram_order, name, options, error) ||
            !check_ngram_words(model, error) || !check_gate_masks(&model->spec, name, options, error))
            return STATUS_USAGE;
        replace_rates(&model->spec.adam, options);
        status = spec_check(&model->spec, error) ? STATUS_DONE : STATUS_USAGE;
        break;
    case MODEL_CONFIG:
        status = open_config(model, name, options, error);
        break;
    case MODEL_KERAS:
        return open_keras(model, name, options, error);
    case MODEL_UNKNOWN:
        error_set(error,
                  "%s: cannot tell what model that is; a model file's name ends in .keras, .h5 or .hdf5, a "
                  "configuration's in .json, and the presets are %s",
                  name, preset_names());
        break;
    }
    if (status == STATUS_DONE)
        parameter_table_build(&model->table, &model->spec);
    return status;
}

bool session_load_model(struct session *session, const char *name, struct error *error)
{
    if (model_kind(name) == MODEL_CONFIG)
        return error_set(error,
                         "%s: is a configuration without weights; train it first: matinee train --model %s",
                         name, name);
    return checkpoint_load(&session->model, name, error);
}

bool session_new_weights(struct session *session, const struct options *options, struct error *error)
{
    struct checkpoint *model = &session->model;
    struct spec spec = model->spec;
    const int ngram_order = model->ngram_order;
    spec.initializers = options->initializers;
    checkpoint_close(model);
    *model = (struct checkpoint){.spec = spec, .ngram_order = ngram_order};
    parameter_table_build(&model->table, &model->spec);
    return training_state_open(&model->state, &model->table, error) &&
           parameters_initialize(&model->table, options->seed, model->state.weights, error);
}
