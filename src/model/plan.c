#include "plan.h"

#include "matinee/rng.h"

/* What the layers so far have made of the input. */
struct shape {
    bool is_tokens; /* the Embedding has not been applied yet */
    int T, F;
    enum dropout_kind kind; /* of a Dropout that follows */
};

struct maker {
    struct plan *plan;
    const struct spec *spec;
    int N;
    bool training;
    struct shape at;
};

static struct pass_op *add_op(struct maker *m, enum op_kind kind, int layer)
{
    struct pass_op *op = &m->plan->ops[m->plan->op_count++];
    *op = (struct pass_op){.kind = kind, .layer = layer};
    return op;
}

static struct dropout drop(const struct maker *m, double rate, int layer, enum dropout_kind kind)
{
    return (struct dropout){.rate = m->training ? (float)rate : 0.0f, .stream = dropout_stream(layer, kind)};
}

/* x = the rows of the table, for a layer that needs them; dropout_layer 0: no Dropout follows at once. */
static void apply_embedding(struct maker *m, int dropout_layer)
{
    const struct layer_spec *layers = m->spec->layers;
    struct pass_op *op = add_op(m, OP_EMBEDDING, 0);
    op->dropout_layer = dropout_layer;
    op->embedding.forward = (struct embedding){.T = m->at.T,
                                               .N = m->N,
                                               .V = layers[0].input_dim,
                                               .E = layers[0].units,
                                               .rows = drop(m, layers[0].dropout, 0, DROPOUT_EMBEDDING_ROWS)};
    if (dropout_layer > 0)
        op->embedding.forward.elements = drop(m, layers[dropout_layer].dropout, dropout_layer, m->at.kind);
    m->at.is_tokens = false;
}

static void need_x(struct maker *m)
{
    if (m->at.is_tokens)
        apply_embedding(m, 0);
}

static void add_dropout(struct maker *m, int i)
{
    const struct layer_spec *layer = &m->spec->layers[i];
    if (!m->training || layer->dropout == 0)
        return;
    if (m->at.is_tokens && layer->dropout_unit == DROP_ELEMENTS) {
        apply_embedding(m, i);
        return;
    }
    need_x(m);
    struct dropout_layer *op = &add_op(m, OP_DROPOUT, i)->dropout.forward;
    *op = (struct dropout_layer){.T = m->at.T,
                                 .N = m->N,
                                 .F = m->at.F,
                                 .unit = layer->dropout_unit,
                                 .dropout = drop(m, layer->dropout, i, m->at.kind)};
}

/* Returns how many layers it took: the pooling, too, if it follows at once. */
static int add_conv(struct maker *m, int i)
{
    const struct layer_spec *layer = &m->spec->layers[i], *next = layer + 1;
    bool pooled = next->kind == LAYER_MAX_POOLING1D; /* the last layer is the Dense */
    need_x(m);
    struct conv_pool *op = &add_op(m, OP_CONV_POOL, i)->conv_pool.forward;
    *op = (struct conv_pool){.T = m->at.T,
                             .N = m->N,
                             .E = m->at.F,
                             .C = layer->units,
                             .K = layer->kernel_size,
                             .P = pooled ? next->pool_size : 1,
                             .stride = layer->strides,
                             .same = layer->padding == PADDING_SAME,
                             .relu = layer->activation == ACTIVATION_RELU};
    m->at = (struct shape){.T = conv_pool_steps(op), .F = op->C, .kind = DROPOUT_CONV_OUTPUT};
    return pooled ? 2 : 1;
}

static void add_max_pool(struct maker *m, int i)
{
    need_x(m);
    struct max_pool *op = &add_op(m, OP_MAX_POOL, i)->max_pool.forward;
    *op = (struct max_pool){.T = m->at.T, .N = m->N, .F = m->at.F, .P = m->spec->layers[i].pool_size};
    m->at.T = op->T / op->P;
    m->at.kind = DROPOUT_CONV_OUTPUT;
}

static void add_global_pool(struct maker *m, int i)
{
    need_x(m);
    struct global_pool *op = &add_op(m, OP_GLOBAL_POOL, i)->global_pool.forward;
    *op = (struct global_pool){.T = m->at.T,
                               .N = m->N,
                               .F = m->at.F,
                               .average = m->spec->layers[i].kind == LAYER_GLOBAL_AVERAGE_POOLING1D};
    m->at.T = 1;
    m->at.kind = DROPOUT_POOL_OUTPUT;
}

