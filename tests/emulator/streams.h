/* Streams as queues of work. */
#ifndef STREAMS_H
#define STREAMS_H

#include "standin_parts.h"

#include <deque>
#include <memory>
#include <set>
#include <vector>

using work_list = std::vector<std::function<void()>>;

/* What a stream was given, in order. It outlives the stream where an event refers to it. */
struct timeline {
    std::deque<std::function<void()>> waiting;
    size_t given = 0, done = 0; /* pieces of work */
    size_t seen = 0;            /* as far as the host has waited */
};

struct capture {
    work_list work;
    cudaStream_t origin;
    bool relaxed;
    bool broken = false;
    std::set<cudaStream_t> forked; /* streams whose last work the origin does not wait for */
};

struct CUstream_st {
    bool blocking;
    std::shared_ptr<timeline> line = std::make_shared<timeline>();
    std::shared_ptr<capture> captured = NULL;
};

struct CUevent_st {
    std::shared_ptr<timeline> line; /* NULL: never recorded */
    size_t position = 0;
    int queries = 0;
    std::shared_ptr<double> arrived_ms;
    std::shared_ptr<capture> captured;
    cudaStream_t captured_on = NULL;
};

struct CUgraph_st {
    work_list work;
};

struct CUgraphExec_st {
    std::shared_ptr<work_list> work;
};

/* The stream behind a handle, of which several name the default one. It must exist. */
CUstream_st *stream_of(cudaStream_t stream);

/* The host waits until a timeline has come that far. */
void timeline_wait(timeline &line, size_t position);

/* A call that a capture does not allow: it can only be ended. Returns the call's status. */
cudaError_t capture_break(const std::shared_ptr<capture> &captured);

/* Its streams are captured no longer. */
void capture_end(const std::shared_ptr<capture> &captured);

#endif
