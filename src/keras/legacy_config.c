/* Keras 1's layers in Keras 2's words. Source: get_config of keras/layers of 1.2.2. */
#include "config.h"

#include <string.h>

/* Keys that Keras 1 alone has. */
static const struct renaming {
    const char *old, *new;
} renamings[] = {
    {"inner_activation", "recurrent_activation"},
    {"dropout_W", "dropout"},
    {"dropout_U", "recurrent_dropout"},
    {"nb_filter", "filters"},
    {"filter_length", "kernel_size"},
    {"border_mode", "padding"},
    {"subsample_length", "strides"},
    {"pool_length", "pool_size"},
    {"stride", "strides"},
    {"bias", "use_bias"},
    {"p", "rate"},
    {"W_regularizer", "kernel_regularizer"},
    {"U_regularizer", "recurrent_regularizer"},
    {"b_regularizer", "bias_regularizer"},
    {"W_constraint", "kernel_constraint"},
    {"b_constraint", "bias_constraint"},
};

static bool rename_key(json_t *config, const char *old, const char *new)
{
    json_t *value = json_object_get(config, old);
    return value && json_object_set(config, new, value) == 0 && json_object_del(config, old) == 0;
}

/* Dropped whole words, and masks: Keras 2 has no key for them, this program has its own. */
static void keep_own(json_t *object, json_t *config, const char *class_name)
{
    json_t *dropout = json_object_get(config, "dropout");
    const json_t *inner = json_object_get(json_object_get(config, "layer"), "config");
    const char *mode = json_string_value(json_object_get(inner ? inner : config, "consume_less"));
    if (strcmp(class_name, "Embedding") == 0 && dropout) {
        json_object_set_new(object, "matinee", json_pack("{s:O}", "dropout", dropout));
        json_object_del(config, "dropout");
    } else if (mode && strcmp(mode, "gpu") == 0) {
        json_object_set_new(object, "matinee", json_pack("{s:s}", "gate_masks", "shared"));
    }
}

bool config_rename_keras1(json_t *object, bool is_known)
{
    json_t *config = json_object_get(object, "config");
    const char *class_name = json_string_value(json_object_get(object, "class_name"));
    bool renamed = false;
    if (!class_name || !json_is_object(config))
        return false;
    bool is_embedding = strcmp(class_name, "Embedding") == 0, is_lstm = strcmp(class_name, "LSTM") == 0;
    for (size_t i = 0; i < sizeof renamings / sizeof *renamings; i++)
        renamed |= rename_key(config, renamings[i].old, renamings[i].new);
    if (is_embedding) {
        renamed |= rename_key(config, "kernel_regularizer", "embeddings_regularizer");
        renamed |= rename_key(config, "kernel_constraint", "embeddings_constraint");
        renamed |= json_object_get(config, "dropout") != NULL;
    } else {
        renamed |= rename_key(config, "output_dim", "units");
    }
    if (json_object_get(config, "layer"))
        renamed |= config_rename_keras1(json_object_get(config, "layer"), is_known);
    if (strcmp(class_name, "Convolution1D") == 0)
        json_object_set_new(object, "class_name", json_string("Conv1D"));
    if (!renamed && !is_known)
        return false;
    if (is_lstm && !json_object_get(config, "recurrent_activation"))
        json_object_set_new(config, "recurrent_activation", json_string("hard_sigmoid"));
    keep_own(object, config, is_embedding ? "Embedding" : "");
    return true;
}
