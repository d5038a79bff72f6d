#include "cudnn_dropout.h"

#include <limits.h>
#include <stdlib.h>

struct cudnn_dropout {
    void *states; /* of the generator; NULL unless masks are cuDNN's */
    size_t states_bytes;
    bool seeded;
    uint64_t seed;
    struct rate {
        struct rate *next;
        float rate;
        cudnnDropoutDescriptor_t descriptor;
    } * rates;
    struct tensor {
        struct tensor *next;
        size_t count, reserve_bytes;
        cudnnTensorDescriptor_t descriptor;
    } * tensors;
};

/* Host memory for what is set up on first use. */
static void *new_entry(struct cuda_backend *cuda, size_t bytes)
{
    struct error error;
    void *entry = calloc(1, bytes);
    if (!entry) {
        error_memory(&error, "cuDNN's dropout", bytes);
        cuda_refuse(cuda, &error);
    }
    return entry;
}

bool cudnn_dropout_open(struct cuda_backend *cuda)
{
    struct cudnn_dropout *dropout = cuda->dropout = new_entry(cuda, sizeof *dropout);
    if (!dropout || cuda->options.masks != MASKS_CUDNN)
        return dropout != NULL;
    return cudnn_check(cuda, cudnnDropoutGetStatesSize(cuda->cudnn, &dropout->states_bytes)) &&
           cuda_check(cuda, cudaMalloc(&dropout->states, dropout->states_bytes));
}

void cudnn_dropout_close(struct cuda_backend *cuda)
{
    struct cudnn_dropout *dropout = cuda->dropout;
    if (!dropout)
        return;
    for (struct rate *rate = dropout->rates, *next; rate; rate = next) {
        next = rate->next;
        if (rate->descriptor)
            cudnnDestroyDropoutDescriptor(rate->descriptor);
        free(rate);
    }
    for (struct tensor *tensor = dropout->tensors, *next; tensor; tensor = next) {
        next = tensor->next;
        if (tensor->descriptor)
            cudnnDestroyTensorDescriptor(tensor->descriptor);
        free(tensor);
    }
    cudaFree(dropout->states);
    free(dropout);
    cuda->dropout = NULL;
}

bool cudnn_dropout_draws(const struct cuda_backend *cuda, const struct dropout *dropout)
{
    return cuda->options.masks == MASKS_CUDNN && dropout->rate > 0.0f && !dropout->keep;
}

/* Restoring tells a descriptor of the states and leaves them as they are. */
static bool set_rate(struct cuda_backend *cuda, const struct rate *rate)
{
    const struct cudnn_dropout *dropout = cuda->dropout;
    if (rate->rate > 0.0f)
        return cudnn_check(cuda, cudnnRestoreDropoutDescriptor(rate->descriptor, cuda->cudnn, rate->rate,
                                                               dropout->states, dropout->states_bytes, 0));
    return cudnn_check(cuda, cudnnSetDropoutDescriptor(rate->descriptor, cuda->cudnn, 0.0f, NULL, 0, 0));
}

cudnnDropoutDescriptor_t cudnn_dropout_descriptor(struct cuda_backend *cuda, float rate)
{
    struct cudnn_dropout *dropout = cuda->dropout;
    for (struct rate *known = dropout->rates; known; known = known->next)
        if (!(known->rate < rate) && !(known->rate > rate))
            return known->descriptor;
    struct rate *added = new_entry(cuda, sizeof *added);
    if (!added)
        return NULL;
    *added = (struct rate){.next = dropout->rates, .rate = rate};
    dropout->rates = added;
    bool is_set =
        cudnn_check(cuda, cudnnCreateDropoutDescriptor(&added->descriptor)) && set_rate(cuda, added);
    return is_set ? added->descriptor : NULL;
}

