/* A model of the golden files' sizes with its parameter table, made by hand. */
#ifndef MATINEE_TESTS_TINY_MODEL_H
#define MATINEE_TESTS_TINY_MODEL_H

#include "matinee/keras_file.h"

#include <stdbool.h>

/* V=50, E=8, H=6, T=13: parameters of 400, 192, 144, 24, 6 and 1 floats. */
struct tiny_model {
    struct spec spec;
    struct parameter_table table;
    struct training_state state;
};

/* Layers named embedding, lstm and dense; all floats zero. */
void tiny_model_open(struct tiny_model *model);
void tiny_model_close(struct tiny_model *model);

/* Weights and moments that are awkward to copy: -0, denormals, the largest float, digits everywhere. */
void tiny_model_fill(struct tiny_model *model);

/* Bits, not values. */
bool tiny_model_equal(const struct tiny_model *a, const struct tiny_model *b);

/* Opens the file and reads spec and state. */
bool tiny_model_read(struct tiny_model *model, const char *path, bool *has_slots, double *learning_rate,
                     struct error *error);

/* Opens and reads; fails the test if that works or the message lacks `expected`, the file's path or the
 * semicolon before the remedy. */
void assert_refused(const char *path, const char *expected);

/* Reads the file and fails the test unless it equals the golden model after three steps. */
void assert_same_as_golden(const char *path);

#endif
