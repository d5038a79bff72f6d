#include "reference/golden_network.h"

#include "compare.h"
#include "reference/layers.h"
#include "reference/reference.h"

#include <stdlib.h>
#include <string.h>

/* The masks of one pass, as factors; NULL drops nothing. */
struct factors {
    double *elements;          /* (N,T,E)    m2 */
    double *output;            /* (N,H)      m2 */
    double *input, *recurrent; /* (D,G,N,E), (D,G,N,H)  m3, m4, m6 */
};

static double *factors_of(const struct golden_step *step, int rank, int width, size_t count)
{
    uint8_t *keep = golden_masks(step, rank, width);
    double *factors = keep ? allocate(count, sizeof *factors) : NULL;
    for (size_t k = 0; keep && k < count; k++)
        factors[k] = keep[k] ? 1.0 / (1.0 - golden_rate) : 0.0;
    free(keep);
    return factors;
}

static int mask_count(const struct golden *golden)
{
    return golden->model == 6 ? 1 : GATE_COUNT;
}

static struct factors factors_open(const struct golden_network *network, const struct golden_step *step)
{
    const struct golden *golden = network->golden;
    size_t rows = (size_t)golden->N, E = (size_t)golden->E, H = (size_t)golden->H;
    size_t gates = (size_t)network->D * (size_t)mask_count(golden) * rows;
    if (golden->model == 2)
        return (struct factors){.elements = factors_of(step, 3, golden->E, rows * (size_t)golden->T * E),
                                .output = factors_of(step, 2, golden->H, rows * H)};
    return (struct factors){.input = factors_of(step, 2, golden->E, gates * E),
                            .recurrent = factors_of(step, 2, golden->H, gates * H)};
}

static void factors_close(struct factors *factors)
{
    free(factors->elements);
    free(factors->output);
    free(factors->input);
    free(factors->recurrent);
}

void golden_network_open(struct golden_network *network, const struct golden *golden)
{
    bool pools = golden->model == 5;
    size_t N = (size_t)golden->N, x_count = (size_t)golden->T * N * (size_t)golden->E;
    *network = (struct golden_network){.golden = golden, .D = golden->model == 4 ? 2 : 1};
    network->S = pools ? golden->T / GOLDEN_POOL_SIZE : golden->T;
    network->features = pools ? GOLDEN_FILTERS : golden->E;
    double **const arenas[] = {&network->weights, &network->gradients, &network->m, &network->v};
    double **const inputs[] = {&network->x, &network->dx};
    double **const pooled[] = {&network->pooled, &network->dpooled};
    double **const outputs[] = {&network->y, &network->dy, &network->head, &network->dhead};
    double **const rows[] = {&network->prob, &network->dz, &network->labels};
    for (size_t i = 0; i < 4; i++)
        *arenas[i] = allocate(golden->total_count, sizeof(double));
    for (size_t i = 0; i < 2; i++)
        *inputs[i] = allocate(x_count, sizeof(double));
    for (size_t i = 0; i < 2; i++)
        *pooled[i] = allocate((size_t)network->S * N * (size_t)network->features, sizeof(double));
    for (size_t i = 0; i < 4; i++)
        *outputs[i] = allocate(N * (size_t)network->D * (size_t)golden->H, sizeof(double));
    for (size_t i = 0; i < 3; i++)
        *rows[i] = allocate(N, sizeof(double));
    struct reference_lstm sizes = {.T = network->S, .N = golden->N, .H = golden->H, .D = network->D};
    network->saved = allocate(reference_lstm_saved_count(&sizes), sizeof(double));
    memcpy(network->weights, golden->weights0, golden->total_count * sizeof(double));
    for (size_t n = 0; n < N; n++)
        network->labels[n] = golden->y[n];
}

void golden_network_close(struct golden_network *network)
{
    double *const owned[] = {network->weights, network->gradients, network->m,      network->v,
                             network->x,       network->dx,        network->pooled, network->dpooled,
                             network->y,       network->dy,        network->head,   network->dhead,
                             network->prob,    network->dz,        network->labels, network->saved};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        free(owned[i]);
}

/* Tensor number `index` of an arena; -1 is the last, the head's bias. */
static double *tensor(const struct golden_network *network, double *arena, int index)
{
    const struct golden *golden = network->golden;
    return arena + golden->tensors[index < 0 ? golden->tensor_count + index : index].offset;
}

static struct reference_embedding embedding(const struct golden_network *network,
                                            const struct factors *factors)
{
    const struct golden *golden = network->golden;
    return (struct reference_embedding){.T = golden->T,
                                        .N = golden->N,
                                        .V = golden->V,
                                        .E = golden->E,
                                        .tokens = golden->x,
                                        .embeddings = tensor(network, network->weights, 0),
                                        .elements_mask = factors->elements,
                                        .x = network->x};
}

static struct reference_conv_pool conv_pool(const struct golden_network *network)
{
    const struct golden *golden = network->golden;
    return (struct reference_conv_pool){.T = golden->T,
                                        .N = golden->N,
                                        .E = golden->E,
                                        .C = GOLDEN_FILTERS,
                                        .K = GOLDEN_KERNEL_SIZE,
                                        .P = GOLDEN_POOL_SIZE,
                                        .stride = 1,
                                        .same = true,
                                        .relu = true,
                                        .x = network->x,
                                        .kernel = tensor(network, network->weights, 1),
                                        .bias = tensor(network, network->weights, 2),
                                        .y = network->pooled};
}

