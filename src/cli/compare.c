#include "campaign_words.h"
#include "commands.h"
#include "stop_signal.h"

#include "matinee/training.h"

#include <stdlib.h>
#include <string.h>

static const enum option_id compare_options[] = {
    OPTION_MODELS,
    OPTION_BASELINE,
    OPTION_SEEDS,
    OPTION_FIRST_SEED,
    OPTION_DATA,
    OPTION_TEST,
    OPTION_TEXT_COLUMN,
    OPTION_LABEL_COLUMN,
    OPTION_NO_QUOTES,
    OPTION_WORD_INDEX,
    OPTION_TRAIN_LIMIT,
    OPTION_VALIDATION,
    OPTION_EPOCHS,
    OPTION_BATCH_SIZE,
    OPTION_LEARNING_RATE,
    OPTION_EPSILON,
    OPTION_SCHEDULE,
    OPTION_WARMUP,
    OPTION_EMA,
    OPTION_NGRAMS,
    OPTION_TOKEN_DROPOUT,
    OPTION_SPATIAL_DROPOUT,
    OPTION_GLOBAL_POOLING,
    OPTION_VOCABULARY,
    OPTION_MAXLEN,
    OPTION_UNITS,
    OPTION_EMBEDDING,
    OPTION_LAYERS,
    OPTION_RECURRENT_ACTIVATION,
    OPTION_GATE_MASKS,
    OPTION_INITIALIZERS,
    OPTION_DEVICE,
    OPTION_ENGINE,
    OPTION_PRECISION,
    OPTION_DROPOUT_MASKS,
    OPTION_NO_GRAPH,
    OPTION_THREADS,
    OPTION_CPU_KERNELS,
    OPTION_CACHE,
    OPTION_NO_CACHE,
    OPTION_CAMPAIGN_OUT,
    OPTION_COMMIT,
    OPTION_QUIET,
    OPTION_END,
};

static enum exit_status run_compare(const struct options *options, struct error *error);

const struct command command_compare = {
    .name = "compare",
    .arguments = "",
    .summary = "Train several models from several seeds and compare them",
    .details =
        "Trains each model from each seed in a process of its own, as train does, and writes compare.json, "
        "compare.csv, compare.md and report.html to the directory of --out (default runs/compare), with the "
        "run "
        "directories under runs/. The same seed gives all models the same order of reviews, so they are "
        "compared "
        "in pairs. Verdicts on what the tutorials claim follow from the intervals by a rule that is "
        "printed.\n\n"
        "What is done is kept: the same command goes on where it was interrupted, and tries again what "
        "has failed. More --seeds, other --models and another --baseline may be asked for later; other "
        "options "
        "need another --out.",
    .options = compare_options,
    .run = run_compare,
};

enum { MODELS_MAX = 64 };

/* The models of --models, in a copy of its text. */
struct model_list {
    char *text;
    char *names[MODELS_MAX];
    int count;
};

static bool add_name(struct model_list *list, char *name, struct error *error)
{
    if (!name[0])
        return error_set(error, "--models: a name is missing between commas");
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->names[i], name) == 0)
            return error_set(error, "--models: %s is there twice", name);
    if (list->count == MODELS_MAX)
        return error_set(error, "--models: more than %d", MODELS_MAX);
    list->names[list->count++] = name;
    return true;
}

/* Commas, and the blanks of "lstm, bilstm", separate the names. */
static bool model_list_open(struct model_list *list, const char *models, struct error *error)
{
    *list = (struct model_list){.text = strdup(strcmp(models, "all") == 0 ? preset_names() : models)};
    if (!list->text)
        return error_memory(error, "the models", 0);
    for (char *rest = list->text; rest;) {
        char *name = rest + strspn(rest, " "), *comma = strchr(name, ',');
        rest = comma ? comma + 1 : NULL;
        if (comma)
            *comma = '\0';
        if (!add_name(list, name, error))
            return false;
    }
    return true;
}

static bool find_baseline(const struct model_list *list, const char *name, int *baseline, struct error *error)
{
    for (*baseline = 0; name && *baseline < list->count; ++*baseline)
        if (strcmp(list->names[*baseline], name) == 0)
            return true;
    return !name || error_set(error, "--baseline %s: is none of --models", name);
}

static bool check_training(const struct session *session, const char *name, const struct options *options,
                           struct error *error)
{
    struct options of_model = *options;
    of_model.model = name;
    training_options_complete(&of_model);
    return training_options_check(&session->model.spec.adam, &of_model, error) ||
           error_within(error, "--models %.64s", name);
}

/* Every model can be built and trained with these options: known before hours of training, not after. */
static enum exit_status check_models(const struct model_list *list, const struct options *options,
                                     struct error *error)
{
    for (int i = 0; i < list->count; i++) {
        struct session session = {.backend = NULL};
        enum exit_status opened = session_open_model(&session, list->names[i], options, error);
        if (opened == STATUS_DONE && !check_training(&session, list->names[i], options, error))
            opened = STATUS_USAGE;
        session_close(&session);
        if (opened != STATUS_DONE)
            return opened;
    }
    return STATUS_DONE;
}

static enum exit_status train_all(const struct options *options, struct model_list *list, int baseline,
                                  struct error *error)
{
    struct campaign_words words;
    json_t *about = campaign_about(options);
    enum campaign_end end = CAMPAIGN_FAILED;
    if (!about)
        error_memory(error, "the versions", 0);
    else if (campaign_words_open(&words, options, compare_options, error)) {
        struct campaign_settings settings = campaign_settings(options, &words, about, "runs/compare");
        settings.stop = stop_signal_open();
        end = compare_models(&settings, (struct word_list){list->count, list->names}, baseline, error);
        stop_signal_close();
        campaign_words_close(&words);
    }
    json_decref(about);
    return campaign_status(end);
}

static enum exit_status compare(const struct options *options, struct model_list *list, struct error *error)
{
    int baseline;
    if (options->validation == VALIDATION_NONE) {
        error_set(error, "--validation none: models are compared by their validation; leave it out");
        return STATUS_USAGE;
    }
    if (!model_list_open(list, options->models, error) ||
        !find_baseline(list, options->baseline, &baseline, error))
        return STATUS_USAGE;
    enum exit_status status = check_models(list, options, error);
    return status == STATUS_DONE ? train_all(options, list, baseline, error) : status;
}

static enum exit_status run_compare(const struct options *options, struct error *error)
{
    struct model_list list = {.text = NULL};
    enum exit_status status = compare(options, &list, error);
    free(list.text);
    return status;
}
