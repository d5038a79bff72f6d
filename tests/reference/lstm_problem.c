#include "reference/lstm_problem.h"

#include "compare.h"
#include "matinee/rng.h"
#include "reference/lstm_states.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static double uniform(struct rng *rng, double limit)
{
    return limit * (2.0 * rng_uniform(rng) - 1.0);
}

static size_t input_count(const struct reference_lstm *op)
{
    return (op->V > 0 ? (size_t)op->V : (size_t)op->T * (size_t)op->N) * (size_t)op->E;
}

static size_t direction_count(const struct reference_lstm *op)
{
    return GATE_COUNT * (size_t)op->H * ((size_t)op->E + (size_t)op->H + 1);
}

static void bind_inputs(struct lstm_problem *problem)
{
    struct reference_lstm *op = &problem->op;
    size_t columns = GATE_COUNT * (size_t)op->H;
    if (op->V > 0)
        op->embeddings = problem->inputs;
    else
        op->x = problem->inputs;
    for (int direction = 0; direction < op->D; direction++) {
        struct reference_lstm_weights *weights = &op->weights[direction];
        weights->kernel = problem->inputs + input_count(op) + (size_t)direction * direction_count(op);
        weights->recurrent_kernel = weights->kernel + (size_t)op->E * columns;
        weights->bias = weights->recurrent_kernel + (size_t)op->H * columns;
    }
}

static double *random_mask(struct rng *rng, const struct reference_lstm *op, int width)
{
    size_t count = (size_t)op->D * (size_t)op->mask_count * (size_t)op->N * (size_t)width;
    double *mask = allocate(count, sizeof *mask);
    for (size_t k = 0; k < count; k++)
        mask[k] = rng_below(rng, 2) ? 2.0 : 0.0;
    return mask;
}

void lstm_problem_open(struct lstm_problem *problem, struct reference_lstm form)
{
    struct rng rng = rng_open(1, RNG_SAMPLE, (uint32_t)(form.T * 1000 + form.N * 100 + form.E * 10 + form.H));
    size_t T = (size_t)form.T, N = (size_t)form.N;
    *problem = (struct lstm_problem){.op = form};
    struct reference_lstm *op = &problem->op;
    problem->count = input_count(op) + (size_t)op->D * direction_count(op);
    problem->y_count = (op->sequences ? T : 1) * N * (size_t)op->D * (size_t)op->H;
    problem->inputs = allocate(problem->count, sizeof(double));
    problem->gradients = allocate(problem->count, sizeof(double));
    problem->tokens = allocate(N * T, sizeof(int32_t));
    problem->dy = allocate(problem->y_count, sizeof(double));
    op->tokens = problem->tokens;
    op->y = allocate(problem->y_count, sizeof(double));
    op->saved = allocate(reference_lstm_saved_count(op), sizeof(double));
    bind_inputs(problem);
    for (size_t k = 0; k < problem->count; k++)
        problem->inputs[k] = uniform(&rng, 0.8);
    for (size_t k = 0; k < problem->y_count; k++)
        problem->dy[k] = uniform(&rng, 1.0);
    for (size_t k = 0; op->V > 0 && k < N * T; k++)
        problem->tokens[k] = (int32_t)rng_below(&rng, (uint32_t)op->V);
    if (op->mask_count > 0) {
        op->input_mask = problem->input_mask = random_mask(&rng, op, op->E);
        op->recurrent_mask = problem->recurrent_mask = random_mask(&rng, op, op->H);
    }
}

void lstm_problem_close(struct lstm_problem *problem)
{
    free(problem->inputs);
    free(problem->gradients);
    free(problem->tokens);
    free(problem->dy);
    free(problem->input_mask);
    free(problem->recurrent_mask);
    free(problem->op.y);
    free(problem->op.saved);
}

void lstm_problem_backward(struct lstm_problem *problem)
{
    const struct reference_lstm *op = &problem->op;
    double *gradients = problem->gradients;
    struct reference_lstm_backward backward = {
        .forward = *op, .dy = problem->dy, .dembeddings = gradients, .dx = gradients};
    for (int direction = 0; direction < op->D; direction++) {
        const struct reference_lstm_weights *weights = &op->weights[direction];
        backward.gradients[direction] =
            (struct reference_lstm_gradients){gradients + (weights->kernel - problem->inputs),
                                              gradients + (weights->recurrent_kernel - problem->inputs),
                                              gradients + (weights->bias - problem->inputs)};
    }
    reference_lstm(op);
    reference_lstm_backward(&backward);
}

static double objective(const struct lstm_problem *problem)
{
    double sum = 0.0;
    reference_lstm(&problem->op);
    for (size_t k = 0; k < problem->y_count; k++)
        sum += problem->dy[k] * problem->op.y[k];
    return sum;
}

size_t lstm_problem_clipped(const struct lstm_problem *problem)
{
    const struct reference_lstm *op = &problem->op;
    size_t clipped = 0, gates = (size_t)op->T * (size_t)op->N * GATE_COUNT * (size_t)op->H;
    for (int direction = 0; direction < op->D; direction++)
        for (size_t k = 0; k < gates; k++) {
            double value = lstm_states_of(op, direction).gates[k];
            clipped += value == 0.0 || value == 1.0;
        }
    return clipped;
}

double lstm_problem_slope(struct lstm_problem *problem, const double *direction)
{
    static const double step = 1e-3, offsets[] = {1, -1, 2, -2}, factors[] = {8, -8, -1, 1};
    double sum = 0.0, *kept = allocate(problem->count, sizeof *kept);
    memcpy(kept, problem->inputs, problem->count * sizeof *kept);
    objective(problem);
    size_t clipped = lstm_problem_clipped(problem);
    for (int i = 0; i < 4; i++) {
        for (size_t k = 0; k < problem->count; k++)
            problem->inputs[k] = kept[k] + offsets[i] * step * direction[k];
        sum += factors[i] * objective(problem);
        assert_int_equal(lstm_problem_clipped(problem), clipped);
    }
    memcpy(problem->inputs, kept, problem->count * sizeof *kept);
    free(kept);
    return sum / (12.0 * step);
}
