#include "legacy_file.h"

#include "config.h"
#include "json_edit.h"

#include <hdf5.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NAME_BYTES = 128, ARRAYS_MAX = 64, GATES = 4 };

/* An array of the file and where its numbers lie in an arena. */
struct array {
    char name[NAME_BYTES];
    int layer, rank;
    hsize_t dims[4];
    size_t count;
    size_t *places;
};

struct arrays {
    int count;
    struct array items[ARRAYS_MAX];
};

static struct array *add(struct arrays *arrays, int layer, int rank, size_t count)
{
    assert_true(arrays->count < ARRAYS_MAX);
    struct array *array = &arrays->items[arrays->count++];
    *array = (struct array){.layer = layer, .rank = rank, .count = count};
    array->places = malloc(count * sizeof *array->places);
    assert_non_null(array->places);
    return array;
}

static void add_whole(struct arrays *arrays, const struct parameter *p, const char *name)
{
    struct array *array = add(arrays, p->layer, p->rank, p->count);
    snprintf(array->name, NAME_BYTES, "%s", name);
    for (int i = 0; i < p->rank; i++)
        array->dims[i] = (hsize_t)p->shape[i];
    for (size_t i = 0; i < p->count; i++)
        array->places[i] = p->offset + i;
}

/* Columns of one gate. */
static void add_gate(struct arrays *arrays, const struct parameter *p, int gate, const char *name)
{
    size_t columns = (size_t)p->shape[p->rank - 1], units = columns / GATES, rows = p->count / columns;
    struct array *array = add(arrays, p->layer, p->rank, rows * units);
    snprintf(array->name, NAME_BYTES, "%s", name);
    array->dims[0] = p->rank == 2 ? rows : units;
    array->dims[1] = units;
    for (size_t i = 0; i < array->count; i++)
        array->places[i] = p->offset + i / units * columns + (size_t)gate * units + i % units;
}

static void add_kernel(struct arrays *arrays, const struct parameter *p, const struct legacy_style *style,
                       const char *name)
{
    size_t K = (size_t)p->shape[0], E = (size_t)p->shape[1], C = (size_t)p->shape[2];
    bool filters_first = style->kernel == KERNEL_FILTERS_FIRST;
    struct array *array = add(arrays, p->layer, style->kernel == KERNEL_3D ? 3 : 4, p->count);
    snprintf(array->name, NAME_BYTES, "%s", name);
    const hsize_t dims[3][4] = {{K, E, C}, {K, 1, E, C}, {C, E, K, 1}};
    memcpy(array->dims, dims[style->kernel], sizeof array->dims);
    for (size_t k = 0; k < K; k++)
        for (size_t e = 0; e < E; e++)
            for (size_t c = 0; c < C; c++)
                array->places[filters_first ? (c * E + e) * K + k : (k * E + e) * C + c] =
                    p->offset + ((style->reversed_kernels ? K - 1 - k : k) * E + e) * C + c;
}

/* Keras 1's order: W, U and b of the gates i, c, f, o. */
static void add_direction_by_gates(struct arrays *arrays, const struct parameter *first, const char *layer,
                                   const char *direction)
{
    static const struct {
        char letter;
        int gate;
    } gates[] = {{'i', 0}, {'c', 2}, {'f', 1}, {'o', 3}};
    for (int g = 0; g < GATES; g++)
        for (int i = 0; i < 3; i++) {
            char name[NAME_BYTES];
            snprintf(name, sizeof name, "%s%s_%c_%c", direction, layer, "WUb"[i], gates[g].letter);
            add_gate(arrays, first + i, gates[g].gate, name);
        }
}

static void list_arrays(struct arrays *arrays, const struct tiny_model *model,
                        const struct legacy_style *style)
{
    arrays->count = 0;
    for (int i = 0; i < model->table.count; i++) {
        const struct parameter *p = &model->table.items[i];
        const struct layer_spec *layer = &model->spec.layers[p->layer];
        char name[NAME_BYTES];
        if (*style->version == '1')
            snprintf(name, sizeof name, "%s%s_%c", p->index < 3 ? "" : "backward_", layer->name,
                     "WUb"[p->index % 3]);
        else
            snprintf(name, sizeof name, "%s/cell_%d/variable_%d%s", layer->name, p->index / 3, p->index,
                     *style->version == '2' ? ":0" : "");
        if (layer->kind == LAYER_LSTM && style->gates) {
            if (p->index % 3 == 0)
                add_direction_by_gates(arrays, p, layer->name,
                                       !layer->bidirectional ? ""
                                       : p->index            ? "backward_"
                                                             : "forward_");
        } else if (layer->kind == LAYER_CONV1D && p->index == 0) {
            add_kernel(arrays, p, style, name);
        } else {
            add_whole(arrays, p, name);
        }
    }
}

