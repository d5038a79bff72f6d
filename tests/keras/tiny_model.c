#include "tiny_model.h"

#include <float.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

enum { V = 50, E = 8, H = 6, T = 13 };

static void add_parameter(struct parameter_table *table, int layer, int index, int rows, int columns)
{
    struct parameter *parameter = &table->items[table->count++];
    *parameter =
        (struct parameter){.layer = layer, .index = index, .rank = columns ? 2 : 1, .shape = {rows, columns}};
    parameter->offset = table->total_count;
    parameter->count = (size_t)rows * (size_t)(columns ? columns : 1);
    table->total_count += parameter->count;
}

void tiny_model_open(struct tiny_model *model)
{
    *model = (struct tiny_model){0};
    model->spec = (struct spec){
        .name = "sequential",
        .maxlen = T,
        .layer_count = 3,
        .layers = {{LAYER_EMBEDDING, "embedding", V, E},
                   {LAYER_LSTM, "lstm", 0, H},
                   {LAYER_DENSE, "dense", 0, 1}},
        .adam = {0.001, 0.9, 0.999, 1e-7},
    };
    struct parameter_table *table = &model->table;
    add_parameter(table, 0, 0, V, E);
    add_parameter(table, 1, 0, E, 4 * H);
    add_parameter(table, 1, 1, H, 4 * H);
    add_parameter(table, 1, 2, 4 * H, 0);
    add_parameter(table, 2, 0, H, 1);
    add_parameter(table, 2, 1, 1, 0);
    float **arenas[] = {&model->state.weights, &model->state.m, &model->state.v};
    for (int i = 0; i < 3; i++) {
        *arenas[i] = calloc(table->total_count, sizeof(float));
        assert_non_null(*arenas[i]);
    }
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

bool tiny_model_equal(const struct tiny_model *a, const struct tiny_model *b)
{
    size_t bytes = a->table.total_count * sizeof(float);
    bool same_layers = a->spec.layer_count == b->spec.layer_count;
    for (int i = 0; same_layers && i < a->spec.layer_count; i++) {
        const struct layer_spec *x = &a->spec.layers[i], *y = &b->spec.layers[i];
        same_layers = x->kind == y->kind && strcmp(x->name, y->name) == 0 && x->input_dim == y->input_dim &&
                      x->units == y->units;
    }
    return same_layers && strcmp(a->spec.name, b->spec.name) == 0 && a->spec.maxlen == b->spec.maxlen &&
           memcmp(&a->spec.adam, &b->spec.adam, sizeof a->spec.adam) == 0 &&
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
    if (!strstr(error.message, expected) || strncmp(error.message, path, strlen(path)) != 0 ||
        strchr(error.message, '\n') || !strchr(error.message, ';'))
        fail_msg("message: %s\nshould contain: %s", error.message, expected);
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
