#include "layer_shapes.h"

static struct layer_shape output(const struct layer_spec *layer, struct layer_shape shape)
{
    switch (layer->kind) {
    case LAYER_EMBEDDING:
        shape.has_features = true;
        shape.features = layer->units;
        break;
    case LAYER_DROPOUT:
        break;
    case LAYER_CONV1D:
        shape.features = layer->units;
        if (layer->padding == PADDING_VALID)
            shape.steps -= layer->kernel_size - 1;
        shape.steps = shape.steps / layer->strides + (shape.steps % layer->strides > 0);
        break;
    case LAYER_MAX_POOLING1D:
        shape.steps /= layer->pool_size;
        break;
    case LAYER_GLOBAL_MAX_POOLING1D:
    case LAYER_GLOBAL_AVERAGE_POOLING1D:
        shape.has_steps = false;
        break;
    case LAYER_LSTM:
        shape.features = (int64_t)layer->units * (layer->bidirectional ? 2 : 1);
        shape.has_steps = layer->return_sequences;
        break;
    case LAYER_DENSE:
        shape.features = layer->units;
        break;
    }
    return shape;
}

struct layer_shape layer_shape_input(const struct spec *spec, int layer)
{
    struct layer_shape shape = {.has_steps = true, .steps = spec->maxlen};
    for (int i = 0; i < layer; i++)
        shape = output(&spec->layers[i], shape);
    return shape;
}

double layer_shape_weights(const struct spec *spec, int layer)
{
    const struct layer_spec *l = &spec->layers[layer];
    double units = l->units, input = (double)layer_shape_input(spec, layer).features;
    switch (l->kind) {
    case LAYER_EMBEDDING:
        return l->input_dim * units;
    case LAYER_CONV1D:
        return (l->kernel_size * input + 1) * units;
    case LAYER_LSTM:
        return (input + units + 1) * 4 * units * (l->bidirectional ? 2 : 1);
    case LAYER_DENSE:
        return (input + 1) * units;
    case LAYER_DROPOUT:
    case LAYER_MAX_POOLING1D:
    case LAYER_GLOBAL_MAX_POOLING1D:
    case LAYER_GLOBAL_AVERAGE_POOLING1D:
        break;
    }
    return 0;
}
