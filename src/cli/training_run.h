/* One run of the trainer with all that is shown and written of it. */
#ifndef MATINEE_CLI_TRAINING_RUN_H
#define MATINEE_CLI_TRAINING_RUN_H

#include "event_log.h"
#include "machine.h"
#include "progress.h"
#include "run_directory.h"
#include "session.h"

/* Splits that are trained and validated on: parts of the session's data. */
struct training_data {
    struct reviews train, validation; /* validation.count 0: none */
    enum validation_kind kind; /* as asked for, or, without test reviews, what takes the default's place */
    double fraction;           /* of kind VALIDATION_FRACTION */
};

struct training_run {
    const struct options *options;
    struct session *session;
    struct machine machine; /* before the run took memory */
    struct training_data data;
    struct run_directory directory;
    struct event_log log;
    struct progress progress;
    struct epoch_record *records; /* (options->epochs) */
    int epochs_done;
    bool interrupted;
    int saved_epochs;         /* that the files are of */
    int64_t saved_iterations; /* that model.keras is of; 0: none */
    bool failed;              /* an event could not be handled; `failure` says why */
    struct error failure;
    char started[32]; /* UTC, ISO 8601 */
};

/* The parts of the data that the options ask for; false if they leave nothing to train or validate on. Data without test
 * reviews are validated on their last fifth, unless the test reviews were asked for by name: that is refused. */
bool training_data_split(struct training_data *parts, const struct dataset *data,
                         const struct options *options, struct error *error);

/* Rows that the network is made for: a batch is never more than all reviews. */
int training_rows(const struct training_run *run);

/* Whether the machine, or the GPU, has the memory that training takes, the reviews among it; the backend is open. The message gives
 * the options that make the largest part smaller. Before there are data: what it takes with any. */
bool training_memory_check(const struct training_run *run, struct error *error);

/* What is needed layer by layer: "Memory: 96.21 MB" and a table. */
void training_memory_print(FILE *stream, const struct training_run *run);

/* Trains and writes model.keras, history.csv and run.json after every epoch, and once more when interrupted. The
 * session has a network; the directory is chosen. */
enum cli_status training_run(struct training_run *run, struct error *error);

/* {"model": ..., "seed": ..., ...}: what decides the numbers of a run, and nothing of the machine. */
json_t *run_settings(const struct training_run *run);

/* Writes run.json: settings, versions, device, data, epochs and `status`. */
bool run_json_write(const struct training_run *run, const char *status, struct error *error);

#endif
