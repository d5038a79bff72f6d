/* model.weights.h5: parameters, Adam's moments and the iteration count. */
#ifndef MATINEE_KERAS_WEIGHTS_H
#define MATINEE_KERAS_WEIGHTS_H

#include "h5_image.h"

#include "matinee/error.h"
#include "matinee/params.h"
#include "matinee/spec.h"

#include <stdbool.h>
#include <stddef.h>

/* As keras_file_state, of Keras 3's layout, into m and v of zeros. Errors name the dataset. */
bool weights_read(const struct h5_image *image, const struct spec *spec, const struct parameter_table *table,
                  struct training_state *state, bool *has_slots, double *learning_rate, struct error *error);

/* The bytes of an HDF5 file; free() them. Equal states give equal bytes. What weights_check refuses is not written. */
bool weights_write(void **image, size_t *bytes, const struct spec *spec, const struct parameter_table *table,
                   const struct training_state *state, struct error *error);

/* The weights of a file are what predicts: a state's average becomes them, too, if it has one. */
void weights_become_average(struct training_state *state, const struct parameter_table *table);

/* Neither reader nor writer lets through what no training can go on from: a number that is not finite or, in a mean of
 * squares, negative. path: of the dataset, for the error. */
bool weights_check(const char *path, const float *values, size_t count, bool is_square, struct error *error);

#endif
