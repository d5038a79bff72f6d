/* What stands between options and a trained model: the model and its optimizer, the parts of the data, memory, n-grams.
 * Nothing of what is shown of a training, or written. */
#ifndef MATINEE_TRAINING_H
#define MATINEE_TRAINING_H

#include "matinee/machine.h"
#include "matinee/ranks.h"
#include "matinee/session.h"

#include <signal.h>

struct json_t;

/* Splits that are trained and validated on: parts of the session's data. */
struct training_data {
    struct reviews train, validation; /* validation.count 0: none */
    enum validation_kind kind; /* as asked for, or, without test reviews, what takes the default's place */
    double fraction;           /* of kind VALIDATION_FRACTION */
    struct reviews expanded_train,
        expanded_validation; /* rows with n-grams, which then are train's and validation's */
};

struct training {
    const struct options *options; /* completed */
    struct session *session;
    struct machine machine; /* before the training took memory */
    const char *begun_with; /* data_mark of the run that is gone on with; NULL: a new one */
    struct training_data data;
    char data_mark[DATA_MARK_BYTES];
    double data_seconds;   /* reading and encoding the reviews, with their n-grams */
    double ngrams_seconds; /* part of these */
    bool schedule_due; /* the optimizer's learning rate is to follow one over all updates of the training */
    struct epoch_record *records; /* (options->epochs) */
    /* (data.validation.count) as of the epoch that ended last; NULL: not wanted. Allocated by who wants them, freed by
     * training_close. */
    float *probabilities;
    struct trainer_position position;
};

/* Options that were not given become those of the preset's training, or Keras' defaults of any other model. */
void training_options_complete(struct options *options);

/* False for completed options that contradict each other or the optimizer of options->model, which is `adam`. */
bool training_options_check(const struct adam_spec *adam, const struct options *options, struct error *error);

/* Completes the options and looks at the machine. Session and options must outlive the training. */
void training_open(struct training *training, struct session *session, struct options *options);

/* The model that the options name, with its optimizer. STATUS_USAGE for options that contradict it, the number of ranks or
 * each other. */
enum exit_status training_open_model(struct training *training, struct error *error);

/* False for completed options that contradict the number of ranks or each other, whatever the model is. */
bool training_check(const struct options *options, struct error *error);

/* With the model open, all else that can be refused before the first step: the device and its memory, new weights where
 * the model has none, the reviews, and what the model takes from them: the schedule of its updates, a vocabulary if it
 * has none, and its n-grams. */
enum exit_status training_prepare(struct training *training, enum kept_texts keep_texts, struct error *error);

/* The network, room for the history, and the settings in the model. False, too, if the memory does not suffice. */
bool training_open_network(struct training *training, struct error *error);

/* Trains from the position on; *interrupted: `stop` has ended it. The model is as of the last step. */
bool training_fit(struct training *training, const struct trainer_events *events,
                  const volatile sig_atomic_t *stop, bool *interrupted, struct error *error);

/* Leaves the session open. */
void training_close(struct training *training);

/* The parts of the data that the options ask for; false if they leave nothing to train or validate on. Data without
 * test reviews are validated on their last fifth, unless the test reviews were asked for by name: that is refused. */
bool training_data_split(struct training_data *parts, const struct dataset *data,
                         const struct options *options, struct error *error);

/* Tells data apart: sizes and checksums of the encoded reviews. */
void training_data_mark(char mark[static DATA_MARK_BYTES], const struct training_data *parts);

/* What a training needs, of a GPU's memory if it is on one. */
struct training_memory {
    struct memory_plan plan;
    size_t reviews_bytes, total_bytes;
};

/* The backend is open. Before there are data: with any. */
struct training_memory training_memory(const struct training *training);

/* Whether the machine, or the GPU, has this memory. The message gives the options that make the largest part
 * smaller. */
bool training_memory_check(const struct training *training, struct error *error);

/* {"model": ..., "seed": ..., ...}: what decides the numbers of a run, and nothing of the machine. NULL without
 * memory. */
struct json_t *training_settings(const struct training *training);

#endif
