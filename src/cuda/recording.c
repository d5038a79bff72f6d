/* A step as a CUDA graph. The first replay runs it op by op, which loads what the libraries load on first use; the
 * second captures it. */
#include "cuda_backend.h"

#include <stdlib.h>

struct recording {
    void (*step)(void *context);
    void *context;
    bool has_run;
    cudaGraphExec_t graph; /* NULL until captured */
};

bool cuda_record(struct backend *backend, struct recording **recording, void (*step)(void *context),
                 void *context, struct error *error)
{
    (void)backend;
    *recording = calloc(1, sizeof **recording);
    if (!*recording)
        return error_memory(error, "a recording", sizeof **recording);
    (*recording)->step = step;
    (*recording)->context = context;
    return true;
}

/* A capture that has begun is always ended, whatever failed in it: until then the stream takes nothing else. */
static void capture(struct cuda_backend *cuda, struct recording *recording)
{
    cudaGraph_t graph = NULL;
    if (!cuda_check(cuda, cudaStreamBeginCapture(cuda->stream, cudaStreamCaptureModeThreadLocal)))
        return;
    recording->step(recording->context);
    cuda_check(cuda, cudaStreamEndCapture(cuda->stream, &graph));
    if (!cuda->failed)
        cuda_check(cuda, cudaGraphInstantiate(&recording->graph, graph, 0));
    if (graph)
        cuda_check(cuda, cudaGraphDestroy(graph));
}

void cuda_replay(struct backend *backend, struct recording *recording)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (cuda->failed)
        return;
    if (cuda->options.no_graph || !recording->has_run) {
        recording->step(recording->context);
        recording->has_run = true;
        return;
    }
    if (!recording->graph)
        capture(cuda, recording);
    if (!cuda->failed)
        cuda_check(cuda, cudaGraphLaunch(recording->graph, cuda->stream));
}

/* Waits: a launch of it may still run. */
void cuda_forget(struct backend *backend, struct recording *recording)
{
    struct cuda_backend *cuda = cuda_backend_of(backend);
    if (recording->graph) {
        cuda_check(cuda, cudaStreamSynchronize(cuda->stream));
        cuda_check(cuda, cudaGraphExecDestroy(recording->graph));
    }
    free(recording);
}
