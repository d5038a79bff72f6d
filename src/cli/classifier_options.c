#include "classifier_parts.h"
#include "option_table.h"

#include <stdlib.h>
#include <string.h>

static const enum option_id of_library[] = {
    OPTION_MODEL,
    OPTION_FRESH,
    OPTION_DATA,
    OPTION_TEST,
    OPTION_TEXT_COLUMN,
    OPTION_LABEL_COLUMN,
    OPTION_NO_QUOTES,
    OPTION_WORD_INDEX,
    OPTION_CACHE,
    OPTION_NO_CACHE,
    OPTION_MAP_REVIEWS,
    OPTION_TRAIN_LIMIT,
    OPTION_VALIDATION,
    OPTION_EPOCHS,
    OPTION_BATCH_SIZE,
    OPTION_LEARNING_RATE,
    OPTION_SCHEDULE,
    OPTION_WARMUP,
    OPTION_EMA,
    OPTION_EPSILON,
    OPTION_SEED,
    OPTION_VOCABULARY,
    OPTION_MAXLEN,
    OPTION_NGRAMS,
    OPTION_UNITS,
    OPTION_EMBEDDING,
    OPTION_FILTERS,
    OPTION_KERNEL_SIZE,
    OPTION_POOL_SIZE,
    OPTION_LAYERS,
    OPTION_BIDIRECTIONAL,
    OPTION_DROPOUT,
    OPTION_RECURRENT_DROPOUT,
    OPTION_EMBEDDING_DROPOUT,
    OPTION_TOKEN_DROPOUT,
    OPTION_SPATIAL_DROPOUT,
    OPTION_GLOBAL_POOLING,
    OPTION_RECURRENT_ACTIVATION,
    OPTION_GATE_MASKS,
    OPTION_INITIALIZERS,
    OPTION_DEVICE,
    OPTION_EXACT_RANKS,
    OPTION_VIRTUAL_RANKS,
    OPTION_ENGINE,
    OPTION_PRECISION,
    OPTION_DROPOUT_MASKS,
    OPTION_NO_GRAPH,
    OPTION_THREADS,
    OPTION_CPU_KERNELS,
    OPTION_PATIENCE,
    OPTION_END,
};

/* OPTION_END if there is none. */
static enum option_id option_of_name(const char *name)
{
    const enum option_id *id = of_library;
    while (*id != OPTION_END && strcmp(option_name(*id) + strlen("--"), name) != 0)
        id++;
    return *id;
}

bool classifier_options_open(struct classifier_options **options, struct error *error)
{
    *options = calloc(1, sizeof **options);
    if (!*options)
        return error_memory(error, "the options", sizeof **options);
    (*options)->options = option_defaults;
    return true;
}

static bool check_value(enum option_id id, const char *value, struct error *error)
{
    struct argp_option description;
    option_describe(id, 0, &description);
    if (!description.arg && value)
        return error_set(error, "%s: takes no value; give NULL", option_name(id));
    return !description.arg || value ||
           error_set(error, "%s: needs a value, %s", option_name(id), description.arg);
}

bool classifier_options_set(struct classifier_options *options, const char *name, const char *value,
                            struct error *error)
{
    const enum option_id id = option_of_name(name);
    const struct options before = options->options;
    if (id == OPTION_END)
        return error_set(error,
                         "%.64s: there is no such option of the library; docs/library.md says which "
                         "there are",
                         name);
    if (!check_value(id, value, error))
        return false;
    char *text = strdup(value ? value : "");
    if (!text)
        return error_memory(error, "an option", 0);
    if (!option_set(&options->options, id, text, error)) {
        options->options = before;
        free(text);
        return false;
    }
    free(options->texts[id]);
    options->texts[id] = text;
    return true;
}

bool classifier_options_copy(struct classifier_options *to, const struct classifier_options *from,
                             struct error *error)
{
    *to = (struct classifier_options){.options = option_defaults};
    for (const enum option_id *id = of_library; *id != OPTION_END; id++) {
        struct argp_option description;
        option_describe(*id, 0, &description);
        if (option_given(&from->options, *id) &&
            !classifier_options_set(to, description.name, description.arg ? from->texts[*id] : NULL, error))
            return false;
    }
    return true;
}

void classifier_options_release(struct classifier_options *options)
{
    for (int id = 0; id < OPTION_END; id++)
        free(options->texts[id]);
    *options = (struct classifier_options){.options = option_defaults};
}

void classifier_options_close(struct classifier_options *options)
{
    if (options)
        classifier_options_release(options);
    free(options);
}
