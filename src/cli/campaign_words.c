#include "campaign_words.h"

#include "recorded_options.h"
#include "versions.h"

#include "matinee/json_values.h"
#include "matinee/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* "--epochs=3", or for a flag "--no-quotes". */
static char *word_of(enum option_id id, const char *value)
{
    const size_t bytes = strlen(option_name(id)) + strlen(value) + 2;
    char *word = malloc(bytes);
    if (word)
        snprintf(word, bytes, value[0] ? "%s=%s" : "%s", option_name(id), value);
    return word;
}

/* The data as they will be found in any directory and any shell. */
static json_t *data_json(const struct options *options)
{
    struct options named = *options;
    char found[DATA_PATH_BYTES];
    if (!named.data)
        named.data = dataset_locate(found, sizeof found) == DATA_SAMPLE ? dataset_sample_name : found;
    return recorded_options_json(&named, options_of_data);
}

/* The value that a word gets; NULL: the option is not handed on. The campaign says itself how its runs are shown. */
static const char *value_of(enum option_id id, const struct options *options, const json_t *data)
{
    if (id == OPTION_QUIET || !option_is_in(id, options_of_training))
        return NULL;
    if (!option_is_in(id, options_of_data))
        return options->given[id];
    const char *value = json_string_value(json_object_get(data, option_name(id) + 2));
    return value && id == OPTION_NO_QUOTES ? "" : value;
}

static bool fill(struct campaign_words *words, const struct options *options,
                 const enum option_id *of_command, const json_t *data)
{
    static const enum option_id of_evaluate[] = {
        OPTION_DATA,        OPTION_TEST,   OPTION_TEXT_COLUMN, OPTION_LABEL_COLUMN, OPTION_NO_QUOTES,
        OPTION_WORD_INDEX,  OPTION_DEVICE, OPTION_ENGINE,      OPTION_PRECISION,    OPTION_THREADS,
        OPTION_CPU_KERNELS, OPTION_CACHE,  OPTION_NO_CACHE,    OPTION_END};
    static const enum option_id of_resume[] = {OPTION_THREADS, OPTION_CACHE, OPTION_NO_CACHE, OPTION_END};
    for (const enum option_id *id = of_command; *id != OPTION_END; id++) {
        const char *value = value_of(*id, options, data);
        char *word = value ? word_of(*id, value) : NULL;
        if (value && !word)
            return false;
        if (!word)
            continue;
        words->of_train[words->train.count++] = word;
        if (option_is_in(*id, of_evaluate))
            words->of_evaluate[words->evaluate.count++] = word;
        if (option_is_in(*id, of_resume)) /* all others a run remembers */
            words->of_resume[words->resume.count++] = word;
    }
    words->train.words = words->of_train;
    words->evaluate.words = words->of_evaluate;
    words->resume.words = words->of_resume;
    return true;
}

bool campaign_words_open(struct campaign_words *words, const struct options *options,
                         const enum option_id *of_command, struct error *error)
{
    *words = (struct campaign_words){.train.count = 0};
    json_t *data = data_json(options);
    bool filled = data && fill(words, options, of_command, data);
    json_decref(data);
    return filled || error_memory(error, "the options", 0);
}

void campaign_words_close(struct campaign_words *words)
{
    for (int i = 0; i < words->train.count; i++)
        free(words->of_train[i]);
    *words = (struct campaign_words){.train.count = 0};
}

json_t *campaign_about(const struct options *options)
{
    struct machine machine;
    char written[32] = "";
    struct tm utc;
    const time_t now = time(NULL);
    machine_read(&machine);
    if (gmtime_r(&now, &utc))
        strftime(written, sizeof written, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return json_pack("{s:o, s:o, s:o, s:s}", "versions", versions_json(), "commit",
                     json_text(options->commit), "processor", json_text(machine.processor), "written",
                     written);
}

struct campaign_settings campaign_settings(const struct options *options, const struct campaign_words *words,
                                           const json_t *about, const char *default_directory)
{
    return (struct campaign_settings){.directory = options->out ? options->out : default_directory,
                                      .program = "/proc/self/exe",
                                      .train = words->train,
                                      .resume = words->resume,
                                      .evaluate = words->evaluate,
                                      .first_seed = options->seed,
                                      .seeds = options->seeds,
                                      .about = about,
                                      .progress = options->quiet ? NULL : stdout};
}

enum exit_status campaign_status(enum campaign_end end)
{
    switch (end) {
    case CAMPAIGN_DONE:
        return STATUS_DONE;
    case CAMPAIGN_INTERRUPTED:
        return STATUS_INTERRUPTED;
    case CAMPAIGN_FAILED:
        break;
    }
    return STATUS_FAILED;
}
