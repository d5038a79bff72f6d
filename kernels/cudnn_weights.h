/* Between Keras' weights and cuDNN's weight space. Launchers of cudnn_weights.cu; each enqueues on the stream and
 * returns the launch's status. */
#ifndef KERNELS_CUDNN_WEIGHTS_H
#define KERNELS_CUDNN_WEIGHTS_H

#include "matinee/backend.h"

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A direction of a layer has eight matrices in cuDNN's weight space, the four gates' of its input, then the four
 * gates' of h. Each is the transpose of a gate's columns of Keras' kernel: (H,width), width being what it reads. */
enum { CUDNN_MATRICES = 2 * GATE_COUNT };

#define CUDNN_NO_BIAS SIZE_MAX

/* Offsets in floats from the beginning of the weight space; the library says them, and leaves gaps as it likes. */
struct cudnn_places {
    size_t matrix[CUDNN_MATRICES];
    size_t bias[CUDNN_MATRICES]; /* (H), or CUDNN_NO_BIAS; a second one, of h, is zero */
};

struct cudnn_layout {
    int E, H, D, layers;
    struct cudnn_places places[LSTM_STACK_MAX * DIRECTIONS_MAX]; /* of layer l and direction d at l*D + d */
};

struct cudnn_pack {
    struct cudnn_layout layout;
    struct lstm_weights weights[LSTM_STACK_MAX * DIRECTIONS_MAX]; /* in */
    float *space;                                                 /* out, its gaps excepted */
    int T, N;
    int32_t *lengths; /* out (N)   T: every row is as long as the batch */
};

struct cudnn_unpack {
    struct cudnn_layout layout;
    const float *space; /* in   gradients */
    struct lstm_gradients gradients[LSTM_STACK_MAX * DIRECTIONS_MAX];
};

cudaError_t launch_cudnn_pack(cudaStream_t stream, const struct cudnn_pack *op);
cudaError_t launch_cudnn_unpack(cudaStream_t stream, const struct cudnn_unpack *op);

#ifdef __cplusplus
}
#endif

#endif
