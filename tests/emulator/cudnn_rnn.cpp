/* An LSTM as cuDNN documents it, by plain loops in double. */
#include "cudnn_rnn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GATES = 4, LINS = 2 * GATES, GATE_I = 0, GATE_F, GATE_C, GATE_O, GAP_FLOATS = 24, PLACE_FLOATS = 32 };

static size_t next_place(size_t &at, size_t count)
{
    size_t place = (at + GAP_FLOATS + PLACE_FLOATS - 1) / PLACE_FLOATS * PLACE_FLOATS;
    at = place + count;
    return place;
}

/* Walks the weight space from the last layer to the first, h before input, biases before matrices. */
static rnn_place walk(const cudnnRNNStruct &rnn, int pseudo_layer, int lin, size_t &at)
{
    rnn_place place = {0, 0, 0};
    for (int p = rnn.layers * rnn.D - 1; p >= 0; p--)
        for (int l = LINS - 1; l >= 0; l--) {
            int width = l >= GATES ? rnn.H : p < rnn.D ? rnn.E : rnn.D * rnn.H;
            bool has_bias = l < GATES || rnn.two_biases;
            size_t bias = has_bias ? next_place(at, (size_t)rnn.H) : SIZE_MAX;
            size_t matrix = next_place(at, (size_t)rnn.H * (size_t)width);
            if (p == pseudo_layer && l == lin)
                place = {matrix, bias, width};
        }
    return place;
}

rnn_place rnn_place_of(const cudnnRNNStruct &rnn, int pseudo_layer, int lin)
{
    size_t at = 0;
    return walk(rnn, pseudo_layer, lin, at);
}

size_t rnn_weight_floats(const cudnnRNNStruct &rnn)
{
    size_t at = 0;
    walk(rnn, 0, 0, at);
    return at + GAP_FLOATS;
}

/* A factor of a product: whole, or with TF32's 10 bits. */
static double factor(const cudnnRNNStruct &rnn, double value)
{
    if (rnn.math == CUDNN_FMA_MATH)
        return value;
    float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    bits = (bits + 0x1000) & ~(uint32_t)0x1fff;
    memcpy(&narrow, &bits, sizeof bits);
    return narrow;
}

namespace
{

/* The reserve: per pseudo layer gates, which the backward pass turns into dz, and c; per layer y and the mask on it. */
struct states {
    const rnn_call &call;
    size_t T, N, H, D, sequence;
    double *base;

    states(const rnn_call &of, double *memory)
        : call(of), T((size_t)of.T), N((size_t)of.N), H((size_t)of.rnn.H), D((size_t)of.rnn.D),
          sequence(T * N * D * H), base(memory)
    {
    }

    double *gates(int layer, size_t d, size_t t, size_t n) const
    {
        return base + (((size_t)layer * D + d) * T * N + t * N + n) * GATES * H;
    }

    double *c(int layer, size_t d, size_t t, size_t n) const
    {
        return base + (size_t)call.rnn.layers * sequence * GATES +
               (((size_t)layer * D + d) * T * N + t * N + n) * H;
    }

    double *y(int layer, size_t t, size_t n) const
    {
        return base + (size_t)call.rnn.layers * sequence * (GATES + 1) + (size_t)layer * sequence +
               (t * N + n) * D * H;
    }

    double *mask(int layer, size_t t, size_t n) const
    {
        return y(layer, t, n) + (size_t)call.rnn.layers * sequence;
    }

    /* What a layer reads at t. */
    double input(int layer, size_t t, size_t n, size_t k) const
    {
        if (layer == 0)
            return call.x[(t * N + n) * (size_t)call.rnn.E + k];
        return y(layer - 1, t, n)[k] * mask(layer - 1, t, n)[k];
    }
};

/* The weights of one direction of one layer. */
struct cell {
    const rnn_call &call;
    rnn_place places[LINS];
    int layer;
    size_t d;

    cell(const rnn_call &of, int of_layer, size_t direction) : call(of), layer(of_layer), d(direction)
    {
        for (int lin = 0; lin < LINS; lin++)
            places[lin] = rnn_place_of(of.rnn, of_layer * of.rnn.D + (int)direction, lin);
    }

    double weight(int lin, size_t j, size_t k) const
    {
        return factor(call.rnn, call.weights[places[lin].matrix + j * (size_t)places[lin].width + k]);
    }

    double bias(int gate, size_t j) const
    {
        double sum = 0.0;
        for (int lin = gate; lin < LINS; lin += GATES)
            if (places[lin].bias != SIZE_MAX)
                sum += call.weights[places[lin].bias + j];
        return sum;
    }
};

}  // namespace

