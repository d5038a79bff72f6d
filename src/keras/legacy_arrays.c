#include "legacy.h"

#include "weights_values.h"

#include <stdlib.h>
#include <string.h>

enum { LSTM_ARRAYS = 3, KERAS1_LSTM_ARRAYS = 12, GATES = 4 };

static bool add(struct legacy_arrays *arrays, uint64_t group, struct h5_text name, int parameter, int gate)
{
    if (arrays->count == LEGACY_ARRAYS_MAX)
        return false;
    arrays->items[arrays->count++] = (struct legacy_array){group, name, parameter, gate};
    return true;
}

/* The arrays of one layer, whose parameters begin with number `first` of the table. */
static bool add_layer(struct legacy_arrays *arrays, uint64_t group, const struct h5_texts *names,
                      const struct layer_spec *layer, int first, int parameters, struct error *error)
{
    int directions = layer->bidirectional ? 2 : 1;
    if (names->count == parameters) {
        for (int i = 0; i < parameters; i++)
            if (!add(arrays, group, names->items[i], first + i, -1))
                return error_set(error, "too many arrays; save the model again");
        return true;
    }
    if (layer->kind != LAYER_LSTM || names->count != directions * KERAS1_LSTM_ARRAYS)
        return error_set(error,
                         "layer %s holds %d arrays, but the configuration asks for %d; save the model again",
                         layer->name, names->count, parameters);
    /* Keras 1: kernel, recurrent kernel and bias of a gate, gate by gate in this order. */
    static const int gates[GATES] = {0, 2, 1, 3};
    for (int i = 0; i < names->count; i++) {
        int direction = i / KERAS1_LSTM_ARRAYS, in_direction = i % KERAS1_LSTM_ARRAYS;
        if (!add(arrays, group, names->items[i], first + direction * LSTM_ARRAYS + in_direction % LSTM_ARRAYS,
                 gates[in_direction / LSTM_ARRAYS]))
            return error_set(error, "too many arrays; save the model again");
    }
    return true;
}

static int parameters_of(const struct parameter_table *table, int first)
{
    int count = 0;
    while (first + count < table->count && table->items[first + count].layer == table->items[first].layer)
        count++;
    return count;
}

/* One of the file's layers. *first: the next parameter of the table that has no array yet. */
static bool find_layer(struct legacy_arrays *arrays, const struct h5_image *image, uint64_t weights,
                       struct h5_text name, const struct spec *spec, const struct parameter_table *table,
                       int *first, struct error *error)
{
    char print[H5_NAME_BYTES];
    uint64_t group;
    struct h5_texts names = {.count = 0};
    bool found, read = false;
    h5_text_print(print, name);
    if (!h5_find(image, weights, name, &group, error))
        return false;
    if (group == 0)
        return error_set(error, "group %s is missing; save the model again with Keras", print);
    if (!h5_attribute_texts(image, group, "weight_names", &names, &found, error))
        error_within(error, "%s", print);
    else if (!found)
        error_set(error, "%s has no attribute weight_names; save the model again with Keras", print);
    else if (names.count == 0)
        read = true;
    else if (*first == table->count)
        error_set(error,
                  "layer %s holds weights, but the configuration has no such layer; save the model again",
                  print);
    else {
        int parameters = parameters_of(table, *first);
        const struct layer_spec *layer = &spec->layers[table->items[*first].layer];
        read = add_layer(arrays, group, &names, layer, *first, parameters, error);
        *first += parameters;
    }
    free(names.items);
    return read;
}

/* With "same" Theano puts K/2 zeros on the left, rounded down, whatever the strides: with an even kernel one more than
 * TensorFlow, with strides often more than the last kernel needs half of. */
static bool check_theano_padding(const struct layer_spec *layer, struct error *error)
{
    if (layer->padding != PADDING_SAME || layer->kernel_size == 1)
        return true;
    if (layer->kernel_size % 2 == 0)
        return error_set(error,
                         "layer %s: Theano pads a kernel of even size %d on the other side, which is not "
                         "supported; train a model of an odd size",
                         layer->name, layer->kernel_size);
    return layer->strides == 1 ||
           error_set(error,
                     "layer %s: with strides %d and padding same Theano reads other steps, which is not "
                     "supported; train a model with strides 1 or padding valid",
                     layer->name, layer->strides);
}

/* Theano's kernels are those of a convolution in the mathematical sense. Keras 2 says its backend; Keras 1 does not,
 * and nothing else tells. */
static bool check_kernels(struct legacy_arrays *arrays, const struct h5_image *image, uint64_t weights,
                          const struct legacy_origin *origin, const struct spec *spec, struct error *error)
{
    struct h5_texts backend;
    bool found;
    bool read = h5_attribute_texts(image, weights, "backend", &backend, &found, error);
    bool known = backend.count == 1 || origin->backend;
    struct h5_text name =
        backend.count == 1 ? backend.items[0] : h5_text_of(origin->backend ? origin->backend : "");
    arrays->flipped_kernels = read && h5_text_equals(name, "theano");
    free(backend.items);
    for (int i = 0; read && i < spec->layer_count; i++) {
        const struct layer_spec *layer = &spec->layers[i];
        if (layer->kind == LAYER_CONV1D && !known)
            read = error_set(error,
                             "layer %s: the file does not say whether Theano or TensorFlow made its kernel; "
                             "say it: matinee convert IN OUT.keras --backend theano|tensorflow",
                             layer->name);
        else if (layer->kind == LAYER_CONV1D && arrays->flipped_kernels)
            read = check_theano_padding(layer, error);
    }
    return read;
}

