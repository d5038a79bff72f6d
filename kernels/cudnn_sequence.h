/* What stands between the sequences that cuDNN reads and writes and ours. Launchers of cudnn_sequence.cu; each enqueues
 * on the stream and returns the launch's status. */
#ifndef KERNELS_CUDNN_SEQUENCE_H
#define KERNELS_CUDNN_SEQUENCE_H

#include <cuda_runtime_api.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* to[t] = from[T-1-t] of steps of `count` floats. In place, too. */
cudaError_t launch_reverse_time(cudaStream_t stream, int T, size_t count, const float *from, float *to);

/* The last h that each direction reads, of all: the forward one's stands at t = T-1, the reversed one's at 0. */
struct last_step {
    int T, N, H, D;
};

/* last (N,D*H) = what stands in all (T,N,D*H). */
cudaError_t launch_take_last(cudaStream_t stream, struct last_step dims, const float *all, float *last);

/* all = last where it stands, zero elsewhere. */
cudaError_t launch_spread_last(cudaStream_t stream, struct last_step dims, const float *last, float *all);

#ifdef __cplusplus
}
#endif

#endif
