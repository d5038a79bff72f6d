#include "commands.h"
#include "json_print.h"
#include "session_text.h"

#include "matinee/keras_file.h"
#include "matinee/model_output.h"
#include "matinee/output_file.h"
#include "matinee/session.h"
#include "matinee/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const enum option_id convert_options[] = {
    OPTION_ARCHITECTURE, OPTION_BACKEND, OPTIONS_OF_MODEL, OPTION_JSON, OPTION_END,
};

static const enum option_id sizes[] = {
    OPTIONS_OF_MODEL,
    OPTION_END,
};

static enum exit_status run_convert(const struct options *options, struct error *error);

const struct command command_convert = {
    .name = "convert",
    .arguments = "IN OUT",
    .summary = "Write a model file of any Keras in another form",
    .details =
        "IN is a .keras file, a .h5 or .hdf5 file of Keras 1, 2 or 3, or weights alone (.weights.h5, or what "
        "save_weights wrote before); the latter need --model, which says what they are the weights of. What "
        "OUT "
        "is its ending says: .keras, .weights.h5 (weights and optimizer, for Keras 3's load_weights) or "
        ".safetensors (weights). Presets and the options of their sizes are those of train.",
    .options = convert_options,
    .arguments_min = 2,
    .arguments_max = 2,
    .run = run_convert,
};

static bool holds_weights_alone(struct keras_description in)
{
    return in.form == KERAS_FORM_WEIGHTS || in.form == KERAS_FORM_OLD_WEIGHTS;
}

static bool read_architecture(struct spec *spec, const char *path, struct error *error)
{
    struct keras_file *file;
    if (!keras_file_open(&file, path, error))
        return false;
    bool read = keras_file_spec(file, spec, error);
    keras_file_close(file);
    return read;
}

/* The network that weights alone belong to. */
static enum exit_status open_architecture(struct session *session, const struct options *options,
                                          struct error *error)
{
    struct spec *spec = &session->model.spec;
    switch (model_kind(options->model)) {
    case MODEL_CONFIG:
        return keras_architecture_read(spec, options->model, error) ? STATUS_DONE : STATUS_FAILED;
    case MODEL_KERAS:
        return read_architecture(spec, options->model, error) ? STATUS_DONE : STATUS_FAILED;
    default:
        return session_open_model(session, options->model, options, error);
    }
}

/* Sizes are a preset's: elsewhere they would be ignored without a word. */
static bool check_sizes(const struct options *options, bool weights_alone, struct error *error)
{
    bool preset = weights_alone && option_given(options, OPTION_ARCHITECTURE) &&
                  model_kind(options->model) == MODEL_PRESET;
    enum option_id given = option_first_given(options, sizes);
    return preset || given == OPTION_END ||
           error_set(error, "%s: belongs to a preset, --model PRESET; leave the option out",
                     option_name(given));
}

static enum exit_status read_model(struct session *session, struct keras_file *file,
                                   const struct options *options, struct error *error)
{
    const char *in = options->arguments[0];
    bool weights_alone = holds_weights_alone(keras_file_describe(file));
    if (!weights_alone && option_given(options, OPTION_ARCHITECTURE)) {
        error_set(error, "--model: %s has an architecture of its own; leave the option out", in);
        return STATUS_USAGE;
    }
    if (!check_sizes(options, weights_alone, error))
        return STATUS_USAGE;
    if (option_given(options, OPTION_BACKEND))
        keras_file_assume_backend(file, options->backend);
    if (!weights_alone || !option_given(options, OPTION_ARCHITECTURE))
        return checkpoint_read(&session->model, file, NULL, in, error) ? STATUS_DONE : STATUS_FAILED;
    enum exit_status status = open_architecture(session, options, error);
    if (status != STATUS_DONE)
        return status;
    struct spec spec = session->model.spec;
    checkpoint_close(&session->model);
    return checkpoint_read(&session->model, file, &spec, in, error) ? STATUS_DONE : STATUS_FAILED;
}

