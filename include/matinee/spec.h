/* What a network is: its layers in order, their sizes, and the optimizer's settings.
 *
 * keras/config_read.c and config_write.c convert it from and to Keras' JSON; model/spec.c makes presets and checks it.
 */
#ifndef MATINEE_SPEC_H
#define MATINEE_SPEC_H

#include "matinee/error.h"

#include <stdbool.h>

enum { SPEC_MAX_LAYERS = 16, SPEC_NAME_BYTES = 64 };

enum layer_kind { LAYER_EMBEDDING, LAYER_LSTM, LAYER_DENSE };

/* The layers that spec_check allows, by number. */
enum { EMBEDDING_LAYER, LSTM_LAYER, DENSE_LAYER, LAYER_COUNT };

struct layer_spec {
    enum layer_kind kind;
    char name[SPEC_NAME_BYTES]; /* Keras' layer name: embedding, lstm, lstm_1, dense ... */
    int input_dim;              /* embedding: V */
    int units;                  /* embedding: E (Keras: output_dim); lstm: H; dense: 1 */
};

/* Keras' Adam; fields have Keras' names and defaults. */
struct adam_spec {
    double learning_rate, beta_1, beta_2, epsilon;
};

struct spec {
    char name[SPEC_NAME_BYTES]; /* of the Sequential */
    int maxlen;                 /* T */
    int layer_count;
    struct layer_spec layers[SPEC_MAX_LAYERS];
    struct adam_spec adam;
};

extern const struct adam_spec keras_adam; /* Keras' defaults */

/* Sizes that a preset is made with; Keras' tutorials use 5000, 500, 32, 100. */
struct preset_sizes {
    int vocabulary, maxlen, embedding, units;
};

/* The preset NAME (`lstm`) with these sizes and Keras' optimizer settings. An unknown name is an error that lists the
 * known ones. */
bool spec_preset(struct spec *spec, const char *name, const struct preset_sizes *sizes, struct error *error);

/* True if the layers are ones that this version can train, in an order that makes sense, with sizes in range
 * (1 <= each size; V*E and 4H*(E+H) within 2^31). Errors name the layer. */
bool spec_check(const struct spec *spec, struct error *error);

/* Keras' class name: "Embedding", "LSTM", "Dense". */
const char *layer_class(enum layer_kind kind);

/* Output shape of a layer without the batch axis; returns its rank (2: {T,E}, 1: {H}). */
int layer_output_shape(const struct spec *spec, int layer, int shape[2]);

#endif
