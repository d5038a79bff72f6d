#include "config.h"
#include "layer_names.h"

#include <stdio.h>
#include <stdlib.h>

/* jansson's packers return NULL without memory and pass NULL on: the whole is NULL if any part is. */
static json_t *input_layer(const struct spec *spec)
{
    return json_pack("{s:s, s:s, s:{s:[n,i], s:s, s:s}, s:n}", "module", "keras.layers", "class_name",
                     "InputLayer", "config", "batch_shape", spec->maxlen, "dtype", "int32", "name",
                     KERAS_INPUT_LAYER, "registered_name");
}

static json_t *layers(const struct spec *spec)
{
    json_t *list = json_array();
    bool complete = list && json_array_append_new(list, input_layer(spec)) == 0;
    for (int i = 0; complete && i < spec->layer_count; i++)
        complete = json_array_append_new(list, config_write_layer(spec, i)) == 0;
    if (complete)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *optimizer(const struct adam_spec *adam)
{
    static const double keras_momentum = 0.99; /* Keras writes it where it uses none */
    const bool averages = adam_has_average(adam);
    json_t *rate =
        adam_has_schedule(adam) ? config_write_schedule(&adam->cosine) : json_real(adam->learning_rate);
    return json_pack("{s:s, s:s, s:{s:s, s:o, s:n, s:n, s:n, s:n, s:b, s:f, s:n, s:f, s:f, s:f, s:b}, s:n}",
                     "module", "keras.optimizers", "class_name", "Adam", "config", "name", "adam",
                     "learning_rate", rate, "weight_decay", "clipnorm", "global_clipnorm", "clipvalue",
                     "use_ema", averages, "ema_momentum", averages ? adam->ema_momentum : keras_momentum,
                     "ema_overwrite_frequency", "beta_1", adam->beta_1, "beta_2", adam->beta_2, "epsilon",
                     adam->epsilon, "amsgrad", 0, "registered_name");
}

static json_t *compile_config(const struct spec *spec)
{
    return json_pack("{s:o, s:s, s:n, s:[s], s:n, s:b, s:i, s:b}", "optimizer", optimizer(&spec->adam),
                     "loss", "binary_crossentropy", "loss_weights", "metrics", "accuracy", "weighted_metrics",
                     "run_eagerly", 0, "steps_per_execution", 1, "jit_compile", 0);
}

/* The fewest digits, from 15, that give the number back to the bit. */
static size_t digits_of(double number)
{
    for (int digits = 15; digits < 17; digits++) {
        char text[40];
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            return (size_t)digits;
    }
    return 17;
}

static void raise_digits(size_t *digits, double number)
{
    if (digits_of(number) > *digits)
        *digits = digits_of(number);
}

static size_t digits_of_spec(const struct spec *spec)
{
    const struct adam_spec *adam = &spec->adam;
    const double of_adam[] = {adam->learning_rate,
                              adam->beta_1,
                              adam->beta_2,
                              adam->epsilon,
                              adam->ema_momentum,
                              adam->cosine.initial_learning_rate,
                              adam->cosine.decay_steps,
                              adam->cosine.alpha,
                              adam->cosine.warmup_target,
                              adam->cosine.warmup_steps};
    size_t digits = 15;
    for (size_t i = 0; i < sizeof of_adam / sizeof *of_adam; i++)
        raise_digits(&digits, of_adam[i]);
    for (int i = 0; i < spec->layer_count; i++) {
        raise_digits(&digits, spec->layers[i].dropout);
        raise_digits(&digits, spec->layers[i].recurrent_dropout);
    }
    return digits;
}

char *config_write(const struct spec *spec)
{
    json_t *root =
        json_pack("{s:s, s:s, s:{s:s, s:b, s:s, s:o, s:[n,i]}, s:n, s:{s:[n,i]}, s:o}", "module", "keras",
                  "class_name", "Sequential", "config", "name", spec->name, "trainable", 1, "dtype",
                  "float32", "layers", layers(spec), "build_input_shape", spec->maxlen, "registered_name",
                  "build_config", "input_shape", spec->maxlen, "compile_config", compile_config(spec));
    char *text = root ? json_dumps(root, JSON_REAL_PRECISION(digits_of_spec(spec))) : NULL;
    json_decref(root);
    return text;
}