static void free_arrays(struct arrays *arrays)
{
    for (int i = 0; i < arrays->count; i++)
        free(arrays->items[i].places);
}

static void put_texts(hid_t object, const char *name, const char *const *texts, size_t count, bool fixed,
                      bool scalar)
{
    size_t longest = 1;
    for (size_t i = 0; i < count; i++)
        longest = strlen(texts[i]) > longest ? strlen(texts[i]) : longest;
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, fixed ? longest : H5T_VARIABLE);
    if (fixed)
        H5Tset_strpad(type, H5T_STR_NULLPAD);
    hsize_t dims[] = {count};
    hid_t space = scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, dims, NULL);
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(attribute >= 0);
    char *block = calloc(count + 1, longest);
    assert_non_null(block);
    for (size_t i = 0; i < count; i++)
        memcpy(block + i * longest, texts[i], strlen(texts[i]));
    assert_true(H5Awrite(attribute, type, fixed ? (const void *)block : texts) >= 0);
    free(block);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

static void put_text(hid_t object, const char *name, const char *text)
{
    put_texts(object, name, &text, 1, false, true);
}

static void put_array(hid_t group, const char *name, const struct array *array, const float *arena)
{
    float *values = malloc(array->count * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < array->count; i++)
        values[i] = arena[array->places[i]];
    hid_t space = H5Screate_simple(array->rank, array->dims, NULL), links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    hid_t dataset = H5Dcreate2(group, name, H5T_IEEE_F32LE, space, links, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(dataset >= 0);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
    H5Pclose(links);
    H5Sclose(space);
    free(values);
}

static void put_scalar(hid_t group, const char *name, hid_t file_type, hid_t memory_type, const void *value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t dataset = H5Dcreate2(group, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
}

static void put_layers(hid_t group, const struct tiny_model *model, const struct arrays *arrays,
                       const struct legacy_style *style)
{
    const char *layers[SPEC_MAX_LAYERS];
    for (int i = 0; i < model->spec.layer_count; i++) {
        const char *names[ARRAYS_MAX];
        size_t count = 0;
        layers[i] = model->spec.layers[i].name;
        hid_t layer = H5Gcreate2(group, layers[i], H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        for (int k = 0; k < arrays->count; k++)
            if (arrays->items[k].layer == i) {
                names[count++] = arrays->items[k].name;
                put_array(layer, arrays->items[k].name, &arrays->items[k], model->state.weights);
            }
        put_texts(layer, "weight_names", names, count, style->fixed_texts, false);
        H5Gclose(layer);
    }
    size_t all = (size_t)model->spec.layer_count, half = style->split_names ? all / 2 : all;
    put_texts(group, style->split_names ? "layer_names0" : "layer_names", layers, half, style->fixed_texts,
              false);
    if (style->split_names)
        put_texts(group, "layer_names1", layers + half, all - half, style->fixed_texts, false);
    if (style->backend)
        put_text(group, "backend", style->backend);
    put_text(group, "keras_version", style->version);
}

static int compare_arrays(const void *a, const void *b)
{
    const struct array *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

/* The optimizer's group while it is filled. */
struct optimizer {
    hid_t group;
    size_t count;
    char names[3 * ARRAYS_MAX + 2][NAME_BYTES + 16];
};

static void put_moment(struct optimizer *to, const char *before, const struct array *array, const char *after,
                       const float *arena)
{
    snprintf(to->names[to->count], sizeof to->names[0], "%s%s%s", before, array->name, after);
    put_array(to->group, to->names[to->count], array, arena);
    to->count++;
}

static void put_moments(struct optimizer *to, const struct array *sorted[], int count,
                        const struct tiny_model *model, const struct legacy_style *style)
{
    static const size_t zero = 0;
    struct array one = {.rank = 1, .dims = {1}, .count = 1, .places = (size_t *)&zero};
    bool by_turns = style->moments == MOMENTS_BY_TURNS || style->moments == MOMENTS_KERAS3;
    for (int i = 0; by_turns && i < count; i++) {
        bool keras3 = style->moments == MOMENTS_KERAS3;
        put_moment(to, keras3 ? "adam/" : "Adam/m/", sorted[i], keras3 ? "_momentum" : "", model->state.m);
        put_moment(to, keras3 ? "adam/" : "Adam/v/", sorted[i], keras3 ? "_velocity" : "", model->state.v);
    }
    for (int i = 0; !by_turns && i < count; i++)
        put_moment(to, "", sorted[i], "/m:0", model->state.m);
    for (int i = 0; !by_turns && i < count; i++)
        put_moment(to, "", sorted[i], "/v:0", model->state.v);
    for (int i = 0; style->moments == MOMENTS_AMSGRAD && i < count; i++) {
        snprintf(one.name, sizeof one.name, "vhat_%d", i);
        put_moment(to, "training/", &one, "", model->state.v);
    }
}

static void put_optimizer(hid_t file, const struct tiny_model *model, const struct arrays *arrays,
                          const struct legacy_style *style)
{
    const struct array *sorted[ARRAYS_MAX];
    static struct optimizer to;
    to.count = 0;
    to.group = H5Gcreate2(file, "optimizer_weights", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (int i = 0; i < arrays->count; i++)
        sorted[i] = &arrays->items[i];
    if (style->moments == MOMENTS_BY_NAME)
        qsort(sorted, (size_t)arrays->count, sizeof *sorted, compare_arrays);
    float steps = (float)model->state.iterations, rate = (float)model->spec.adam.learning_rate;
    snprintf(to.names[to.count], sizeof to.names[0], "iterations");
    if (style->moments == MOMENTS_BY_NAME)
        put_scalar(to.group, to.names[to.count], H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, &steps);
    else
        put_scalar(to.group, to.names[to.count], H5T_STD_I64LE, H5T_NATIVE_INT64, &model->state.iterations);
    to.count++;
    if (style->moments == MOMENTS_KERAS3) {
        snprintf(to.names[to.count], sizeof to.names[0], "learning_rate");
        put_scalar(to.group, to.names[to.count++], H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, &rate);
    }
    put_moments(&to, sorted, arrays->count, model, style);
    const char *names[3 * ARRAYS_MAX + 2];
    for (size_t i = 0; i < to.count; i++)
        names[i] = to.names[i];
    put_texts(to.group, "weight_names", names, to.count, style->fixed_texts, false);
    H5Gclose(to.group);
}

/* In Keras 3's words, or with what TF-Keras said otherwise. */
static char *config_of(const struct spec *spec, bool keras3)
{
    char *text = config_write(spec);
    json_t *root = json_loads(text, 0, NULL), *layer;
    size_t i;
    free(text);
    json_object_del(root, "compile_config");
    json_array_foreach(json_object_get(json_object_get(root, "config"), "layers"), i, layer)
    {
        json_t *config = json_object_get(layer, "config"), *shape = json_object_get(config, "batch_shape");
        if (keras3)
            continue;
        if (shape)
            json_object_set(config, "batch_input_shape", shape);
        json_object_del(config, "batch_shape");
        if (json_object_get(config, "recurrent_activation"))
            json_object_update_new(config, json_pack("{s:b, s:i}", "time_major", 0, "implementation", 2));
    }
    text = json_dumps(root, 0);
    json_decref(root);
    return text;
}

void legacy_file_write(const char *path, const struct tiny_model *model, const struct legacy_style *style)
{
    struct arrays arrays;
    list_arrays(&arrays, model, style);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    bool alone = style->config && !*style->config;
    if (!alone) {
        char *config = style->config ? NULL : config_of(&model->spec, *style->version == '3');
        put_text(file, "model_config", config ? config : style->config);
        free(config);
        put_text(file, "keras_version", style->version);
    }
    if (style->training)
        put_text(file, "training_config", style->training);
    hid_t group = alone ? H5Gopen2(file, "/", H5P_DEFAULT)
                        : H5Gcreate2(file, "model_weights", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    put_layers(group, model, &arrays, style);
    H5Gclose(group);
    if (style->moments != MOMENTS_NONE)
        put_optimizer(file, model, &arrays, style);
    assert_true(H5Fclose(file) >= 0);
    free_arrays(&arrays);
}
