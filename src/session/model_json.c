#include "option_values.h"
#include "training_parts.h"

#include "matinee/json_values.h"

static json_t *lstm_json(const struct layer_spec *l)
{
    json_t *slope = l->hard_sigmoid_slope > 0 ? json_number(l->hard_sigmoid_slope) : json_null();
    return json_pack("{s:i, s:b, s:b, s:b, s:o, s:o, s:s, s:s, s:o}", "units", l->units, "bidirectional",
                     l->bidirectional, "return_sequences", l->return_sequences, "go_backwards",
                     l->go_backwards, "dropout", json_number(l->dropout), "recurrent_dropout",
                     json_number(l->recurrent_dropout), "gate_masks", gate_masks_name(l->gate_masks),
                     "recurrent_activation", recurrent_activation_name(l->hard_sigmoid_slope),
                     "hard_sigmoid_slope", slope);
}

static const char *dropped(enum dropout_unit unit)
{
    static const char *const names[] = {
        [DROP_ELEMENTS] = "elements", [DROP_FEATURES] = "features", [DROP_STEPS] = "steps"};
    return names[unit];
}

/* What only this kind of layer has. */
static json_t *kind_json(const struct layer_spec *l)
{
    switch (l->kind) {
    case LAYER_EMBEDDING:
        return json_pack("{s:i, s:i, s:o, s:b}", "input_dim", l->input_dim, "units", l->units, "dropout",
                         json_number(l->dropout), "mask_zero", l->mask_zero);
    case LAYER_DROPOUT:
        return json_pack("{s:o, s:s}", "dropout", json_number(l->dropout), "drops", dropped(l->dropout_unit));
    case LAYER_CONV1D:
        return json_pack("{s:i, s:i, s:i, s:s, s:s}", "units", l->units, "kernel_size", l->kernel_size,
                         "strides", l->strides, "padding", l->padding == PADDING_SAME ? "same" : "valid",
                         "activation", l->activation == ACTIVATION_RELU ? "relu" : "linear");
    case LAYER_MAX_POOLING1D:
        return json_pack("{s:i}", "pool_size", l->pool_size);
    case LAYER_GLOBAL_MAX_POOLING1D:
    case LAYER_GLOBAL_AVERAGE_POOLING1D:
        return json_object();
    case LAYER_LSTM:
        return lstm_json(l);
    case LAYER_DENSE:
        break;
    }
    return json_pack("{s:i}", "units", l->units);
}

static json_t *layer_json(const struct layer_spec *l)
{
    json_t *value = json_pack("{s:s, s:o}", "class", layer_class(l), "name", json_text(l->name));
    json_t *sizes = kind_json(l);
    int failed = json_object_update(value, sizes);
    json_decref(sizes);
    if (!failed)
        return value;
    json_decref(value);
    return NULL;
}

json_t *model_layers_json(const struct spec *spec)
{
    json_t *list = json_array();
    for (int i = 0; list && i < spec->layer_count; i++)
        if (json_array_append_new(list, layer_json(&spec->layers[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}
