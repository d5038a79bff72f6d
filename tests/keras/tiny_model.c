#include "tiny_model.h"

#include <float.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

const struct golden_sizes golden_small = {
    .T = 13, .V = 50, .E = 8, .H = 6, .C = 7, .rate = 0.2, .learning_rate = (double)0.001f};

static struct layer_spec *add_layer(struct spec *spec, enum layer_kind kind, const char *name, int units)
{
    struct layer_spec *layer = &spec->layers[spec->layer_count++];
    *layer = (struct layer_spec){.kind = kind, .units = units};
    strcpy(layer->name, name);
    return layer;
}

static void add_convolution(struct spec *spec, int filters)
{
    struct layer_spec *conv = add_layer(spec, LAYER_CONV1D, "conv1d", filters);
    conv->kernel_size = 3;
    conv->strides = 1;
    conv->padding = PADDING_SAME;
    conv->activation = ACTIVATION_RELU;
    add_layer(spec, LAYER_MAX_POOLING1D, "max_pooling1d", 0)->pool_size = 2;
}

void golden_spec(struct spec *spec, int model, const struct golden_sizes *sizes)
{
    *spec = (struct spec){
        .name = "sequential",
        .maxlen = sizes->T,
        .adam = {.learning_rate = sizes->learning_rate, .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7}};
    add_layer(spec, LAYER_EMBEDDING, "embedding", sizes->E)->input_dim = sizes->V;
    if (model == 2)
        add_layer(spec, LAYER_DROPOUT, "dropout", 0)->dropout = sizes->rate;
    if (model == 5)
        add_convolution(spec, sizes->C);
    struct layer_spec *lstm = add_layer(spec, LAYER_LSTM, model == 4 ? "bidirectional" : "lstm", sizes->H);
    if (model == 4) {
        lstm->bidirectional = true;
        strcpy(lstm->inner_name, "lstm");
    }
    if (model == 3 || model == 4)
        lstm->recurrent_dropout = sizes->rate;
    if (model == 3 || model == 4 || model == 6)
        lstm->dropout = sizes->rate;
    if (model == 2)
        add_layer(spec, LAYER_DROPOUT, "dropout_1", 0)->dropout = sizes->rate;
    add_layer(spec, LAYER_DENSE, "dense", 1);
}

static void add_parameter(struct parameter_table *table, int layer, int index, int rank, const int shape[3])
{
    struct parameter *parameter = &table->items[table->count++];
    *parameter = (struct parameter){.layer = layer, .index = index, .rank = rank, .count = 1};
    for (int i = 0; i < rank; i++) {
        parameter->shape[i] = shape[i];
        parameter->count *= (size_t)shape[i];
    }
    parameter->offset = table->total_count;
    table->total_count += parameter->count;
}

/* Returns the features of the output. */
static int add_parameters(struct parameter_table *table, int i, const struct layer_spec *layer, int input)
{
    int units = layer->units, directions = layer->bidirectional ? 2 : 1;
    switch (layer->kind) {
    case LAYER_EMBEDDING:
        add_parameter(table, i, 0, 2, (int[3]){layer->input_dim, units});
        return units;
    case LAYER_CONV1D:
        add_parameter(table, i, 0, 3, (int[3]){layer->kernel_size, input, units});
        add_parameter(table, i, 1, 1, (int[3]){units});
        return units;
    case LAYER_LSTM:
        for (int d = 0; d < directions; d++) {
            add_parameter(table, i, 3 * d, 2, (int[3]){input, 4 * units});
            add_parameter(table, i, 3 * d + 1, 2, (int[3]){units, 4 * units});
            add_parameter(table, i, 3 * d + 2, 1, (int[3]){4 * units});
        }
        return units * directions;
    case LAYER_DENSE:
        add_parameter(table, i, 0, 2, (int[3]){input, units});
        add_parameter(table, i, 1, 1, (int[3]){units});
        return units;
    case LAYER_DROPOUT:
    case LAYER_MAX_POOLING1D:
    case LAYER_GLOBAL_MAX_POOLING1D:
    case LAYER_GLOBAL_AVERAGE_POOLING1D:
        break;
    }
    return input;
}

void tiny_model_open_spec(struct tiny_model *model, const struct spec *spec)
{
    *model = (struct tiny_model){.spec = *spec};
    struct parameter_table *table = &model->table;
    int features = 0;
    for (int i = 0; i < spec->layer_count; i++)
        features = add_parameters(table, i, &spec->layers[i], features);
    float **arenas[] = {&model->state.weights, &model->state.m, &model->state.v};
    for (int i = 0; i < 3; i++) {
        *arenas[i] = calloc(table->total_count, sizeof(float));
        assert_non_null(*arenas[i]);
    }
}

