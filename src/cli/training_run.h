/* One run of the trainer with all that is shown and written of it. */
#ifndef MATINEE_CLI_TRAINING_RUN_H
#define MATINEE_CLI_TRAINING_RUN_H

#include "event_log.h"
#include "machine.h"
#include "progress.h"
#include "run_directory.h"
#include "session.h"
#include "trainer_state.h"

/* Splits that are trained and validated on: parts of the session's data. */
struct training_data {
    struct reviews train, validation; /* validation.count 0: none */
    enum validation_kind kind; /* as asked for, or, without test reviews, what takes the default's place */
    double fraction;           /* of kind VALIDATION_FRACTION */
    struct reviews expanded_train,
        expanded_validation; /* rows with n-grams, which then are train's and validation's */
};

/* What --resume has found. */
struct resumed_run {
    bool is_one;
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
    const struct options *options;
    struct session *session;
    double began;           /* clock_seconds() of this session */
    struct wall_times wall; /* but for the total of this session */
    struct resumed_run resumed;
    struct machine machine; /* before the run took memory */
    double ngrams_seconds;  /* part of wall.data */
    struct training_data data;
    bool schedule_due; /* the optimizer's learning rate is to follow one over all updates of the run */
    struct run_directory directory;
    struct event_log log;
    struct progress progress;
    char data_mark[DATA_MARK_BYTES];
    struct epoch_record *records; /* (options->epochs) */
    float *probabilities;         /* (data.validation.count) as of the epoch that ended last */
    bool predictions_due;         /* they are in no file yet */
    struct trainer_position position;
    bool interrupted;
    bool saved;                             /* model.keras is of this run */
    struct trainer_position saved_position; /* that it is of */
    int64_t saved_iterations;
    bool failed; /* an event could not be handled; `failure` says why */
    struct error failure;
    char started[32]; /* UTC, ISO 8601 */
};

/* The parts of the data that the options ask for; false if they leave nothing to train or validate on. Data without
 * test reviews are validated on their last fifth, unless the test reviews were asked for by name: that is refused. */
bool training_data_split(struct training_data *parts, const struct dataset *data,
                         const struct options *options, struct error *error);

/* The model that the options name, with its optimizer. */
enum cli_status training_open_model(struct training_run *run, struct error *error);

/* What goes by the validation accuracy needs one. */
bool training_check_validation(const struct options *options, struct error *error);

/* What the model takes from the parts of the data: the schedule of its updates, a vocabulary if it has none, and its
 * n-grams. */
enum cli_status training_take_data(struct training_run *run, struct error *error);

/* Tells data apart: sizes and checksums of the encoded reviews. */
void training_data_mark(char mark[static DATA_MARK_BYTES], const struct training_data *parts);

/* Counts the n-grams of the reviews that are trained on, for the model, and puts them beside the words of both parts;
 * the data set's own rows are gone then. Nothing for a model of words alone. Labels stay where they are. */
bool training_ngrams(struct training_run *run, struct error *error);

/* "N-grams: 884280 of 1 to 3 words, each in 2 training reviews or more; counted in 1.80 s"; nothing for a model of
 * words alone. */
void training_ngrams_print(const struct training_run *run);

/* Options that were not given become those of the preset's training, or Keras' defaults of any other model. */
void training_options_complete(struct options *options);

/* False for completed options that contradict each other or the optimizer of options->model, which is `adam`. */
bool training_options_check(const struct adam_spec *adam, const struct options *options, struct error *error);

/* The optimizer of the open model: a preset's or a fresh one has what the completed options say; one of a file keeps
 * its own but for options that were given. Sets run->schedule_due. False for options that contradict it. */
bool training_optimizer_choose(struct training_run *run, struct error *error);

/* The average of the weights, or none, as the settings ask for; the model has its weights. */
bool training_optimizer_open(struct training_run *run, struct error *error);

/* Makes the schedule that is due, now that the number of updates is known; a file's weights begin it with a new Adam,
 * as Keras' compile() gives them one, for Keras counts its steps from an Adam's first update. False where the rate of a
 * schedule, also of a file's or of a run that is gone on with, would be 0 before the end of the run. */
bool training_optimizer_schedule(struct training_run *run, struct error *error);

/* "Optimizer: Adam, learning rate 0.001" and what there is of schedule and average, in a line. */
void training_optimizer_print(FILE *stream, const struct adam_spec *adam);

/* {"learning_rate": ..., "schedule": ..., ...}; what does not apply is null. */
json_t *training_optimizer_json(const struct adam_spec *adam);

/* Rows that the network is made for: a batch is never more than all reviews. */
int training_rows(const struct training_run *run);

/* Whether the machine, or the GPU, has the memory that training takes, the reviews among it; the backend is open. The
 * message gives the options that make the largest part smaller. Before there are data: what it takes with any. */
bool training_memory_check(const struct training_run *run, struct error *error);

/* What is needed layer by layer: "Memory: 96.21 MB" and a table. */
void training_memory_print(FILE *stream, const struct training_run *run);

/* Trains and saves after every epoch, every --save-every updates, and once more when interrupted. The session has a
 * network; the directory is chosen. */
enum cli_status training_run(struct training_run *run, struct error *error);

/* Of one that never ran, too. */
void training_run_close(struct training_run *run);

/* Fills a run from what --resume names: the model, the options, the position; the history is left in run->resumed. */
enum cli_status resume_open(struct training_run *run, struct error *error);

/* Whether the data are those that the run began with, and the position one that they have. */
bool resume_check_data(const struct training_run *run, struct error *error);

/* The history, with the seconds that run.json has, into run->records. */
void resume_take_history(struct training_run *run);

/* "Going on with runs/lstm-7: 1 of 3 epochs done, and 120 of 391 steps of the next". */
void resume_print(const struct training_run *run);

void resume_close(struct training_run *run);

/* Saves the run as of run->position: first model.keras, which alone is enough to go on from; then what follows from
 * it, best.keras, history.csv and run.json. Killed between two of them a run directory is whole again as soon as it
 * is gone on with. */
bool training_files_save(struct training_run *run, const char *status, struct error *error);

/* All of these files but model.keras; predictions.csv too once an epoch of this session has been validated. */
bool training_files_follow(struct training_run *run, const char *status, struct error *error);

/* The settings as the model file has them. */
bool renew_settings(struct training_run *run, struct error *error);

/* {"model": ..., "seed": ..., ...}: what decides the numbers of a run, and nothing of the machine. */
json_t *run_settings(const struct training_run *run);

/* Writes run.json: the model's settings, versions, device, data, epochs and `status`. */
bool run_json_write(const struct training_run *run, const char *status, struct error *error);

/* The object in run.json of a directory; NULL if there is none. */
json_t *run_json_read(const char *directory, struct error *error);

#endif
