/* The generic engine's forward pass: all inputs are projected at once, then a product and a kernel for each step. */
#include "lstm_generic.h"

#include "gate_masks.h"
#include "lstm_step.h"
#include "matinee/rng.h"
#include "product.h"

#include <limits.h>

static const char *generic_describe(struct cuda_backend *cuda, const struct lstm *op, struct error *error)
{
    (void)cuda;
    if (op->stacked > 0)
        error_set(error,
                  "the engine generic computes one LSTM layer at a time, not %d stacked ones; use "
                  "--engine cudnn",
                  op->stacked + 1);
    else if (generic_rows(op) > INT_MAX)
        error_set(error,
                  "an LSTM of %d steps and %d rows is more than cuBLAS multiplies at once; use a smaller "
                  "--batch-size or --maxlen",
                  op->T, op->N);
    else
        return "generic";
    return NULL;
}

/* Fills the masks of all directions, (D,count,N,width). */
static void make_masks(struct cuda_backend *cuda, const struct lstm *op, const struct dropout *dropout,
                       int count, int width, float *values)
{
    struct gate_masks masks = {.count = op->D * count, .N = op->N, .width = width, .values = values};
    for (int i = 0; i < masks.count; i++) {
        struct dropout of_gate = *dropout;
        of_gate.stream = dropout_gate_stream(dropout->stream, i / count, i % count);
        if (of_gate.keep)
            of_gate.keep += (size_t)i * (size_t)op->N * (size_t)width;
        masks.masks[i] = mask_of(&of_gate);
    }
    if (count > 0 && !cuda->failed)
        cuda_check(cuda, launch_gate_masks(cuda->stream, &masks));
}

/* z without bias and recurrent part, of all steps. */
static void project(struct cuda_backend *cuda, const struct lstm *op, const struct generic_memory *memory,
                    int d)
{
    const int masks = memory->input_masks, H = op->H;
    struct product projection = {.rows = (int)generic_rows(op),
                                 .columns = masks == GATE_COUNT ? H : GATE_COUNT * H,
                                 .inner = op->E,
                                 .a = {.at = op->x, .stride = op->E},
                                 .b = {.at = op->weights[d].kernel, .stride = GATE_COUNT * H},
                                 .out = memory->steps[d].gates,
                                 .out_stride = GATE_COUNT * H};
    if (masks == 0)
        product(cuda, &projection);
    for (int m = 0; m < masks && !cuda->failed; m++) {
        const struct masked_steps masked = {.T = op->T,
                                            .count = generic_inputs(op),
                                            .in = op->x,
                                            .mask = memory->input_mask +
                                                    (size_t)(d * masks + m) * generic_inputs(op),
                                            .out = memory->masked_x};
        cuda_check(cuda, launch_masked_steps(cuda->stream, &masked));
        projection.a.at = memory->masked_x;
        product(cuda, &projection);
        projection.b.at += H;
        projection.out += H;
    }
}

/* z += (h * recurrent_mask) . recurrent_kernel: one product, or one for each gate of four masks. */
static void add_recurrent(struct cuda_backend *cuda, const struct lstm *op,
                          const struct generic_memory *memory, int d, const float *h, float *z)
{
    const bool by_gate = memory->recurrent_masks == GATE_COUNT;
    const size_t H = (size_t)op->H;
    const struct product recurrent = {
        .rows = op->N,
        .columns = by_gate ? op->H : GATE_COUNT * op->H,
        .inner = op->H,
        .a = {.at = memory->recurrent_masks ? memory->masked_h : h,
              .stride = op->H,
              .step = generic_states(op)},
        .b = {.at = op->weights[d].recurrent_kernel, .stride = GATE_COUNT * op->H, .step = H},
        .out = z,
        .out_stride = GATE_COUNT * op->H,
        .out_step = H,
        .adds = true,
        .batch = by_gate ? GATE_COUNT : 1};
    product(cuda, &recurrent);
}

/* Times t of step s and `before` of the step before it, which is of no use at step 0. */
static void run_step(struct cuda_backend *cuda, const struct lstm *op, const struct generic_memory *memory,
                     int d, int s)
{
    const struct generic_steps *steps = &memory->steps[d];
    const int t = generic_time(op, d, s), before = generic_time(op, d, s - 1);
    float *z = steps->gates + (size_t)t * GATE_COUNT * generic_states(op);
    if (s > 0)
        add_recurrent(cuda, op, memory, d, steps->h + (size_t)before * memory->state_step, z);
    const struct lstm_step step = {.N = op->N,
                                   .H = op->H,
                                   .hard_slope = op->hard_slope,
                                   .bias = op->weights[d].bias,
                                   .gates = z,
                                   .c_before = s > 0 ? steps->c + (size_t)before * memory->state_step : NULL,
                                   .c = steps->c + (size_t)t * memory->state_step,
                                   .h = steps->h + (size_t)t * memory->state_step,
                                   .y = generic_is_output(op, s) ? op->y + generic_output(op, d, s) : NULL,
                                   .y_stride = op->D * op->H,
                                   .mask_count = memory->recurrent_masks,
                                   .mask = memory->recurrent_mask +
                                           (size_t)(d * memory->recurrent_masks) * generic_states(op),
                                   .masked_h = memory->masked_h};
    if (!cuda->failed)
        cuda_check(cuda, launch_lstm_step(cuda->stream, &step));
}

static void generic_forward(struct cuda_backend *cuda, const struct lstm *op)
{
    const struct generic_memory memory = generic_memory_of(op);
    make_masks(cuda, op, &op->input, memory.input_masks, op->E, memory.input_mask);
    make_masks(cuda, op, &op->recurrent, memory.recurrent_masks, op->H, memory.recurrent_mask);
    for (int d = 0; d < op->D; d++) {
        project(cuda, op, &memory, d);
        for (int s = 0; s < op->T; s++)
            run_step(cuda, op, &memory, d, s);
    }
}

const struct lstm_engine lstm_engine_generic = {.describe = generic_describe,
                                                .sizes = generic_sizes,
                                                .forward = generic_forward,
                                                .backward = generic_backward};
