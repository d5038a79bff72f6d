#include "layers.h"
#include "matinee/network.h"

#include <assert.h>

enum { KERNEL, RECURRENT_KERNEL, LSTM_BIAS };
enum { DENSE_KERNEL, DENSE_BIAS };

static size_t offset_of(const struct network *network, int layer, int index)
{
    return parameter_find(&network->parameters, layer, index)->offset;
}

static struct load_batch build_load(const struct network *network, const struct resident_reviews *reviews,
                                    int N, enum pass_kind kind)
{
    const struct activations *a = &network->activations;
    return (struct load_batch){.N = N,
                               .T = network->spec.maxlen,
                               .state = network->state,
                               .order = kind == PASS_TRAIN ? reviews->order : NULL,
                               .all_tokens = reviews->tokens,
                               .all_pads = reviews->pads,
                               .all_labels = reviews->labels,
                               .tokens = a->tokens,
                               .pads = a->pads,
                               .labels = a->labels};
}

static struct lstm build_lstm(const struct network *network, int N, enum pass_kind kind)
{
    const struct activations *a = &network->activations;
    const float *w = network->weights;
    struct lstm lstm = lstm_dims(&network->spec, N);
    lstm.tokens = a->tokens;
    lstm.pads = a->pads;
    lstm.embeddings = w + offset_of(network, EMBEDDING_LAYER, 0);
    lstm.kernel = w + offset_of(network, LSTM_LAYER, KERNEL);
    lstm.recurrent_kernel = w + offset_of(network, LSTM_LAYER, RECURRENT_KERNEL);
    lstm.bias = w + offset_of(network, LSTM_LAYER, LSTM_BIAS);
    lstm.h = a->h;
    lstm.saved = kind == PASS_TRAIN ? a->saved : NULL;
    lstm.scratch = a->scratch;
    return lstm;
}

static struct lstm_backward build_lstm_backward(const struct network *network, const struct lstm *forward)
{
    float *g = network->gradients;
    return (struct lstm_backward){.forward = *forward,
                                  .dh = network->activations.dh,
                                  .dembeddings = g + offset_of(network, EMBEDDING_LAYER, 0),
                                  .dkernel = g + offset_of(network, LSTM_LAYER, KERNEL),
                                  .drecurrent_kernel = g + offset_of(network, LSTM_LAYER, RECURRENT_KERNEL),
                                  .dbias = g + offset_of(network, LSTM_LAYER, LSTM_BIAS)};
}

static void build_head(struct pass *pass, const struct network *network, int N)
{
    const struct activations *a = &network->activations;
    const float *kernel = network->weights + offset_of(network, DENSE_LAYER, DENSE_KERNEL);
    int F = network->spec.layers[LSTM_LAYER].units;
    pass->head = (struct dense_bce){.N = N,
                                    .F = F,
                                    .h = a->h,
                                    .kernel = kernel,
                                    .bias = network->weights + offset_of(network, DENSE_LAYER, DENSE_BIAS),
                                    .labels = a->labels,
                                    .prob = a->prob,
                                    .dz = a->dz,
                                    .metrics = network->metrics};
    pass->head_backward =
        (struct dense_backward){.N = N,
                                .F = F,
                                .h = a->h,
                                .kernel = kernel,
                                .dz = a->dz,
                                .dh = a->dh,
                                .dkernel = network->gradients + offset_of(network, DENSE_LAYER, DENSE_KERNEL),
                                .dbias = network->gradients + offset_of(network, DENSE_LAYER, DENSE_BIAS)};
}

void pass_build(struct pass *pass, struct network *network, const struct resident_reviews *reviews, int N,
                enum pass_kind kind)
{
    assert(0 < N && N <= network->N_max);
    const struct adam_spec *adam = &network->spec.adam;
    pass->network = network;
    pass->load = build_load(network, reviews, N, kind);
    pass->lstm = build_lstm(network, N, kind);
    build_head(pass, network, N);
    pass->lstm_backward = build_lstm_backward(network, &pass->lstm);
    pass->adam = (struct adam){.count = network->parameters.total_count,
                               .state = network->state,
                               .beta_1 = adam->beta_1,
                               .beta_2 = adam->beta_2,
                               .epsilon = (float)adam->epsilon,
                               .gradients = network->gradients,
                               .weights = network->weights,
                               .m = network->m,
                               .v = network->v};
}

static void forward(const struct pass *pass)
{
    struct backend *backend = pass->network->backend;
    const struct backend_ops *ops = backend->ops;
    ops->load_batch(backend, &pass->load);
    ops->lstm(backend, &pass->lstm);
    ops->dense_bce(backend, &pass->head);
}

void pass_evaluate(void *context)
{
    forward(context);
}

void pass_train(void *context)
{
    const struct pass *pass = context;
    struct backend *backend = pass->network->backend;
    const struct backend_ops *ops = backend->ops;
    forward(pass);
    ops->clear(backend, pass->network->gradients, pass->adam.count * sizeof(float));
    ops->dense_backward(backend, &pass->head_backward);
    ops->lstm_backward(backend, &pass->lstm_backward);
    ops->adam(backend, &pass->adam);
}
