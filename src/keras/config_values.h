/* Single values of Keras' JSON, checked. */
#ifndef MATINEE_KERAS_CONFIG_VALUES_H
#define MATINEE_KERAS_CONFIG_VALUES_H

#include "matinee/error.h"
#include "matinee/spec.h"

#include <jansson.h>
#include <stdbool.h>

bool value_is_absent(const json_t *value);

/* A name of the file's for a message of one line: its beginning, '?' for control characters. `absent` if the value is
 * no string. */
enum { VALUE_TEXT_BYTES = 65 };
const char *value_text(char text[static VALUE_TEXT_BYTES], const json_t *value, const char *absent);

/* A class of somebody's own may bear the name of one of Keras': refused. */
bool value_check_origin(const json_t *object, struct error *error);

/* A layer's or model's name; the default where the value is absent or null. `prefix`, which Keras puts before
 * it, is left out; NULL: none. */
bool value_read_name(char name[static SPEC_NAME_BYTES], const json_t *value, const char *prefix,
                     const char *default_name, struct error *error);

/* A whole number from 1. */
bool value_read_size(int *size, const json_t *value, const char *key, struct error *error);

/* The same, or a list of one: sizes along the only axis of a 1D layer. */
bool value_read_length(int *size, const json_t *value, const char *key, struct error *error);

/* A number in [0,1); 0 where the key is absent. */
bool value_read_rate(double *rate, const json_t *object, const char *key, struct error *error);

/* One of the names, in a list that ends with NULL; the first of them where the key is absent. */
bool value_read_choice(int *choice, const json_t *object, const char *key, const char *const names[],
                       struct error *error);

#endif
