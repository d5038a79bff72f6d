/* A model of the golden files' sizes with its parameter table, made by hand. */
#ifndef MATINEE_TESTS_TINY_MODEL_H
#define MATINEE_TESTS_TINY_MODEL_H

#include "matinee/keras_file.h"

#include <stdbool.h>

struct tiny_model {
    struct spec spec;
    struct parameter_table table;
    struct training_state state;
};

/* What golden models are built with; a rate is that of each place that drops. */
struct golden_sizes {
    int T, V, E, H, C;
    double rate, learning_rate;
};
extern const struct golden_sizes golden_small; /* T=13, V=50, E=8, H=6, C=7, rate 0.2 */

/* The network of golden model 1 to 6. */
void golden_spec(struct spec *spec, int model, const struct golden_sizes *sizes);

/* Golden model 1: layers named embedding, lstm and dense, parameters of 400, 192, 144, 24, 6 and 1 floats; or any
 * network. All floats zero. */
void tiny_model_open(struct tiny_model *model);
void tiny_model_open_spec(struct tiny_model *model, const struct spec *spec);
void tiny_model_close(struct tiny_model *model);

/* Weights and moments that are awkward to copy: -0, denormals, the largest float, digits everywhere. */
void tiny_model_fill(struct tiny_model *model);

/* Layers, sizes, rates and names; not the optimizer. */
bool spec_equal(const struct spec *a, const struct spec *b);

/* Bits, not values. */
bool tiny_model_equal(const struct tiny_model *a, const struct tiny_model *b);

/* Opens the file and reads spec and state. */
bool tiny_model_read(struct tiny_model *model, const char *path, bool *has_slots, double *learning_rate,
                     struct error *error);

/* Fails the test unless the message has `expected`, the file's path and the semicolon before the remedy. */
void assert_message(const struct error *error, const char *path, const char *expected);

/* Opens and reads; fails the test if that works or the message is not as above. */
void assert_refused(const char *path, const char *expected);

/* Reads the file and fails the test unless it equals the golden model after three steps. */
void assert_same_as_golden(const char *path);

#endif
