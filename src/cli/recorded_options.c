#include "recorded_options.h"

#include "matinee/data.h"
#include "matinee/json_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const enum option_id options_of_run[] = {
    OPTION_EPOCHS,     OPTION_BATCH_SIZE, OPTION_SEED,          OPTION_TRAIN_LIMIT,
    OPTION_VALIDATION, OPTION_PRECISION,  OPTION_DROPOUT_MASKS, OPTION_SAVE_EVERY,
    OPTION_KEEP_BEST,  OPTION_PATIENCE,   OPTION_EXACT_RANKS,   OPTION_END,
};

const enum option_id options_of_data[] = {
    OPTION_DATA,      OPTION_TEST,       OPTION_TEXT_COLUMN, OPTION_LABEL_COLUMN,
    OPTION_NO_QUOTES, OPTION_WORD_INDEX, OPTION_END,
};

const enum option_id options_of_device[] = {OPTION_DEVICE, OPTION_ENGINE, OPTION_NO_GRAPH, OPTION_CPU_KERNELS,
                                            OPTION_END};

const enum option_id options_of_log[] = {OPTION_LOG, OPTION_END};

static bool is_path(enum option_id id, const char *text)
{
    char *end;
    if (id == OPTION_TEST)
        return strtod(text, &end) == 0 || *end != '\0'; /* or a fraction */
    return id == OPTION_WORD_INDEX || id == OPTION_LOG ||
           (id == OPTION_DATA && strcmp(text, dataset_sample_name) != 0);
}

/* A path that holds in any working directory; NULL for other texts. */
static char *absolute_path(enum option_id id, const char *text)
{
    if (text[0] == '/' || !is_path(id, text))
        return NULL;
    char here[OPTION_TEXT_BYTES];
    if (!getcwd(here, sizeof here))
        return NULL;
    size_t bytes = strlen(here) + strlen(text) + 2;
    char *path = malloc(bytes);
    if (path)
        snprintf(path, bytes, "%s/%s", here, text);
    return path;
}

static json_t *value_json(enum option_id id, const char *text)
{
    char *path = absolute_path(id, text);
    json_t *value = json_text(path ? path : text);
    free(path);
    return value;
}

json_t *recorded_options_json(const struct options *options, const enum option_id *ids)
{
    char text[OPTION_TEXT_BYTES];
    json_t *object = json_object();
    for (; object && *ids != OPTION_END; ids++)
        if (option_text(options, *ids, text) &&
            json_object_set_new(object, option_name(*ids) + 2, value_json(*ids, text)) != 0) {
            json_decref(object);
            return NULL;
        }
    return object;
}

bool recorded_options_restore(struct options *options, const enum option_id *ids, const json_t *recorded,
                              struct error *error)
{
    for (; *ids != OPTION_END; ids++) {
        const char *text = json_string_value(json_object_get(recorded, option_name(*ids) + 2));
        if (text && !option_given(options, *ids) && !option_set(options, *ids, text, error))
            return false;
    }
    return true;
}

bool recorded_options_check(const struct options *options, struct error *error)
{
    static const enum option_id free_to_change[] = {
        OPTION_RESUME,   OPTION_EPOCHS,      OPTION_PATIENCE,      OPTION_SAVE_EVERY, OPTION_DATA,
        OPTION_TEST,     OPTION_TEXT_COLUMN, OPTION_LABEL_COLUMN,  OPTION_NO_QUOTES,  OPTION_WORD_INDEX,
        OPTION_CACHE,    OPTION_NO_CACHE,    OPTION_MAP_REVIEWS,   OPTION_DEVICE,     OPTION_ENGINE,
        OPTION_NO_GRAPH, OPTION_THREADS,     OPTION_CPU_KERNELS,   OPTION_LOG,        OPTION_QUIET,
        OPTION_DRY_RUN,  OPTION_GPUS,        OPTION_VIRTUAL_RANKS, OPTION_END};
    bool is_free[OPTION_END] = {false};
    for (const enum option_id *id = free_to_change; *id != OPTION_END; id++)
        is_free[*id] = true;
    for (int id = 0; id < OPTION_END; id++)
        if (option_given(options, (enum option_id)id) && !is_free[id])
            return error_set(
                error,
                "%s: %s goes on with what it began with; leave the option out, or begin another run "
                "with --model %s/model.keras",
                option_name((enum option_id)id), options->resume, options->resume);
    return true;
}
