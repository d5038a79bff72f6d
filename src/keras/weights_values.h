/* Numbers of a weights file: datasets into float32 arenas, whatever the file calls them. Errors begin with the
 * dataset's path. */
#ifndef MATINEE_KERAS_WEIGHTS_VALUES_H
#define MATINEE_KERAS_WEIGHTS_VALUES_H

#include "h5_image.h"

#include <stdbool.h>

/* The dataset of a path from a group on. It must be there. */
bool values_find(const struct h5_image *image, uint64_t group, struct h5_text path,
                 struct h5_dataset *dataset, struct error *error);

/* Refuses a shape other than `shape`, types other than float32, and what weights_check refuses. */
bool values_read(const struct h5_dataset *dataset, struct h5_text path, int rank, const int *shape,
                 bool is_square, float *to, struct error *error);

/* Adam's count of updates: a scalar int64 or int32, or float32 as in Keras 1; from 0 to below 2^53. */
bool values_read_iterations(const struct h5_dataset *dataset, struct h5_text path, int64_t *iterations,
                            struct error *error);

/* A scalar float32, normal and positive. *learning_rate, which the configuration says with more digits, is replaced
 * only by a rate that it does not round to. */
bool values_read_learning_rate(const struct h5_dataset *dataset, struct h5_text path, double *learning_rate,
                               struct error *error);

#endif