size_t rnn_reserve_doubles(const cudnnRNNStruct &rnn, int T, int N)
{
    return (size_t)rnn.layers * (size_t)rnn.D * (size_t)T * (size_t)N * (size_t)rnn.H * (GATES + 3);
}

static double sigmoid(double z)
{
    return 1.0 / (1.0 + exp(-z));
}

/* The time of the s-th step that a direction reads. */
static size_t time_of(const states &st, size_t d, size_t s)
{
    return d == 0 ? s : st.T - 1 - s;
}

static void forward_step(const states &st, const cell &own, size_t s, size_t n)
{
    const size_t t = time_of(st, own.d, s), H = st.H, before = s > 0 ? time_of(st, own.d, s - 1) : 0;
    double *gates = st.gates(own.layer, own.d, t, n), *c = st.c(own.layer, own.d, t, n);
    double *h = st.y(own.layer, t, n) + own.d * H;
    for (int gate = 0; gate < GATES; gate++)
        for (size_t j = 0; j < H; j++) {
            double z = own.bias(gate, j);
            for (size_t k = 0; k < (size_t)own.places[gate].width; k++)
                z += own.weight(gate, j, k) * factor(own.call.rnn, st.input(own.layer, t, n, k));
            for (size_t k = 0; s > 0 && k < H; k++)
                z += own.weight(GATES + gate, j, k) *
                     factor(own.call.rnn, st.y(own.layer, before, n)[own.d * H + k]);
            gates[(size_t)gate * H + j] = gate == GATE_C ? tanh(z) : sigmoid(z);
        }
    for (size_t j = 0; j < H; j++) {
        c[j] = gates[GATE_I * H + j] * gates[GATE_C * H + j];
        if (s > 0)
            c[j] += gates[GATE_F * H + j] * st.c(own.layer, own.d, before, n)[j];
        h[j] = gates[GATE_O * H + j] * tanh(c[j]);
    }
}

static void draw_masks(const states &st, int layer, bool drops)
{
    const cudnnRNNStruct &rnn = st.call.rnn;
    double *mask = st.mask(layer, 0, 0);
    for (size_t i = 0; i < st.sequence; i++)
        mask[i] = !drops ? 1.0 : dropout_keeps(rnn.states, rnn.rate) ? 1.0 / (1.0 - (double)rnn.rate) : 0.0;
}

/* What a call begins with: the array of lengths must be there, and nothing may count on what the workspace held. */
static void begin(const rnn_call &call)
{
    for (int n = 0; call.lengths && n < call.N; n++)
        if (call.lengths[n] != call.T) {
            fprintf(stderr, "standin: cuDNN was given a length of %d, its descriptor says %d\n",
                    (int)call.lengths[n], call.T);
            abort();
        }
    memset(call.work, 0xff, call.work_bytes);
}

void rnn_forward(const rnn_call &call)
{
    begin(call);
    std::vector<double> own_states(call.reserve ? 0 : rnn_reserve_doubles(call.rnn, call.T, call.N));
    states st(call, call.reserve ? call.reserve : own_states.data());
    for (int layer = 0; layer < call.rnn.layers; layer++) {
        for (size_t d = 0; d < st.D; d++) {
            cell own(call, layer, d);
            for (size_t s = 0; s < st.T; s++)
                for (size_t n = 0; n < st.N; n++)
                    forward_step(st, own, s, n);
        }
        draw_masks(st, layer, call.reserve && call.rnn.rate > 0.0f && layer + 1 < call.rnn.layers);
    }
    for (size_t i = 0; i < st.sequence; i++)
        call.y[i] = (float)st.y(call.rnn.layers - 1, 0, 0)[i];
}

/* dh of a state becomes dz in place of the gates, dc that of the state before. */
static void gate_gradients(const states &st, const cell &own, size_t s, size_t n, const double *dh,
                           double *dc)
{
    const size_t t = time_of(st, own.d, s), H = st.H;
    double *gates = st.gates(own.layer, own.d, t, n);
    for (size_t j = 0; j < H; j++) {
        double i = gates[GATE_I * H + j], f = gates[GATE_F * H + j], g = gates[GATE_C * H + j],
               o = gates[GATE_O * H + j];
        double c = s > 0 ? st.c(own.layer, own.d, time_of(st, own.d, s - 1), n)[j] : 0.0;
        double tanh_c = tanh(st.c(own.layer, own.d, t, n)[j]);
        dc[j] += dh[j] * o * (1.0 - tanh_c * tanh_c);
        gates[GATE_I * H + j] = dc[j] * g * i * (1.0 - i);
        gates[GATE_F * H + j] = dc[j] * c * f * (1.0 - f);
        gates[GATE_C * H + j] = dc[j] * i * (1.0 - g * g);
        gates[GATE_O * H + j] = dh[j] * tanh_c * o * (1.0 - o);
        dc[j] *= f;
    }
}

