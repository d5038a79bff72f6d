/* What every table of a campaign says of how it came about. */
#include "campaign.h"
#include "json_file.h"

#include <stdio.h>
#include <string.h>

/* "--data=reviews.csv" of "--data=/home/me/reviews.csv": the file goes to other people. */
static json_t *option_json(const char *word)
{
    const char *value = strchr(word, '='), *slash = strrchr(word, '/');
    if (!value || !slash || slash < value)
        return json_words(word);
    return json_pack("s#+", word, (int)(value - word + 1), slash + 1);
}

static json_t *options_json(struct word_list options)
{
    json_t *list = json_array();
    for (int i = 0; list && i < options.count; i++)
        if (json_array_append_new(list, option_json(options.words[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static bool has_text(const json_t *list, const char *text)
{
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)list, i, item) if (strcmp(json_string_value(item), text) == 0) return true;
    return false;
}

/* Each device that a run was on, once: more than one, and times do not compare. */
static json_t *devices_json(const struct campaign *campaign)
{
    json_t *list = json_array();
    for (int i = 0; list && i < campaign->experiment_count; i++)
        for (int seed = 0; seed < campaign->settings->seeds; seed++) {
            const struct run_result *result = campaign_result(campaign, i, seed);
            if (!result || has_text(list, result->device))
                continue;
            if (json_array_append_new(list, json_string(result->device)) != 0) {
                json_decref(list);
                return NULL;
            }
        }
    return list;
}

const struct run_result *campaign_any_result(const struct campaign *campaign)
{
    for (int seed = 0; seed < campaign->settings->seeds; seed++)
        for (int i = 0; i < campaign->experiment_count; i++)
            if (campaign_result(campaign, i, seed))
                return campaign_result(campaign, i, seed);
    return NULL;
}

json_t *campaign_json(const struct campaign *campaign)
{
    const struct campaign_settings *settings = campaign->settings;
    json_t *value =
        json_pack("{s:s, s:o, s:I, s:i, s:i, s:i, s:i, s:o}", "command", campaign->command, "options",
                  options_json(settings->train), "first_seed", (json_int_t)settings->first_seed, "seeds",
                  settings->seeds, "runs_done", campaign_count(campaign, RUN_DONE), "runs_failed",
                  campaign_count(campaign, RUN_FAILED), "runs_waiting", campaign_count(campaign, RUN_WAITING),
                  "devices", devices_json(campaign));
    if (value && settings->about && json_object_update(value, (json_t *)settings->about) != 0) {
        json_decref(value);
        return NULL;
    }
    return value;
}
