/* What the commands do, for callers that are no command line: models in memory, and results instead of lines. Nothing
 * is printed, no signal is taken, and no file is written but those that are named and the cache of the data. Handles
 * share nothing: calls on different ones may run at the same time. */
#ifndef MATINEE_LIB_CLASSIFIER_H
#define MATINEE_LIB_CLASSIFIER_H

#include "matinee/trainer.h"

/* Options of `matinee train`, by name: all but those of its files, its lines and its processes. */
struct classifier_options;

bool classifier_options_open(struct classifier_options **options, struct error *error);

/* As --NAME VALUE; value NULL: the option takes none. Messages name options as the command line has them. What is
 * refused changes nothing. */
bool classifier_options_set(struct classifier_options *options, const char *name, const char *value,
                            struct error *error);
void classifier_options_close(struct classifier_options *options);

/* A model with its weights, and the device that predicts with it. */
struct classifier;

/* Told of training: after steps, and at the end of each epoch, when `ended` is its record; else NULL. False ends the
 * training before the next step or epoch. */
struct classifier_listener {
    void *context;
    bool (*hear)(void *context, const struct step_progress *progress, const struct epoch_record *ended);
};

/* As `matinee train`, to the same bits. Ended by the listener, the model is as of the last step. */
bool classifier_train(struct classifier **classifier, const struct classifier_options *options,
                      const struct classifier_listener *listener, struct error *error);

/* A model file with weights. The options say what predicts, and what numbers the words of a model without a
 * vocabulary. */
bool classifier_load(struct classifier **classifier, const char *path,
                     const struct classifier_options *options, struct error *error);

/* What the file is the end of its name says, as for `matinee convert`. */
bool classifier_save(const struct classifier *classifier, const char *path, struct error *error);

/* As `matinee evaluate`, with data and device of these options. */
bool classifier_evaluate(const struct classifier *classifier, const struct classifier_options *options,
                         struct score *score, struct error *error);

/* As `matinee predict`: texts (count), zero-terminated; probabilities (count) that they are positive. False for a text
 * that is not UTF-8 or has no word that the model knows, and for NULL: the message begins with "texts[I]". */
bool classifier_predict(struct classifier *classifier, const char *const *texts, size_t count,
                        float *probabilities, struct error *error);
void classifier_close(struct classifier *classifier);

#endif
