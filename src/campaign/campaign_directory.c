/* The directory of a campaign: made, locked, and compared with what is asked of it now. */
#include "campaign.h"
#include "json_file.h"

#include "matinee/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

bool campaign_path(const struct campaign *campaign, char path[static CAMPAIGN_PATH_BYTES], const char *name,
                   struct error *error)
{
    const char *directory = campaign->settings->directory;
    int written = snprintf(path, CAMPAIGN_PATH_BYTES, "%s/%s", directory, name);
    return (written >= 0 && written < CAMPAIGN_PATH_BYTES) ||
           error_set(error, "%s: the path is too long; choose another place with --out", directory);
}

/* The lock is of the open directory, and the processes of the runs inherit it: should only this one be killed, nobody
 * else comes in before its last run has ended. */
static bool lock_directory(struct campaign *campaign, struct error *error)
{
    const char *directory = campaign->settings->directory;
    campaign->lock = open(directory, O_RDONLY | O_DIRECTORY);
    if (campaign->lock < 0)
        return error_set(error, "%s: cannot be opened: %s; choose another place with --out", directory,
                         strerror(errno));
    if (flock(campaign->lock, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno == EWOULDBLOCK)
        return error_set(error,
                         "%s: another process works in it; wait for its end, or choose another place with "
                         "--out",
                         directory);
    return error_set(error, "%s: cannot be locked: %s; choose another place with --out", directory,
                     strerror(errno));
}

static json_t *list_json(struct word_list list)
{
    json_t *array = json_array();
    for (int i = 0; array && i < list.count; i++)
        if (json_array_append_new(array, json_words(list.words[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static bool array_has(const json_t *array, const char *word)
{
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)array, i, item) if (json_is_string(item) &&
                                                     strcmp(json_string_value(item), word) == 0) return true;
    return false;
}

/* The first word of one array that the other lacks; NULL if there is none. */
static const char *first_missing(const json_t *array, const json_t *other)
{
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)array, i,
                       item) if (json_is_string(item) &&
                                 !array_has(other, json_string_value(item))) return json_string_value(item);
    return NULL;
}

/* Whether the runs that are there began with the options of now. */
static bool compare_options(const struct campaign *campaign, const json_t *recorded, const json_t *options,
                            struct error *error)
{
    const char *directory = campaign->settings->directory;
    const char *command = json_string_value(json_object_get(recorded, "command"));
    const json_t *former = json_object_get(recorded, "options");
    if (!command || !json_is_array(former))
        return error_set(error, "%s/campaign.json: cannot be read; choose another place with --out",
                         directory);
    if (strcmp(command, campaign->command) != 0)
        return error_set(error, "%s: holds runs of matinee %s; choose another place with --out", directory,
                         command);
    const char *gone = first_missing(former, options), *come = first_missing(options, former);
    if (!gone && !come)
        return true;
    return error_set(
        error,
        "%.300s: its runs were made %s%.200s, and are now asked for %s%.200s; give the same as then, or "
        "another --out",
        directory, gone ? "with " : "without ", gone ? gone : come, come ? "with " : "without ",
        come ? come : gone);
}

/* Without campaign.json a directory `runs` is somebody else's. */
static bool begin(const struct campaign *campaign, const char *path, const json_t *options,
                  struct error *error)
{
    char runs[CAMPAIGN_PATH_BYTES];
    if (!campaign_path(campaign, runs, "runs", error))
        return false;
    if (access(runs, F_OK) == 0)
        return error_set(error, "%s: has runs and no campaign.json; choose another place with --out",
                         campaign->settings->directory);
    return json_file_write(
               path, json_pack("{s:s, s:O}", "command", campaign->command, "options", (json_t *)options),
               error) &&
           make_directories(runs, error);
}

static bool check_options(const struct campaign *campaign, struct error *error)
{
    char path[CAMPAIGN_PATH_BYTES];
    json_t *options = list_json(campaign->settings->train);
    if (!options)
        return error_memory(error, "the options", 0);
    bool checked = campaign_path(campaign, path, "campaign.json", error);
    if (checked && access(path, F_OK) == 0) {
        json_t *recorded = json_file_read(path);
        checked = compare_options(campaign, recorded, options, error);
        json_decref(recorded);
    } else if (checked) {
        checked = begin(campaign, path, options, error);
    }
    json_decref(options);
    return checked;
}

bool campaign_open(struct campaign *campaign, struct error *error)
{
    campaign->lock = -1;
    return make_directories(campaign->settings->directory, error) && lock_directory(campaign, error) &&
           check_options(campaign, error);
}

void campaign_close(struct campaign *campaign)
{
    const int runs = campaign->runs ? campaign->settings->seeds * campaign->experiment_count : 0;
    for (int i = 0; i < runs; i++) {
        run_result_close(&campaign->runs[i].result);
        free(campaign->runs[i].failure);
    }
    free(campaign->runs);
    free(campaign->experiments);
    campaign->runs = NULL;
    campaign->experiments = NULL;
    if (campaign->lock >= 0)
        close(campaign->lock);
    campaign->lock = -1;
}
