#include "matinee/network.h"

#include "allocator.h"
#include "needs.h"
#include "plan.h"

#include <assert.h>
#include <limits.h>

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
    return first ? first : "none";
}

static void allocate_arenas(struct network *network, struct allocator *from)
{
    const size_t bytes = network->parameters.total_count * sizeof(float);
    const struct sharing *sharing = &network->sharing;
    const int ranks = sharing_ranks(sharing);
    network->weights = allocator_take(from, bytes, "weights");
    if (network->N_train == 0)
        return;
    network->gradients = allocator_take(from, (size_t)sharing->parts * bytes, "gradients");
    if (sharing->exact && ranks > 1)
        network->gathered = allocator_take(from, (size_t)ranks * bytes, "the gradients of all ranks");
    network->m = allocator_take(from, bytes, "Adam's first moments");
    network->v = allocator_take(from, bytes, "Adam's second moments");
    if (adam_has_average(&network->spec.adam))
        network->average = allocator_take(from, bytes, "the average of the weights");
}

static void allocate_batch(struct network *network, struct allocator *from, size_t N)
{
    const size_t T = (size_t)network->spec.maxlen;
    network->state = allocator_take(from, sizeof *network->state, "the step's state");
    network->metrics = allocator_take(from, sizeof *network->metrics, "metrics");
    network->totals = sharing_ranks(&network->sharing) > 1
                          ? allocator_take(from, sizeof *network->totals, "metrics of all ranks")
                          : network->metrics;
    network->tokens = allocator_take(from, N * T * sizeof *network->tokens, "a batch of tokens");
    network->pads = allocator_take(from, N * sizeof *network->pads, "a batch of pads");
    network->no_pads = allocator_take(from, N * sizeof *network->no_pads, "a batch without pads");
    network->labels = allocator_take(from, N * sizeof *network->labels, "a batch of labels");
    network->prob = allocator_take(from, N * sizeof *network->prob, "probabilities");
    network->dz = allocator_take(from, N * sizeof *network->dz, "gradients of logits");
}

/* NULL for nothing. */
static void *take_some(struct allocator *from, size_t bytes, const char *what)
{
    return bytes > 0 ? allocator_take(from, bytes, what) : NULL;
}

static void allocate_layers(struct network *network, struct allocator *from)
{
    const struct needs needs =
        needs_of(network->backend, &network->spec, network->N_train, network->N_evaluate);
    network->scratch = allocator_take(from, needs.scratch_bytes, "the ops' scratch memory");
    for (int i = 0; i < network->spec.layer_count; i++) {
        const struct layer_needs *layer = &needs.layers[i];
        network->layers[i] = (struct layer_memory){
            .y = take_some(from, layer->y_bytes, "a layer's output"),
            .dy = take_some(from, layer->dy_bytes, "the gradient of a layer's output"),
            .pads = take_some(from, layer->pads_bytes, "a layer's pads"),
            .saved = take_some(from, layer->saved_bytes, "what a layer keeps for its backward pass")};
    }
}

static bool allocate_all(struct network *network, struct error *error)
{
    struct allocator from = {.backend = network->backend, .error = error};
    const size_t N = (size_t)larger_batch(network->N_train, network->N_evaluate);
    allocate_arenas(network, &from);
    allocate_batch(network, &from, N);
    allocate_layers(network, &from);
    if (!from.failed)
        network->backend->ops->clear(network->backend, network->no_pads, N * sizeof *network->no_pads);
    return !from.failed;
}

static bool check_rows(const struct spec *spec, int batch_size, struct error *error)
{
    if ((long long)spec->maxlen * batch_size <= INT_MAX)
        return true;
    return error_set(error, "batches of %d rows of %d steps are too large; use smaller ones", batch_size,
                     spec->maxlen);
}

static bool open_rows(struct network *network, int N_train, int N_evaluate, struct error *error)
{
    network->N_train = N_train;
    network->N_evaluate = N_evaluate;
    parameter_table_build(&network->parameters, &network->spec);
    if (allocate_all(network, error))
        return true;
    network_close(network);
    return false;
}

bool network_open(struct network *network, struct backend *backend, const struct spec *spec, int batch_size,
                  uint64_t seed, struct error *error)
{
    return network_open_shared(network, backend, spec, batch_size, seed, &(struct sharing){.parts = 1},
                               error);
}

bool network_open_shared(struct network *network, struct backend *backend, const struct spec *spec,
                         int batch_size, uint64_t seed, const struct sharing *sharing, struct error *error)
{
    assert(!sharing->exact || sharing_ranks(sharing) * sharing->parts == ROW_GROUPS);
    *network = (struct network){.backend = backend, .spec = *spec, .sharing = *sharing, .seed = seed};
    return check_rows(spec, batch_size, error) &&
           open_rows(network, sharing_rows(sharing, batch_size),
                     network_evaluation_rows(backend, spec, batch_size), error);
}

bool network_open_evaluating(struct network *network, struct backend *backend, const struct spec *spec,
                             int batch_size, int reviews, struct error *error)
{
    *network = (struct network){.backend = backend, .spec = *spec, .sharing = {.parts = 1}};
    if (!check_rows(spec, batch_size, error))
        return false;
    const int rows = network_evaluation_rows(backend, spec, batch_size);
    return open_rows(network, 0, rows < reviews ? rows : reviews, error);
}

void network_close(struct network *network)
{
    void *const all[] = {network->weights, network->gradients, network->m,       network->v,
                         network->state,   network->metrics,   network->tokens,  network->pads,
                         network->no_pads, network->labels,    network->prob,    network->dz,
                         network->scratch, network->average,   network->gathered};
    allocator_release(network->backend, all, sizeof all / sizeof all[0]);
    if (network->totals != network->metrics)
        allocator_release(network->backend, (void *const[]){network->totals}, 1);
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
    const bool trains = network->N_train > 0;
    memory->upload(network->backend, network->weights, trains ? state->weights : evaluated_weights(state),
                   bytes);
    if (!trains)
        return;
    memory->upload(network->backend, network->m, state->m, bytes);
    memory->upload(network->backend, network->v, state->v, bytes);
    if (network->average)
        memory->upload(network->backend, network->average, evaluated_weights(state), bytes);
}

void network_download(struct network *network, struct training_state *state)
{
    const struct backend_memory *memory = network->backend->memory;
    size_t bytes = network->parameters.total_count * sizeof(float);
    const bool trains = network->N_train > 0;
    memory->download(network->backend, trains ? state->weights : evaluated_weights(state), network->weights,
                     bytes);
    if (!trains)
        return;
    assert(!network->average == !state->average);
    memory->download(network->backend, state->m, network->m, bytes);
    memory->download(network->backend, state->v, network->v, bytes);
    if (network->average)
        memory->download(network->backend, state->average, network->average, bytes);
}