/* Fills the generator's states, which is what setting a descriptor does that restoring does not. */
static bool fill_states(struct cuda_backend *cuda, uint64_t seed)
{
    const struct cudnn_dropout *dropout = cuda->dropout;
    cudnnDropoutDescriptor_t descriptor;
    if (!cudnn_check(cuda, cudnnCreateDropoutDescriptor(&descriptor)))
        return false;
    bool filled = cudnn_check(cuda, cudnnSetDropoutDescriptor(descriptor, cuda->cudnn, 0.5f, dropout->states,
                                                              dropout->states_bytes, seed));
    cudnnDestroyDropoutDescriptor(descriptor);
    return filled;
}

bool cudnn_dropout_seed(struct cuda_backend *cuda, uint64_t seed)
{
    struct cudnn_dropout *dropout = cuda->dropout;
    if (dropout->seeded && dropout->seed == seed)
        return true;
    dropout->seeded = fill_states(cuda, seed);
    dropout->seed = seed;
    return dropout->seeded;
}

bool cudnn_dropout_prepare(struct cuda_backend *cuda)
{
    return cuda->dropout->seeded || fill_states(cuda, 0);
}

static bool set_tensor(struct cuda_backend *cuda, struct tensor *tensor)
{
    cudnnStatus_t size = tensor->count <= INT_MAX ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_NOT_SUPPORTED_SHAPE;
    return cudnn_check(cuda, size) && cudnn_check(cuda, cudnnCreateTensorDescriptor(&tensor->descriptor)) &&
           cudnn_check(cuda, cudnnSetTensor4dDescriptor(tensor->descriptor, CUDNN_TENSOR_NCHW,
                                                        CUDNN_DATA_FLOAT, (int)tensor->count, 1, 1, 1)) &&
           cudnn_check(cuda, cudnnDropoutGetReserveSpaceSize(tensor->descriptor, &tensor->reserve_bytes));
}

/* Elements in a row, whatever their shape. */
static const struct tensor *tensor_of(struct cuda_backend *cuda, size_t count)
{
    struct cudnn_dropout *dropout = cuda->dropout;
    for (const struct tensor *known = dropout->tensors; known; known = known->next)
        if (known->count == count)
            return known;
    struct tensor *added = new_entry(cuda, sizeof *added);
    if (!added)
        return NULL;
    *added = (struct tensor){.next = dropout->tensors, .count = count};
    dropout->tensors = added;
    return set_tensor(cuda, added) ? added : NULL;
}

size_t cudnn_dropout_reserve_bytes(struct cuda_backend *cuda, size_t count)
{
    const struct tensor *tensor = cuda->failed ? NULL : tensor_of(cuda, count);
    return tensor ? tensor->reserve_bytes : 0;
}

void cudnn_dropout_forward(struct cuda_backend *cuda, const struct dropout *dropout, size_t count,
                           const float *x, float *y, void *reserve)
{
    if (cuda->failed || !cudnn_dropout_seed(cuda, dropout->seed))
        return;
    cudnnDropoutDescriptor_t rate = cudnn_dropout_descriptor(cuda, dropout->rate);
    const struct tensor *tensor = rate ? tensor_of(cuda, count) : NULL;
    if (tensor)
        cudnn_check(cuda, cudnnDropoutForward(cuda->cudnn, rate, tensor->descriptor, x, tensor->descriptor, y,
                                              reserve, tensor->reserve_bytes));
}

void cudnn_dropout_backward(struct cuda_backend *cuda, const struct dropout *dropout, size_t count,
                            const float *dy, float *dx, void *reserve)
{
    if (cuda->failed)
        return;
    cudnnDropoutDescriptor_t rate = cudnn_dropout_descriptor(cuda, dropout->rate);
    const struct tensor *tensor = rate ? tensor_of(cuda, count) : NULL;
    if (tensor)
        cudnn_check(cuda, cudnnDropoutBackward(cuda->cudnn, rate, tensor->descriptor, dy, tensor->descriptor,
                                               dx, reserve, tensor->reserve_bytes));
}
