/* The fused engine's forward pass: weights are packed, all inputs projected by one product, and one kernel does all
 * steps. */
#include "lstm_fused_memory.h"
#include "product.h"

#include <limits.h>

static const char *fused_describe(struct cuda_backend *cuda, const struct lstm *op, struct error *error)
{
    (void)cuda;
    const size_t N = (size_t)op->N, D = (size_t)op->D;
    if (op->stacked > 0)
        error_set(error,
                  "the engine fused computes one LSTM layer at a time, not %d stacked ones; use "
                  "--engine cudnn",
                  op->stacked + 1);
    else if (op->H > FUSED_UNITS_MAX)
        error_set(error, "the engine fused takes 1 to %d units, not %d; use --engine %s", FUSED_UNITS_MAX,
                  op->H, op->recurrent.rate > 0.0f || op->hard_slope > 0.0f ? "generic" : "cudnn");
    else if (op->hard_slope > 0.0f)
        error_set(error, "the engine fused has no hard_sigmoid; use --engine generic");
    else if ((size_t)op->T * N > INT_MAX || N * D * GATE_COUNT * FUSED_UNITS_MAX > INT_MAX ||
             N * ((size_t)op->E + 1) > INT_MAX)
        error_set(
            error,
            "an LSTM of %d steps and %d rows is more than the engine fused takes at once; use a smaller "
            "--batch-size or --maxlen",
            op->T, op->N);
    else
        return "fused, one row a block";
    return NULL;
}

/* z without bias and recurrent part, of all steps and directions; with input masks each row has a kernel of its own. */
static void project(struct cuda_backend *cuda, const struct lstm *op, const struct fused_memory *memory)
{
    struct product projection = {.rows = op->T * op->N,
                                 .columns = memory->step_count,
                                 .inner = op->E,
                                 .a = {.at = op->x, .stride = op->E},
                                 .b = {.at = memory->kernel, .stride = memory->step_count},
                                 .out = memory->z,
                                 .out_stride = memory->step_count};
    if (op->input.rate > 0.0f) {
        projection.rows = op->T;
        projection.batch = op->N;
        projection.a.stride = op->N * op->E;
        projection.a.step = (size_t)op->E;
        projection.b.step = (size_t)op->E * (size_t)memory->step_count;
        projection.out_stride = op->N * memory->step_count;
        projection.out_step = (size_t)memory->step_count;
    }
    product(cuda, &projection);
}

static void fused_forward(struct cuda_backend *cuda, const struct lstm *op)
{
    const struct fused_memory memory = fused_memory_of(op);
    const struct lstm_fused_forward forward = {.lstm = lstm_fused_of(op),
                                               .recurrent = memory.recurrent,
                                               .bias = memory.bias,
                                               .z = memory.z,
                                               .y = op->y,
                                               .slopes = memory.slopes,
                                               .paths = memory.paths,
                                               .h_before = memory.h_before};
    fused_pack(cuda, op, &memory, true);
    project(cuda, op, &memory);
    if (!cuda->failed)
        cuda_check(cuda, launch_lstm_fused_forward(cuda->stream, &forward));
}

const struct lstm_engine lstm_engine_fused = {
    .describe = fused_describe, .sizes = fused_sizes, .forward = fused_forward, .backward = fused_backward};
