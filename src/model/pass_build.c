/* Gives the ops of a plan their memory. */
#include "plan.h"

#include <assert.h>

/* A parameter's number within its layer. Of a Bidirectional the backward direction's follow the forward one's. */
enum { EMBEDDINGS = 0 };
enum { KERNEL, BIAS }; /* of a Conv1D and the Dense */
enum { LSTM_KERNEL, LSTM_RECURRENT_KERNEL, LSTM_BIAS, LSTM_PARAMETERS };

/* The output of the ops so far. */
struct flow {
    float *y, *dy;
    const int32_t *pads;
};

static struct flow output_of(const struct layer_memory *memory, const int32_t *pads)
{
    return (struct flow){.y = memory->y, .dy = memory->dy, .pads = pads};
}

static size_t offset_of(const struct network *network, int layer, int index)
{
    return parameter_find(&network->parameters, layer, index)->offset;
}

static const float *weight(const struct network *network, int layer, int index)
{
    return network->weights + offset_of(network, layer, index);
}

/* NULL in a network that only evaluates. */
static float *gradient(const struct network *network, int layer, int index)
{
    return network->gradients ? network->gradients + offset_of(network, layer, index) : NULL;
}

static void bind_dropout(struct dropout *dropout, const struct network *network, const uint8_t *keep)
{
    dropout->seed = network->seed;
    dropout->state = network->state;
    dropout->keep = keep;
}

static void bind_embedding(struct pass_op *op, struct network *network, struct flow *flow)
{
    struct embedding *embedding = &op->embedding.forward;
    const struct layer_memory *memory = &network->layers[op->layer];
    embedding->tokens = network->tokens;
    embedding->embeddings = weight(network, op->layer, EMBEDDINGS);
    bind_dropout(&embedding->rows, network, network->masks[op->layer].rows);
    bind_dropout(&embedding->elements, network, network->masks[op->dropout_layer].output);
    embedding->x = memory->y;
    embedding->saved = memory->saved;
    embedding->scratch = network->scratch;
    op->embedding.dx = memory->dy;
    op->embedding.dembeddings = gradient(network, op->layer, EMBEDDINGS);
    *flow = output_of(memory, embedding->elements.rate > 0.0f ? network->no_pads : network->pads);
}

/* In place, both ways. */
static void bind_dropout_layer(struct pass_op *op, struct network *network, struct flow *flow)
{
    struct dropout_layer *forward = &op->dropout.forward;
    bind_dropout(&forward->dropout, network, network->masks[op->layer].output);
    forward->saved = network->layers[op->layer].saved;
    op->dropout.backward = *forward;
    forward->x = forward->y = flow->y;
    op->dropout.backward.x = op->dropout.backward.y = flow->dy;
    flow->pads = network->no_pads;
}

static void bind_conv_pool(struct pass_op *op, struct network *network, struct flow *flow)
{
    struct conv_pool *conv = &op->conv_pool.forward;
    const struct layer_memory *memory = &network->layers[op->layer];
    conv->pads = flow->pads;
    conv->x = flow->y;
    conv->kernel = weight(network, op->layer, KERNEL);
    conv->bias = weight(network, op->layer, BIAS);
    conv->y = memory->y;
    conv->y_pads = memory->pads;
    conv->saved = memory->saved;
    conv->scratch = network->scratch;
    op->conv_pool.dy = memory->dy;
    op->conv_pool.dx = flow->dy;
    op->conv_pool.dkernel = gradient(network, op->layer, KERNEL);
    op->conv_pool.dbias = gradient(network, op->layer, BIAS);
    *flow = output_of(memory, memory->pads);
}

static void bind_max_pool(struct pass_op *op, struct network *network, struct flow *flow)
{
    struct max_pool *pool = &op->max_pool.forward;
    const struct layer_memory *memory = &network->layers[op->layer];
    pool->pads = flow->pads;
    pool->x = flow->y;
    pool->y = memory->y;
    pool->y_pads = memory->pads;
    pool->saved = memory->saved;
    op->max_pool.dy = memory->dy;
    op->max_pool.dx = flow->dy;
    *flow = output_of(memory, memory->pads);
}

static void bind_global_pool(struct pass_op *op, struct network *network, struct flow *flow)
{
    struct global_pool *pool = &op->global_pool.forward;
    const struct layer_memory *memory = &network->layers[op->layer];
    if (network->spec.layers[0].mask_zero)
        pool->tokens = network->tokens;
    pool->x = flow->y;
    pool->y = memory->y;
    pool->saved = memory->saved;
    op->global_pool.dy = memory->dy;
    op->global_pool.dx = flow->dy;
    *flow = output_of(memory, network->no_pads);
}

