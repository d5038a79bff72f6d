/* libmatinee: train text classifiers, keep them in Keras' files, and let them judge texts. docs/library.md has an
 * example.
 *
 * Options are those of the program's `matinee train`, by name and value. No function prints, ends the program or takes
 * a signal, and no file is written but those that are named and the cache of the data (option "cache"). There is no
 * state but that of handles: different handles may be used in different threads at the same time, one handle by one
 * thread after the other; options that are not being changed, by several.
 *
 * A function that returns bool says false if it failed. It has then written why to *error, unless that is NULL, on one
 * line that names the file or option and the remedy; what it was to make is NULL, and no handle has changed. */
#ifndef MATINEE_H
#define MATINEE_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Zero-terminated, in UTF-8 but for names of files, which are as they were given. */
struct matinee_error {
    char message[1024];
};

/* "0.1.0", of the library that runs. */
const char *matinee_version(void);

/* What to train, on which data and with which device. New ones are the program's defaults: the preset "lstm" on the
 * data that is found, else on the built-in sample. */
struct matinee_options;

bool matinee_options_new(struct matinee_options **options, struct matinee_error *error);

/* As --NAME VALUE on the command line: matinee_options_set(options, "epochs", "3", &error). value NULL is for options
 * that take none, such as "bidirectional". Both texts are copied. Refused are unknown names and values that the program
 * refuses; that values fit each other and the model is seen when they are used. */
bool matinee_options_set(struct matinee_options *options, const char *name, const char *value,
                         struct matinee_error *error);

/* NULL is no handle, and fine. */
void matinee_options_free(struct matinee_options *options);

/* How far training is. Later versions may have more members, behind these. */
struct matinee_progress {
    int epoch, epochs;     /* from 1 */
    int step, steps;       /* batches done in this epoch */
    double loss, accuracy; /* means over the reviews that this epoch has trained on, each before its update */
    double seconds;        /* since the epoch began, without validation */
    bool epoch_ended;      /* the last call of an epoch */
    bool validated;        /* so the next two are known; else they are 0 */
    double validation_loss, validation_accuracy;
};

/* Called between steps, in the thread that trains. False ends the training; the model is then as of the last step. The
 * progress is valid until it returns. */
typedef bool matinee_progress_function(void *context, const struct matinee_progress *progress);

/* A model with its weights and its vocabulary. */
struct matinee_model;

/* Trains as `matinee train` does, to the same last bit, and keeps the model in memory. progress may be NULL; context is
 * for it alone. The options may be freed. */
bool matinee_train(struct matinee_model **model, const struct matinee_options *options,
                   matinee_progress_function *progress, void *context, struct matinee_error *error);

/* Reads a model with weights: .keras, .h5 or .hdf5, of Matinee or of any Keras. options may be NULL: defaults. Of them
 * count the device and what belongs to it, for matinee_model_predict; and for a model that Keras wrote, which has no
 * vocabulary, "word-index" or "data", which number the words. They may be freed. */
bool matinee_model_load(struct matinee_model **model, const char *path, const struct matinee_options *options,
                        struct matinee_error *error);

/* Writes the file whole or not at all. What it is, its name says: .keras, all of the model; .weights.h5, weights and
 * optimizer; .safetensors, weights. */
bool matinee_model_save(const struct matinee_model *model, const char *path, struct matinee_error *error);

/* Loss and accuracy, means over reviews, as `matinee evaluate` finds them on the test reviews of the options' "data",
 * with their device; options NULL: defaults. */
bool matinee_model_evaluate(const struct matinee_model *model, const struct matinee_options *options,
                            double *loss, double *accuracy, struct matinee_error *error);

/* Probabilities (count) that the texts (count) are positive, to the bit what `matinee predict` says, with the device of
 * the options that the model was trained or loaded with; it stays open until the model is freed. A text is UTF-8 with a
 * word that the model knows; the message names one that is not by its index, "texts[2]: ...", and probabilities are
 * then undefined. */
bool matinee_model_predict(struct matinee_model *model, const char *const *texts, size_t count,
                           float *probabilities, struct matinee_error *error);

/* NULL is no handle, and fine. */
void matinee_model_free(struct matinee_model *model);

#ifdef __cplusplus
}
#endif

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
