#include "lstm_stack_case.h"

#include "compare.h"
#include "guarded.h"
#include "matinee/dims.h"
#include "matinee/rng.h"
#include "reference/reference.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PARTS = 3 }; /* kernel, recurrent kernel and bias of a direction */

struct stack {
    const struct lstm_stack_form *form;
    size_t x_count, h_count, y_count; /* x, a layer's sequence, y */
    size_t offsets[LSTM_STACK_MAX * DIRECTIONS_MAX][PARTS], weights_count;
    float *x, *weights, *dy, *before;
    double *y, *dx, *gradients; /* by the reference */
};

static float *uniform(struct rng *rng, size_t count, double limit)
{
    float *values = allocate(count, sizeof *values);
    for (size_t k = 0; k < count; k++)
        values[k] = (float)(limit * (2.0 * rng_uniform(rng) - 1.0));
    return values;
}

static void open_stack(struct stack *stack, const struct lstm_stack_form *form)
{
    const size_t T = (size_t)form->T, N = (size_t)form->N, E = (size_t)form->E, H = (size_t)form->H;
    const size_t D = (size_t)form->D, columns = GATE_COUNT * H;
    struct rng rng = rng_open(7, RNG_SAMPLE, (uint32_t)(form->H * 10 + form->layers));
    *stack = (struct stack){.form = form, .x_count = T * N * E, .h_count = T * N * D * H};
    stack->y_count = form->sequences ? stack->h_count : N * D * H;
    for (int i = 0; i < form->layers * form->D; i++) {
        const size_t counts[PARTS] = {(i < form->D ? E : D * H) * columns, H * columns, columns};
        for (int part = 0; part < PARTS; part++) {
            stack->offsets[i][part] = stack->weights_count;
            stack->weights_count += counts[part];
        }
    }
    stack->x = uniform(&rng, stack->x_count, 1.0);
    stack->weights = uniform(&rng, stack->weights_count, 1.5 / sqrt((double)form->H));
    stack->dy = uniform(&rng, stack->y_count, 1.0);
    stack->before = uniform(&rng, stack->weights_count, 0.1);
    stack->y = allocate(stack->y_count, sizeof(double));
    stack->dx = allocate(stack->x_count, sizeof(double));
    stack->gradients = allocate(stack->weights_count, sizeof(double));
}

static void close_stack(struct stack *stack)
{
    void *const owned[] = {stack->x, stack->weights, stack->dy,       stack->before,
                           stack->y, stack->dx,      stack->gradients};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        free(owned[i]);
}

static double *widen(const float *values, size_t count)
{
    double *wide = allocate(count, sizeof *wide);
    for (size_t k = 0; k < count; k++)
        wide[k] = values[k];
    return wide;
}

/* One layer, from `x` to `y` and from `dy` to `dx`. */
static struct reference_lstm_backward layer_of(const struct stack *stack, int layer, const double *weights,
                                               const double *x, double *y, const double *dy, double *dx)
{
    const struct lstm_stack_form *form = stack->form;
    struct reference_lstm_backward op = {.forward = {.T = form->T,
                                                     .N = form->N,
                                                     .E = layer > 0 ? form->D * form->H : form->E,
                                                     .H = form->H,
                                                     .D = form->D,
                                                     .sequences = form->sequences || layer + 1 < form->layers,
                                                     .x = x,
                                                     .y = y},
                                         .dy = dy,
                                         .dx = dx};
    for (int d = 0; d < form->D; d++) {
        const size_t *at = stack->offsets[layer * form->D + d];
        op.forward.weights[d] =
            (struct reference_lstm_weights){weights + at[0], weights + at[1], weights + at[2]};
        op.gradients[d] = (struct reference_lstm_gradients){
            stack->gradients + at[0], stack->gradients + at[1], stack->gradients + at[2]};
    }
    op.forward.saved = allocate(reference_lstm_saved_count(&op.forward), sizeof(double));
    return op;
}

static void run_reference(struct stack *stack)
{
    const int layers = stack->form->layers;
    double *weights = widen(stack->weights, stack->weights_count), *dy = widen(stack->dy, stack->y_count);
    double *h[LSTM_STACK_MAX + 1] = {widen(stack->x, stack->x_count)}, *dh[LSTM_STACK_MAX + 1] = {stack->dx};
    struct reference_lstm_backward ops[LSTM_STACK_MAX];
    for (int layer = 0; layer < layers; layer++) {
        const bool last = layer + 1 == layers;
        h[layer + 1] = last ? stack->y : allocate(stack->h_count, sizeof(double));
        dh[layer + 1] = last ? dy : allocate(stack->h_count, sizeof(double));
        ops[layer] = layer_of(stack, layer, weights, h[layer], h[layer + 1], dh[layer + 1], dh[layer]);
        reference_lstm(&ops[layer].forward);
    }
    for (int layer = layers - 1; layer >= 0; layer--) {
        reference_lstm_backward(&ops[layer]);
        free(ops[layer].forward.saved);
        free(h[layer]);
        free(dh[layer + 1]);
    }
    free(weights);
}

