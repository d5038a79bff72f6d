/* config.json: Keras' description of a network and its optimizer. */
#ifndef MATINEE_KERAS_CONFIG_H
#define MATINEE_KERAS_CONFIG_H

#include "matinee/error.h"
#include "matinee/spec.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Who wrote a text. The name hard_sigmoid is clip(0.2 z + 0.5, 0, 1) in Keras 1 and 2, and
 * clip(z/6 + 0.5, 0, 1) in Keras 3. */
enum keras_generation { KERAS_UNKNOWN, KERAS_3, KERAS_1_OR_2 };

/* What a text comes with: the weights of a .keras file, or none, so that its initializers count. */
enum config_weights { CONFIG_WITH_WEIGHTS, CONFIG_ALONE };

/* A longer text is refused before it is parsed, which would take many times its memory; the deepest network needs
 * some 50 kB. */
enum { CONFIG_BYTES_MAX = 4 << 20 };

/* With its zero; a longer one is cut. */
enum { KERAS_VERSION_BYTES = 32 };

/* What a JSON object's "keras_version" says, metadata.json's for one; "" if it says none. */
void config_version(char version[static KERAS_VERSION_BYTES], const char *json, size_t bytes);

/* Whose version that is: "2.15.0". */
enum keras_generation config_generation_of(const char *version);

/* Text to spec: a config.json, or what model.to_json() gives, which may say its own keras_version; where nothing says
 * it, keys that only Keras 1 and 2 write do. What would change the numbers and is not supported is refused by name. */
bool config_read(struct spec *spec, const char *json, size_t bytes, enum keras_generation generation,
                 enum config_weights weights, struct error *error);

/* The attribute training_config of a whole model's HDF5 file: optimizer and loss. */
bool config_read_training(struct adam_spec *adam, const char *json, size_t bytes, struct error *error);

/* Spec to text, with the keys that every Keras 3 release knows and no other. free() it; NULL without
 * memory. */
char *config_write(const struct spec *spec);

/* A layer's object into a layer whose kind and bidirectional are those of the object's class. The default name
 * holds where the object has none. Errors do not name the layer. */
bool config_read_layer(struct layer_spec *layer, const json_t *object, const char *default_name,
                       enum keras_generation generation, struct error *error);

/* Refuses initializers other than those of src/model by key, in the config of a layer that config_read_layer has read.
 */
bool config_check_initializers(const struct layer_spec *layer, const json_t *config, struct error *error);

/* A layer's object of Keras 1 into the words of Keras 2, in place. is_known: whether it is surely one of Keras 1; else
 * keys that only Keras 1 wrote tell. Returns whether it was one. */
bool config_rename_keras1(json_t *object, bool is_known);

/* "compile_config", which may be absent. */
bool config_read_compile(struct adam_spec *adam, const json_t *compile, struct error *error);

/* An optimizer's "learning_rate" that is an object: CosineDecay, any other is refused by name. */
bool config_read_schedule(struct cosine_decay *cosine, const json_t *schedule, struct error *error);

/* NULL without memory. */
json_t *config_write_schedule(const struct cosine_decay *cosine);

/* NULL without memory. */
json_t *config_write_layer(const struct spec *spec, int layer);

/* An LSTM's recurrent_activation. The last name is this program's own, for Keras 1's and 2's slope of 0.2:
 * Keras 3 refuses to load it without a custom object of that name, which is better than to compute something
 * else. */
enum recurrent_activation { RECURRENT_SIGMOID, RECURRENT_HARD_SIGMOID, RECURRENT_HARD_SIGMOID_KERAS1 };
extern const char *const recurrent_activation_names[]; /* ends with NULL */
extern const double recurrent_activation_slopes[];     /* of layer_spec.hard_sigmoid_slope */

/* A key of a config object, and the only values that leave the numbers as this program computes them. */
struct setting {
    const char *key;
    enum setting_rule {
        SETTING_OFF,     /* absent, null, false or 0 */
        SETTING_ON,      /* absent or true */
        SETTING_FLAG,    /* absent, true or false */
        SETTING_TEXT,    /* absent or `text` */
        SETTING_PRESENT, /* `text`, as Keras' default is something else */
        SETTING_ONE,     /* 1 */
        SETTING_ONES,    /* absent, 1 or [1] */
        SETTING_FLOAT32, /* absent, null, "float32" or a DTypePolicy of that name */
    } rule;
    const char *text;
};

/* Checks an object against a list that ends with a NULL key. The error names key and value. */
bool settings_check(const json_t *config, const struct setting *settings, struct error *error);

/* "setting KEY = VALUE is not supported; this version needs WANTED". Always false. */
bool setting_refuse(const json_t *value, const char *key, const char *wanted, struct error *error);

/* The string itself, or the "config" of a serialized function; else NULL. */
const char *settings_text(const json_t *value);

extern const struct setting settings_of_sequential[], settings_of_input[], settings_of_compile[],
    settings_of_adam[], settings_of_average[], settings_of_crossentropy[];
const struct setting *settings_of_layer(const struct layer_spec *layer);

#endif
