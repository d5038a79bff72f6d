/* Events: places in a stream's work. */
#include "streams.h"

#include <stdlib.h>
#include <time.h>

static int queries_needed = 2;

static std::set<cudaEvent_t> events;

void standin_set_event_queries(int n)
{
    queries_needed = n;
}

static CUevent_st *event_of(cudaEvent_t event)
{
    if (!events.count(event))
        standin_misused("%p is not an event", (void *)event);
    return event;
}

static double now_ms()
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

extern "C" {

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned)
{
    fail_if_asked("cudaEventCreateWithFlags", cudaErrorMemoryAllocation);
    fail_if(standin_current_device_status());
    *event = new CUevent_st();
    events.insert(*event);
    standin_count(1);
    return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t *event)
{
    return cudaEventCreateWithFlags(event, cudaEventDefault);
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    const bool fails = standin_call_fails("cudaEventDestroy");
    delete event_of(event);
    events.erase(event);
    standin_count(-1);
    return fails ? standin_result(cudaErrorIllegalAddress) : cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
{
    fail_if_asked("cudaEventRecord", cudaErrorIllegalAddress);
    fail_if(standin_stream_status(stream));
    CUevent_st *e = event_of(event);
    CUstream_st *s = stream_of(stream);
    *e = CUevent_st();
    if (s->captured) {
        e->captured = s->captured;
        e->captured_on = stream;
        return cudaSuccess;
    }
    const std::shared_ptr<double> arrived_ms = std::make_shared<double>(0.0);
    standin_enqueue(stream, [=] { *arrived_ms = now_ms(); });
    e->line = s->line;
    e->position = s->line->given;
    e->arrived_ms = arrived_ms;
    return cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t event)
{
    fail_if_asked("cudaEventQuery", cudaErrorIllegalAddress);
    CUevent_st *e = event_of(event);
    if (e->captured)
        return standin_result(cudaErrorCapturedEvent);
    if (!e->line || e->line->seen >= e->position)
        return cudaSuccess;
    if (++e->queries < queries_needed)
        return standin_result(cudaErrorNotReady);
    timeline_wait(*e->line, e->position);
    return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
    fail_if_asked("cudaEventSynchronize", cudaErrorIllegalAddress);
    CUevent_st *e = event_of(event);
    if (e->captured) {
        capture_break(e->captured);
        return standin_result(cudaErrorCapturedEvent);
    }
    if (e->line)
        timeline_wait(*e->line, e->position);
    return cudaSuccess;
}

cudaError_t cudaEventElapsedTime(float *ms, cudaEvent_t begin, cudaEvent_t end)
{
    fail_if_asked("cudaEventElapsedTime", cudaErrorIllegalAddress);
    const CUevent_st *first = event_of(begin), *last = event_of(end);
    if (!first->line || !last->line)
        return standin_result(cudaErrorInvalidResourceHandle);
    if (first->line->done < first->position || last->line->done < last->position)
        return standin_result(cudaErrorNotReady);
    *ms = (float)(*last->arrived_ms - *first->arrived_ms);
    return cudaSuccess;
}

/* Within a capture this is how a stream joins it, and how the capture's own stream waits for the other's work. */
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned)
{
    fail_if_asked("cudaStreamWaitEvent", cudaErrorIllegalAddress);
    fail_if(standin_stream_status(stream));
    CUevent_st *e = event_of(event);
    CUstream_st *s = stream_of(stream);
    if (e->captured) {
        if (s->captured && s->captured != e->captured)
            return standin_result(cudaErrorStreamCaptureMerge);
        if (s->captured)
            s->captured->forked.erase(e->captured_on);
        s->captured = e->captured;
        return cudaSuccess;
    }
    if (s->captured) {
        s->captured->broken = true;
        return standin_result(cudaErrorStreamCaptureIsolation);
    }
    const std::shared_ptr<timeline> line = e->line;
    const size_t position = e->position;
    if (line && line != s->line)
        standin_enqueue(stream, [=] { timeline_wait(*line, position); });
    return cudaSuccess;
}

} /* extern "C" */
