/* Opens and closes the CUDA backend. */
#include "cuda_backend.h"
#include "cuda_device.h"
#include "cudnn_dropout.h"
#include "lstm_cudnn.h"
#include "matinee/cuda_plugin.h"
#include "nccl_ranks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CUBLAS_WORKSPACE_BYTES = 32 << 20, INFERENCE_BYTES = 512 << 20 };

static bool cuda_status(struct backend *backend, struct error *error)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (cuda->failed)
        *error = cuda->failure;
    return !cuda->failed;
}

static void cuda_close(struct backend *backend)
{
    /* After a failure of the device every call here fails, too, and only gives the host's memory back. */
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (cuda->failed || backend->is_abandoned)
        nccl_ranks_close(cuda);
    if (cuda->stream)
        cudaStreamSynchronize(cuda->stream);
    if (cuda->side.stream)
        cudaStreamSynchronize(cuda->side.stream);
    nccl_ranks_close(cuda);
    cudnn_plans_close(cuda);
    cudnn_dropout_close(cuda);
    if (cuda->cudnn)
        cudnnDestroy(cuda->cudnn);
    if (cuda->cublas)
        cublasDestroy(cuda->cublas);
    cudaFree(cuda->cublas_workspace);
    if (cuda->poll.arrived)
        cudaEventDestroy(cuda->poll.arrived);
    cudaFreeHost(cuda->poll.host);
    side_stream_close(cuda);
    if (cuda->stream)
        cudaStreamDestroy(cuda->stream);
    free(cuda);
}

static const struct backend_ops cuda_ops = {
    .next_step = cuda_next_step,
    .load_batch = cuda_load_batch,
    .embedding = cuda_embedding,
    .embedding_backward = cuda_embedding_backward,
    .dropout = cuda_dropout,
    .dropout_backward = cuda_dropout_backward,
    .conv_pool = cuda_conv_pool,
    .conv_pool_backward = cuda_conv_pool_backward,
    .max_pool = cuda_max_pool,
    .max_pool_backward = cuda_max_pool_backward,
    .global_pool = cuda_global_pool,
    .global_pool_backward = cuda_global_pool_backward,
    .lstm = cuda_lstm,
    .lstm_backward = cuda_lstm_backward,
    .dense_bce = cuda_dense_bce,
    .dense_backward = cuda_dense_backward,
    .add_parts = cuda_add_parts,
    .adam = cuda_adam,
    .clear = cuda_clear,
};

static const struct backend_memory cuda_memory = {
    .allocate = cuda_allocate,
    .release = cuda_release,
    .upload = cuda_upload,
    .download = cuda_download,
    .poll = cuda_poll,
    .record = cuda_record,
    .replay = cuda_replay,
    .forget = cuda_forget,
    .embedding_sizes = cuda_embedding_sizes,
    .dropout_sizes = cuda_dropout_sizes,
    .conv_pool_sizes = cuda_conv_pool_sizes,
    .max_pool_sizes = cuda_max_pool_sizes,
    .global_pool_sizes = cuda_global_pool_sizes,
    .lstm_sizes = cuda_lstm_sizes,
    .lstm_engine = cuda_lstm_engine,
    .inference_rows = cuda_lstm_inference_rows,
    .free_bytes = cuda_free_bytes,
    .status = cuda_status,
};

