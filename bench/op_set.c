#include "op_set.h"

#include "matinee/rng.h"

#include <assert.h>
#include <stdlib.h>

enum { SEED = 7, REVIEWS = 2 }; /* REVIEWS: batches that are resident */

/* Memory with a copy of the host's, or zeros. */
static void *take(struct op_set *set, size_t bytes, const void *from)
{
    if (set->failed)
        return NULL;
    const struct backend_memory *memory = set->backend->memory;
    assert(set->buffer_count < OP_SET_BUFFERS);
    void *buffer = memory->allocate(set->backend, bytes, "an op to time", set->error);
    set->failed = !buffer;
    if (set->failed)
        return NULL;
    set->buffers[set->buffer_count++] = buffer;
    if (from)
        memory->upload(set->backend, buffer, from, bytes);
    else
        set->backend->ops->clear(set->backend, buffer, bytes);
    return buffer;
}

/* Uniform on (-scale, scale). */
static float *take_floats(struct op_set *set, size_t count, double scale)
{
    float *host = malloc(count * sizeof *host);
    if (!host) {
        error_memory(set->error, "random numbers", count * sizeof *host);
        set->failed = true;
        return NULL;
    }
    struct rng rng = rng_open(SEED, RNG_SAMPLE, (uint32_t)set->buffer_count);
    for (size_t i = 0; i < count; i++)
        host[i] = (float)(scale * (2 * rng_uniform(&rng) - 1));
    float *floats = take(set, count * sizeof *host, host);
    free(host);
    return floats;
}

static float *take_zeros(struct op_set *set, size_t count)
{
    return take(set, count * sizeof(float), NULL);
}

/* Half of a row is pads, as of a review of average length. */
static int32_t *take_tokens(struct op_set *set, size_t rows, int T, int V)
{
    int32_t *host = malloc(rows * (size_t)T * sizeof *host);
    if (!host) {
        error_memory(set->error, "tokens", rows * (size_t)T * sizeof *host);
        set->failed = true;
        return NULL;
    }
    struct rng rng = rng_open(SEED, RNG_SAMPLE, (uint32_t)rows);
    for (size_t i = 0; i < rows * (size_t)T; i++)
        host[i] = (int)(i % (size_t)T) < T / 2 ? 0 : (int32_t)rng_below(&rng, (uint32_t)V);
    int32_t *tokens = take(set, rows * (size_t)T * sizeof *host, host);
    free(host);
    return tokens;
}

static void make_batch(struct op_set *set)
{
    const struct op_dims *d = &set->dims;
    const struct step_state state = {.alpha = 1e-3f};
    size_t N = (size_t)d->N;
    set->state = take(set, sizeof state, &state);
    set->tokens = take_tokens(set, N, d->T, d->V);
    set->pads = take(set, N * sizeof(int32_t), NULL);
    set->load = (struct load_batch){.N = d->N,
                                    .T = d->T,
                                    .token_bytes = sizeof(int32_t),
                                    .state = set->state,
                                    .all_tokens = take_tokens(set, REVIEWS * N, d->T, d->V),
                                    .all_pads = take(set, REVIEWS * N * sizeof(int32_t), NULL),
                                    .all_labels = take(set, REVIEWS * N, NULL),
                                    .tokens = take(set, N * (size_t)d->T * sizeof(int32_t), NULL),
                                    .pads = take(set, N * sizeof(int32_t), NULL),
                                    .labels = take_zeros(set, N)};
}

static struct dropout drops(const struct op_set *set, uint32_t stream)
{
    return (struct dropout){.rate = 0.2f, .seed = SEED, .stream = stream, .state = set->state};
}

