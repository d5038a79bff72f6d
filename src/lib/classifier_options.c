#include "classifier_parts.h"

#include <stdlib.h>
#include <string.h>

/* Of a training's options those of its run: its files, its lines and its processes. */
static const enum option_id of_runs[] = {OPTION_GPUS,      OPTION_RESUME,  OPTION_SAVE_EVERY,
                                         OPTION_KEEP_BEST, OPTION_OUT,     OPTION_LOG,
                                         OPTION_QUIET,     OPTION_DRY_RUN, OPTION_END};

/* OPTION_END if the library has none of this name. */
static enum option_id option_of_name(const char *name)
{
    const enum option_id *id = options_of_training;
    while (*id != OPTION_END && strcmp(option_name(*id) + strlen("--"), name) != 0)
        id++;
    return option_is_in(*id, of_runs) ? OPTION_END : *id;
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
    const char *argument = option_argument(id);
    if (!argument && value)
        return error_set(error, "%s: takes no value; give NULL", option_name(id));
    return !argument || value || error_set(error, "%s: needs a value, %s", option_name(id), argument);
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
    for (const enum option_id *id = options_of_training; *id != OPTION_END; id++) {
        const char *value = option_argument(*id) ? from->texts[*id] : NULL;
        if (option_given(&from->options, *id) &&
            !classifier_options_set(to, option_name(*id) + strlen("--"), value, error))
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
