/* Stand-ins for the CUDA runtime, cuBLAS and cuDNN: libraries of the same names and headers, on the CPU. Misuse that
 * the real libraries may let pass ends the program with a message. */
#ifndef STANDIN_H
#define STANDIN_H

#include <cuda_runtime_api.h>

#ifdef __cplusplus
#include <functional>

/* Gives a stream work, which is recorded while the stream is captured. What the work reads of the host's memory it
 * must own: it may run only when the host waits for it. */
void standin_enqueue(cudaStream_t stream, std::function<void()> work);

/* Asked by a kernel launch: false if it is to fail, and then cudaGetLastError has the status. */
bool standin_launch_begins(const char *kernel, cudaStream_t stream);

/* What cudaGetLastError will return. */
void standin_set_last_error(cudaError_t status);

extern "C" {
#endif

/* The n-th library call from now fails, once; 0: none. Every call that returns a status counts, and every launch, but
 * not those that ask for the last error. MATINEE_STANDIN_FAIL=N does the same from a program's begin. */
void standin_fail_call(int n);

/* All calls from the n-th fail, as after a kernel that went wrong. MATINEE_STANDIN_FAIL=N+ */
void standin_fail_from(int n);

/* Calls counted since standin_fail_call or standin_fail_from. */
int standin_calls(void);

/* The first call that was made to fail since then; NULL: none. */
const char *standin_failed_call(void);

/* Device and pinned memory, streams, events, graphs, handles and descriptors that were made and not yet destroyed. */
int standin_outstanding(void);

/* Asked at the beginning of every call that returns a status: whether this one is to fail. */
int standin_call_fails(const char *name);

/* A handle, descriptor or other object was made (+1) or destroyed (-1). */
void standin_count(int change);

/* The machine that is played. The defaults are a device of today, and the environment may say otherwise for a whole
 * program: MATINEE_STANDIN_DEVICES, _DRIVER (13000 is 13.0; 0: none), _CAPABILITY (90 is 9.0), _MEMORY (bytes), and of other
 * libraries _NCCL (its version), _UUID (of what machine the devices are). */
struct standin_machine {
    int device_count;
    int driver_version;
    int capability;
    size_t free_bytes; /* of each device's memory, before we take of it */
};

/* NULL: as the environment says. */
void standin_set_machine(const struct standin_machine *machine);

/* Work waits until the host waits for it, as on a device that is busy: this is how it is unless something else is said.
 * Otherwise it runs at once. MATINEE_STANDIN_DEFER=0 or 1. */
void standin_set_deferred(int deferred);

/* An event that the host did not wait for has arrived by the n-th query, from 1; 2 if nothing else is said. */
void standin_set_event_queries(int n);
/* Where cuDNN may refuse an algorithm of its RNN. */
enum standin_rnn_stage {
    STANDIN_RNN_SET,
    STANDIN_RNN_SINGLE_BIAS, /* set with one bias alone */
    STANDIN_RNN_BUILD,       /* as what does not compile */
    STANDIN_RNN_SIZES,
    STANDIN_RNN_FORWARD,
    STANDIN_RNN_BACKWARD,
    STANDIN_RNN_BACKWARD_WEIGHTS,
    STANDIN_RNN_CAPTURE, /* it does in the forward pass what a capture does not allow */
    STANDIN_RNN_STAGES,
};

/* Refuses an algorithm (cudnnRNNAlgo_t) at a stage until standin_refuse_no_rnn. The persistent algorithm for small H is
 * refused beyond its sizes as in the library, whatever is asked here. */
void standin_refuse_rnn(int algorithm, enum standin_rnn_stage stage);
void standin_refuse_no_rnn(void);

#ifdef __cplusplus
}
#endif

#endif