static bool is_kept(const char *member, const struct model_output *output)
{
    static const char *const standard[] = {"metadata.json", "config.json", "model.weights.h5"},
                             *const own[] = {"matinee/vocabulary.json", "matinee/ngrams.bin",
                                             "matinee/settings.json", "matinee/trainer.json"};
    for (size_t i = 0; i < sizeof standard / sizeof *standard; i++)
        if (strcmp(member, standard[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(member, own[i]) == 0)
            return output->has_architecture;
    return false;
}

/* What IN has and OUT has no place for, as a JSON list of names. */
static json_t *left_out_json(const struct checkpoint *model, const struct keras_file *file,
                             const struct model_output *output)
{
    json_t *list = json_array();
    bool alone = holds_weights_alone(keras_file_describe(file));
    if (!output->has_architecture && !alone)
        json_array_append_new(list, json_string("architecture"));
    if (!output->has_optimizer && model->has_slots)
        json_array_append_new(list, json_string("optimizer state"));
    const char *name;
    for (int i = 0; (name = keras_file_member_name(file, i)) != NULL; i++)
        if (!is_kept(name, output))
            json_array_append_new(list, json_text(name));
    return list;
}

static const char *form_text(enum keras_form form)
{
    switch (form) {
    case KERAS_FORM_ARCHIVE:
        return "a .keras file";
    case KERAS_FORM_MODEL:
        return "a whole model in HDF5";
    case KERAS_FORM_WEIGHTS:
        return "weights in Keras 3's HDF5";
    case KERAS_FORM_OLD_WEIGHTS:
        return "weights in HDF5 of before Keras 3";
    }
    return "";
}

static bool print_json(const struct session *session, const struct keras_file *file,
                       const struct options *options, json_t *left_out, struct error *error)
{
    const struct checkpoint *model = &session->model;
    struct keras_description in = keras_file_describe(file);
    json_t *vocabulary = model->vocabulary ? json_integer(vocabulary_size(model->vocabulary)) : json_null();
    return json_print(json_pack("{s:o, s:s, s:o, s:i, s:I, s:b, s:I, s:o, s:o, s:i, s:o, s:O}", "file",
                                json_text(options->arguments[0]), "form", form_text(in.form), "keras_version",
                                json_text(in.version), "layers", model->spec.layer_count, "parameters",
                                (json_int_t)model->table.total_count, "optimizer_state", model->has_slots,
                                "iterations", (json_int_t)model->state.iterations, "learning_rate",
                                json_number(adam_peak_rate(&model->spec.adam)), "vocabulary", vocabulary,
                                "ngrams", model->ngrams ? model->ngram_order : 0, "output",
                                json_text(options->arguments[1]), "left_out", left_out),
                      error);
}

static void print_text(const struct session *session, const struct keras_file *file,
                       const struct options *options, const struct model_output *output,
                       const json_t *left_out)
{
    const struct checkpoint *model = &session->model;
    struct keras_description in = keras_file_describe(file);
    printf("Read %s: %s%s%s\n", options->arguments[0], form_text(in.form), *in.version ? " of Keras " : "",
           in.version);
    session_print_model(session);
    const struct adam_spec *adam = &model->spec.adam;
    if (model->has_slots)
        printf("Optimizer: Adam after %lld updates, learning rate %.9g%s, epsilon %.9g%s\n",
               (long long)model->state.iterations, adam_peak_rate(adam),
               adam_has_schedule(adam) ? " and a schedule" : "", adam->epsilon,
               adam_has_average(adam) ? ", the weights averaged" : "");
    else
        puts("Optimizer: no state; training would begin anew");
    if (model->vocabulary)
        printf("Vocabulary: %d ids\n", vocabulary_size(model->vocabulary));
    else
        puts("Vocabulary: none");
    if (model->ngrams)
        printf("N-grams: %lld, of 1 to %d words\n", (long long)ngrams_count(model->ngrams),
               model->ngram_order);
    if (json_array_size(left_out) > 0)
        printf("Left out, as %s has no place for it: ", output->ending);
    size_t i;
    json_t *name;
    json_array_foreach((json_t *)left_out, i, name)
        printf("%s%s", json_string_value(name), i + 1 == json_array_size(left_out) ? "\n" : ", ");
    printf("Wrote %s\n", options->arguments[1]);
}

static enum exit_status convert(struct session *session, struct keras_file *file,
                                const struct model_output *output, const struct options *options,
                                struct error *error)
{
    enum exit_status status = read_model(session, file, options, error);
    if (status != STATUS_DONE)
        return status;
    json_t *left_out = left_out_json(&session->model, file, output);
    bool done = model_output_write(&session->model, output, options->arguments[1], error);
    if (done && options->json)
        done = print_json(session, file, options, left_out, error);
    else if (done)
        print_text(session, file, options, output, left_out);
    json_decref(left_out);
    return done ? STATUS_DONE : STATUS_FAILED;
}

static enum exit_status run_convert(const struct options *options, struct error *error)
{
    const char *in = options->arguments[0], *out = options->arguments[1];
    const struct model_output *output = model_output_of(out, error);
    if (!output)
        return STATUS_USAGE;
    if (output_file_would_replace(out, in)) {
        error_set(error, "%s: is the file that is read; give OUT another name", out);
        return STATUS_USAGE;
    }
    struct keras_file *file;
    if (!keras_file_open(&file, in, error))
        return STATUS_FAILED;
    struct session session = {.backend = NULL};
    enum exit_status status = convert(&session, file, output, options, error);
    session_close(&session);
    keras_file_close(file);
    return status;
}
