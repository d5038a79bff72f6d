#include "reference/lstm_states.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* d activation / d z of a gate i, f or o, from its value. */
static double sigmoid_slope(const struct reference_lstm *op, double value)
{
    if (op->hard_slope > 0.0)
        return value > 0.0 && value < 1.0 ? op->hard_slope : 0.0;
    return value * (1.0 - value);
}

/* dh and dc of the state after step s become dz of the step; dc becomes that of the state before it. */
static void gate_gradients(const struct reference_lstm *op, int direction, int s, int n, const double *dh,
                           double *dc, double *dz)
{
    size_t H = (size_t)op->H, row = (size_t)s * (size_t)op->N + (size_t)n;
    struct lstm_states states = lstm_states_of(op, direction);
    const double *gates = states.gates + row * GATE_COUNT * H;
    for (size_t j = 0; j < H; j++) {
        double i = gates[GATE_I * H + j], f = gates[GATE_F * H + j];
        double g = gates[GATE_C * H + j], o = gates[GATE_O * H + j];
        double tanh_c = tanh(states.c[(row + (size_t)op->N) * H + j]);
        dc[j] += dh[j] * o * (1.0 - tanh_c * tanh_c);
        dz[GATE_I * H + j] = dc[j] * g * sigmoid_slope(op, i);
        dz[GATE_F * H + j] = dc[j] * states.c[row * H + j] * sigmoid_slope(op, f);
        dz[GATE_C * H + j] = dc[j] * i * (1.0 - g * g);
        dz[GATE_O * H + j] = dh[j] * tanh_c * sigmoid_slope(op, o);
        dc[j] *= f;
    }
}

/* One factor of z = (in*mask) . matrix for one gate: adds to the matrix' gradient and to din. matrix and dmatrix
 * (width,4H) begin at the gate's columns. */
static void product_gradients(int width, int H, const double *in, const double *mask, const double *matrix,
                              const double *dz, double *dmatrix, double *din)
{
    for (int i = 0; i < width; i++) {
        double factor = mask ? mask[i] : 1.0;
        for (int j = 0; j < H; j++) {
            int at = i * GATE_COUNT * H + j;
            dmatrix[at] += in[i] * factor * dz[j];
            din[i] += matrix[at] * factor * dz[j];
        }
    }
}

/* Where the gradient of lstm_input goes. */
static double *input_gradient(const struct reference_lstm_backward *op, int t, int n)
{
    const struct reference_lstm *forward = &op->forward;
    if (forward->V > 0)
        return op->dembeddings + (lstm_input(forward, t, n) - forward->embeddings);
    return op->dx + (lstm_input(forward, t, n) - forward->x);
}

/* Adds what dz of one step and row gives to weights and input, and makes dh of the state before the step. */
static void step_gradients(const struct reference_lstm_backward *op, int direction, int s, int n,
                           const double *dz, double *dh)
{
    const struct reference_lstm *forward = &op->forward;
    const struct reference_lstm_weights *weights = &forward->weights[direction];
    const struct reference_lstm_gradients *gradients = &op->gradients[direction];
    int E = forward->E, H = forward->H, t = lstm_time(forward, direction, s);
    const double *h =
        lstm_states_of(forward, direction).h + ((size_t)s * (size_t)forward->N + (size_t)n) * (size_t)H;
    for (int j = 0; j < H; j++)
        dh[j] = 0.0;
    for (int gate = 0; gate < GATE_COUNT; gate++) {
        int first = gate * H;
        for (int j = 0; j < H; j++)
            gradients->dbias[first + j] += dz[first + j];
        product_gradients(
            E, H, lstm_input(forward, t, n), lstm_mask(forward, forward->input_mask, direction, gate, n, E),
            weights->kernel + first, dz + first, gradients->dkernel + first, input_gradient(op, t, n));
        product_gradients(H, H, h, lstm_mask(forward, forward->recurrent_mask, direction, gate, n, H),
                          weights->recurrent_kernel + first, dz + first, gradients->drecurrent_kernel + first,
                          dh);
    }
}

static void run_row(const struct reference_lstm_backward *op, int direction, int n, double *work)
{
    size_t H = (size_t)op->forward.H;
    double *dh = work, *dc = work + H, *dz = work + 2 * H;
    for (size_t j = 0; j < H; j++)
        dh[j] = dc[j] = 0.0;
    for (int s = op->forward.T - 1; s >= 0; s--) {
        ptrdiff_t output = lstm_output(&op->forward, direction, s, n);
        for (size_t j = 0; output >= 0 && j < H; j++)
            dh[j] += op->dy[(size_t)output + j];
        gate_gradients(&op->forward, direction, s, n, dh, dc, dz);
        step_gradients(op, direction, s, n, dz, dh);
    }
}

void reference_lstm_backward(const struct reference_lstm_backward *op)
{
    const struct reference_lstm *forward = &op->forward;
    size_t inputs = (size_t)forward->T * (size_t)forward->N * (size_t)forward->E;
    double *work = calloc((GATE_COUNT + 2) * (size_t)forward->H, sizeof *work);
    assert(work);
    for (size_t k = 0; forward->V == 0 && k < inputs; k++)
        op->dx[k] = 0.0;
    for (int direction = 0; direction < forward->D; direction++)
        for (int n = 0; n < forward->N; n++)
            run_row(op, direction, n, work);
    free(work);
}