static int compare_names(const struct legacy_array *a, const struct legacy_array *b)
{
    size_t bytes = a->name.bytes < b->name.bytes ? a->name.bytes : b->name.bytes;
    int order = memcmp(a->name.data, b->name.data, bytes);
    return order ? order : (a->name.bytes > b->name.bytes) - (a->name.bytes < b->name.bytes);
}

/* Keras 1 sorted what it trained by name: "dense_10_W" before "dense_9_W", all before "lstm_1_U_c". */
static void order_moments(struct legacy_arrays *arrays, bool by_name)
{
    for (int i = 0; i < arrays->count; i++) {
        int place = i;
        while (by_name && place > 0 &&
               compare_names(&arrays->items[arrays->moments[place - 1]], &arrays->items[i]) > 0) {
            arrays->moments[place] = arrays->moments[place - 1];
            place--;
        }
        arrays->moments[place] = i;
    }
}

bool legacy_arrays_find(struct legacy_arrays *arrays, const struct h5_image *image, uint64_t group,
                        const struct legacy_origin *origin, const struct spec *spec,
                        const struct parameter_table *table, struct error *error)
{
    struct h5_texts layers = {.count = 0};
    bool found;
    int first = 0;
    arrays->count = 0;
    bool read = check_kernels(arrays, image, group, origin, spec, error) &&
                h5_attribute_texts(image, group, "layer_names", &layers, &found, error) &&
                (found || error_set(error, "has no attribute layer_names; save the model again with Keras"));
    for (int i = 0; read && i < layers.count; i++)
        read = find_layer(arrays, image, group, layers.items[i], spec, table, &first, error);
    free(layers.items);
    if (!read)
        return false;
    order_moments(arrays, origin->is_keras1);
    return first == table->count ||
           error_set(error, "layer %s has no weights in the file; save the model again",
                     spec->layers[table->items[first].layer].name);
}

/* A gate's (rows,H) matrix, or its (H) bias, into its columns of (rows,4H). */
static bool read_gate(const struct legacy_array *array, const struct h5_dataset *dataset, struct h5_text path,
                      const struct parameter *parameter, bool is_square, float *to, struct error *error)
{
    int rank = parameter->rank, columns = parameter->shape[rank - 1], units = columns / GATES;
    int shape[2] = {rank == 2 ? parameter->shape[0] : units, units};
    size_t rows = rank == 2 ? (size_t)parameter->shape[0] : 1, width = (size_t)units;
    float *gate = malloc(rows * width * sizeof *gate);
    if (!gate)
        return error_memory(error, "the weights of a gate", rows * width * sizeof *gate);
    bool read = values_read(dataset, path, rank, shape, is_square, gate, error);
    for (size_t row = 0; read && row < rows; row++)
        memcpy(to + row * (size_t)columns + (size_t)array->gate * width, gate + row * width,
               width * sizeof *gate);
    free(gate);
    return read;
}

/* Where the step k, channel e, filter c of a kernel lies: (K,E,C); Keras 1.1 has (K,1,E,C), before it had (C,E,K,1). */
static size_t kernel_place(const int *shape, bool filters_first, int k, int e, int c)
{
    size_t K = (size_t)shape[0], E = (size_t)shape[1], C = (size_t)shape[2];
    return filters_first ? ((size_t)c * E + (size_t)e) * K + (size_t)k
                         : ((size_t)k * E + (size_t)e) * C + (size_t)c;
}

static bool read_kernel(const struct legacy_arrays *arrays, const struct h5_dataset *dataset,
                        struct h5_text path, const struct parameter *parameter, bool is_square, float *to,
                        struct error *error)
{
    const int *shape = parameter->shape;
    int K = shape[0], E = shape[1], C = shape[2];
    const int steps_first[] = {K, 1, E, C}, filters_first[] = {C, E, K, 1};
    bool old = dataset->rank == 4,
         transposed = old && (dataset->dims[0] != (uint64_t)K || dataset->dims[1] != 1 ||
                              dataset->dims[3] != (uint64_t)C);
    float *kernel = malloc(parameter->count * sizeof *kernel);
    if (!kernel)
        return error_memory(error, "a kernel", parameter->count * sizeof *kernel);
    bool read = values_read(dataset, path, old ? 4 : 3,
                            transposed ? filters_first
                            : old      ? steps_first
                                       : shape,
                            is_square, kernel, error);
    for (int k = 0; read && k < K; k++)
        for (int e = 0; e < E; e++)
            for (int c = 0; c < C; c++)
                to[kernel_place(shape, false, k, e, c)] =
                    kernel[kernel_place(shape, transposed, arrays->flipped_kernels ? K - 1 - k : k, e, c)];
    free(kernel);
    return read;
}

bool legacy_array_read(const struct legacy_arrays *arrays, int array, const struct h5_dataset *dataset,
                       struct h5_text path, const struct spec *spec, const struct parameter_table *table,
                       bool is_square, float *arena, struct error *error)
{
    const struct legacy_array *item = &arrays->items[array];
    const struct parameter *parameter = &table->items[item->parameter];
    float *to = arena + parameter->offset;
    if (item->gate >= 0)
        return read_gate(item, dataset, path, parameter, is_square, to, error);
    if (spec->layers[parameter->layer].kind == LAYER_CONV1D && parameter->index == 0)
        return read_kernel(arrays, dataset, path, parameter, is_square, to, error);
    return values_read(dataset, path, parameter->rank, parameter->shape, is_square, to, error);
}
