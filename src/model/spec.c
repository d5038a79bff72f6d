#include "matinee/spec.h"

#include "matinee/dims.h"

const struct adam_spec keras_adam = {.learning_rate = 0.001, .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7};

const char *layer_class(const struct layer_spec *layer)
{
    switch (layer->kind) {
    case LAYER_EMBEDDING:
        return "Embedding";
    case LAYER_DROPOUT:
        return layer->dropout_unit == DROP_FEATURES ? "SpatialDropout1D" : "Dropout";
    case LAYER_CONV1D:
        return "Conv1D";
    case LAYER_MAX_POOLING1D:
        return "MaxPooling1D";
    case LAYER_GLOBAL_MAX_POOLING1D:
        return "GlobalMaxPooling1D";
    case LAYER_GLOBAL_AVERAGE_POOLING1D:
        return "GlobalAveragePooling1D";
    case LAYER_LSTM:
        return layer->bidirectional ? "Bidirectional" : "LSTM";
    case LAYER_DENSE:
        return "Dense";
    }
    return "?";
}

/* Changes the shape of a layer's input to that of its output; returns the new rank. */
static int pass_shape_on(const struct layer_spec *layer, int rank, int shape[2])
{
    switch (layer->kind) {
    case LAYER_DROPOUT:
        return rank;
    case LAYER_EMBEDDING:
        shape[1] = layer->units;
        return 2;
    case LAYER_CONV1D:
        shape[0] -= layer->padding == PADDING_VALID ? layer->kernel_size - 1 : 0;
        shape[0] = shape[0] / layer->strides + (shape[0] % layer->strides > 0);
        shape[1] = layer->units;
        return 2;
    case LAYER_MAX_POOLING1D:
        shape[0] /= layer->pool_size;
        return 2;
    case LAYER_GLOBAL_MAX_POOLING1D:
    case LAYER_GLOBAL_AVERAGE_POOLING1D:
        shape[0] = shape[1];
        return 1;
    case LAYER_LSTM:
        shape[layer->return_sequences ? 1 : 0] = layer->bidirectional ? 2 * layer->units : layer->units;
        return layer->return_sequences ? 2 : 1;
    case LAYER_DENSE:
        shape[0] = layer->units;
        return 1;
    }
    return rank;
}

int layer_input_shape(const struct spec *spec, int layer, int shape[2])
{
    int rank = 1;
    shape[0] = spec->maxlen;
    for (int i = 0; i < layer; i++)
        rank = pass_shape_on(&spec->layers[i], rank, shape);
    return rank;
}

int layer_output_shape(const struct spec *spec, int layer, int shape[2])
{
    return layer_input_shape(spec, layer + 1, shape);
}

int layer_mask_count(const struct layer_spec *layer)
{
    bool shared = layer->gate_masks == GATE_MASKS_SHARED || layer->recurrent_dropout == 0;
    return shared ? 1 : GATE_COUNT;
}
