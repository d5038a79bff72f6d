#include "reference/lstm_states.h"

#include <math.h>

/* values[k] * mask[k], all of it where there is no mask. */
static double masked(const double *values, const double *mask, int k)
{
    return mask ? values[k] * mask[k] : values[k];
}

static double gate_activation(const struct reference_lstm *op, int gate, double z)
{
    if (gate == GATE_C)
        return tanh(z);
    if (op->hard_slope > 0.0)
        return fmin(fmax(op->hard_slope * z + 0.5, 0.0), 1.0);
    return 1.0 / (1.0 + exp(-z));
}

/* One gate of a step: z (H) = (x*input_mask) . kernel + (h*recurrent_mask) . recurrent_kernel + bias, then its
 * activation in place. */
static void run_gate(const struct reference_lstm *op, int direction, int gate, int n, const double *x,
                     const double *h, double *z)
{
    const struct reference_lstm_weights *weights = &op->weights[direction];
    const double *input_mask = lstm_mask(op, op->input_mask, direction, gate, n, op->E);
    const double *recurrent_mask = lstm_mask(op, op->recurrent_mask, direction, gate, n, op->H);
    int H = op->H, columns = GATE_COUNT * H;
    for (int j = 0; j < H; j++)
        z[j] = weights->bias[gate * H + j];
    for (int e = 0; e < op->E; e++)
        for (int j = 0; j < H; j++)
            z[j] += masked(x, input_mask, e) * weights->kernel[e * columns + gate * H + j];
    for (int i = 0; i < H; i++)
        for (int j = 0; j < H; j++)
            z[j] += masked(h, recurrent_mask, i) * weights->recurrent_kernel[i * columns + gate * H + j];
    for (int j = 0; j < H; j++)
        z[j] = gate_activation(op, gate, z[j]);
}

static void run_step(const struct reference_lstm *op, int direction, int s, int n)
{
    size_t H = (size_t)op->H, row = (size_t)s * (size_t)op->N + (size_t)n;
    struct lstm_states states = lstm_states_of(op, direction);
    double *gates = states.gates + row * GATE_COUNT * H;
    const double *c_before = states.c + row * H, *h_before = states.h + row * H;
    double *c = states.c + (row + (size_t)op->N) * H, *h = states.h + (row + (size_t)op->N) * H;
    const double *x = lstm_input(op, lstm_time(op, direction, s), n);
    for (int gate = 0; gate < GATE_COUNT; gate++)
        run_gate(op, direction, gate, n, x, h_before, gates + (size_t)gate * H);
    for (size_t j = 0; j < H; j++) {
        c[j] = gates[GATE_F * H + j] * c_before[j] + gates[GATE_I * H + j] * gates[GATE_C * H + j];
        h[j] = gates[GATE_O * H + j] * tanh(c[j]);
    }
    ptrdiff_t output = lstm_output(op, direction, s, n);
    for (size_t j = 0; output >= 0 && j < H; j++)
        op->y[(size_t)output + j] = h[j];
}

void reference_lstm(const struct reference_lstm *op)
{
    for (int direction = 0; direction < op->D; direction++) {
        struct lstm_states states = lstm_states_of(op, direction);
        for (size_t k = 0; k < (size_t)op->N * (size_t)op->H; k++)
            states.c[k] = states.h[k] = 0.0;
        for (int s = 0; s < op->T; s++)
            for (int n = 0; n < op->N; n++)
                run_step(op, direction, s, n);
    }
}
