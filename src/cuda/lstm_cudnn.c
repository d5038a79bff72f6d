/* An lstm by cuDNN's RNN calls. */
#include "lstm_cudnn.h"

#include "cudnn_dropout.h"
#include "cudnn_sequence.h"
#include "lstm_engine.h"

#include <limits.h>
#include <string.h>

static size_t y_count(const struct lstm *op)
{
    return (size_t)op->T * (size_t)op->N * (size_t)op->D * (size_t)op->H;
}

/* What no algorithm of cuDNN's can do. */
static bool refuses(const struct cuda_backend *cuda, const struct lstm *op, struct error *error)
{
    if (op->recurrent.rate > 0.0f)
        return !error_set(error, "cuDNN has no recurrent dropout; use --engine generic or auto");
    if (op->input.rate > 0.0f)
        return !error_set(error, "cuDNN has no dropout of an LSTM's input; use --engine generic or auto");
    if (op->hard_slope > 0.0f)
        return !error_set(error, "cuDNN has no hard_sigmoid; use --engine generic or auto");
    if (op->between.rate > 0.0f && !cudnn_dropout_draws(cuda, &op->between))
        return !error_set(error, "between its layers cuDNN drops by masks of its own alone; use "
                                 "--dropout-masks cudnn");
    size_t x_count = (size_t)op->T * (size_t)op->N * (size_t)op->E;
    if (x_count > INT_MAX || y_count(op) > INT_MAX)
        return !error_set(error,
                          "%d steps of %d rows are too large for cuDNN; use a smaller --batch-size or "
                          "--maxlen",
                          op->T, op->N);
    return false;
}

static const char *cudnn_describe(struct cuda_backend *cuda, const struct lstm *op, struct error *error)
{
    if (refuses(cuda, op, error))
        return NULL;
    const struct cudnn_plan *plan = cudnn_plan_of(cuda, op);
    if (plan)
        return plan->name;
    if (cuda->failed)
        *error = cuda->failure;
    else
        error_set(error, "no algorithm of cuDNN takes %d units, %d rows and %d layers; use --engine generic",
                  op->H, op->N, 1 + op->stacked);
    return NULL;
}

static struct op_sizes cudnn_lstm_sizes(struct cuda_backend *cuda, const struct lstm *op)
{
    const struct cudnn_plan *plan = cudnn_plan_of(cuda, op);
    return plan ? plan->sizes : (struct op_sizes){0};
}

/* What has run in its trial is not refused later; without a trial it may be. */
static bool has_run(struct cuda_backend *cuda, enum cudnn_outcome outcome)
{
    struct error error;
    if (outcome == CUDNN_REFUSED) {
        error_set(&error, "lstm: cuDNN refused to run it; use --engine generic");
        cuda_refuse(cuda, &error);
    }
    return outcome == CUDNN_TAKEN;
}

static bool pack(struct cuda_backend *cuda, const struct cudnn_plan *plan, const struct lstm *op,
                 const struct cudnn_areas *areas)
{
    struct cudnn_pack pack = {
        .layout = plan->layout, .space = areas->weights, .T = op->T, .N = op->N, .lengths = areas->lengths};
    memcpy(pack.weights, op->weights, sizeof pack.weights);
    /* Between the matrices there may be gaps, and what cuDNN does with those is not said. */
    return cuda_check(cuda, cudaMemsetAsync(areas->weights, 0, plan->weights_bytes, cuda->stream)) &&
           cuda_check(cuda, launch_cudnn_pack(cuda->stream, &pack));
}

static bool reverse(struct cuda_backend *cuda, const struct lstm *op, const float *from, float *to)
{
    size_t step = (size_t)op->N * (size_t)op->E;
    return cuda_check(cuda, launch_reverse_time(cuda->stream, op->T, step, from, to));
}

static struct last_step last_step(const struct lstm *op)
{
    return (struct last_step){.T = op->T, .N = op->N, .H = op->H, .D = op->D};
}

/* op->y from y of all steps, which may be op->y. */
static void put_y(struct cuda_backend *cuda, const struct lstm *op, float *y)
{
    if (!op->sequences)
        cuda_check(cuda, launch_take_last(cuda->stream, last_step(op), y, op->y));
    else if (y != op->y)
        cuda_check(cuda, cudaMemcpyAsync(op->y, y, y_count(op) * sizeof(float), cudaMemcpyDeviceToDevice,
                                         cuda->stream));
}

static void cudnn_forward(struct cuda_backend *cuda, const struct lstm *op)
{
    const struct cudnn_plan *plan = cudnn_plan_of(cuda, op);
    if (!plan)
        return;
    struct cudnn_areas areas = op->saved ? cudnn_training_areas(plan, op->saved, op->scratch)
                                         : cudnn_inference_areas(plan, op->scratch);
    const float *x = op->reversed ? areas.x : op->x;
    float *y = areas.y ? areas.y : op->y;
    cudnnForwardMode_t mode = op->saved ? CUDNN_FWD_MODE_TRAINING : CUDNN_FWD_MODE_INFERENCE;
    if (op->between.rate > 0.0f && !cudnn_dropout_seed(cuda, op->between.seed))
        return;
    if (pack(cuda, plan, op, &areas) && (!op->reversed || reverse(cuda, op, op->x, areas.x)) &&
        has_run(cuda, cudnn_run_forward(cuda, plan, mode, &areas, x, y)))
        put_y(cuda, op, y);
}

static bool unpack(struct cuda_backend *cuda, const struct cudnn_plan *plan, const struct lstm_backward *op,
                   const struct cudnn_areas *areas)
{
    struct cudnn_unpack unpack = {.layout = plan->layout, .space = areas->dweights};
    memcpy(unpack.gradients, op->gradients, sizeof unpack.gradients);
    return cuda_check(cuda, launch_cudnn_unpack(cuda->stream, &unpack));
}

/* areas->dy from the gradient of the last steps. */
static bool spread_dy(struct cuda_backend *cuda, const struct lstm_backward *op,
                      const struct cudnn_areas *areas)
{
    return cuda_check(cuda, launch_spread_last(cuda->stream, last_step(&op->forward), op->dy, areas->dy));
}

static void cudnn_backward(struct cuda_backend *cuda, const struct lstm_backward *op)
{
    const struct lstm *forward = &op->forward;
    const struct cudnn_plan *plan = cudnn_plan_of(cuda, forward);
    if (!plan)
        return;
    struct cudnn_areas areas = cudnn_training_areas(plan, forward->saved, forward->scratch);
    const float *x = forward->reversed ? areas.x : forward->x, *dy = areas.dy ? areas.dy : op->dy;
    if ((!areas.dy || spread_dy(cuda, op, &areas)) &&
        has_run(cuda, cudnn_run_backward(cuda, plan, &areas, x, dy, op->dx)) &&
        unpack(cuda, plan, op, &areas) && forward->reversed)
        reverse(cuda, forward, op->dx, op->dx);
}

const struct lstm_engine lstm_engine_cudnn = {.describe = cudnn_describe,
                                              .sizes = cudnn_lstm_sizes,
                                              .forward = cudnn_forward,
                                              .backward = cudnn_backward};
