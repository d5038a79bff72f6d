#include "matinee/params.h"

#include "matinee/dims.h"

#include <assert.h>
#include <stdio.h>

/* The table under construction and the layer that adds to it. */
struct builder {
    struct parameter_table *table;
    const struct layer_spec *layer;
    int layer_number, next_index;
    bool keras1;
    char inner[16 + SPEC_NAME_BYTES]; /* "forward_lstm/" in a Bidirectional, else "" */
};

/* A parameter of the shape and initializer given; its name is "LAYER/NAME". */
static void add(struct builder *to, struct parameter parameter, const char *name)
{
    struct parameter_table *table = to->table;
    assert(table->count < PARAMETERS_MAX);
    parameter.layer = to->layer_number;
    parameter.index = to->next_index++;
    parameter.offset = table->total_count;
    parameter.count = 1;
    for (int axis = 0; axis < parameter.rank; axis++)
        parameter.count *= (size_t)parameter.shape[axis];
    snprintf(parameter.name, sizeof parameter.name, "%s/%s%s", to->layer->name, to->inner, name);
    table->total_count += parameter.count;
    table->items[table->count++] = parameter;
}

/* One direction of an LSTM that reads `inputs` features at a step. */
static void add_lstm(struct builder *to, int inputs)
{
    int units = to->layer->units, gates = GATE_COUNT * units;
    add(to,
        (struct parameter){.rank = 2,
                           .shape = {inputs, gates},
                           .initializer = to->keras1 ? INIT_GLOROT_UNIFORM_GATES : INIT_GLOROT_UNIFORM},
        "kernel");
    add(to,
        (struct parameter){.rank = 2,
                           .shape = {units, gates},
                           .initializer = to->keras1 ? INIT_ORTHOGONAL_GATES : INIT_ORTHOGONAL},
        "recurrent_kernel");
    add(to, (struct parameter){.rank = 1, .shape = {gates}, .initializer = INIT_FORGET_BIAS}, "bias");
}

static void add_layer(struct builder *to, int inputs)
{
    const struct layer_spec *l = to->layer;
    int units = l->units;
    struct parameter bias = {.rank = 1, .shape = {units}, .initializer = INIT_ZEROS};
    switch (l->kind) {
    case LAYER_EMBEDDING:
        add(to,
            (struct parameter){
                .rank = 2, .shape = {l->input_dim, units}, .initializer = INIT_EMBEDDING_UNIFORM},
            "embeddings");
        break;
    case LAYER_CONV1D:
        add(to,
            (struct parameter){
                .rank = 3, .shape = {l->kernel_size, inputs, units}, .initializer = INIT_GLOROT_UNIFORM},
            "kernel");
        add(to, bias, "bias");
        break;
    case LAYER_LSTM:
        if (l->bidirectional)
            snprintf(to->inner, sizeof to->inner, "forward_%s/", l->inner_name);
        add_lstm(to, inputs);
        if (l->bidirectional) {
            snprintf(to->inner, sizeof to->inner, "backward_%s/", l->inner_name);
            add_lstm(to, inputs);
        }
        break;
    case LAYER_DENSE:
        add(to, (struct parameter){.rank = 2, .shape = {inputs, units}, .initializer = INIT_GLOROT_UNIFORM},
            "kernel");
        add(to, bias, "bias");
        break;
    case LAYER_DROPOUT:
    case LAYER_MAX_POOLING1D:
    case LAYER_GLOBAL_MAX_POOLING1D:
    case LAYER_GLOBAL_AVERAGE_POOLING1D:
        break;
    }
}

void parameter_table_build(struct parameter_table *table, const struct spec *spec)
{
    *table = (struct parameter_table){0};
    for (int layer = 0; layer < spec->layer_count; layer++) {
        int shape[2], rank = layer_input_shape(spec, layer, shape);
        add_layer(&(struct builder){.table = table,
                                    .layer = &spec->layers[layer],
                                    .layer_number = layer,
                                    .keras1 = spec->initializers == INITIALIZERS_KERAS1},
                  shape[rank - 1]);
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
