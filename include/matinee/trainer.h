/* Training, evaluation and prediction over whole data sets; knows no layer. */
#ifndef MATINEE_TRAINER_H
#define MATINEE_TRAINER_H

#include "matinee/data.h"
#include "matinee/network.h"
#include "matinee/ngrams.h"

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

/* Where a run stands, beside its training_state and its records: enough to go on from there to the bit. Zeroed: at the
 * beginning. */
struct trainer_position {
    int epochs_done;
    int step;            /* updates done in the epoch after those; all of them: it is still to be validated */
    struct metrics sums; /* of these updates' examples */
    double seconds;      /* that these updates took */
};

/* Called between steps; any may be NULL. step is called whenever the backend tells how far it is, on the CPU after
 * every step: it decides itself when to draw. When checkpoint and epoch_end are called, state and position are as of
 * then. */
struct trainer_events {
    void *context;
    void (*epoch_begin)(void *context, int epoch, int epochs);
    void (*step)(void *context, const struct step_progress *progress);
    void (*checkpoint)(void *context);
    void (*epoch_end)(void *context, const struct epoch_record *record);
};

struct trainer_options {
    int epochs;
    int batch_size;
    uint64_t seed;  /* of the permutations */
    int save_every; /* updates from one checkpoint event to the next; 0: none */
    int patience;   /* of trainer_is_complete; 0: none */
    struct trainer_position
        *position; /* where to begin, and in the end where it ended; NULL: the beginning */
    const volatile sig_atomic_t *stop; /* non-zero: end after this step; may be NULL */
    float
        *probabilities; /* (validation->count) of the latest validation, set before epoch_end; may be NULL */
    struct trainer_events events;
};

/* Index of the first record with the highest validation accuracy; -1 if none of `count` was validated. */
int trainer_best_epoch(const struct epoch_record *records, int count);

/* Whether a run with these records has no epoch left: it has done options->epochs, or so many epochs as
 * options->patience in a row that did not raise the validation accuracy; an equal one does not. As
 * EarlyStopping(monitor="val_accuracy", patience=N) of Keras (keras/src/callbacks/early_stopping.py). */
bool trainer_is_complete(const struct trainer_options *options, const struct epoch_record *records,
                         int count);

/* Of a network that is shared out, all ranks call this with the same reviews and options but for `stop` and events, and
 * all have the same results. An end is agreed upon when one rank is asked for it: on processors before the next
 * step, on GPUs before every 32nd.
 *
 * Trains on one review or more, whose batches must fit the network, until trainer_is_complete, each epoch over a new
 * permutation, the last batch partial. `state` (weights, moments, iterations) goes in and comes out trained;
 * `records` has room for options->epochs, those before options->position filled, and *epochs_done says how many are
 * filled. validation may be NULL. Returns true when interrupted through `stop` as well: *interrupted tells, and state
 * and position are then as of the last step. From there another call goes on: records and bits are those of a run that
 * was never interrupted, if data and options are the same but for epochs, save_every, patience and events. A loss that
 * is no number is an error, and state and position are then as of the last checkpoint or epoch. */
bool trainer_fit(struct network *network, struct training_state *state, const struct reviews *train,
                 const struct reviews *validation, const struct trainer_options *options,
                 struct epoch_record *records, int *epochs_done, bool *interrupted, struct error *error);

/* Loss and accuracy with the network's present weights. probabilities (count) may be NULL, on all ranks or on none. Of
 * ranks that share a network each scores its batches, and all have all of the results. */
bool trainer_evaluate(struct network *network, const struct reviews *reviews, struct score *score,
                      float *probabilities, struct error *error);

/* What the network says of a row, and what it says once one token of it is another. */
struct occlusion {
    const struct ngrams *ngrams; /* in         NULL: the network reads tokens as they are */
    const int32_t *tokens;       /* in  (T)    with n-grams (T / (1+n)): the words that they are made of */
    int32_t pads;                /* in         leading zeros of it */
    int32_t replacement;         /* in         the other token, not 0 */
    int count;                   /* in         */
    const int32_t *positions;    /* in  (count)   in [pads, tokens): the token to replace, for each run */
    double *logits;              /* out (1+count) of the row as it is, then of each run */
};

/* Evaluates the 1+count rows in batches of the network. A logit comes from p and 1-p, each a float with an exponent of
 * its own: from -87 to 20 its rounding error is 1e-6 at most, also where p rounds to 1; at 30 it is 2e-3, and beyond 36
 * there is none but 36.7. */
bool trainer_occlude(struct network *network, const struct occlusion *occlusion, struct error *error);

/* A model as commands use it: everything a .keras file holds. */
struct checkpoint {
    struct spec spec;
    struct parameter_table table;
    struct training_state state;
    bool has_slots;                /* the file had Adam's moments */
    struct vocabulary *vocabulary; /* NULL: the file has none (Keras wrote it) */
    char *vocabulary_text;         /* JSON of it, for who saves more than once; NULL: made at each save */
    size_t vocabulary_text_bytes;
    int ngram_order;             /* n: the network reads 1+n tokens for each word; 0: words alone */
    struct ngrams *ngrams;       /* NULL: none, or none have been counted yet */
    unsigned char *ngrams_bytes; /* of the file, as vocabulary_text */
    size_t ngrams_bytes_count;
    char *settings; /* JSON text of matinee/settings.json, or NULL */
    char *trainer;  /* JSON text of matinee/trainer.json, or NULL: no run goes on from it */
};

bool checkpoint_load(struct checkpoint *checkpoint, const char *path, struct error *error);

/* The same from a file that is open already. architecture: of a file of weights alone; else NULL. */
struct keras_file;
bool checkpoint_read(struct checkpoint *checkpoint, const struct keras_file *file,
                     const struct spec *architecture, const char *path, struct error *error);
bool checkpoint_save(const struct checkpoint *checkpoint, const char *path, struct error *error);

/* Ids of words, V, and words of a review: of n-grams the others are not counted. */
int checkpoint_words(const struct checkpoint *checkpoint);
int checkpoint_length(const struct checkpoint *checkpoint);

/* Makes vocabulary_text, half the time of a save, and ngrams_bytes. Neither vocabulary nor n-grams must change after
 * it. */
bool checkpoint_prepare_saves(struct checkpoint *checkpoint, struct error *error);
void checkpoint_close(struct checkpoint *checkpoint);

/* history.csv: epoch,accuracy,loss[,val_accuracy,val_loss],seconds[,validation_seconds], one line an epoch. */
bool history_write(const char *path, const struct epoch_record *records, int count, struct error *error);

#endif
