/* Many runs of `matinee train` in one directory, and the tables made of them. Each run is a process of its own, so that
 * its times and its memory are its own, and what becomes of it is not the others' concern. What is done is kept: the
 * same call goes on where one ended that was interrupted or killed.
 *
 *     DIRECTORY/campaign.json     what the runs share
 *     DIRECTORY/runs/NAME-SEED/   a run directory each, with cost.json beside its files
 *     DIRECTORY/...               the tables
 */
#ifndef MATINEE_CAMPAIGN_H
#define MATINEE_CAMPAIGN_H

#include "matinee/error.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>

/* Words of a command line, "--epochs=3". */
struct word_list {
    int count;
    char *const *words;
};

struct json_t;

struct campaign_settings {
    const char *directory;
    const char *program;       /* that is started for each run: matinee itself */
    struct word_list train;    /* options that all runs share; none may change from call to call */
    struct word_list resume;   /* those that `train --resume` needs again */
    struct word_list evaluate; /* those that `evaluate` needs */
    uint64_t first_seed;       /* seeds are this and those that follow it */
    int seeds;
    const struct json_t *about;        /* an object whose members go into the JSON file: versions, commit */
    const volatile sig_atomic_t *stop; /* not 0: interrupt the present run, which saves, and end */
    FILE *progress;                    /* a line for each run that ends; NULL: none */
};

enum campaign_end {
    CAMPAIGN_DONE,
    CAMPAIGN_FAILED,      /* nothing more could be done, or some runs failed; the error is set */
    CAMPAIGN_INTERRUPTED, /* by stop; the error says how to go on */
};

/* Trains every model from every seed; the same seeds for all, so that differences are of pairs with the same order of
 * reviews. Prints a table and verdicts on the progress stream, and writes compare.json, compare.csv, compare.md and
 * report.html of what is done, also if some runs failed or the rest is still to do. `models` are what --model takes,
 * all different; baseline is an index of them. */
enum campaign_end compare_models(const struct campaign_settings *settings, struct word_list models,
                                 int baseline, struct error *error);

/* Runs the experiments of bench/documents.json, which is built in, and writes documents.json, documents.csv,
 * documents.md and documents.svg in the same manner. is_rehearsal: the shared options make other experiments of them,
 * and the files say so. */
enum campaign_end repeat_documents(const struct campaign_settings *settings, bool is_rehearsal,
                                   struct error *error);

#endif