static struct lstm_backward upload(struct guarded *memory, const struct stack *stack)
{
    const struct lstm_stack_form *form = stack->form;
    const float *weights =
        guarded_input(memory, "weights", stack->weights, stack->weights_count * sizeof(float));
    float *gradients =
        guarded_inout(memory, "gradients", stack->before, stack->weights_count * sizeof(float));
    struct lstm_backward op = {.forward = {.T = form->T,
                                           .N = form->N,
                                           .E = form->E,
                                           .H = form->H,
                                           .D = form->D,
                                           .stacked = form->layers - 1,
                                           .sequences = form->sequences,
                                           .mask_count = 1}};
    for (int i = 0; i < form->layers * form->D; i++) {
        const size_t *at = stack->offsets[i];
        op.forward.weights[i] = (struct lstm_weights){weights + at[0], weights + at[1], weights + at[2]};
        op.gradients[i] = (struct lstm_gradients){gradients + at[0], gradients + at[1], gradients + at[2]};
    }
    struct op_sizes sizes = memory->backend->memory->lstm_sizes(memory->backend, &op.forward);
    op.forward.x = guarded_input(memory, "x", stack->x, stack->x_count * sizeof(float));
    op.forward.saved = guarded_output(memory, "saved", sizes.saved_bytes);
    op.forward.scratch = guarded_output(memory, "scratch", sizes.scratch_bytes);
    op.forward.y = guarded_output(memory, "y", stack->y_count * sizeof(float));
    op.dy = guarded_input(memory, "dy", stack->dy, stack->y_count * sizeof(float));
    op.dx = guarded_output(memory, "dx", stack->x_count * sizeof(float));
    return op;
}

static void check_output(struct backend *backend, const char *what, const float *from, const double *expected,
                         size_t count, struct tolerance tolerance)
{
    float *values = allocate(count, sizeof *values);
    backend->memory->download(backend, values, from, count * sizeof *values);
    expect_close(what, values, expected, count, tolerance);
    free(values);
}

static struct tolerance of_gradient(const double *gradient, size_t count)
{
    struct tolerance tolerance = of_largest(1e-5, gradient, count);
    tolerance.relative = 1e-5;
    return tolerance;
}

static void check_gradients(struct backend *backend, const struct stack *stack,
                            const struct lstm_backward *op)
{
    static const char *const names[PARTS] = {"kernel of a stack", "recurrent kernel of a stack",
                                             "bias of a stack"};
    double *expected = allocate(stack->weights_count, sizeof *expected);
    for (size_t k = 0; k < stack->weights_count; k++)
        expected[k] = (double)stack->before[k] + stack->gradients[k];
    for (int i = 0; i < stack->form->layers * stack->form->D; i++) {
        const float *const tensors[PARTS] = {op->gradients[i].dkernel, op->gradients[i].drecurrent_kernel,
                                             op->gradients[i].dbias};
        for (int part = 0; part < PARTS; part++) {
            const size_t at = stack->offsets[i][part];
            const size_t end = part + 1 < PARTS                               ? stack->offsets[i][part + 1]
                               : i + 1 < stack->form->layers * stack->form->D ? stack->offsets[i + 1][0]
                                                                              : stack->weights_count;
            check_output(backend, names[part], tensors[part], expected + at, end - at,
                         of_gradient(expected + at, end - at));
        }
    }
    free(expected);
}

void lstm_stack_check(struct backend *backend, const struct lstm_stack_form *form)
{
    static const struct tolerance of_y = {.absolute = 1e-5, .relative = 1e-5};
    struct stack stack;
    open_stack(&stack, form);
    run_reference(&stack);
    struct guarded memory = guarded_open(backend);
    struct lstm_backward op = upload(&memory, &stack);
    struct lstm inference = op.forward;
    inference.saved = NULL;
    inference.scratch = guarded_output(&memory, "scratch of inference",
                                       backend->memory->lstm_sizes(backend, &inference).inference_bytes);
    inference.y = guarded_output(&memory, "y of inference", stack.y_count * sizeof(float));
    backend->ops->lstm(backend, &inference);
    backend->ops->lstm(backend, &op.forward);
    check_output(backend, "y of a stack", op.forward.y, stack.y, stack.y_count, of_y);
    backend->ops->clear(backend, op.forward.y,
                        stack.y_count * sizeof(float)); /* what follows may drop in place */
    backend->ops->lstm_backward(backend, &op);
    check_output(backend, "y of a stack's inference", inference.y, stack.y, stack.y_count, of_y);
    check_output(backend, "dx of a stack", op.dx, stack.dx, stack.x_count,
                 of_gradient(stack.dx, stack.x_count));
    check_gradients(backend, &stack, &op);
    guarded_close(&memory);
    close_stack(&stack);
}
