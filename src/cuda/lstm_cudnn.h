/* Inside the cudnn engine: a plan for every form and size of lstm, made once, and the library's calls on one. */
#ifndef CUDA_LSTM_CUDNN_H
#define CUDA_LSTM_CUDNN_H

#include "cuda_backend.h"
#include "cudnn_weights.h"

/* What distinguishes two plans. */
struct cudnn_shape {
    int T, N, E, H, D, layers;
    bool reversed, sequences;
    float rate; /* of dropout between layers */
};

struct cudnn_plan {
    struct cudnn_plan *next;
    struct cudnn_shape shape;
    const char *name; /* of the engine with the algorithm that this takes; NULL: none takes the shape */
    bool must_run;    /* no other algorithm is tried in its place: a call that fails is a failure */
    cudnnRNNDescriptor_t rnn;
    cudnnRNNDataDescriptor_t x, y;
    cudnnTensorDescriptor_t state; /* h and c: (layers*D,N,H) */
    int32_t *host_lengths;         /* (N)   T each */
    struct cudnn_layout layout;
    size_t weights_bytes, reserve_bytes, training_work_bytes, inference_work_bytes;
    struct op_sizes sizes; /* for this plan, and for one of the standard algorithm */
};

/* The plan for such an op. For the first op of a shape algorithms are tried, which allocates and waits; later ones find
 * what came of it, be it that none takes the op. NULL then, and after a failure. */
const struct cudnn_plan *cudnn_plan_of(struct cuda_backend *cuda, const struct lstm *op);
void cudnn_plans_close(struct cuda_backend *cuda);

/* Where the parts of an op's two areas begin. A part is NULL where the pass or the form has none. */
struct cudnn_areas {
    void *weights, *reserve, *work;
    float *y;         /* (T,N,D*H)   of all steps: backward reads it, when op->y may hold something else */
    float *x;         /* (T,N,E)     reversed */
    int32_t *lengths; /* (N)         T each */
    void *dweights;
    float *dy; /* (T,N,D*H)   zero but for the last steps */
};

struct cudnn_areas cudnn_training_areas(const struct cudnn_plan *plan, void *saved, void *scratch);
struct cudnn_areas cudnn_inference_areas(const struct cudnn_plan *plan, void *scratch);
struct op_sizes cudnn_sizes(const struct cudnn_plan *plan);

/* What became of a call: some algorithms do not support some sizes, or cannot be compiled for the device by the
 * toolkit's compiler that is found when they run, which is no failure. Nor is anything that the library says of an
 * algorithm while another is left to try: how it words a refusal depends on its version and on the device. */
enum cudnn_outcome { CUDNN_TAKEN, CUDNN_REFUSED, CUDNN_FAILED };

/* Latches a failure, as cudnn_check does. */
#define cudnn_try(cuda, plan, call) cudnn_try_status(cuda, plan, call, #call, __FILE__, __LINE__)
enum cudnn_outcome cudnn_try_status(struct cuda_backend *cuda, const struct cudnn_plan *plan,
                                    cudnnStatus_t status, const char *call, const char *file, int line);

/* The library's calls. x is in the order in which it is read; dy and dx likewise. */
enum cudnn_outcome cudnn_run_forward(struct cuda_backend *cuda, const struct cudnn_plan *plan,
                                     cudnnForwardMode_t mode, const struct cudnn_areas *areas, const float *x,
                                     float *y);
enum cudnn_outcome cudnn_run_backward(struct cuda_backend *cuda, const struct cudnn_plan *plan,
                                      const struct cudnn_areas *areas, const float *x, const float *dy,
                                      float *dx);

#endif
