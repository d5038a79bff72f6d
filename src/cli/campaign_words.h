/* The command line of a campaign as command lines of its runs. */
#ifndef MATINEE_CLI_CAMPAIGN_WORDS_H
#define MATINEE_CLI_CAMPAIGN_WORDS_H

#include "matinee/campaign.h"
#include "matinee/options.h"
#include "matinee/status.h"

#include <jansson.h>

struct campaign_words {
    char *of_train[OPTION_END];                            /* "--epochs=3", "--no-quotes" */
    char *of_evaluate[OPTION_END], *of_resume[OPTION_END]; /* some of them */
    struct word_list train, resume, evaluate;
};

/* Of the options of a command, OPTION_END behind them, those that were given and that train has, too, but for --quiet:
 * they are handed on to each run. The data are named in any case, by a path that holds in any working directory: the
 * next call may find others. */
bool campaign_words_open(struct campaign_words *words, const struct options *options,
                         const enum option_id *of_command, struct error *error);
void campaign_words_close(struct campaign_words *words);

/* What the JSON file says of the program: {"versions": ..., "commit": ..., "processor": ..., "written": ...}. NULL
 * without memory. */
json_t *campaign_about(const struct options *options);

/* What a campaign is begun with, but for `stop`. All that goes in must outlive the settings. */
struct campaign_settings campaign_settings(const struct options *options, const struct campaign_words *words,
                                           const json_t *about, const char *default_directory);

/* The exit status of a command that ended so. */
enum exit_status campaign_status(enum campaign_end end);

#endif