/* Where nothing stands between, the LSTM reads the tokens. */
static struct reference_lstm lstm(const struct golden_network *network, const struct factors *factors)
{
    const struct golden *golden = network->golden;
    bool pools = golden->model == 5, tokens = !pools && golden->model != 2;
    struct reference_lstm op = {.T = network->S,
                                .N = golden->N,
                                .V = tokens ? golden->V : 0,
                                .E = network->features,
                                .H = golden->H,
                                .D = network->D,
                                .mask_count = mask_count(golden),
                                .input_mask = factors->input,
                                .recurrent_mask = factors->recurrent,
                                .tokens = golden->x,
                                .embeddings = tensor(network, network->weights, 0),
                                .x = pools ? network->pooled : network->x,
                                .y = network->y,
                                .saved = network->saved};
    for (int direction = 0; direction < network->D; direction++) {
        int first = (pools ? 3 : 1) + 3 * direction;
        op.weights[direction] = (struct reference_lstm_weights){tensor(network, network->weights, first),
                                                                tensor(network, network->weights, first + 1),
                                                                tensor(network, network->weights, first + 2)};
    }
    return op;
}

/* y to head, or dhead to dy. */
static void drop_output(const struct golden_network *network, const struct factors *factors,
                        const double *from, double *to)
{
    int F = network->D * network->golden->H;
    if (factors->output)
        reference_dropout(&(struct reference_dropout){
            .T = 1, .N = network->golden->N, .F = F, .mask = factors->output, .x = from, .y = to});
    else
        memcpy(to, from, (size_t)network->golden->N * (size_t)F * sizeof *to);
}

static void forward(struct golden_network *network, const struct factors *factors)
{
    const struct golden *golden = network->golden;
    struct reference_embedding first = embedding(network, factors);
    struct reference_lstm second = lstm(network, factors);
    int64_t correct = 0;
    reference_embedding(&first);
    if (golden->model == 5) {
        struct reference_conv_pool between = conv_pool(network);
        reference_conv_pool(&between);
    }
    reference_lstm(&second);
    drop_output(network, factors, network->y, network->head);
    network->loss = 0.0;
    reference_dense_bce(&(struct reference_dense_bce){.N = golden->N,
                                                      .batch = golden->N,
                                                      .F = network->D * golden->H,
                                                      .h = network->head,
                                                      .kernel = tensor(network, network->weights, -2),
                                                      .bias = tensor(network, network->weights, -1),
                                                      .labels = network->labels,
                                                      .prob = network->prob,
                                                      .dz = network->dz,
                                                      .loss = &network->loss,
                                                      .correct = &correct});
}

static void lstm_backward(struct golden_network *network, const struct factors *factors)
{
    bool pools = network->golden->model == 5;
    double *gradients = network->gradients;
    struct reference_lstm_backward op = {.forward = lstm(network, factors),
                                         .dy = network->dy,
                                         .dembeddings = tensor(network, gradients, 0),
                                         .dx = pools ? network->dpooled : network->dx};
    for (int direction = 0; direction < network->D; direction++) {
        int first = (pools ? 3 : 1) + 3 * direction;
        op.gradients[direction] = (struct reference_lstm_gradients){tensor(network, gradients, first),
                                                                    tensor(network, gradients, first + 1),
                                                                    tensor(network, gradients, first + 2)};
    }
    reference_lstm_backward(&op);
}

static void backward(struct golden_network *network, const struct factors *factors)
{
    const struct golden *golden = network->golden;
    double *gradients = network->gradients;
    memset(gradients, 0, golden->total_count * sizeof *gradients);
    reference_dense_backward(
        &(struct reference_dense_backward){.N = golden->N,
                                           .F = network->D * golden->H,
                                           .h = network->head,
                                           .kernel = tensor(network, network->weights, -2),
                                           .dz = network->dz,
                                           .dh = network->dhead,
                                           .dkernel = tensor(network, gradients, -2),
                                           .dbias = tensor(network, gradients, -1)});
    drop_output(network, factors, network->dhead, network->dy);
    lstm_backward(network, factors);
    if (golden->model == 5)
        reference_conv_pool_backward(
            &(struct reference_conv_pool_backward){.forward = conv_pool(network),
                                                   .dy = network->dpooled,
                                                   .dx = network->dx,
                                                   .dkernel = tensor(network, gradients, 1),
                                                   .dbias = tensor(network, gradients, 2)});
    if (golden->model == 2 || golden->model == 5)
        reference_embedding_backward(
            &(struct reference_embedding_backward){.forward = embedding(network, factors),
                                                   .dx = network->dx,
                                                   .dembeddings = tensor(network, gradients, 0)});
}

void golden_network_predict(struct golden_network *network)
{
    forward(network, &(struct factors){NULL});
}

void golden_network_train(struct golden_network *network, int s)
{
    const struct golden *golden = network->golden;
    struct factors factors = factors_open(network, &golden->steps[s]);
    forward(network, &factors);
    backward(network, &factors);
    factors_close(&factors);
    reference_adam(&(struct reference_adam){.count = golden->total_count,
                                            .alpha = reference_adam_alpha(1e-3, 0.9, 0.999, s + 1),
                                            .beta_1 = 0.9,
                                            .beta_2 = 0.999,
                                            .epsilon = 1e-7,
                                            .gradients = network->gradients,
                                            .weights = network->weights,
                                            .m = network->m,
                                            .v = network->v});
}
