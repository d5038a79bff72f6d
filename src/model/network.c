#include "matinee/network.h"

#include "allocator.h"
#include "plan.h"

#include <limits.h>

/* A layer's output, its gradient and its pads, for the largest batch. */
static size_t output_bytes(const struct pass_op *op)
{
    return plan_output_floats(op) * sizeof(float);
}

static bool shortens_pads(const struct pass_op *op)
{
    return op->kind == OP_CONV_POOL || op->kind == OP_MAX_POOL;
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Scratch memory that the largest op of both kinds of pass needs. */
static size_t scratch_bytes(struct backend *backend, const struct spec *spec, int N)
{
    size_t bytes = 0;
    for (int kind = PASS_TRAIN; kind <= PASS_EVALUATE; kind++) {
        struct plan plan;
        plan_make_for(&plan, backend, spec, N, (enum pass_kind)kind);
        for (int i = 0; i < plan.op_count; i++)
            bytes = most(bytes, plan_op_sizes(backend, &plan.ops[i]).scratch_bytes);
    }
    return bytes;
}

struct memory_plan network_memory_plan(struct backend *backend, const struct spec *spec, int batch_size)
{
    struct parameter_table table;
    parameter_table_build(&table, spec);
    size_t N = (size_t)batch_size, T = (size_t)spec->maxlen;
    struct memory_plan memory = {.parameters = 4 * table.total_count * sizeof(float),
                                 .batch = N * (T + 2) * sizeof(int32_t) + N * 3 * sizeof(float),
                                 .scratch = scratch_bytes(backend, spec, batch_size)};
    memory.total = memory.parameters + memory.batch + memory.scratch;
    struct plan plan;
    plan_make_for(&plan, backend, spec, batch_size, PASS_TRAIN);
    for (int i = 0; i < plan.op_count; i++) {
        const struct pass_op *op = &plan.ops[i];
        memory.activations[op->layer] = 2 * output_bytes(op) + (shortens_pads(op) ? N * sizeof(int32_t) : 0);
        memory.saved[op->layer] = plan_op_sizes(backend, op).saved_bytes;
        memory.total += memory.activations[op->layer] + memory.saved[op->layer];
    }
    return memory;
}

const char *network_engine(struct backend *backend, const struct spec *spec, int batch_size,
                           enum pass_kind kind, struct error *error)
{
    const char *first = NULL;
    struct plan plan;
    plan_make_for(&plan, backend, spec, batch_size, kind);
    for (int i = 0; i < plan.op_count; i++) {
        const struct pass_op *op = &plan.ops[i];
        if (op->kind != OP_LSTM)
            continue;
        const char *engine = backend->memory->lstm_engine(backend, &op->lstm.forward, error);
        if (!engine) {
            error_prefix(error, "layer %s", spec->layers[op->layer].name);
            return NULL;
        }
        if (!first)
            first = engine;
    }
    return first;
}

static void allocate_layer(struct network *network, struct allocator *from, const struct pass_op *op)
{
    struct layer_memory *layer = &network->layers[op->layer];
    size_t saved_bytes = plan_op_sizes(network->backend, op).saved_bytes;
    if (output_bytes(op) > 0) {
        layer->y = allocator_take(from, output_bytes(op), "a layer's output");
        layer->dy = allocator_take(from, output_bytes(op), "the gradient of a layer's output");
    }
    if (shortens_pads(op))
        layer->pads = allocator_take(from, (size_t)network->N_max * sizeof *layer->pads, "a layer's pads");
    if (saved_bytes > 0)
        layer->saved = allocator_take(from, saved_bytes, "what a layer keeps for its backward pass");
}

static bool allocate_all(struct network *network, struct error *error)
{
    struct backend *backend = network->backend;
    struct allocator from = {.backend = backend, .error = error};
    size_t arena = network->parameters.total_count * sizeof(float);
    size_t N = (size_t)network->N_max, T = (size_t)network->spec.maxlen;
    network->weights = allocator_take(&from, arena, "weights");
    network->gradients = allocator_take(&from, arena, "gradients");
    network->m = allocator_take(&from, arena, "Adam's first moments");
    network->v = allocator_take(&from, arena, "Adam's second moments");
    network->state = allocator_take(&from, sizeof *network->state, "the step's state");
    network->metrics = allocator_take(&from, sizeof *network->metrics, "metrics");
    network->tokens = allocator_take(&from, N * T * sizeof *network->tokens, "a batch of tokens");
    network->pads = allocator_take(&from, N * sizeof *network->pads, "a batch of pads");
    network->no_pads = allocator_take(&from, N * sizeof *network->no_pads, "a batch without pads");
    network->labels = allocator_take(&from, N * sizeof *network->labels, "a batch of labels");
    network->prob = allocator_take(&from, N * sizeof *network->prob, "probabilities");
    network->dz = allocator_take(&from, N * sizeof *network->dz, "gradients of logits");
    network->scratch = allocator_take(&from, scratch_bytes(backend, &network->spec, network->N_max),
                                      "the ops' scratch memory");
    struct plan plan;
    plan_make_for(&plan, backend, &network->spec, network->N_max, PASS_TRAIN);
    for (int i = 0; i < plan.op_count; i++)
        allocate_layer(network, &from, &plan.ops[i]);
    if (!from.failed)
        backend->ops->clear(backend, network->no_pads, N * sizeof *network->no_pads);
    return !from.failed;
}

bool network_open(struct network *network, struct backend *backend, const struct spec *spec, int batch_size,
                  uint64_t seed, struct error *error)
{
    *network = (struct network){.backend = backend, .spec = *spec, .N_max = batch_size, .seed = seed};
    if ((long long)spec->maxlen * batch_size > INT_MAX)
        return error_set(error, "batches of %d rows of %d steps are too large; use smaller ones", batch_size,
                         spec->maxlen);
    parameter_table_build(&network->parameters, spec);
    if (allocate_all(network, error))
        return true;
    network_close(network);
    return false;
}

void network_close(struct network *network)
{
    void *const all[] = {network->weights, network->gradients, network->m,      network->v,
                         network->state,   network->metrics,   network->tokens, network->pads,
                         network->no_pads, network->labels,    network->prob,   network->dz,
                         network->scratch};
    allocator_release(network->backend, all, sizeof all / sizeof all[0]);
    for (int i = 0; i < SPEC_MAX_LAYERS; i++) {
        const struct layer_memory *layer = &network->layers[i];
        void *const of_layer[] = {layer->y, layer->dy, layer->pads, layer->saved};
        allocator_release(network->backend, of_layer, sizeof of_layer / sizeof of_layer[0]);
    }
    *network = (struct network){0};
}

void network_upload(struct network *network, const struct training_state *state)
{
    const struct backend_memory *memory = network->backend->memory;
    size_t bytes = network->parameters.total_count * sizeof(float);
    memory->upload(network->backend, network->weights, state->weights, bytes);
    memory->upload(network->backend, network->m, state->m, bytes);
    memory->upload(network->backend, network->v, state->v, bytes);
}

void network_download(struct network *network, struct training_state *state)
{
    const struct backend_memory *memory = network->backend->memory;
    size_t bytes = network->parameters.total_count * sizeof(float);
    memory->download(network->backend, state->weights, network->weights, bytes);
    memory->download(network->backend, state->m, network->m, bytes);
    memory->download(network->backend, state->v, network->v, bytes);
}
