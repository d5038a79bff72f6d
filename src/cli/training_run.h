/* One run of the trainer with all that is shown and written of it. */
#ifndef MATINEE_CLI_TRAINING_RUN_H
#define MATINEE_CLI_TRAINING_RUN_H

#include "event_log.h"
#include "progress.h"
#include "run_directory.h"
#include "trainer_state.h"

#include "matinee/training.h"

/* What --resume has found; nothing in a run that begins. */
struct resumed_run {
    struct options options;     /* those of the command line and those that the run remembers */
    struct trainer_state state; /* as of model.keras */
    json_t *record;             /* run.json; NULL: there is none that can be read */
};

/* Where the time of a run goes beside its epochs, in seconds; of all sessions of a run that was gone on with. */
struct wall_times {
    double total; /* up to the last save */
    double data;  /* reading and encoding the reviews, with their n-grams */
    double setup; /* all else before the first step: device, model, memory */
    double saving;
};

struct training_run {
    struct training training;
    double began;           /* clock_seconds() of this session */
    struct wall_times wall; /* but for the total of this session */
    struct resumed_run resumed;
    struct run_directory directory;
    struct event_log log;
    struct progress progress;
    bool predictions_due; /* training.probabilities are in no file yet */
    bool interrupted;
    bool saved;                             /* model.keras is of this run */
    struct trainer_position saved_position; /* that it is of */
    int64_t saved_iterations;
    bool failed; /* an event could not be handled; `failure` says why */
    struct error failure;
    char started[32]; /* UTC, ISO 8601 */
};

/* Trains and saves after every epoch, every --save-every updates, and once more when interrupted. The session has a
 * network; the directory is chosen. */
enum exit_status training_run(struct training_run *run, struct error *error);

/* Of one that never ran, too. */
void training_run_close(struct training_run *run);

/* Fills a run from what --resume names: the model, the options, the position; the history is left in run->resumed. */
enum exit_status resume_open(struct training_run *run, struct error *error);

/* The history, with the seconds that run.json has, into training.records. */
void resume_take_history(struct training_run *run);

/* "Going on with runs/lstm-7: 1 of 3 epochs done, and 120 of 391 steps of the next". */
void resume_print(const struct training_run *run);

void resume_close(struct training_run *run);

/* Saves the run as of training.position: first model.keras, which alone is enough to go on from; then what follows from
 * it, best.keras, history.csv and run.json. Killed between two of them a run directory is whole again as soon as it
 * is gone on with. */
bool training_files_save(struct training_run *run, const char *status, struct error *error);

/* All of these files but model.keras; predictions.csv too once an epoch of this session has been validated. */
bool training_files_follow(struct training_run *run, const char *status, struct error *error);

/* Writes run.json: the model's settings, versions, device, data, epochs and `status`. */
bool run_json_write(const struct training_run *run, const char *status, struct error *error);

/* The object in run.json of a directory; NULL if there is none. */
json_t *run_json_read(const char *directory, struct error *error);

#endif
