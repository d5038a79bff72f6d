/* The runs of a campaign: experiments, each from every seed, in one directory. */
#ifndef MATINEE_CAMPAIGN_CAMPAIGN_H
#define MATINEE_CAMPAIGN_CAMPAIGN_H

#include "run_result.h"

#include "matinee/campaign.h"

#include <jansson.h>

enum { EXPERIMENT_NAME_BYTES = 128 };

struct experiment {
    char name[EXPERIMENT_NAME_BYTES]; /* of its run directories, with the seed behind it */
    struct word_list words;           /* its own options; must outlive the campaign */
    bool is_evaluated;                /* on the test reviews, after it was trained */
};

enum run_state { RUN_WAITING, RUN_DONE, RUN_FAILED };

struct campaign_run {
    enum run_state state;
    struct run_result result; /* of RUN_DONE */
    char *failure;            /* of RUN_FAILED: the program's own message */
};

struct campaign {
    const struct campaign_settings *settings;
    const char *command; /* "compare", for what is said and recorded */
    bool resumes; /* a run that was interrupted goes on; otherwise it begins again, and its times are whole */
    int lock;     /* -1: none */
    int experiment_count;
    struct experiment *experiments;
    struct campaign_run *runs; /* (seeds, experiment_count) NULL before campaign_train */
};

/* Makes the directory, makes sure that no other process works in it, and that its runs share what these do. Zeroed but
 * for the first members, which the caller sets; lock is set here first. */
bool campaign_open(struct campaign *campaign, struct error *error);

/* Adds an experiment before the runs begin; its index, or -1 without memory. */
int campaign_add(struct campaign *campaign, const struct experiment *experiment, struct error *error);

/* Makes all runs that are not there yet, seed by seed. A run that fails is kept with its message and the next one
 * made. */
enum campaign_end campaign_train(struct campaign *campaign, struct error *error);

/* The run of an experiment from the seed with this index. */
struct campaign_run *campaign_run(const struct campaign *campaign, int experiment, int seed);

/* The result if it is done; else NULL. */
const struct run_result *campaign_result(const struct campaign *campaign, int experiment, int seed);

/* One that is done; NULL if none is. */
const struct run_result *campaign_any_result(const struct campaign *campaign);

int campaign_count(const struct campaign *campaign, enum run_state state);

/* DIRECTORY/NAME; false if the path is too long. */
bool campaign_path(const struct campaign *campaign, char path[static CAMPAIGN_PATH_BYTES], const char *name,
                   struct error *error);

/* An object with what a table says of its campaign: the command, its options without the folders of files, the seeds,
 * how many runs are done, their devices, and what the settings have to say. NULL without memory. */
json_t *campaign_json(const struct campaign *campaign);

void campaign_close(struct campaign *campaign);

#endif
