/* A stream keeps its work until the host waits for it, or runs it at once where nothing is deferred. Work of different
 * streams runs in an order of the stand-in's choosing, except where an event or the default stream orders it. */
#include "streams.h"

#include <stdlib.h>

static std::set<CUstream_st *> streams;

static CUstream_st *default_stream()
{
    static CUstream_st stream = {true};
    return &stream;
}

static struct {
    bool known, deferred;
} mode;

void standin_set_deferred(int deferred)
{
    mode = {true, deferred != 0};
}

static bool work_is_deferred()
{
    const char *text = getenv("MATINEE_STANDIN_DEFER");
    if (!mode.known)
        mode = {true, !text || atoi(text) != 0};
    return mode.deferred;
}

CUstream_st *stream_of(cudaStream_t stream)
{
    if (stream == NULL || stream == cudaStreamLegacy || stream == cudaStreamPerThread)
        return default_stream();
    if (!streams.count(stream))
        standin_misused("%p is not a stream", (void *)stream);
    return stream;
}

static void run_until(timeline &line, size_t position)
{
    if (line.done >= position)
        return;
    standin_show_device_memory();
    while (line.done < position) {
        const std::function<void()> work = std::move(line.waiting.front());
        line.waiting.pop_front();
        line.done++;
        work();
    }
    standin_hide_device_memory();
}

void timeline_wait(timeline &line, size_t position)
{
    run_until(line, position);
    if (line.seen < position)
        line.seen = position;
}

static void give(CUstream_st *stream, std::function<void()> work)
{
    timeline &line = *stream->line;
    line.waiting.push_back(std::move(work));
    line.given++;
    if (!work_is_deferred())
        run_until(line, line.given);
}

static void give_wait(CUstream_st *stream, const std::shared_ptr<timeline> &other, size_t position)
{
    if (other->done < position)
        give(stream, [=] { run_until(*other, position); });
}

/* The default stream waits for all streams that are not cudaStreamNonBlocking, and they for it. */
static void order_with_default(CUstream_st *stream)
{
    CUstream_st *legacy = default_stream();
    if (stream != legacy && stream->blocking)
        give_wait(stream, legacy->line, legacy->line->given);
    if (stream == legacy)
        for (CUstream_st *other : streams)
            if (other->blocking)
                give_wait(legacy, other->line, other->line->given);
}

void standin_enqueue(cudaStream_t handle, std::function<void()> work)
{
    CUstream_st *stream = stream_of(handle);
    if (standin_stream_status(handle) != cudaSuccess)
        return;
    if (stream->captured) {
        stream->captured->work.push_back(std::move(work));
        if (stream != stream->captured->origin)
            stream->captured->forked.insert(stream);
        return;
    }
    order_with_default(stream);
    give(stream, std::move(work));
}

cudaError_t capture_break(const std::shared_ptr<capture> &captured)
{
    captured->broken = true;
    return cudaErrorStreamCaptureUnsupported;
}

void capture_end(const std::shared_ptr<capture> &captured)
{
    for (CUstream_st *stream : streams)
        if (stream->captured == captured)
            stream->captured.reset();
}

bool standin_is_captured(cudaStream_t stream)
{
    return stream_of(stream)->captured != NULL;
}

cudaError_t standin_stream_status(cudaStream_t handle)
{
    CUstream_st *stream = stream_of(handle);
    if (stream->captured)
        return stream->captured->broken ? cudaErrorStreamCaptureInvalidated : cudaSuccess;
    if (stream == default_stream())
        for (CUstream_st *other : streams)
            if (other->captured) {
                other->captured->broken = true;
                return cudaErrorStreamCaptureImplicit;
            }
    return cudaSuccess;
}

cudaError_t standin_breaks_captures()
{
    cudaError_t status = cudaSuccess;
    for (CUstream_st *stream : streams)
        if (stream->captured && !stream->captured->relaxed)
            status = capture_break(stream->captured);
    return status;
}

void standin_wait_for(cudaStream_t stream)
{
    timeline &line = *stream_of(stream)->line;
    timeline_wait(line, line.given);
}

void standin_wait_for_all()
{
    standin_wait_for(NULL);
    for (CUstream_st *stream : streams)
        standin_wait_for(stream);
}

static cudaError_t open_stream(cudaStream_t *stream, bool blocking)
{
    fail_if(standin_current_device_status());
    *stream = new CUstream_st{blocking};
    streams.insert(*stream);
    standin_count(1);
    return cudaSuccess;
}

extern "C" {

cudaError_t cudaStreamCreate(cudaStream_t *stream)
{
    fail_if_asked("cudaStreamCreate", cudaErrorMemoryAllocation);
    return open_stream(stream, true);
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags)
{
    fail_if_asked("cudaStreamCreateWithFlags", cudaErrorMemoryAllocation);
    return open_stream(stream, !(flags & cudaStreamNonBlocking));
}

cudaError_t cudaStreamDestroy(cudaStream_t handle)
{
    const bool fails = standin_call_fails("cudaStreamDestroy");
    CUstream_st *stream = stream_of(handle);
    if (stream == default_stream())
        standin_misused("cudaStreamDestroy of the default stream");
    run_until(*stream->line, stream->line->given);
    streams.erase(stream);
    delete stream;
    standin_count(-1);
    return fails ? standin_result(cudaErrorIllegalAddress) : cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    fail_if_asked("cudaStreamSynchronize", cudaErrorIllegalAddress);
    if (standin_is_captured(stream))
        return standin_result(capture_break(stream_of(stream)->captured));
    standin_wait_for(stream);
    return cudaSuccess;
}

cudaError_t cudaStreamQuery(cudaStream_t stream)
{
    fail_if_asked("cudaStreamQuery", cudaErrorIllegalAddress);
    if (standin_is_captured(stream))
        return standin_result(capture_break(stream_of(stream)->captured));
    const timeline &line = *stream_of(stream)->line;
    return line.done == line.given ? cudaSuccess : standin_result(cudaErrorNotReady);
}

cudaError_t cudaDeviceSynchronize(void)
{
    fail_if_asked("cudaDeviceSynchronize", cudaErrorIllegalAddress);
    fail_if(standin_breaks_captures());
    standin_wait_for_all();
    return cudaSuccess;
}

} /* extern "C" */
