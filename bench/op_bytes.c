#include "op_bytes.h"

enum { FLOAT_BYTES = sizeof(float), INT_BYTES = sizeof(int32_t) };

static double product(int a, int b, int c)
{
    return (double)a * b * c;
}

static struct op_bytes of_embedding(const struct embedding *op, unsigned char *seen)
{
    const double positions = (double)op->T * op->N,
                 rows = distinct_tokens(op->tokens, (size_t)op->T * (size_t)op->N, seen) * op->E;
    return (struct op_bytes){
        .forward = INT_BYTES * positions + FLOAT_BYTES * (rows + positions * op->E),
        .backward = INT_BYTES * positions + FLOAT_BYTES * (positions * op->E + 2 * rows),
    };
}

/* The mask is a function of the position and is not kept. */
static struct op_bytes of_dropout(const struct dropout_layer *op)
{
    const double bytes = FLOAT_BYTES * 2 * product(op->T, op->N, op->F);
    return (struct op_bytes){.forward = bytes, .backward = bytes};
}

/* Which of the steps that are pooled was the largest is kept. */
static struct op_bytes of_conv_pool(const struct conv_pool *op)
{
    const double outputs = product(conv_pool_steps(op), op->N, op->C), x = product(op->T, op->N, op->E),
                 read = conv_own_steps(op) * op->P * op->stride * op->E,
                 kernel = product(op->K, op->E, op->C);
    return (struct op_bytes){
        .forward = FLOAT_BYTES * (read + kernel + op->C + outputs) + INT_BYTES * outputs,
        .backward = FLOAT_BYTES * (outputs + read + kernel + x + 2 * (kernel + op->C)) + INT_BYTES * outputs,
    };
}

static struct op_bytes of_max_pool(const struct max_pool *op)
{
    const double outputs = product(op->T / op->P, op->N, op->F), x = product(op->T, op->N, op->F);
    const double bytes = FLOAT_BYTES * (x + outputs) + INT_BYTES * outputs;
    return (struct op_bytes){.forward = bytes, .backward = bytes};
}

/* The maximum and the number of steps that have it are kept. */
static struct op_bytes of_global_pool(const struct global_pool *op)
{
    const double x = product(op->T, op->N, op->F), outputs = (double)op->N * op->F,
                 tokens = op->tokens ? (double)op->N * op->T : 0;
    const double kept = op->average ? 0 : (FLOAT_BYTES + INT_BYTES) * outputs;
    return (struct op_bytes){
        .forward = FLOAT_BYTES * (x + outputs) + INT_BYTES * tokens + kept,
        .backward = FLOAT_BYTES * ((op->average ? 1 : 2) * x + outputs) + INT_BYTES * tokens + kept,
    };
}

/* Kept of each row-step: four gates, h and c. A reversed direction reads all of x. */
static struct op_bytes of_lstm(const struct lstm *op, const struct step_work *work, unsigned char *seen)
{
    const double positions = (double)op->T * op->N, H = op->H;
    const double weights = op->D * (op->E + H + 1) * GATE_COUNT * H,
                 kept = work->row_steps * (GATE_COUNT + 2) * H;
    const double y = product(op->sequences ? op->T : 1, op->N, op->D * op->H);
    double read, given_back;
    if (op->V > 0) {
        const double rows = distinct_tokens(op->tokens, (size_t)op->T * (size_t)op->N, seen) * op->E;
        read = rows + positions * INT_BYTES / FLOAT_BYTES;
        given_back = 2 * rows;
    } else {
        read = (op->D == 1 ? work->row_steps : positions) * op->E;
        given_back = positions * op->E;
    }
    return (struct op_bytes){
        .forward = FLOAT_BYTES * (read + weights + kept + y),
        .backward = FLOAT_BYTES * (y + read + weights + kept + given_back + 2 * weights),
    };
}

static struct op_bytes of_dense(const struct dense_bce *op)
{
    const double h = (double)op->N * op->F;
    return (struct op_bytes){
        .forward = FLOAT_BYTES * (h + op->F + 1 + 3.0 * op->N), /* labels, prob and dz */
        .backward = FLOAT_BYTES * (h + op->F + op->N + h + 2.0 * (op->F + 1)),
    };
}

struct op_bytes op_bytes_of(const struct pass *pass, int i, const struct step_work *work, unsigned char *seen)
{
    const struct pass_op *op = &pass->ops[i];
    switch (op->kind) {
    case OP_EMBEDDING:
        return of_embedding(&op->embedding.forward, seen);
    case OP_DROPOUT:
        return of_dropout(&op->dropout.forward);
    case OP_CONV_POOL:
        return of_conv_pool(&op->conv_pool.forward);
    case OP_MAX_POOL:
        return of_max_pool(&op->max_pool.forward);
    case OP_GLOBAL_POOL:
        return of_global_pool(&op->global_pool.forward);
    case OP_LSTM:
        return of_lstm(&op->lstm.forward, work, seen);
    case OP_DENSE:
        return of_dense(&op->dense.forward);
    }
    return (struct op_bytes){0};
}

/* Tokens, pads and labels; a resident label is a byte. */
double load_batch_bytes(const struct load_batch *op)
{
    const double positions = (double)op->N * op->T;
    return positions * (INT_BYTES + INT_BYTES) + op->N * (2.0 * INT_BYTES + 1 + FLOAT_BYTES);
}

double clear_bytes(const struct pass *pass)
{
    return FLOAT_BYTES * (double)pass->adam.count;
}

/* Reads the gradient, the weight and both moments, and writes the last three. */
double adam_bytes(const struct adam *op)
{
    return 7.0 * FLOAT_BYTES * (double)op->count;
}