void tiny_model_open(struct tiny_model *model)
{
    struct spec spec;
    golden_spec(&spec, 1, &golden_small);
    spec.adam.learning_rate = 0.001;
    tiny_model_open_spec(model, &spec);
}

void tiny_model_close(struct tiny_model *model)
{
    free(model->state.weights);
    free(model->state.m);
    free(model->state.v);
    *model = (struct tiny_model){0};
}

void tiny_model_fill(struct tiny_model *model)
{
    uint32_t random = 12345;
    for (size_t i = 0; i < model->table.total_count; i++) {
        random = random * 1664525u + 1013904223u;
        model->state.weights[i] = (float)(int32_t)random / 2147483648.0f;
        model->state.m[i] = -model->state.weights[i] / 3;
        model->state.v[i] = model->state.m[i] * model->state.m[i];
    }
    const float awkward[] = {-0.0f, FLT_MAX, -FLT_MAX, FLT_MIN, 1e-45f, -1e-45f};
    memcpy(model->state.weights + 390, awkward, sizeof awkward);
    memcpy(model->state.m + 395, awkward, sizeof awkward);
    model->state.v[0] = FLT_MAX;
    model->state.iterations = ((int64_t)1 << 40) + 3;
    model->spec.adam.learning_rate = 0.1f;
}

static bool layer_equal(const struct layer_spec *a, const struct layer_spec *b)
{
    return a->kind == b->kind && strcmp(a->name, b->name) == 0 && strcmp(a->inner_name, b->inner_name) == 0 &&
           a->input_dim == b->input_dim && a->units == b->units && a->kernel_size == b->kernel_size &&
           a->pool_size == b->pool_size && a->padding == b->padding && a->activation == b->activation &&
           a->dropout == b->dropout && a->recurrent_dropout == b->recurrent_dropout &&
           a->gate_masks == b->gate_masks && a->hard_sigmoid_slope == b->hard_sigmoid_slope &&
           a->bidirectional == b->bidirectional && a->return_sequences == b->return_sequences &&
           a->go_backwards == b->go_backwards;
}

bool spec_equal(const struct spec *a, const struct spec *b)
{
    bool equal = a->layer_count == b->layer_count && a->maxlen == b->maxlen && strcmp(a->name, b->name) == 0;
    for (int i = 0; equal && i < a->layer_count; i++)
        equal = layer_equal(&a->layers[i], &b->layers[i]);
    return equal;
}

bool tiny_model_equal(const struct tiny_model *a, const struct tiny_model *b)
{
    size_t bytes = a->table.total_count * sizeof(float);
    return spec_equal(&a->spec, &b->spec) && memcmp(&a->spec.adam, &b->spec.adam, sizeof a->spec.adam) == 0 &&
           memcmp(a->state.weights, b->state.weights, bytes) == 0 &&
           memcmp(a->state.m, b->state.m, bytes) == 0 && memcmp(a->state.v, b->state.v, bytes) == 0 &&
           a->state.iterations == b->state.iterations;
}

bool tiny_model_read(struct tiny_model *model, const char *path, bool *has_slots, double *learning_rate,
                     struct error *error)
{
    struct keras_file *file;
    if (!keras_file_open(&file, path, error))
        return false;
    bool read =
        keras_file_spec(file, &model->spec, error) &&
        keras_file_state(file, &model->spec, &model->table, &model->state, has_slots, learning_rate, error);
    keras_file_close(file);
    return read;
}

void assert_message(const struct error *error, const char *path, const char *expected)
{
    if (!strstr(error->message, expected) || strncmp(error->message, path, strlen(path)) != 0 ||
        strchr(error->message, '\n') || !strchr(error->message, ';'))
        fail_msg("message: %s\nshould contain: %s", error->message, expected);
}

void assert_refused(const char *path, const char *expected)
{
    struct tiny_model model;
    tiny_model_open(&model);
    struct error error = {""};
    bool has_slots;
    double learning_rate = 0;
    bool read = tiny_model_read(&model, path, &has_slots, &learning_rate, &error);
    tiny_model_close(&model);
    if (read)
        fail_msg("accepted, but should say: %s", expected);
    assert_message(&error, path, expected);
}

void assert_same_as_golden(const char *path)
{
    struct tiny_model found, golden;
    tiny_model_open(&found);
    tiny_model_open(&golden);
    struct error error = {""};
    bool has_slots;
    double learning_rate = 0;
    if (!tiny_model_read(&golden, MATINEE_FIXTURES "/golden/m1_step3.keras", &has_slots, &learning_rate,
                         &error) ||
        !tiny_model_read(&found, path, &has_slots, &learning_rate, &error))
        fail_msg("%s", error.message);
    assert_true(tiny_model_equal(&found, &golden));
    assert_true(has_slots);
    tiny_model_close(&found);
    tiny_model_close(&golden);
}
