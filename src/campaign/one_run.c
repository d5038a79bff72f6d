#include "one_run.h"

#include "child_process.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHILD_INTERRUPTED = 130, WORDS_OF_OURS = 12, OWN_WORD_BYTES = CAMPAIGN_PATH_BYTES + 16 };

/* One run while it is made. */
struct making {
    const struct campaign *campaign;
    const struct experiment *experiment;
    struct campaign_run *run;
    uint64_t seed;
    char directory[CAMPAIGN_PATH_BYTES];
};

static bool making_open(struct making *making, const struct campaign *campaign, int experiment, int seed,
                        struct error *error)
{
    char name[EXPERIMENT_NAME_BYTES + 32];
    *making = (struct making){.campaign = campaign,
                              .experiment = &campaign->experiments[experiment],
                              .run = campaign_run(campaign, experiment, seed),
                              .seed = campaign->settings->first_seed + (uint64_t)seed};
    snprintf(name, sizeof name, "runs/%s-%" PRIu64, making->experiment->name, making->seed);
    return campaign_path(campaign, making->directory, name, error);
}

/* Words of a command line, put together from lists. */
struct line {
    int count;
    char **words; /* (count + 1) ends with NULL */
};

static bool line_open(struct line *line, int room, struct error *error)
{
    *line = (struct line){0, calloc((size_t)room + 1, sizeof *line->words)};
    return line->words || error_memory(error, "a command line", 0);
}

static void line_add(struct line *line, char *word)
{
    line->words[line->count++] = word;
}

static void line_add_list(struct line *line, struct word_list list)
{
    for (int i = 0; i < list.count; i++)
        line_add(line, list.words[i]);
}

static char program_name[] = "matinee", train_word[] = "train", quiet_word[] = "--quiet",
            evaluate_word[] = "evaluate", json_word[] = "--json";

/* Runs a line, which it takes; the message of a process that failed goes into the run. */
static enum made run_line(struct making *making, struct line *line, struct child_end *end,
                          struct error *error)
{
    const struct campaign_settings *settings = making->campaign->settings;
    bool ran = child_process_run(end, settings->program, line->words, settings->stop, error);
    free(line->words);
    if (!ran)
        return MADE_NOTHING;
    if (end->status == 0)
        return MADE;
    if (*settings->stop || end->status == CHILD_INTERRUPTED)
        return MADE_INTERRUPTED;
    char unknown[64];
    const char *message = end->message;
    if (!message[0]) {
        snprintf(unknown, sizeof unknown, "ended with status %d and no message", end->status);
        message = unknown;
    } else if (strncmp(message, "matinee", strlen("matinee")) == 0 && strchr(message, ' ')) {
        message = strchr(message, ' ') + 1; /* "matinee: " is what main puts in front */
    }
    free(making->run->failure);
    making->run->failure = strdup(message);
    return making->run->failure || error_memory(error, "a message", 0) ? MADE_FAILED : MADE_NOTHING;
}

static enum made train_anew(struct making *making, struct child_end *end, struct error *error)
{
    const struct word_list own = making->experiment->words, shared = making->campaign->settings->train;
    char seed[40], out[OWN_WORD_BYTES];
    struct line line;
    if (!line_open(&line, own.count + shared.count + WORDS_OF_OURS, error))
        return MADE_NOTHING;
    snprintf(seed, sizeof seed, "--seed=%" PRIu64, making->seed);
    snprintf(out, sizeof out, "--out=%s", making->directory);
    line_add(&line, program_name);
    line_add(&line, train_word);
    line_add_list(&line, own);
    line_add_list(&line, shared);
    line_add(&line, seed);
    line_add(&line, out);
    line_add(&line, quiet_word);
    return run_line(making, &line, end, error);
}

static enum made go_on(struct making *making, struct child_end *end, struct error *error)
{
    const struct word_list shared = making->campaign->settings->resume;
    char resume[OWN_WORD_BYTES];
    struct line line;
    if (!line_open(&line, shared.count + WORDS_OF_OURS, error))
        return MADE_NOTHING;
    snprintf(resume, sizeof resume, "--resume=%s", making->directory);
    line_add(&line, program_name);
    line_add(&line, train_word);
    line_add(&line, resume);
    line_add_list(&line, shared);
    line_add(&line, quiet_word);
    return run_line(making, &line, end, error);
}

/* Reads the run again after a step of it. */
static bool look(struct making *making, enum run_stage *stage, struct error *error)
{
    run_result_close(&making->run->result);
    return run_result_read(&making->run->result, stage, making->directory, error);
}