static void make_embedding(struct op_set *set)
{
    const struct op_dims *d = &set->dims;
    size_t x_count = (size_t)d->T * (size_t)d->N * (size_t)d->E, table = (size_t)d->V * (size_t)d->E;
    struct embedding forward = {.T = d->T,
                                .N = d->N,
                                .V = d->V,
                                .E = d->E,
                                .tokens = set->tokens,
                                .embeddings = take_floats(set, table, 0.05),
                                .elements = drops(set, dropout_stream(1, DROPOUT_EMBEDDING_OUTPUT)),
                                .x = take_zeros(set, x_count)};
    struct op_sizes sizes = set->backend->memory->embedding_sizes(set->backend, &forward);
    forward.saved = take(set, sizes.saved_bytes, NULL);
    forward.scratch = take(set, sizes.scratch_bytes, NULL);
    set->embedding = (struct embedding_backward){
        .forward = forward, .dx = take_floats(set, x_count, 1e-3), .dembeddings = take_zeros(set, table)};
    set->dropout = (struct dropout_layer){.T = d->T,
                                          .N = d->N,
                                          .F = d->E,
                                          .dropout = drops(set, dropout_stream(2, DROPOUT_LSTM_OUTPUT)),
                                          .x = set->embedding.dx,
                                          .y = take_zeros(set, x_count)};
    set->dropout.saved =
        take(set, set->backend->memory->dropout_sizes(set->backend, &set->dropout).saved_bytes, NULL);
}

static void make_conv(struct op_set *set)
{
    const struct op_dims *d = &set->dims;
    struct conv_pool forward = {.T = d->T,
                                .N = d->N,
                                .E = d->E,
                                .C = d->C,
                                .K = d->K,
                                .P = d->P,
                                .stride = 1,
                                .same = true,
                                .relu = true};
    size_t steps_rows = (size_t)d->T * (size_t)d->N;
    size_t y_count = (size_t)conv_pool_steps(&forward) * (size_t)d->N * (size_t)d->C;
    size_t kernel = (size_t)d->K * (size_t)d->E * (size_t)d->C;
    forward.pads = set->pads;
    forward.x = take_floats(set, steps_rows * (size_t)d->E, 0.05);
    forward.kernel = take_floats(set, kernel, 0.1);
    forward.bias = take_floats(set, (size_t)d->C, 0.1);
    forward.y = take_zeros(set, y_count);
    forward.y_pads = take(set, (size_t)d->N * sizeof(int32_t), NULL);
    struct op_sizes sizes = set->backend->memory->conv_pool_sizes(set->backend, &forward);
    forward.saved = take(set, sizes.saved_bytes, NULL);
    forward.scratch = take(set, sizes.scratch_bytes, NULL);
    set->conv = (struct conv_pool_backward){.forward = forward,
                                            .dy = take_floats(set, y_count, 1e-3),
                                            .dx = take_zeros(set, steps_rows * (size_t)d->E),
                                            .dkernel = take_zeros(set, kernel),
                                            .dbias = take_zeros(set, (size_t)d->C)};
}

/* Over what the convolution reads. */
static void make_global_pool(struct op_set *set)
{
    const struct conv_pool_backward *conv = &set->conv;
    struct global_pool forward = {
        .T = conv->forward.T, .N = conv->forward.N, .F = conv->forward.E, .x = conv->forward.x};
    size_t y_count = (size_t)forward.N * (size_t)forward.F;
    forward.y = take_zeros(set, y_count);
    forward.saved =
        take(set, set->backend->memory->global_pool_sizes(set->backend, &forward).saved_bytes, NULL);
    set->global_pool = (struct global_pool_backward){
        .forward = forward, .dy = take_floats(set, y_count, 1e-3), .dx = conv->dx};
}

static struct lstm_backward make_lstm(struct op_set *set, int D, bool masked)
{
    const struct op_dims *d = &set->dims;
    size_t E = (size_t)d->E, H = (size_t)d->H, x_count = (size_t)d->T * (size_t)d->N * E;
    size_t y_count = (size_t)d->N * (size_t)D * H;
    struct lstm_backward op = {
        .forward = {.T = d->T, .N = d->N, .E = d->E, .H = d->H, .D = D, .mask_count = 1}};
    struct lstm *forward = &op.forward;
    if (masked) {
        forward->mask_count = GATE_COUNT;
        forward->input = drops(set, dropout_stream(1, DROPOUT_GATE_INPUT));
        forward->recurrent = drops(set, dropout_stream(1, DROPOUT_GATE_RECURRENT));
    }
    forward->pads = set->pads;
    forward->x = take_floats(set, x_count, 0.05);
    for (int direction = 0; direction < D; direction++) {
        forward->weights[direction] = (struct lstm_weights){take_floats(set, E * GATE_COUNT * H, 0.1),
                                                            take_floats(set, H * GATE_COUNT * H, 0.1),
                                                            take_floats(set, GATE_COUNT * H, 0.1)};
        op.gradients[direction] =
            (struct lstm_gradients){take_zeros(set, E * GATE_COUNT * H), take_zeros(set, H * GATE_COUNT * H),
                                    take_zeros(set, GATE_COUNT * H)};
    }
    forward->y = take_zeros(set, y_count);
    op.dy = take_floats(set, y_count, 1e-2);
    op.dx = take_zeros(set, x_count);
    return op;
}

