/* Capture keeps what a stream is given; a graph's launch runs it. */
#include "streams.h"

extern "C" {

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, enum cudaStreamCaptureMode mode)
{
    fail_if_asked("cudaStreamBeginCapture", cudaErrorStreamCaptureUnsupported);
    CUstream_st *s = stream_of(stream);
    if (s == stream_of(NULL))
        return standin_result(cudaErrorStreamCaptureUnsupported);
    if (s->captured)
        return standin_result(cudaErrorIllegalState);
    s->captured = std::make_shared<capture>();
    s->captured->origin = stream;
    s->captured->relaxed = mode == cudaStreamCaptureModeRelaxed;
    return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph)
{
    const bool fails = standin_call_fails("cudaStreamEndCapture");
    CUstream_st *s = stream_of(stream);
    *graph = NULL;
    if (!s->captured)
        return standin_result(cudaErrorIllegalState);
    if (s->captured->origin != stream)
        return standin_result(cudaErrorStreamCaptureUnmatched);
    const std::shared_ptr<capture> captured = s->captured;
    capture_end(captured);
    if (fails || captured->broken)
        return standin_result(cudaErrorStreamCaptureInvalidated);
    if (!captured->forked.empty())
        return standin_result(cudaErrorStreamCaptureUnjoined);
    *graph = new CUgraph_st{std::move(captured->work)}; /* an event may keep the capture */
    standin_count(1);
    return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, enum cudaStreamCaptureStatus *status)
{
    fail_if_asked("cudaStreamIsCapturing", cudaErrorIllegalAddress);
    const CUstream_st *s = stream_of(stream);
    *status = !s->captured          ? cudaStreamCaptureStatusNone
              : s->captured->broken ? cudaStreamCaptureStatusInvalidated
                                    : cudaStreamCaptureStatusActive;
    return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long)
{
    fail_if_asked("cudaGraphInstantiate", cudaErrorMemoryAllocation);
    *exec = new CUgraphExec_st{std::make_shared<work_list>(graph->work)};
    standin_count(1);
    return cudaSuccess;
}

cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t stream)
{
    fail_if_asked("cudaGraphUpload", cudaErrorIllegalAddress);
    return standin_result(standin_stream_status(stream));
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream)
{
    fail_if_asked("cudaGraphLaunch", cudaErrorLaunchFailure);
    fail_if(standin_stream_status(stream));
    const std::shared_ptr<work_list> work = exec->work;
    standin_enqueue(stream, [=] {
        for (const std::function<void()> &piece : *work)
            piece();
    });
    return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
    const bool fails = standin_call_fails("cudaGraphDestroy");
    delete graph;
    standin_count(-1);
    return fails ? standin_result(cudaErrorIllegalAddress) : cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec)
{
    const bool fails = standin_call_fails("cudaGraphExecDestroy");
    delete exec;
    standin_count(-1);
    return fails ? standin_result(cudaErrorIllegalAddress) : cudaSuccess;
}

} /* extern "C" */
