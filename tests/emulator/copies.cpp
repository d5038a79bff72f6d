/* Copies and fills. What they are told must be inside one allocation, of the kind that the direction says. */
#include "standin_parts.h"

#include <memory>
#include <string.h>
#include <vector>

namespace
{

struct direction {
    memory_kind to, from;
};

direction check_copy(const char *call, void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind)
{
    const direction found = {standin_memory_kind(call, to, bytes), standin_memory_kind(call, from, bytes)};
    const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
    const bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
    if (kind != cudaMemcpyDefault && to_device != (found.to == MEMORY_DEVICE))
        standin_misused("%s: writes to %p, which is%s device memory", call, to, to_device ? " not" : "");
    if (kind != cudaMemcpyDefault && from_device != (found.from == MEMORY_DEVICE))
        standin_misused("%s: reads from %p, which is%s device memory", call, from, from_device ? " not" : "");
    return found;
}

/* Memory that is not pinned is read before the call returns, and written by then: the copy waits. */
cudaError_t copy(const char *call, void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind,
                 cudaStream_t stream)
{
    fail_if(standin_stream_status(stream));
    if (bytes == 0)
        return cudaSuccess;
    const direction found = check_copy(call, to, from, bytes, kind);
    const bool pageable = found.to == MEMORY_HOST || found.from == MEMORY_HOST;
    if (pageable && standin_is_captured(stream))
        return standin_result(standin_breaks_captures());
    if (found.from == MEMORY_HOST) {
        const char *begin = (const char *)from;
        const auto kept = std::make_shared<std::vector<char>>(begin, begin + bytes);
        standin_enqueue(stream, [=] { memcpy(to, kept->data(), bytes); });
    } else {
        standin_enqueue(stream, [=] { memcpy(to, from, bytes); });
    }
    if (found.to == MEMORY_HOST)
        standin_wait_for(stream);
    return cudaSuccess;
}

cudaError_t fill(const char *call, void *memory, int value, size_t bytes, cudaStream_t stream)
{
    fail_if(standin_stream_status(stream));
    if (bytes == 0)
        return cudaSuccess;
    if (standin_memory_kind(call, memory, bytes) != MEMORY_DEVICE)
        standin_misused("%s: %p is not device memory", call, memory);
    standin_enqueue(stream, [=] { memset(memory, value, bytes); });
    return cudaSuccess;
}

}  // namespace

extern "C" {

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind,
                            cudaStream_t stream)
{
    fail_if_asked("cudaMemcpyAsync", cudaErrorIllegalAddress);
    return copy("cudaMemcpyAsync", to, from, bytes, kind, stream);
}

cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind)
{
    fail_if_asked("cudaMemcpy", cudaErrorIllegalAddress);
    fail_if(standin_breaks_captures());
    fail_if(copy("cudaMemcpy", to, from, bytes, kind, NULL));
    standin_wait_for(NULL);
    return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void *memory, int value, size_t bytes, cudaStream_t stream)
{
    fail_if_asked("cudaMemsetAsync", cudaErrorIllegalAddress);
    return fill("cudaMemsetAsync", memory, value, bytes, stream);
}

cudaError_t cudaMemset(void *memory, int value, size_t bytes)
{
    fail_if_asked("cudaMemset", cudaErrorIllegalAddress);
    fail_if(standin_breaks_captures());
    return fill("cudaMemset", memory, value, bytes, NULL);
}

} /* extern "C" */