/* A run that cannot be gone on with is not begun anew by itself: the reviews may be others now. */
static bool advise(struct making *making, struct error *error)
{
    static const char format[] = "%s; remove %s to begin this run anew";
    const size_t bytes = sizeof format + strlen(making->run->failure) + strlen(making->directory);
    char *advice = malloc(bytes);
    if (!advice)
        return error_memory(error, "a message", bytes);
    snprintf(advice, bytes, format, making->run->failure, making->directory);
    free(making->run->failure);
    making->run->failure = advice;
    return true;
}

/* Trains, and writes what it cost; `stage` is what there is of the run. */
static enum made train(struct making *making, enum run_stage stage, struct error *error)
{
    const bool goes_on = stage == RUN_BEGUN && making->campaign->resumes;
    struct run_cost cost = goes_on ? making->run->result.cost : (struct run_cost){.test = {NAN, NAN}};
    struct child_end end = {.output = NULL};
    run_cost_remove(making->directory); /* until it is known what this costs */
    enum made made = goes_on ? go_on(making, &end, error) : train_anew(making, &end, error);
    free(end.output);
    if (made == MADE_FAILED)
        return goes_on && !advise(making, error) ? MADE_NOTHING : made;
    if (made == MADE_NOTHING)
        return made;
    cost.wall_seconds += end.wall_seconds;
    cost.cpu_seconds += end.cpu_seconds;
    cost.peak_bytes = end.peak_bytes > cost.peak_bytes ? end.peak_bytes : cost.peak_bytes;
    enum run_stage reached;
    if (!look(making, &reached, error))
        return MADE_NOTHING;
    /* One that was interrupted before it had saved anything begins anew, and its times with it. */
    if (reached != RUN_ABSENT && !run_cost_write(&cost, making->directory, error))
        return MADE_NOTHING;
    return made;
}

/* The score of the model on the test reviews, into the cost file. */
static enum made evaluate(struct making *making, struct error *error)
{
    const struct word_list shared = making->campaign->settings->evaluate;
    struct run_cost *cost = &making->run->result.cost;
    char model[OWN_WORD_BYTES];
    struct child_end end = {.output = NULL};
    struct line line;
    if (!line_open(&line, shared.count + WORDS_OF_OURS, error))
        return MADE_NOTHING;
    snprintf(model, sizeof model, "%s/model.keras", making->directory);
    line_add(&line, program_name);
    line_add(&line, evaluate_word);
    line_add(&line, model);
    line_add_list(&line, shared);
    line_add(&line, json_word);
    enum made made = run_line(making, &line, &end, error);
    if (made == MADE &&
        (!run_cost_take_score(cost, end.output, error) || !run_cost_write(cost, making->directory, error)))
        made = MADE_NOTHING;
    free(end.output);
    return made;
}

static bool is_finished(const struct making *making, enum run_stage stage)
{
    return stage == RUN_COMPLETE &&
           (!making->experiment->is_evaluated || !isnan(making->run->result.cost.test.accuracy));
}

static enum made make(struct making *making, struct error *error)
{
    enum run_stage stage;
    enum made made = MADE;
    if (!look(making, &stage, error))
        return MADE_NOTHING;
    if (stage != RUN_COMPLETE) {
        made = train(making, stage, error);
        if (made != MADE)
            return made;
        if (!look(making, &stage, error))
            return MADE_NOTHING;
    }
    if (stage == RUN_COMPLETE && !is_finished(making, stage))
        made = evaluate(making, error);
    if (made != MADE || is_finished(making, stage))
        return made;
    error_set(error, "%s: the run has ended, and its run.json does not say so", making->directory);
    return MADE_NOTHING;
}

enum made one_run_make(struct campaign *campaign, int experiment, int seed, struct error *error)
{
    struct making making;
    if (!making_open(&making, campaign, experiment, seed, error))
        return MADE_NOTHING;
    enum made made = make(&making, error);
    if (made == MADE)
        making.run->state = RUN_DONE;
    else if (made == MADE_FAILED)
        making.run->state = RUN_FAILED;
    return made;
}

bool one_run_take(struct campaign *campaign, int experiment, int seed, struct error *error)
{
    struct making making;
    enum run_stage stage;
    if (!making_open(&making, campaign, experiment, seed, error) || !look(&making, &stage, error))
        return false;
    if (is_finished(&making, stage))
        making.run->state = RUN_DONE;
    return true;
}
