#include "reference/lstm_states.h"

static size_t gates_count(const struct reference_lstm *op)
{
    return (size_t)op->T * (size_t)op->N * GATE_COUNT * (size_t)op->H;
}

static size_t states_count(const struct reference_lstm *op)
{
    return ((size_t)op->T + 1) * (size_t)op->N * (size_t)op->H;
}

size_t reference_lstm_saved_count(const struct reference_lstm *op)
{
    return (size_t)op->D * (gates_count(op) + 2 * states_count(op));
}

struct lstm_states lstm_states_of(const struct reference_lstm *op, int direction)
{
    double *gates = op->saved + (size_t)direction * (gates_count(op) + 2 * states_count(op));
    double *c = gates + gates_count(op);
    return (struct lstm_states){gates, c, c + states_count(op)};
}

int lstm_time(const struct reference_lstm *op, int direction, int s)
{
    bool last_first = op->D == 2 ? direction == 1 : op->reversed;
    return last_first ? op->T - 1 - s : s;
}

const double *lstm_input(const struct reference_lstm *op, int t, int n)
{
    if (op->V > 0)
        return op->embeddings + (size_t)op->tokens[(size_t)n * (size_t)op->T + (size_t)t] * (size_t)op->E;
    return op->x + ((size_t)t * (size_t)op->N + (size_t)n) * (size_t)op->E;
}

const double *lstm_mask(const struct reference_lstm *op, const double *masks, int direction, int gate, int n,
                        int width)
{
    if (!masks)
        return NULL;
    int mask = direction * op->mask_count + (op->mask_count == 1 ? 0 : gate);
    return masks + ((size_t)mask * (size_t)op->N + (size_t)n) * (size_t)width;
}

ptrdiff_t lstm_output(const struct reference_lstm *op, int direction, int s, int n)
{
    if (!op->sequences && s < op->T - 1)
        return -1;
    int place = !op->sequences ? 0 : op->D == 2 ? lstm_time(op, direction, s) : s;
    return (((ptrdiff_t)place * op->N + n) * op->D + direction) * op->H;
}
