#include "matinee/params.h"

#include "matinee/dims.h"

#include <assert.h>
#include <stdio.h>

static void add_parameter(struct parameter_table *table, const struct spec *spec, int layer,
                          struct parameter parameter, const char *name)
{
    assert(table->count < PARAMETERS_MAX);
    int index = 0;
    for (int i = 0; i < table->count; i++)
        index += table->items[i].layer == layer;
    parameter.layer = layer;
    parameter.index = index;
    parameter.offset = table->total_count;
    parameter.count = (size_t)parameter.shape[0] * (parameter.rank == 2 ? (size_t)parameter.shape[1] : 1);
    snprintf(parameter.name, sizeof parameter.name, "%s/%s", spec->layers[layer].name, name);
    table->total_count += parameter.count;
    table->items[table->count++] = parameter;
}

static void add_layer(struct parameter_table *table, const struct spec *spec, int layer, int inputs)
{
    const struct layer_spec *l = &spec->layers[layer];
    int units = l->units, gates = GATE_COUNT * units;
    switch (l->kind) {
    case LAYER_EMBEDDING:
        add_parameter(table, spec, layer,
                      (struct parameter){
                          .rank = 2, .shape = {l->input_dim, units}, .initializer = INIT_EMBEDDING_UNIFORM},
                      "embeddings");
        break;
    case LAYER_LSTM:
        add_parameter(
            table, spec, layer,
            (struct parameter){.rank = 2, .shape = {inputs, gates}, .initializer = INIT_GLOROT_UNIFORM},
            "kernel");
        add_parameter(table, spec, layer,
                      (struct parameter){.rank = 2, .shape = {units, gates}, .initializer = INIT_ORTHOGONAL},
                      "recurrent_kernel");
        add_parameter(table, spec, layer,
                      (struct parameter){.rank = 1, .shape = {gates}, .initializer = INIT_FORGET_BIAS},
                      "bias");
        break;
    case LAYER_DENSE:
        add_parameter(
            table, spec, layer,
            (struct parameter){.rank = 2, .shape = {inputs, units}, .initializer = INIT_GLOROT_UNIFORM},
            "kernel");
        add_parameter(table, spec, layer,
                      (struct parameter){.rank = 1, .shape = {units}, .initializer = INIT_ZEROS}, "bias");
        break;
    }
}

void parameter_table_build(struct parameter_table *table, const struct spec *spec)
{
    *table = (struct parameter_table){0};
    int inputs = 0;
    for (int layer = 0; layer < spec->layer_count; layer++) {
        add_layer(table, spec, layer, inputs);
        inputs = spec->layers[layer].units;
    }
}

const struct parameter *parameter_find(const struct parameter_table *table, int layer, int index)
{
    for (int i = 0; i < table->count; i++)
        if (table->items[i].layer == layer && table->items[i].index == index)
            return &table->items[i];
    assert(false && "no such parameter");
    return NULL;
}