static void backward_row(const states &st, const cell &own, size_t n, const double *dlayer, double *dinput)
{
    const size_t H = st.H, width = (size_t)own.places[0].width;
    std::vector<double> dh(H), dc(H);
    for (size_t s = st.T; s-- > 0;) {
        const size_t t = time_of(st, own.d, s);
        const double *dz = st.gates(own.layer, own.d, t, n);
        for (size_t j = 0; j < H; j++)
            dh[j] += dlayer[(t * st.N + n) * st.D * H + own.d * H + j];
        gate_gradients(st, own, s, n, dh.data(), dc.data());
        for (size_t k = 0; k < H; k++)
            dh[k] = 0.0;
        for (int gate = 0; gate < GATES; gate++)
            for (size_t j = 0; j < H; j++) {
                const double own_dz = factor(own.call.rnn, dz[(size_t)gate * H + j]);
                for (size_t k = 0; k < width; k++)
                    dinput[(t * st.N + n) * width + k] += own.weight(gate, j, k) * own_dz;
                for (size_t k = 0; k < H; k++)
                    dh[k] += own.weight(GATES + gate, j, k) * own_dz;
            }
    }
}

void rnn_backward_data(const rnn_call &call)
{
    begin(call);
    states st(call, call.reserve);
    std::vector<double> dlayer(call.dy, call.dy + st.sequence), dinput;
    for (int layer = call.rnn.layers - 1; layer >= 0; layer--) {
        const size_t width = layer > 0 ? st.D * st.H : (size_t)call.rnn.E;
        dinput.assign(st.T * st.N * width, 0.0);
        for (size_t d = 0; d < st.D; d++) {
            cell own(call, layer, d);
            for (size_t n = 0; n < st.N; n++)
                backward_row(st, own, n, dlayer.data(), dinput.data());
        }
        dlayer = dinput;
        for (size_t i = 0; layer > 0 && i < st.sequence; i++)
            dlayer[i] *= st.mask(layer - 1, 0, 0)[i];
    }
    for (size_t i = 0; i < dlayer.size(); i++)
        call.dx[i] = (float)dlayer[i];
}

/* h before a step: of the last layer what the caller says that y is. */
static double h_before(const states &st, const cell &own, size_t s, size_t n, size_t k)
{
    const size_t before = time_of(st, own.d, s - 1), column = own.d * st.H + k;
    if (own.layer + 1 < st.call.rnn.layers)
        return st.y(own.layer, before, n)[column];
    return st.call.y_in[(before * st.N + n) * st.D * st.H + column];
}

static double weight_gradient(const states &st, const cell &own, int lin, size_t j, size_t k)
{
    double sum = 0.0;
    for (size_t s = lin < GATES ? 0 : 1; s < st.T; s++)
        for (size_t n = 0; n < st.N; n++) {
            const size_t t = time_of(st, own.d, s);
            const double in = lin < GATES ? st.input(own.layer, t, n, k) : h_before(st, own, s, n, k);
            sum += factor(own.call.rnn, st.gates(own.layer, own.d, t, n)[(size_t)(lin % GATES) * st.H + j]) *
                   factor(own.call.rnn, in);
        }
    return sum;
}

static void backward_weights(const states &st, const cell &own, int lin)
{
    const rnn_place &place = own.places[lin];
    float *to = st.call.dweights;
    for (size_t j = 0; j < st.H; j++) {
        for (size_t k = 0; k < (size_t)place.width; k++)
            to[place.matrix + j * (size_t)place.width + k] += (float)weight_gradient(st, own, lin, j, k);
        double sum = 0.0;
        for (size_t t = 0; t < st.T; t++)
            for (size_t n = 0; n < st.N; n++)
                sum += st.gates(own.layer, own.d, t, n)[(size_t)(lin % GATES) * st.H + j];
        if (place.bias != SIZE_MAX)
            to[place.bias + j] += (float)sum;
    }
}

void rnn_backward_weights(const rnn_call &call)
{
    begin(call);
    states st(call, call.reserve);
    for (int layer = 0; layer < call.rnn.layers; layer++)
        for (size_t d = 0; d < st.D; d++) {
            cell own(call, layer, d);
            for (int lin = 0; lin < LINS; lin++)
                backward_weights(st, own, lin);
        }
}
