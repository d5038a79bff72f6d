/* Training, evaluation and prediction over whole data sets; knows no layer. */
#ifndef MATINEE_TRAINER_H
#define MATINEE_TRAINER_H

#include "matinee/data.h"
#include "matinee/network.h"

#include <signal.h>
#include <stdbool.h>

/* Means over examples, as Keras reports them. */
struct score {
    double loss, accuracy;
};

struct epoch_record {
    int epoch; /* from 1 */
    int steps;
    struct score train; /* before each update */
    bool validated;
    struct score validation;
    double seconds; /* of training, validation left out */
    double validation_seconds;
};

struct step_progress {
    int epoch, epochs;  /* from 1 */
    int step, steps;    /* steps done in this epoch, as far as the backend has told */
    struct score train; /* since the epoch began */
    double seconds;     /* since the epoch began */
};

/* Called between steps; any may be NULL. step is called whenever the backend tells how far it is, on the CPU after every
 * step: it decides itself when to draw. */
struct trainer_events {
    void *context;
    void (*epoch_begin)(void *context, int epoch, int epochs);
    void (*step)(void *context, const struct step_progress *progress);
    void (*epoch_end)(void *context, const struct epoch_record *record);
};

struct trainer_options {
    int epochs;
    int batch_size;
    uint64_t seed;                     /* of the permutations */
    const volatile sig_atomic_t *stop; /* non-zero: end after this step; may be NULL */
    struct trainer_events events;
};

/* Trains on one review or more, whose batches must fit the network, for options->epochs epochs, each over a new
 * permutation, the last batch partial. `state` (weights, moments, iterations) goes in and comes out trained;
 * `records` has room for options->epochs, and *epochs_done says how many are filled. validation may be NULL. Returns
 * true when interrupted through `stop` as well: *interrupted tells, and state is then as of the last step. A loss
 * that is no number is an error, and state is then as of the epoch before. */
bool trainer_fit(struct network *network, struct training_state *state, const struct reviews *train,
                 const struct reviews *validation, const struct trainer_options *options,
                 struct epoch_record *records, int *epochs_done, bool *interrupted, struct error *error);

/* Loss and accuracy with the network's present weights. probabilities (count) may be NULL. */
bool trainer_evaluate(struct network *network, const struct reviews *reviews, struct score *score,
                      float *probabilities, struct error *error);

/* A model as commands use it: everything a .keras file holds. */
struct checkpoint {
    struct spec spec;
    struct parameter_table table;
    struct training_state state;
    bool has_slots;                /* the file had Adam's moments */
    struct vocabulary *vocabulary; /* NULL: the file has none (Keras wrote it) */
    char *settings;                /* JSON text of matinee/settings.json, or NULL */
};

bool checkpoint_load(struct checkpoint *checkpoint, const char *path, struct error *error);

/* The same from a file that is open already. architecture: of a file of weights alone; else NULL. */
struct keras_file;
bool checkpoint_read(struct checkpoint *checkpoint, const struct keras_file *file,
                     const struct spec *architecture, const char *path, struct error *error);
bool checkpoint_save(const struct checkpoint *checkpoint, const char *path, struct error *error);
void checkpoint_close(struct checkpoint *checkpoint);

/* history.csv: epoch,accuracy,loss[,val_accuracy,val_loss],seconds[,validation_seconds], one line an epoch. */
bool history_write(const char *path, const struct epoch_record *records, int count, struct error *error);

#endif