static void bind_directions(struct pass_op *op, const struct network *network)
{
    const int D = op->lstm.forward.D;
    for (int i = 0; i < (1 + op->lstm.forward.stacked) * D; i++) {
        int layer = op->stack[i / D], first = i % D * LSTM_PARAMETERS;
        op->lstm.forward.weights[i] =
            (struct lstm_weights){.kernel = weight(network, layer, first + LSTM_KERNEL),
                                  .recurrent_kernel = weight(network, layer, first + LSTM_RECURRENT_KERNEL),
                                  .bias = weight(network, layer, first + LSTM_BIAS)};
        op->lstm.gradients[i] = (struct lstm_gradients){
            .dkernel = gradient(network, layer, first + LSTM_KERNEL),
            .drecurrent_kernel = gradient(network, layer, first + LSTM_RECURRENT_KERNEL),
            .dbias = gradient(network, layer, first + LSTM_BIAS)};
    }
}

static void bind_lstm(struct pass_op *op, struct network *network, struct flow *flow)
{
    struct lstm *lstm = &op->lstm.forward;
    const struct layer_memory *memory = &network->layers[op->layer];
    bool drops = lstm->input.rate > 0.0f || lstm->recurrent.rate > 0.0f || lstm->between.rate > 0.0f;
    lstm->pads = drops ? network->no_pads : flow->pads;
    if (lstm->V > 0) {
        lstm->tokens = network->tokens;
        lstm->embeddings = weight(network, 0, EMBEDDINGS);
        op->lstm.dembeddings = gradient(network, 0, EMBEDDINGS);
    } else {
        lstm->x = flow->y;
        op->lstm.dx = flow->dy;
    }
    bind_directions(op, network);
    bind_dropout(&lstm->input, network, network->masks[op->layer].input);
    bind_dropout(&lstm->recurrent, network, network->masks[op->layer].recurrent);
    bind_dropout(&lstm->between, network, NULL);
    lstm->y = memory->y;
    lstm->saved = memory->saved;
    lstm->scratch = network->scratch;
    op->lstm.dy = memory->dy;
    bool shared = lstm->D == 1 && !lstm->reversed;
    *flow = output_of(memory, shared ? lstm->pads : network->no_pads);
}

static void bind_dense(struct pass_op *op, struct network *network, const struct flow *flow)
{
    struct dense_bce *forward = &op->dense.forward;
    struct dense_backward *backward = &op->dense.backward;
    forward->h = backward->h = flow->y;
    forward->kernel = backward->kernel = weight(network, op->layer, KERNEL);
    forward->bias = weight(network, op->layer, BIAS);
    forward->labels = network->labels;
    forward->prob = network->prob;
    forward->dz = network->dz;
    forward->metrics = network->metrics;
    backward->dz = network->dz;
    backward->dh = flow->dy;
    backward->dkernel = gradient(network, op->layer, KERNEL);
    backward->dbias = gradient(network, op->layer, BIAS);
}

static void bind(struct pass_op *op, struct network *network, struct flow *flow)
{
    switch (op->kind) {
    case OP_EMBEDDING:
        bind_embedding(op, network, flow);
        break;
    case OP_DROPOUT:
        bind_dropout_layer(op, network, flow);
        break;
    case OP_CONV_POOL:
        bind_conv_pool(op, network, flow);
        break;
    case OP_MAX_POOL:
        bind_max_pool(op, network, flow);
        break;
    case OP_GLOBAL_POOL:
        bind_global_pool(op, network, flow);
        break;
    case OP_LSTM:
        bind_lstm(op, network, flow);
        break;
    case OP_DENSE:
        bind_dense(op, network, flow);
        break;
    }
}

/* An evaluating pass keeps nothing. */
static void forget_saved(struct pass_op *op)
{
    if (op->kind == OP_EMBEDDING)
        op->embedding.forward.saved = NULL;
    else if (op->kind == OP_CONV_POOL)
        op->conv_pool.forward.saved = NULL;
    else if (op->kind == OP_MAX_POOL)
        op->max_pool.forward.saved = NULL;
    else if (op->kind == OP_GLOBAL_POOL)
        op->global_pool.forward.saved = NULL;
    else if (op->kind == OP_LSTM)
        op->lstm.forward.saved = NULL;
}

