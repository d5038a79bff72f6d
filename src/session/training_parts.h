/* What training_prepare.c puts together. */
#ifndef MATINEE_SESSION_TRAINING_PARTS_H
#define MATINEE_SESSION_TRAINING_PARTS_H

#include "matinee/training.h"

#include <jansson.h>

/* Rows that the network is made for: a batch is never more than all reviews. */
int training_rows(const struct training *training);

/* The optimizer of the open model: a preset's or a fresh one has what the completed options say; one of a file keeps
 * its own but for options that were given. Sets training->schedule_due. False for options that contradict it. */
bool training_optimizer_choose(struct training *training, struct error *error);

/* The average of the weights, or none, as the settings ask for; the model has its weights. */
bool training_optimizer_open(struct training *training, struct error *error);

/* Makes the schedule that is due, now that the number of updates is known; a file's weights begin it with a new Adam,
 * as Keras' compile() gives them one, for Keras counts its steps from an Adam's first update. False where the rate of a
 * schedule, also of a file's or of a run that is gone on with, would be 0 before the end of the run. */
bool training_optimizer_schedule(struct training *training, struct error *error);

/* {"learning_rate": ..., "schedule": ..., ...}; what does not apply is null. */
json_t *training_optimizer_json(const struct adam_spec *adam);

/* [{"class": "Embedding", "name": "embedding", "input_dim": 5000, "units": 32, ...}, ...]: complete, what two lists
 * share is the same network; sizes that a kind of layer has, and rates, with the names of struct layer_spec. NULL
 * without memory. */
json_t *model_layers_json(const struct spec *spec);

/* Counts the n-grams of the reviews that are trained on, for the model, and puts them beside the words of both parts;
 * the data set's own rows are gone then. Nothing for a model of words alone. Labels stay where they are. */
bool training_ngrams(struct training *training, struct error *error);

/* The settings as the model file has them. */
bool training_renew_settings(struct training *training, struct error *error);

#endif