/* A fixed workspace: the library allocates nothing while a step is captured, and its products are reproducible. */
static bool open_libraries(struct cuda_backend *cuda)
{
    cublasMath_t math =
        cuda->options.precision == PRECISION_TF32 ? CUBLAS_TF32_TENSOR_OP_MATH : CUBLAS_DEFAULT_MATH;
    return cuda_check(cuda, cudaStreamCreateWithFlags(&cuda->stream, cudaStreamNonBlocking)) &&
           side_stream_open(cuda) && cuda_check(cuda, cudaMallocHost(&cuda->poll.host, POLL_BYTES_MAX)) &&
           cuda_check(cuda, cudaEventCreateWithFlags(&cuda->poll.arrived, cudaEventDisableTiming)) &&
           cublas_check(cuda, cublasCreate(&cuda->cublas)) &&
           cublas_check(cuda, cublasSetStream(cuda->cublas, cuda->stream)) &&
           cublas_check(cuda,
                        cublasSetWorkspace(cuda->cublas, cuda->cublas_workspace, CUBLAS_WORKSPACE_BYTES)) &&
           cublas_check(cuda, cublasSetMathMode(cuda->cublas, math)) &&
           cudnn_check(cuda, cudnnCreate(&cuda->cudnn)) &&
           cudnn_check(cuda, cudnnSetStream(cuda->cudnn, cuda->stream)) && cudnn_dropout_open(cuda);
}

static void describe(struct cuda_backend *cuda, const struct cudaDeviceProp *device, int driver, int runtime,
                     int cudnn)
{
    snprintf(cuda->base.description, sizeof cuda->base.description,
             "cuda:%d, %.96s, compute capability %d.%d, CUDA %d.%d (driver for %d.%d), cuDNN %d.%d",
             cuda->device, device->name, device->major, device->minor, runtime / 1000, runtime % 1000 / 10,
             driver / 1000, driver % 1000 / 10, cudnn / 10000, cudnn % 10000 / 100);
}

/* Too little memory often shows as a library that does not start: *error then says what is free, too. */
static bool open_on_device(struct cuda_backend *cuda, struct error *error)
{
    cuda->cublas_workspace =
        cuda_allocate(&cuda->base, CUBLAS_WORKSPACE_BYTES, "the workspace of cuBLAS", error);
    if (!cuda->cublas_workspace)
        return false;
    if (open_libraries(cuda))
        return true;
    const struct error *failure = &cuda->failure;
    return error_set(error, "%.800s; %.1f MiB of its memory are free", failure->message,
                     (double)cuda_free_bytes(&cuda->base) / (1024.0 * 1024));
}

/* "cuda" is one GPU for each rank of a machine. */
static bool choose_device(int *index, const struct backend_options *options, struct error *error)
{
    const struct communicator *ranks = options->communicator;
    if (ranks && ranks->ranks > 1 && strcmp(options->device, "cuda") == 0)
        return cuda_device_of_rank(index, ranks, error);
    return cuda_device_index(index, options->device, error);
}

static bool has_ranks(const struct backend_options *options)
{
    return options->communicator && (options->communicator->ranks > 1 || options->nccl_alone);
}

bool matinee_cuda_open(struct backend **backend, const struct backend_options *options, struct error *error)
{
    struct cudaDeviceProp device;
    int index, driver, runtime, cudnn;
    if (!cuda_versions(&driver, &runtime, error) || !choose_device(&index, options, error) ||
        !cuda_device_take(index, &device, error) || !cuda_cudnn_check(&cudnn, error))
        return false;
    struct cuda_backend *cuda = calloc(1, sizeof *cuda);
    if (!cuda)
        return error_memory(error, "the CUDA backend", sizeof *cuda);
    cuda->base = (struct backend){.name = "cuda",
                                  .ops = &cuda->ops,
                                  .memory = &cuda_memory,
                                  .threads = 1,
                                  .inference_bytes = INFERENCE_BYTES,
                                  .close = cuda_close};
    cuda->ops = cuda_ops;
    cuda->options = *options;
    cuda->options.device = NULL; /* it is the caller's */
    cuda->device = index;
    cuda->multiprocessors = device.multiProcessorCount;
    describe(cuda, &device, driver, runtime, cudnn);
    if (open_on_device(cuda, error) && (!has_ranks(options) || nccl_ranks_open(cuda, &device, error))) {
        *backend = &cuda->base;
        return true;
    }
    cuda_close(&cuda->base);
    return false;
}