static void add_lstm(struct maker *m, int i)
{
    const struct layer_spec *layer = &m->spec->layers[i], *embedding = &m->spec->layers[0];
    bool drops = m->training && (layer->dropout > 0 || layer->recurrent_dropout > 0);
    if (drops || (m->training && embedding->dropout > 0))
        need_x(m);
    struct pass_op *added = add_op(m, OP_LSTM, i);
    struct lstm *op = &added->lstm.forward;
    added->stack[0] = i;
    *op = (struct lstm){.T = m->at.T,
                        .N = m->N,
                        .V = m->at.is_tokens ? embedding->input_dim : 0,
                        .E = m->at.F,
                        .H = layer->units,
                        .D = layer->bidirectional ? 2 : 1,
                        .reversed = layer->go_backwards,
                        .sequences = layer->return_sequences,
                        .mask_count = layer_mask_count(layer),
                        .hard_slope = (float)layer->hard_sigmoid_slope,
                        .input = drop(m, layer->dropout, i, DROPOUT_GATE_INPUT),
                        .recurrent = drop(m, layer->recurrent_dropout, i, DROPOUT_GATE_RECURRENT)};
    m->at = (struct shape){.T = op->sequences ? op->T : 1, .F = op->D * op->H, .kind = DROPOUT_LSTM_OUTPUT};
}

static void add_dense(struct maker *m, int i)
{
    struct pass_op *op = add_op(m, OP_DENSE, i);
    op->dense.forward = (struct dense_bce){.N = m->N, .F = m->at.F, .batch = m->N};
    op->dense.backward = (struct dense_backward){.N = m->N, .F = m->at.F};
}

void plan_make(struct plan *plan, const struct spec *spec, int N, enum pass_kind kind)
{
    *plan = (struct plan){0};
    struct maker m = {.plan = plan,
                      .spec = spec,
                      .N = N,
                      .training = kind == PASS_TRAIN,
                      .at = {.is_tokens = true,
                             .T = spec->maxlen,
                             .F = spec->layers[0].units,
                             .kind = DROPOUT_EMBEDDING_OUTPUT}};
    for (int i = 1; i < spec->layer_count;) {
        int taken = 1;
        switch (spec->layers[i].kind) {
        case LAYER_EMBEDDING:
            break;
        case LAYER_DROPOUT:
            add_dropout(&m, i);
            break;
        case LAYER_CONV1D:
            taken = add_conv(&m, i);
            break;
        case LAYER_MAX_POOLING1D:
            add_max_pool(&m, i);
            break;
        case LAYER_GLOBAL_MAX_POOLING1D:
        case LAYER_GLOBAL_AVERAGE_POOLING1D:
            add_global_pool(&m, i);
            break;
        case LAYER_LSTM:
            add_lstm(&m, i);
            break;
        case LAYER_DENSE:
            add_dense(&m, i);
            break;
        }
        i += taken;
    }
}

static size_t floats(int T, int N, int F)
{
    return (size_t)T * (size_t)N * (size_t)F;
}

size_t plan_output_floats(const struct pass_op *op)
{
    const struct embedding *embedding = &op->embedding.forward;
    const struct conv_pool *conv = &op->conv_pool.forward;
    const struct max_pool *pool = &op->max_pool.forward;
    const struct global_pool *global = &op->global_pool.forward;
    const struct lstm *lstm = &op->lstm.forward;
    switch (op->kind) {
    case OP_EMBEDDING:
        return floats(embedding->T, embedding->N, embedding->E);
    case OP_CONV_POOL:
        return floats(conv_pool_steps(conv), conv->N, conv->C);
    case OP_MAX_POOL:
        return floats(pool->T / pool->P, pool->N, pool->F);
    case OP_GLOBAL_POOL:
        return floats(1, global->N, global->F);
    case OP_LSTM:
        return floats(lstm->sequences ? lstm->T : 1, lstm->N, lstm->D * lstm->H);
    case OP_DROPOUT:
    case OP_DENSE:
        return 0;
    }
    return 0;
}

struct op_sizes plan_op_sizes(struct backend *backend, const struct pass_op *op)
{
    const struct backend_memory *memory = backend->memory;
    switch (op->kind) {
    case OP_EMBEDDING:
        return memory->embedding_sizes(backend, &op->embedding.forward);
    case OP_CONV_POOL:
        return memory->conv_pool_sizes(backend, &op->conv_pool.forward);
    case OP_MAX_POOL:
        return memory->max_pool_sizes(backend, &op->max_pool.forward);
    case OP_GLOBAL_POOL:
        return memory->global_pool_sizes(backend, &op->global_pool.forward);
    case OP_LSTM:
        return memory->lstm_sizes(backend, &op->lstm.forward);
    case OP_DROPOUT:
        return memory->dropout_sizes(backend, &op->dropout.forward);
    case OP_DENSE:
        break;
    }
    return (struct op_sizes){0};
}
