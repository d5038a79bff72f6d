#include "reference/reference.h"

#include "matinee/dims.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* The saved area: gates after their nonlinearity (T,N,4H), then c and h before each step and after the last, both
 * (T+1,N,H). */
struct states {
    double *gates, *c, *h;
};

static size_t gates_count(int T, int N, int H)
{
    return (size_t)T * (size_t)N * GATE_COUNT * (size_t)H;
}

static size_t states_count(int T, int N, int H)
{
    return ((size_t)T + 1) * (size_t)N * (size_t)H;
}

size_t reference_lstm_saved_count(int T, int N, int H)
{
    return gates_count(T, N, H) + 2 * states_count(T, N, H);
}

static struct states states_of(const struct reference_lstm *op)
{
    double *c = op->saved + gates_count(op->T, op->N, op->H);
    return (struct states){op->saved, c, c + states_count(op->T, op->N, op->H)};
}

static double sigmoid(double z)
{
    return 1.0 / (1.0 + exp(-z));
}

/* z of column k: x_t . kernel + h . recurrent_kernel + bias. */
static double column_sum(const struct reference_lstm *op, const double *x, const double *h, size_t k)
{
    size_t columns = GATE_COUNT * (size_t)op->H;
    double z = op->bias[k];
    for (int e = 0; e < op->E; e++)
        z += x[e] * op->kernel[(size_t)e * columns + k];
    for (int j = 0; j < op->H; j++)
        z += h[j] * op->recurrent_kernel[(size_t)j * columns + k];
    return z;
}

static void forward_step(const struct reference_lstm *op, int t, int n)
{
    size_t H = (size_t)op->H, row = (size_t)t * (size_t)op->N + (size_t)n, next = row + (size_t)op->N;
    struct states states = states_of(op);
    double *gates = states.gates + row * GATE_COUNT * H;
    const double *x =
        op->embeddings + (size_t)op->tokens[(size_t)n * (size_t)op->T + (size_t)t] * (size_t)op->E;
    for (size_t j = 0; j < H; j++) {
        for (size_t gate = 0; gate < GATE_COUNT; gate++) {
            double z = column_sum(op, x, states.h + row * H, gate * H + j);
            gates[gate * H + j] = gate == GATE_C ? tanh(z) : sigmoid(z);
        }
        double c =
            gates[GATE_F * H + j] * states.c[row * H + j] + gates[GATE_I * H + j] * gates[GATE_C * H + j];
        states.c[next * H + j] = c;
        states.h[next * H + j] = gates[GATE_O * H + j] * tanh(c);
    }
}

void reference_lstm(const struct reference_lstm *op)
{
    struct states states = states_of(op);
    size_t state = (size_t)op->N * (size_t)op->H;
    for (size_t k = 0; k < state; k++)
        states.c[k] = states.h[k] = 0.0;
    for (int t = 0; t < op->T; t++)
        for (int n = 0; n < op->N; n++)
            forward_step(op, t, n);
    for (size_t k = 0; k < state; k++)
        op->h[k] = states.h[(size_t)op->T * state + k];
}

/* dh and dc of the state after step t become dz of the step; dc becomes that of the state before it. */
static void gate_gradients(const struct reference_lstm *op, size_t row, const double *dh, double *dc,
                           double *dz)
{
    size_t H = (size_t)op->H;
    struct states states = states_of(op);
    const double *gates = states.gates + row * GATE_COUNT * H;
    for (size_t j = 0; j < H; j++) {
        double i = gates[GATE_I * H + j], f = gates[GATE_F * H + j];
        double g = gates[GATE_C * H + j], o = gates[GATE_O * H + j];
        double tanh_c = tanh(states.c[(row + (size_t)op->N) * H + j]);
        dc[j] += dh[j] * o * (1.0 - tanh_c * tanh_c);
        dz[GATE_I * H + j] = dc[j] * g * i * (1.0 - i);
        dz[GATE_F * H + j] = dc[j] * states.c[row * H + j] * f * (1.0 - f);
        dz[GATE_C * H + j] = dc[j] * i * (1.0 - g * g);
        dz[GATE_O * H + j] = dh[j] * tanh_c * o * (1.0 - o);
        dc[j] *= f;
    }
}

/* Adds what dz of one step and row gives to the weights, and makes dh of the state before the step. */
static void weight_gradients(const struct reference_lstm_backward *op, int t, int n, const double *dz,
                             double *dh)
{
    const struct reference_lstm *forward = &op->forward;
    size_t H = (size_t)forward->H, E = (size_t)forward->E, columns = GATE_COUNT * H;
    size_t row = (size_t)t * (size_t)forward->N + (size_t)n;
    size_t token = (size_t)forward->tokens[(size_t)n * (size_t)forward->T + (size_t)t];
    const double *h_before = states_of(forward).h + row * H;
    for (size_t k = 0; k < columns; k++)
        op->dbias[k] += dz[k];
    for (size_t e = 0; e < E; e++)
        for (size_t k = 0; k < columns; k++) {
            op->dkernel[e * columns + k] += forward->embeddings[token * E + e] * dz[k];
            op->dembeddings[token * E + e] += forward->kernel[e * columns + k] * dz[k];
        }
    for (size_t j = 0; j < H; j++) {
        dh[j] = 0.0;
        for (size_t k = 0; k < columns; k++) {
            op->drecurrent_kernel[j * columns + k] += h_before[j] * dz[k];
            dh[j] += forward->recurrent_kernel[j * columns + k] * dz[k];
        }
    }
}

void reference_lstm_backward(const struct reference_lstm_backward *op)
{
    size_t H = (size_t)op->forward.H;
    double *work = calloc((GATE_COUNT + 2) * H, sizeof *work);
    assert(work);
    double *dh = work, *dc = work + H, *dz = work + 2 * H;
    for (int n = 0; n < op->forward.N; n++) {
        for (size_t j = 0; j < H; j++) {
            dh[j] = op->dh[(size_t)n * H + j];
            dc[j] = 0.0;
        }
        for (int t = op->forward.T - 1; t >= 0; t--) {
            gate_gradients(&op->forward, (size_t)t * (size_t)op->forward.N + (size_t)n, dh, dc, dz);
            weight_gradients(op, t, n, dz, dh);
        }
    }
    free(work);
}
