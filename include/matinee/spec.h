/* What a network is: its layers in order, their sizes, and the optimizer's settings.
 *
 * keras/config_read.c and config_write.c convert it from and to Keras' JSON; model/spec.c makes presets and checks it.
 */
#ifndef MATINEE_SPEC_H
#define MATINEE_SPEC_H

#include "matinee/dims.h"
#include "matinee/error.h"

#include <stdbool.h>
#include <stdint.h>

enum { SPEC_MAX_LAYERS = 16, SPEC_NAME_BYTES = 64, SPEC_MAX_LENGTH = 1000000 };

enum layer_kind {
    LAYER_EMBEDDING,
    LAYER_DROPOUT, /* a SpatialDropout1D, too */
    LAYER_CONV1D,
    LAYER_MAX_POOLING1D,
    LAYER_GLOBAL_MAX_POOLING1D,
    LAYER_GLOBAL_AVERAGE_POOLING1D,
    LAYER_LSTM, /* also inside a Bidirectional */
    LAYER_DENSE,
};

enum padding { PADDING_VALID, PADDING_SAME };
enum activation { ACTIVATION_LINEAR, ACTIVATION_RELU };

/* Whether the gates of an LSTM share one dropout mask. Keras 3.8 and later: one for each gate if there is recurrent
 * dropout, else one. Keras 3.2 to 3.7: always one. Keras 1 always had one for each gate. */
enum gate_masks { GATE_MASKS_PER_GATE, GATE_MASKS_SHARED };

/* One layer of a Sequential. Fields that a kind does not name stay zero.
 *
 * units: E of an embedding (Keras: output_dim), C of a conv1d (filters), H of a direction of an lstm, 1 of the dense.
 * dropout: rate in [0,1) of a dropout's units; of an lstm's input; of whole rows of an embedding's table, as in Keras
 * 1. dropout_unit: elements of a Dropout; features of a SpatialDropout1D; steps of a Dropout whose noise_shape is
 * (None, None, 1). mask_zero: a global average leaves out steps whose token is 0. hard_sigmoid_slope: 0 is the logistic
 * sigmoid; else the recurrent activation is clip(slope*z + 0.5, 0, 1), with slope 0.2 in Keras 1 and 2, 1/6 in Keras 3. */
struct layer_spec {
    enum layer_kind kind;
    char name[SPEC_NAME_BYTES]; /* Keras' layer name: embedding, lstm, lstm_1, bidirectional, dense ... */
    char inner_name[SPEC_NAME_BYTES]; /* bidirectional: name of the LSTM inside, "lstm" */
    int input_dim;                    /* embedding: V */
    int units;
    int kernel_size;            /* conv1d: K */
    int strides;                /* conv1d */
    int pool_size;              /* max_pooling1d: P, also the stride */
    enum padding padding;       /* conv1d */
    enum activation activation; /* conv1d */
    double dropout;
    enum dropout_unit dropout_unit; /* dropout */
    bool mask_zero;                 /* embedding */
    double recurrent_dropout;       /* lstm: of h before recurrent_kernel, in [0,1) */
    enum gate_masks gate_masks;     /* lstm */
    double hard_sigmoid_slope;      /* lstm */
    bool bidirectional;             /* lstm: two of them, outputs concatenated */
    bool return_sequences;          /* lstm */
    bool go_backwards;              /* lstm that is not bidirectional: reads the last step first */
};

/* Keras' CosineDecay; fields have Keras' names. For warmup_steps updates the rate rises evenly from
 * initial_learning_rate to warmup_target; for decay_steps more it falls, along half a cosine, from there to alpha times
 * that, where it stays. Without a warmup_target (0; None in Keras) it falls from initial_learning_rate at once. Steps
 * need not be whole: Keras takes them as float32. */
struct cosine_decay {
    double initial_learning_rate, decay_steps, alpha;
    double warmup_target, warmup_steps;
};

/* Keras' Adam; fields have Keras' names and defaults. */
struct adam_spec {
    double learning_rate; /* where there is no schedule */
    double beta_1, beta_2, epsilon;
    struct cosine_decay cosine; /* the schedule of the learning rate; decay_steps 0: there is none */
    double ema_momentum;        /* of the moving average of the weights, in (0,1); 0: there is none */
};

/* Whether the learning rate follows a schedule. */
static inline bool adam_has_schedule(const struct adam_spec *adam)
{
    return adam->cosine.decay_steps > 0;
}

/* Whether there is an average of the weights: it is then what evaluates. */
static inline bool adam_has_average(const struct adam_spec *adam)
{
    return adam->ema_momentum > 0;
}

/* The learning rate of the update that follows `iterations` others, in float32 and in Keras' order of operations.
 * Source: CosineDecay of keras/src/optimizers/schedules. */
float adam_rate(const struct adam_spec *adam, int64_t iterations);

/* The rate that falls: of the end of the warm-up, or of the beginning without one; without a schedule that of all
 * updates. It is the highest, unless a file's warm-up goes downwards. */
double adam_peak_rate(const struct adam_spec *adam);

/* Updates after which the rate is alpha times its peak for good; without a schedule 0. */
int64_t adam_scheduled_updates(const struct adam_spec *adam);

