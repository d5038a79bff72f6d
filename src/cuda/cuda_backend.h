/* Inside the CUDA backend: what its ops share. */
#ifndef CUDA_BACKEND_H
#define CUDA_BACKEND_H

#include "matinee/backend.h"

#include <cublas_v2.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>

struct cuda_backend {
    struct backend base; /* first, so that a struct backend * is one of these */
    struct backend_ops ops;
    struct backend_options options;
    int device, multiprocessors;
    cudaStream_t stream; /* of all ops */
    struct side_stream {
        cudaStream_t stream; /* of what an op does beside its own work */
        cudaEvent_t forked, joined;
    } side;
    cublasHandle_t cublas;
    void *cublas_workspace;
    cudnnHandle_t cudnn;
    struct cudnn_plan *plans; /* of the cudnn engine, made at set-up */
    struct cudnn_dropout *dropout;
    struct nccl_ranks *ranks; /* NULL: alone */
    struct poll {
        void *host; /* pinned, POLL_BYTES_MAX */
        cudaEvent_t arrived;
        bool under_way;
    } poll;
    bool failed;
    struct error failure; /* the first */
};

static inline struct cuda_backend *cuda_backend_of(struct backend *backend)
{
    return (struct cuda_backend *)backend;
}

/* Each evaluates a call once; true if it succeeded. The first that fails latches the call's text, its place and the
 * library's own words in the backend. Nothing is enqueued after a failure: ops ask cuda->failed first. */
#define cuda_check(cuda, call) cuda_check_status(cuda, call, #call, __FILE__, __LINE__)
#define cublas_check(cuda, call) cublas_check_status(cuda, call, #call, __FILE__, __LINE__)
#define cudnn_check(cuda, call) cudnn_check_status(cuda, call, #call, __FILE__, __LINE__)

bool cuda_check_status(struct cuda_backend *, cudaError_t, const char *call, const char *file, int line);
bool cublas_check_status(struct cuda_backend *, cublasStatus_t, const char *call, const char *file, int line);
bool cudnn_check_status(struct cuda_backend *, cudnnStatus_t, const char *call, const char *file, int line);

/* What they do with a status that is a failure: its number, and the library's name and words for it. */
void cuda_latch(struct cuda_backend *, const char *call, const char *name, int status, const char *words,
                const char *file, int line);

/* Latches an error of our own: an op that nothing here computes. */
void cuda_refuse(struct cuda_backend *, const struct error *);

/* memory.c */
void *cuda_allocate(struct backend *, size_t bytes, const char *what, struct error *);
void cuda_release(struct backend *, void *memory);
void cuda_upload(struct backend *, void *to, const void *host_from, size_t bytes);
void cuda_download(struct backend *, void *host_to, const void *from, size_t bytes);
bool cuda_poll(struct backend *, void *host_to, const void *from, size_t bytes);
size_t cuda_free_bytes(struct backend *);

/* side_stream.c: what is enqueued on side.stream after the fork begins after what the stream holds by then; after the
 * join the stream waits for it. An op that forks also joins. Nothing after a failure. */
bool side_stream_open(struct cuda_backend *);
void side_stream_close(struct cuda_backend *);
void cuda_fork(struct cuda_backend *);
void cuda_join(struct cuda_backend *);

/* recording.c */
bool cuda_record(struct backend *, struct recording **, void (*step)(void *context), void *context,
                 struct error *);
void cuda_replay(struct backend *, struct recording *);
void cuda_forget(struct backend *, struct recording *);

/* Ops, one family a file. */
void cuda_next_step(struct backend *, const struct next_step *);
void cuda_load_batch(struct backend *, const struct load_batch *);
void cuda_embedding(struct backend *, const struct embedding *);
void cuda_embedding_backward(struct backend *, const struct embedding_backward *);
void cuda_dropout(struct backend *, const struct dropout_layer *);
void cuda_dropout_backward(struct backend *, const struct dropout_layer *);
void cuda_conv_pool(struct backend *, const struct conv_pool *);
void cuda_conv_pool_backward(struct backend *, const struct conv_pool_backward *);
void cuda_max_pool(struct backend *, const struct max_pool *);
void cuda_max_pool_backward(struct backend *, const struct max_pool_backward *);
void cuda_global_pool(struct backend *, const struct global_pool *);
void cuda_global_pool_backward(struct backend *, const struct global_pool_backward *);
void cuda_lstm(struct backend *, const struct lstm *);
void cuda_lstm_backward(struct backend *, const struct lstm_backward *);
void cuda_dense_bce(struct backend *, const struct dense_bce *);
void cuda_dense_backward(struct backend *, const struct dense_backward *);
void cuda_add_parts(struct backend *, const struct add_parts *);
void cuda_adam(struct backend *, const struct adam *);
void cuda_clear(struct backend *, void *memory, size_t bytes);

struct op_sizes cuda_embedding_sizes(struct backend *, const struct embedding *dims);
struct op_sizes cuda_dropout_sizes(struct backend *, const struct dropout_layer *dims);
struct op_sizes cuda_conv_pool_sizes(struct backend *, const struct conv_pool *dims);
struct op_sizes cuda_max_pool_sizes(struct backend *, const struct max_pool *dims);
struct op_sizes cuda_global_pool_sizes(struct backend *, const struct global_pool *dims);
struct op_sizes cuda_lstm_sizes(struct backend *, const struct lstm *dims);
const char *cuda_lstm_engine(struct backend *, const struct lstm *, struct error *);
int cuda_lstm_inference_rows(struct backend *, const struct lstm *dims);

#endif
