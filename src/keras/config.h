/* config.json: Keras' description of a network and its optimizer. */
#ifndef MATINEE_KERAS_CONFIG_H
#define MATINEE_KERAS_CONFIG_H

#include "matinee/error.h"
#include "matinee/spec.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Text to spec. What would change the numbers and is not supported is refused by name. */
bool config_read(struct spec *spec, const char *json, size_t bytes, struct error *error);

/* Spec to text, with the keys that every Keras 3 release knows and no other. free() it; NULL without
 * memory. */
char *config_write(const struct spec *spec);

/* A key of a config object, and the only values that leave the numbers as this program computes them. */
struct setting {
    const char *key;
    enum setting_rule {
        SETTING_OFF,     /* absent, null, false or 0 */
        SETTING_ON,      /* absent or true */
        SETTING_TEXT,    /* absent or `text` */
        SETTING_PRESENT, /* `text`, as Keras' default is something else */
        SETTING_ONE,     /* 1 */
        SETTING_FLOAT32, /* absent, null, "float32" or a DTypePolicy of that name */
    } rule;
    const char *text;
};

/* Checks an object against a list that ends with a NULL key. The error names key and value. */
bool settings_check(const json_t *config, const struct setting *settings, struct error *error);

/* The string itself, or the "config" of a serialized function; else NULL. */
const char *settings_text(const json_t *value);

extern const struct setting settings_of_sequential[], settings_of_input[], settings_of_compile[],
    settings_of_adam[], settings_of_crossentropy[];
const struct setting *settings_of_layer(enum layer_kind kind);

#endif