/* The weight of the average as it is beside that of the weights in the update that follows `iterations` others: 0 in
 * the first, which makes the weights the average. Source: Keras' BaseOptimizer. */
float adam_ema_momentum(const struct adam_spec *adam, int64_t iterations);

/* Which Keras' initial weights. They differ for the LSTM only: Keras 1 drew each gate by itself, glorot_uniform with
 * the fans of one gate, and orthogonal times 1.1. */
enum initializers { INITIALIZERS_KERAS, INITIALIZERS_KERAS1 };

struct spec {
    char name[SPEC_NAME_BYTES]; /* of the Sequential */
    int maxlen;                 /* T */
    int layer_count;
    struct layer_spec layers[SPEC_MAX_LAYERS]; /* the first is the Embedding, the last the Dense */
    struct adam_spec adam;
    enum initializers initializers; /* not part of a file: of use only for new weights */
};

extern const struct adam_spec keras_adam; /* Keras' defaults */

/* What the Dense of a preset reads. */
enum global_pooling {
    GLOBAL_POOLING_NONE, /* the last LSTM's last state */
    GLOBAL_POOLING_MAX,  /* this and the next: of all its steps, or without an LSTM of the layers before */
    GLOBAL_POOLING_AVERAGE,
};

/* What a preset is made with; Keras' tutorials use 5000, 500, 32, 100, 32, 3, 2 and rates of 0.2. */
struct preset_options {
    int vocabulary, maxlen, embedding, units;
    int filters, kernel_size, pool_size; /* of presets with a Conv1D; a pool_size of 1 is no pooling */
    int layers; /* LSTM layers, one upon the other; a preset's Dropout follows each; 0 with global pooling */
    enum global_pooling global_pooling;
    bool bidirectional;       /* makes a preset's LSTMs bidirectional */
    double dropout;           /* of Dropout layers or of the LSTM's input, whichever the preset has */
    double recurrent_dropout; /* of every LSTM */
    double embedding_dropout; /* of the table's rows */
    double token_dropout;     /* of steps behind the Embedding */
    double spatial_dropout;   /* of features behind it */
    double hard_sigmoid_slope;
    enum gate_masks gate_masks;
    int ngrams; /* n of ngrams.h: vocabulary, maxlen and kernel_size are of words, of which the network reads 1+n
                   tokens each */
};

/* Keras' tutorials' sizes and the preset's own rates: presets differ in these, so ask with the preset's name before
 * changing what the user gave. An unknown name is an error that lists the known ones. */
bool preset_defaults(struct preset_options *options, const char *name, struct error *error);

/* Parts that not every preset has: an option for one that is absent contradicts the preset. */
struct preset_parts {
    bool has_dropout; /* Dropout layers, or dropout inside the LSTM */
    bool has_dropout_layers;
    bool has_conv;
};
struct preset_parts preset_parts(const char *name); /* of a known preset */

/* How a preset is trained where the options do not say otherwise. */
struct preset_training {
    int epochs;
    double learning_rate; /* the highest, with a schedule */
    bool cosine;          /* the rate falls along a cosine to 0 in the last update; false: it is constant */
    double warmup;        /* fraction of all updates in which it rises from 0; of a cosine */
    double ema_momentum;  /* 0: no average of the weights */
};

/* Of a known preset; Keras' defaults for any other name. */
struct preset_training preset_training(const char *name);

/* Number 0, 1, ... in the order of preset_names; NULL past the last. */
const char *preset_name(int number);

/* "lstm, lstm-dropout, ...", for messages and help. */
const char *preset_names(void);

/* The preset NAME with these options and Keras' optimizer settings. An unknown name is an error that lists the known
 * ones; a network that spec_check refuses is one, too. */
bool spec_preset(struct spec *spec, const char *name, const struct preset_options *options,
                 struct error *error);

/* True if the layers are ones that this version can train: Embedding; then Dropout, SpatialDropout1D, Conv1D,
 * MaxPooling1D, LSTM and Bidirectional(LSTM) over sequences in any order; an LSTM or Bidirectional without
 * return_sequences, or a GlobalMaxPooling1D or GlobalAveragePooling1D; any Dropout; Dense(1). mask_zero only where
 * nothing but dropout stands before a GlobalAveragePooling1D. With sizes in range (1 <= each size; every tensor of
 * weights within 2^31 elements; a pool no longer than the sequence it reads, a valid kernel neither) and rates in
 * [0,1). Errors name the layer. */
bool spec_check(const struct spec *spec, struct error *error);

/* Keras' class name: "Embedding", "LSTM", "Bidirectional", "Dense". */
const char *layer_class(const struct layer_spec *layer);

/* Output shape of a layer without the batch axis; returns its rank (2: {T,F}, 1: {F}). */
int layer_output_shape(const struct spec *spec, int layer, int shape[2]);

/* Input shape of a layer without the batch axis; rank 1 for the Embedding ({T}) and where no time axis is left. */
int layer_input_shape(const struct spec *spec, int layer, int shape[2]);

/* Dropout masks that the gates of an lstm draw: 4, or 1 that they share. */
int layer_mask_count(const struct layer_spec *layer);

#endif