/* Where the rows of an op stand in their batch. */
static void place(struct pass_op *op, int first_row, int batch)
{
    const uint32_t row = (uint32_t)first_row;
    if (op->kind == OP_EMBEDDING)
        op->embedding.forward.elements.first_row = row;
    else if (op->kind == OP_DROPOUT)
        op->dropout.forward.dropout.first_row = op->dropout.backward.dropout.first_row = row;
    else if (op->kind == OP_LSTM)
        op->lstm.forward.input.first_row = op->lstm.forward.recurrent.first_row =
            op->lstm.forward.between.first_row = row;
    else if (op->kind == OP_DENSE)
        op->dense.forward.batch = batch;
}

static struct load_batch build_load(const struct network *network, const struct resident_reviews *reviews,
                                    int first_row, int N)
{
    return (struct load_batch){.N = N,
                               .T = network->spec.maxlen,
                               .token_bytes = reviews->token_bytes,
                               .state = network->state,
                               .order = first_row > 0 ? reviews->order + first_row : reviews->order,
                               .all_tokens = reviews->tokens,
                               .all_pads = reviews->pads,
                               .all_labels = reviews->labels,
                               .tokens = network->tokens,
                               .pads = network->pads,
                               .labels = network->labels};
}

static struct add_parts build_add(const struct network *network)
{
    return (struct add_parts){.count = network->parameters.total_count,
                              .parts = network->sharing.parts,
                              .gradients = network->gradients};
}

static struct sum_ranks build_sum(const struct network *network)
{
    return (struct sum_ranks){.count = network->parameters.total_count,
                              .gradients = network->gradients,
                              .gathered = network->gathered,
                              .own = network->metrics,
                              .all = network->totals};
}

static struct adam build_adam(const struct network *network)
{
    const struct adam_spec *adam = &network->spec.adam;
    return (struct adam){.count = network->parameters.total_count,
                         .state = network->state,
                         .beta_1 = adam->beta_1,
                         .beta_2 = adam->beta_2,
                         .epsilon = (float)adam->epsilon,
                         .gradients = network->gradients,
                         .weights = network->weights,
                         .m = network->m,
                         .v = network->v,
                         .average = network->average};
}

/* The network to the ops of a part, which keep pointers of its arenas and none of the struct: their gradients are the
 * part's, and to an evaluating pass the average of the weights is the weights. */
static struct network seen_by(const struct network *network, enum pass_kind kind, int part)
{
    struct network seen = *network;
    if (kind == PASS_EVALUATE && network->average)
        seen.weights = network->average;
    if (network->gradients)
        seen.gradients += (size_t)part * network->parameters.total_count;
    return seen;
}

/* The ops of rows first_row .. first_row + N - 1 of a batch. */
static void build_part(struct pass *pass, struct network seen, const struct resident_reviews *reviews,
                       int first_row, int N, int batch, enum pass_kind kind)
{
    struct plan plan;
    plan_make_for(&plan, seen.backend, &seen.spec, N, kind);
    pass->load = build_load(&seen, reviews, first_row, N);
    pass->op_count = plan.op_count;
    struct flow flow = {.pads = seen.pads};
    for (int i = 0; i < plan.op_count; i++) {
        pass->ops[i] = plan.ops[i];
        bind(&pass->ops[i], &seen, &flow);
        place(&pass->ops[i], first_row, batch);
        if (kind == PASS_EVALUATE)
            forget_saved(&pass->ops[i]);
    }
}

static void build_training_parts(struct pass *pass, const struct network *network,
                                 const struct resident_reviews *reviews, int N)
{
    const struct sharing *sharing = &network->sharing;
    int built = 0;
    for (int part = 0; part < sharing->parts; part++) {
        const int begin = sharing_begin(sharing, N, part), end = sharing_begin(sharing, N, part + 1);
        if (begin < end)
            build_part(&pass[built++], seen_by(network, PASS_TRAIN, part), reviews, begin, end - begin, N,
                       PASS_TRAIN);
    }
    pass->part_count = built;
}

void pass_build(struct pass *pass, struct network *network, const struct resident_reviews *reviews, int N,
                enum pass_kind kind)
{
    assert(0 < N && (kind == PASS_TRAIN ? sharing_rows(&network->sharing, N) <= network->N_train
                                        : N <= network->N_evaluate));
    *pass = (struct pass){.network = network,
                          .part_count = 1,
                          .add = build_add(network),
                          .sum = build_sum(network),
                          .adam = build_adam(network)};
    if (kind == PASS_TRAIN)
        build_training_parts(pass, network, reviews, N);
    else
        build_part(pass, seen_by(network, kind, 0), reviews, 0, N, N, kind);
}
