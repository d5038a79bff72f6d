/* A second stream for work that runs beside an op's own; a capture takes its work into the graph as a branch. */
#include "cuda_backend.h"

bool side_stream_open(struct cuda_backend *cuda)
{
    struct side_stream *side = &cuda->side;
    return cuda_check(cuda, cudaStreamCreateWithFlags(&side->stream, cudaStreamNonBlocking)) &&
           cuda_check(cuda, cudaEventCreateWithFlags(&side->forked, cudaEventDisableTiming)) &&
           cuda_check(cuda, cudaEventCreateWithFlags(&side->joined, cudaEventDisableTiming));
}

void side_stream_close(struct cuda_backend *cuda)
{
    const struct side_stream *side = &cuda->side;
    if (side->joined)
        cudaEventDestroy(side->joined);
    if (side->forked)
        cudaEventDestroy(side->forked);
    if (side->stream)
        cudaStreamDestroy(side->stream);
}

void cuda_fork(struct cuda_backend *cuda)
{
    if (!cuda->failed && cuda_check(cuda, cudaEventRecord(cuda->side.forked, cuda->stream)))
        cuda_check(cuda, cudaStreamWaitEvent(cuda->side.stream, cuda->side.forked, 0));
}

void cuda_join(struct cuda_backend *cuda)
{
    if (!cuda->failed && cuda_check(cuda, cudaEventRecord(cuda->side.joined, cuda->side.stream)))
        cuda_check(cuda, cudaStreamWaitEvent(cuda->stream, cuda->side.joined, 0));
}
