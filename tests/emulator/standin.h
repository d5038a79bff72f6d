/* Stand-ins for the CUDA runtime, cuBLAS and cuDNN: libraries of the same names and headers, on the CPU. */
#ifndef STANDIN_H
#define STANDIN_H

#include <cuda_runtime_api.h>

#ifdef __cplusplus
#include <functional>

/* What a stream is given runs at once, or is recorded while the stream is captured. */
void standin_enqueue(cudaStream_t stream, std::function<void()> work);

extern "C" {
#endif

/* The n-th library call from now fails, once; 0: none. Every call that returns a status counts. */
void standin_fail_call(int n);

/* Calls counted since standin_fail_call. */
int standin_calls(void);

/* Device and pinned memory, streams, events, graphs, handles and descriptors that were made and not yet destroyed. */
int standin_outstanding(void);

/* Asked at the beginning of every call that returns a status: whether this one is to fail. */
int standin_call_fails(const char *name);

/* A handle, descriptor or other object was made (+1) or destroyed (-1). */
void standin_count(int change);

#ifdef __cplusplus
}
#endif

#endif
