/* The cudnn engine's memory, and the library's calls on it. */
#include "cursor.h"
#include "lstm_cudnn.h"

static size_t y_bytes(const struct cudnn_shape *shape)
{
    return (size_t)shape->T * (size_t)shape->N * (size_t)shape->D * (size_t)shape->H * sizeof(float);
}

static size_t x_bytes(const struct cudnn_shape *shape)
{
    return (size_t)shape->T * (size_t)shape->N * (size_t)shape->E * sizeof(float);
}

/* What training and inference both have, inference in the scratch area. */
static void cut_common(const struct cudnn_plan *plan, struct memory_cursor *from, struct cudnn_areas *areas)
{
    areas->weights = cursor_take(from, plan->weights_bytes);
    areas->lengths = cursor_take(from, (size_t)plan->shape.N * sizeof(int32_t));
    if (plan->shape.reversed)
        areas->x = cursor_take(from, x_bytes(&plan->shape));
}

static void cut_training(const struct cudnn_plan *plan, struct memory_cursor *saved,
                         struct memory_cursor *scratch, struct cudnn_areas *areas)
{
    cut_common(plan, saved, areas);
    areas->reserve = cursor_take(saved, plan->reserve_bytes);
    areas->y = cursor_take(saved, y_bytes(&plan->shape));
    areas->work = cursor_take(scratch, plan->training_work_bytes);
    areas->dweights = cursor_take(scratch, plan->weights_bytes);
    if (!plan->shape.sequences)
        areas->dy = cursor_take(scratch, y_bytes(&plan->shape));
}

static void cut_inference(const struct cudnn_plan *plan, struct memory_cursor *scratch,
                          struct cudnn_areas *areas)
{
    cut_common(plan, scratch, areas);
    areas->work = cursor_take(scratch, plan->inference_work_bytes);
    if (!plan->shape.sequences)
        areas->y = cursor_take(scratch, y_bytes(&plan->shape));
}

struct cudnn_areas cudnn_training_areas(const struct cudnn_plan *plan, void *saved, void *scratch)
{
    struct cudnn_areas areas = {0};
    cut_training(plan, &(struct memory_cursor){.base = saved}, &(struct memory_cursor){.base = scratch},
                 &areas);
    return areas;
}

struct cudnn_areas cudnn_inference_areas(const struct cudnn_plan *plan, void *scratch)
{
    struct cudnn_areas areas = {0};
    cut_inference(plan, &(struct memory_cursor){.base = scratch}, &areas);
    return areas;
}

struct op_sizes cudnn_sizes(const struct cudnn_plan *plan)
{
    struct cudnn_areas none = {0};
    struct memory_cursor saved = {0}, training = {0}, inference = {0};
    cut_training(plan, &saved, &training, &none);
    cut_inference(plan, &inference, &none);
    return (struct op_sizes){.saved_bytes = saved.used_bytes,
                             .scratch_bytes = training.used_bytes,
                             .inference_bytes = inference.used_bytes};
}

static bool is_refusal(cudnnStatus_t status)
{
    return CUDNN_STATUS_CATEGORY(status) == CUDNN_STATUS_NOT_SUPPORTED ||
           status == CUDNN_STATUS_INTERNAL_ERROR_COMPILATION_FAILED;
}

enum cudnn_outcome cudnn_try_status(struct cuda_backend *cuda, const struct cudnn_plan *plan,
                                    cudnnStatus_t status, const char *call, const char *file, int line)
{
    if (status == CUDNN_STATUS_SUCCESS)
        return CUDNN_TAKEN;
    if (!plan->must_run || is_refusal(status)) {
        cudaGetLastError(); /* or the next launch would take it for its own */
        return CUDNN_REFUSED;
    }
    cudnn_check_status(cuda, status, call, file, line);
    return CUDNN_FAILED;
}

/* The lengths are passed although all rows are as long as the batch: cuDNN 8 wants the array, cuDNN 9 takes it or NULL.
 * States at the beginning are zero and those at the end are not wanted, which NULL says. */
enum cudnn_outcome cudnn_run_forward(struct cuda_backend *cuda, const struct cudnn_plan *plan,
                                     cudnnForwardMode_t mode, const struct cudnn_areas *areas, const float *x,
                                     float *y)
{
    bool training = mode == CUDNN_FWD_MODE_TRAINING;
    return cudnn_try(cuda, plan,
                     cudnnRNNForward(cuda->cudnn, plan->rnn, mode, areas->lengths, plan->x, x, plan->y, y,
                                     plan->state, NULL, NULL, plan->state, NULL, NULL, plan->weights_bytes,
                                     areas->weights,
                                     training ? plan->training_work_bytes : plan->inference_work_bytes,
                                     areas->work, training ? plan->reserve_bytes : 0, areas->reserve));
}

/* The data's gradient goes first: it changes the reserve that the weights' gradient reads. */
enum cudnn_outcome cudnn_run_backward(struct cuda_backend *cuda, const struct cudnn_plan *plan,
                                      const struct cudnn_areas *areas, const float *x, const float *dy,
                                      float *dx)
{
    enum cudnn_outcome outcome =
        cudnn_try(cuda, plan,
                  cudnnRNNBackwardData_v8(
                      cuda->cudnn, plan->rnn, areas->lengths, plan->y, areas->y, dy, plan->x, dx, plan->state,
                      NULL, NULL, NULL, plan->state, NULL, NULL, NULL, plan->weights_bytes, areas->weights,
                      plan->training_work_bytes, areas->work, plan->reserve_bytes, areas->reserve));
    if (outcome != CUDNN_TAKEN)
        return outcome;
    if (!cuda_check(cuda, cudaMemsetAsync(areas->dweights, 0, plan->weights_bytes, cuda->stream)))
        return CUDNN_FAILED;
    return cudnn_try(cuda, plan,
                     cudnnRNNBackwardWeights_v8(
                         cuda->cudnn, plan->rnn, CUDNN_WGRAD_MODE_ADD, areas->lengths, plan->x, x,
                         plan->state, NULL, plan->y, areas->y, plan->weights_bytes, areas->dweights,
                         plan->training_work_bytes, areas->work, plan->reserve_bytes, areas->reserve));
}
