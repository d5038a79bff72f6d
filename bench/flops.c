#include "flops.h"

#include "lstm_rows.h"

#include <string.h>

/* A product of (rows,K) with (K,columns) is 2*rows*K*columns flops; its two gradients are as many each. */
enum { PASSES = 3 };

enum { FLOAT_BYTES = sizeof(float) };

struct extent {
    double row_steps;  /* each row's own steps, and the pad trajectory's */
    double part_steps; /* steps at which a part, or the pad trajectory, has a row that runs */
};

static int most(const int32_t *pads, int N)
{
    int32_t longest = 0;
    for (int n = 0; n < N; n++)
        longest = pads[n] > longest ? pads[n] : longest;
    return longest;
}

/* A reversed direction reads its pads last and shares nothing. Else each row runs T - pads[n] steps of its own, and one
 * trajectory runs the longest pads for all of them. The rows with the least pads are the first of the parts. */
static struct extent extent_of(const struct lstm *op, bool reversed, int threads)
{
    const int longest = reversed ? 0 : most(op->pads, op->N), parts = lstm_part_count(op->N, threads);
    struct extent extent = {.row_steps = longest, .part_steps = longest};
    for (int pads = 0, row = 0; row < op->N; pads++)
        for (int n = 0; n < op->N; n++) {
            if ((reversed ? 0 : op->pads[n]) != pads)
                continue;
            extent.row_steps += op->T - pads;
            extent.part_steps += row++ < parts ? op->T - pads : 0;
        }
    return extent;
}

double distinct_tokens(const int32_t *tokens, size_t count, unsigned char *seen)
{
    double distinct = 0;
    for (size_t i = 0; i < count; i++) {
        distinct += !seen[tokens[i]];
        seen[tokens[i]] = 1;
    }
    for (size_t i = 0; i < count; i++)
        seen[tokens[i]] = 0;
    return distinct;
}

/* Of a direction, with matrices (E,4H) and (H,4H):
 *
 *     flops         PASSES * 2 * (row-steps * H + inputs * E) * 4H; inputs are the batch's distinct tokens where the
 *                   op reads tokens, as each is projected once, and else all row-steps. Masks change none of this.
 *     cache bytes   the recurrent kernel at each step of each part, forward and backward, and where it reads x the
 *                   kernel as well.
 *     memory bytes  a row-step's gates (4H): written, read as they become dz, written, read for the weights' gradient;
 *                   its h and its c (H each): written and read. Of tokens (4H): the projection is read, dz is added to
 *                   the token's sum. Of x (E): read twice; dx is written.
 *
 * Left out: the gates' own functions, biases, masks, dropout. */
static struct step_work of_direction(const struct lstm *op, bool reversed, int threads, double tokens)
{
    const struct extent extent = extent_of(op, reversed, threads);
    const double E = op->E, H = op->H, gates = GATE_COUNT * H;
    const bool reads_x = op->V == 0;
    const double inputs = reads_x ? extent.row_steps : tokens;
    const double floats_moved = 4 * gates + 2 * H + 2 * H + (reads_x ? 3 * E : 3 * gates);
    const double of_pass = 2 * (extent.row_steps * H + inputs * E) * gates;
    return (struct step_work){.flops = PASSES * of_pass,
                              .forward_flops = of_pass,
                              .row_steps = extent.row_steps,
                              .cache_bytes =
                                  extent.part_steps * 2 * (H + (reads_x ? E : 0)) * gates * FLOAT_BYTES,
                              .memory_bytes = extent.row_steps * floats_moved * FLOAT_BYTES};
}

void step_work_add(struct step_work *sum, const struct step_work *work)
{
    sum->flops += work->flops;
    sum->forward_flops += work->forward_flops;
    sum->row_steps += work->row_steps;
    sum->cache_bytes += work->cache_bytes;
    sum->memory_bytes += work->memory_bytes;
}

static void add_lstm(struct step_work *sum, const struct lstm *op, int threads, unsigned char *seen)
{
    const double tokens = op->V > 0 ? distinct_tokens(op->tokens, (size_t)op->N * (size_t)op->T, seen) : 0;
    for (int d = 0; d < op->D; d++) {
        const struct step_work work = of_direction(op, op->D == 1 ? op->reversed : d == 1, threads, tokens);
        step_work_add(sum, &work);
    }
}

/* Whether what reads the op's output gives back one gradient for the steps that rows share. */
static bool shares_gradient(const struct pass *pass, int i)
{
    if (i + 1 >= pass->op_count)
        return false;
    const struct pass_op *reader = &pass->ops[i + 1];
    if (reader->kind == OP_LSTM)
        return reader->lstm.forward.D == 1 && !reader->lstm.forward.reversed &&
               reader->lstm.forward.pads == pass->ops[i].conv_pool.forward.y_pads;
    return reader->kind == OP_CONV_POOL && shares_gradient(pass, i + 1);
}

double conv_own_steps(const struct conv_pool *op)
{
    double own = most(op->y_pads, op->N);
    for (int n = 0; n < op->N; n++)
        own += conv_pool_steps(op) - op->y_pads[n];
    return own;
}

/* S*P steps of z of (K*E,C). A row's first y_pads[n] steps of y are those of the row with the most, forward; backward,
 * too, if no gradient comes back for them. */
static void add_conv(struct step_work *sum, const struct conv_pool *op, bool shared_back)
{
    const double own = conv_own_steps(op), all = (double)conv_pool_steps(op) * op->N,
                 of_step = 2.0 * op->P * op->K * op->E * op->C;
    sum->flops += of_step * (own + (PASSES - 1) * (shared_back ? own : all));
    sum->forward_flops += of_step * own;
    sum->memory_bytes += 4 * FLOAT_BYTES * all * (op->C + (double)op->P * op->stride * op->E);
}

struct step_work op_work_of(const struct pass *pass, int i, int threads, unsigned char *seen)
{
    struct step_work work = {0};
    const struct pass_op *op = &pass->ops[i];
    switch (op->kind) {
    case OP_LSTM:
        add_lstm(&work, &op->lstm.forward, threads, seen);
        break;
    case OP_CONV_POOL:
        add_conv(&work, &op->conv_pool.forward, shares_gradient(pass, i));
        break;
    case OP_DENSE:
        work.forward_flops = 2.0 * op->dense.forward.N * op->dense.forward.F;
        work.flops = PASSES * work.forward_flops;
        break;
    case OP_EMBEDDING:
    case OP_DROPOUT:
    case OP_MAX_POOL:
    case OP_GLOBAL_POOL:
        break; /* no products */
    }
    return work;
}

struct step_work step_work_of(const struct pass *pass, int threads, unsigned char *seen)
{
    /* Adam reads g, w, m, v and writes the last three; the gradients are cleared before. */
    struct step_work sum = {.memory_bytes = 8.0 * FLOAT_BYTES * (double)pass->adam.count};
    for (int i = 0; i < pass->op_count; i++) {
        const struct step_work work = op_work_of(pass, i, threads, seen);
        step_work_add(&sum, &work);
    }
    return sum;
}