/* What an engine needs is known once it has said that it takes the op. */
static void give_memory(struct op_set *set, struct lstm *forward)
{
    struct error refusal;
    const struct backend_memory *memory = set->backend->memory;
    if (set->failed || !memory->lstm_engine(set->backend, forward, &refusal))
        return;
    struct op_sizes sizes = memory->lstm_sizes(set->backend, forward);
    forward->saved = take(set, sizes.saved_bytes, NULL);
    forward->scratch = take(set, sizes.scratch_bytes, NULL);
}

static void make_head(struct op_set *set)
{
    const struct op_dims *d = &set->dims;
    size_t N = (size_t)d->N, H = (size_t)d->H;
    size_t weights = (size_t)d->V * (size_t)d->E + GATE_COUNT * H * ((size_t)d->E + H + 1) + H + 1;
    set->dense = (struct dense_bce){.N = d->N,
                                    .batch = d->N,
                                    .F = d->H,
                                    .h = take_floats(set, N * H, 1.0),
                                    .kernel = take_floats(set, H, 0.1),
                                    .bias = take_zeros(set, 1),
                                    .labels = take_zeros(set, N),
                                    .prob = take_zeros(set, N),
                                    .dz = take_zeros(set, N),
                                    .metrics = take(set, sizeof(struct metrics), NULL)};
    set->dense_backward = (struct dense_backward){.N = d->N,
                                                  .F = d->H,
                                                  .h = set->dense.h,
                                                  .kernel = set->dense.kernel,
                                                  .dz = set->dense.dz,
                                                  .dh = take_zeros(set, N * H),
                                                  .dkernel = take_zeros(set, H),
                                                  .dbias = take_zeros(set, 1)};
    set->adam = (struct adam){.count = weights,
                              .state = set->state,
                              .beta_1 = 0.9,
                              .beta_2 = 0.999,
                              .epsilon = 1e-7f,
                              .gradients = take_floats(set, weights, 1e-3),
                              .weights = take_floats(set, weights, 0.05),
                              .m = take_zeros(set, weights),
                              .v = take_zeros(set, weights)};
}

/* As many as an exact sum has, of Adam's gradients. */
static void make_parts(struct op_set *set)
{
    const size_t count = set->adam.count;
    set->add_parts = (struct add_parts){
        .count = count, .parts = ROW_GROUPS, .gradients = take_floats(set, ROW_GROUPS * count, 1e-3)};
}

bool op_set_open(struct op_set *set, struct backend *backend, struct op_dims dims, struct error *error)
{
    *set = (struct op_set){.backend = backend, .dims = dims, .error = error};
    make_batch(set);
    make_embedding(set);
    make_conv(set);
    make_global_pool(set);
    set->lstm = make_lstm(set, 1, false);
    set->bilstm = make_lstm(set, 2, false);
    set->masked_lstm = make_lstm(set, 1, true);
    give_memory(set, &set->lstm.forward);
    give_memory(set, &set->bilstm.forward);
    give_memory(set, &set->masked_lstm.forward);
    make_head(set);
    make_parts(set);
    return !set->failed;
}

void op_set_close(struct op_set *set)
{
    for (int i = 0; i < set->buffer_count; i++)
        set->backend->memory->release(set->backend, set->buffers[i]);
    set->buffer_count = 0;
}
