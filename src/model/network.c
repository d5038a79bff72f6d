#include "matinee/network.h"

#include "layers.h"

struct lstm lstm_dims(const struct spec *spec, int N)
{
    const struct layer_spec *embedding = &spec->layers[EMBEDDING_LAYER];
    return (struct lstm){.T = spec->maxlen,
                         .N = N,
                         .V = embedding->input_dim,
                         .E = embedding->units,
                         .H = spec->layers[LSTM_LAYER].units};
}

struct memory_plan network_memory_plan(struct backend *backend, const struct spec *spec, int batch_size)
{
    struct parameter_table table;
    parameter_table_build(&table, spec);
    struct lstm dims = lstm_dims(spec, batch_size);
    struct lstm_sizes sizes = backend->memory->lstm_sizes(backend, &dims);
    size_t N = (size_t)batch_size, T = (size_t)dims.T, H = (size_t)dims.H;
    return (struct memory_plan){.parameters = 4 * table.total_count * sizeof(float),
                                .activations =
                                    N * (T + 1) * sizeof(int32_t) + N * (2 * H + 3) * sizeof(float),
                                .lstm_saved = sizes.saved_bytes,
                                .lstm_scratch = sizes.scratch_bytes};
}

/* Allocates until something fails, so that a list of allocations needs one check at its end. */
struct allocator {
    struct backend *backend;
    struct error *error;
    bool failed;
};

static void *take(struct allocator *allocator, size_t bytes, const char *what)
{
    if (allocator->failed)
        return NULL;
    void *memory = allocator->backend->memory->allocate(allocator->backend, bytes, what, allocator->error);
    allocator->failed = !memory;
    return memory;
}

static bool allocate_all(struct network *network, struct error *error)
{
    struct allocator from = {.backend = network->backend, .error = error};
    struct lstm dims = lstm_dims(&network->spec, network->N_max);
    struct lstm_sizes sizes = network->backend->memory->lstm_sizes(network->backend, &dims);
    struct activations *a = &network->activations;
    size_t arena = network->parameters.total_count * sizeof(float);
    size_t N = (size_t)network->N_max, T = (size_t)dims.T, H = (size_t)dims.H;
    network->weights = take(&from, arena, "weights");
    network->gradients = take(&from, arena, "gradients");
    network->m = take(&from, arena, "Adam's first moments");
    network->v = take(&from, arena, "Adam's second moments");
    network->state = take(&from, sizeof *network->state, "the step's state");
    network->metrics = take(&from, sizeof *network->metrics, "metrics");
    a->tokens = take(&from, N * T * sizeof *a->tokens, "a batch of tokens");
    a->pads = take(&from, N * sizeof *a->pads, "a batch of pads");
    a->labels = take(&from, N * sizeof *a->labels, "a batch of labels");
    a->h = take(&from, N * H * sizeof *a->h, "the LSTM's output");
    a->dh = take(&from, N * H * sizeof *a->dh, "the gradient of the LSTM's output");
    a->prob = take(&from, N * sizeof *a->prob, "probabilities");
    a->dz = take(&from, N * sizeof *a->dz, "gradients of logits");
    a->saved = take(&from, sizes.saved_bytes, "what the LSTM keeps for its backward pass");
    a->scratch = take(&from, sizes.scratch_bytes, "the LSTM's scratch memory");
    return !from.failed;
}

bool network_open(struct network *network, struct backend *backend, const struct spec *spec, int batch_size,
                  struct error *error)
{
    *network = (struct network){.backend = backend, .spec = *spec, .N_max = batch_size};
    parameter_table_build(&network->parameters, spec);
    if (allocate_all(network, error))
        return true;
    network_close(network);
    return false;
}

void network_close(struct network *network)
{
    struct activations *a = &network->activations;
    void *all[] = {network->weights,
                   network->gradients,
                   network->m,
                   network->v,
                   network->state,
                   network->metrics,
                   a->tokens,
                   a->pads,
                   a->labels,
                   a->h,
                   a->dh,
                   a->prob,
                   a->dz,
                   a->saved,
                   a->scratch};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i])
            network->backend->memory->release(network->backend, all[i]);
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

bool resident_reviews_open(struct resident_reviews *resident, struct backend *backend,
                           const struct reviews *reviews, struct error *error)
{
    *resident = (struct resident_reviews){.backend = backend, .count = reviews->count};
    struct allocator from = {.backend = backend, .error = error};
    const struct backend_memory *memory = backend->memory;
    size_t count = (size_t)reviews->count, tokens_bytes = count * (size_t)reviews->T * sizeof(int32_t);
    resident->tokens = take(&from, tokens_bytes, "the reviews");
    resident->pads = take(&from, count * sizeof(int32_t), "the reviews' pads");
    resident->labels = take(&from, count, "the labels");
    resident->order = take(&from, count * sizeof(int32_t), "the order of the reviews");
    if (from.failed) {
        resident_reviews_close(resident);
        return false;
    }
    memory->upload(backend, resident->tokens, reviews->tokens, tokens_bytes);
    memory->upload(backend, resident->pads, reviews->pads, count * sizeof(int32_t));
    memory->upload(backend, resident->labels, reviews->labels, count);
    return true;
}

void resident_reviews_close(struct resident_reviews *resident)
{
    void *all[] = {resident->tokens, resident->pads, resident->labels, resident->order};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i])
            resident->backend->memory->release(resident->backend, all[i]);
    *resident = (struct resident_reviews){0};
}
