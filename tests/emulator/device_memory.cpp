/* Device and pinned memory is host memory between guard zones. Under AddressSanitizer the guard zones cannot be touched
 * by anybody, and device memory only by device work. */
#include "standin_parts.h"

#include <map>
#include <set>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define forbid(memory, bytes) ASAN_POISON_MEMORY_REGION(memory, bytes)
#define permit(memory, bytes) ASAN_UNPOISON_MEMORY_REGION(memory, bytes)
#else
#define forbid(memory, bytes) ((void)(memory), (void)(bytes))
#define permit(memory, bytes) ((void)(memory), (void)(bytes))
#endif

/* Of an allocation only so much is forbidden to the host, for each time that work runs it is permitted and forbidden
 * again. A large one, the workspace of a library, is not filled: its pages are never touched. */
static const size_t guard_bytes = 256, forbidden_bytes_max = 1 << 20, large_bytes = 16 << 20;

enum { GUARD = 0xa5 };

namespace
{

struct allocation {
    size_t bytes;
    memory_kind kind;
};

std::map<uintptr_t, allocation> allocations; /* by the address of the data */
std::set<uintptr_t> freed;
size_t device_bytes;
int shown;

size_t whole_bytes(size_t bytes)
{
    return 2 * guard_bytes + (bytes + guard_bytes - 1) / guard_bytes * guard_bytes;
}

size_t forbidden_bytes(const allocation &a)
{
    return a.bytes < forbidden_bytes_max ? a.bytes : forbidden_bytes_max;
}

void *allocate(size_t bytes, memory_kind kind)
{
    unsigned char *memory = (unsigned char *)aligned_alloc(guard_bytes, whole_bytes(bytes));
    if (!memory)
        return NULL;
    unsigned char *data = memory + guard_bytes;
    memset(memory, GUARD, guard_bytes);
    if (bytes < large_bytes)
        memset(data, 0xff, bytes); /* NaN */
    memset(data + bytes, GUARD, whole_bytes(bytes) - guard_bytes - bytes);
    const allocation a = {bytes, kind};
    allocations[(uintptr_t)data] = a;
    freed.erase((uintptr_t)data);
    device_bytes += kind == MEMORY_DEVICE ? bytes : 0;
    forbid(memory, guard_bytes);
    forbid(data + bytes, whole_bytes(bytes) - guard_bytes - bytes);
    if (kind == MEMORY_DEVICE && shown == 0)
        forbid(data, forbidden_bytes(a));
    standin_count(1);
    return data;
}

void check_guards(const unsigned char *memory, size_t bytes)
{
    for (size_t i = 0; i < guard_bytes; i++)
        if (memory[i] != GUARD)
            standin_misused("memory of %zu bytes was written %zu bytes before its begin", bytes,
                            guard_bytes - i);
    for (size_t i = guard_bytes + bytes; i < whole_bytes(bytes); i++)
        if (memory[i] != GUARD)
            standin_misused("memory of %zu bytes was written %zu bytes after its end", bytes,
                            i - guard_bytes - bytes);
}

void release(const char *call, void *data, memory_kind kind)
{
    const auto found = allocations.find((uintptr_t)data);
    if (freed.count((uintptr_t)data))
        standin_misused("%s: %p was freed before", call, data);
    if (found == allocations.end() || found->second.kind != kind)
        standin_misused("%s: %p is not the begin of such memory", call, data);
    const size_t bytes = found->second.bytes;
    unsigned char *memory = (unsigned char *)data - guard_bytes;
    permit(memory, whole_bytes(bytes));
    check_guards(memory, bytes);
    device_bytes -= kind == MEMORY_DEVICE ? bytes : 0;
    allocations.erase(found);
    freed.insert((uintptr_t)data);
    free(memory);
    standin_count(-1);
}

cudaError_t allocate_on_device(void **memory, size_t bytes)
{
    *memory = NULL;
    if (bytes == 0)
        return cudaSuccess;
    if (bytes > standin_machine_now().free_bytes - device_bytes)
        return cudaErrorMemoryAllocation;
    *memory = allocate(bytes, MEMORY_DEVICE);
    return *memory ? cudaSuccess : cudaErrorMemoryAllocation;
}

}  // namespace

size_t standin_device_bytes_used()
{
    return device_bytes;
}

memory_kind standin_memory_kind(const char *call, const void *memory, size_t bytes)
{
    const uintptr_t begin = (uintptr_t)memory;
    auto after = allocations.lower_bound(begin + bytes); /* the first that begins behind the range */
    if (after == allocations.begin())
        return MEMORY_HOST;
    const auto &[data, a] = *--after;
    if (begin >= data + a.bytes + guard_bytes)
        return MEMORY_HOST;
    if (begin < data || begin + bytes > data + a.bytes)
        standin_misused("%s: %zu bytes at %p are not inside one allocation", call, bytes, memory);
    return a.kind;
}

void standin_show_device_memory()
{
    if (shown++ == 0)
        for (const auto &[data, a] : allocations)
            if (a.kind == MEMORY_DEVICE)
                permit((void *)data, forbidden_bytes(a));
}

void standin_hide_device_memory()
{
    if (--shown == 0)
        for (const auto &[data, a] : allocations)
            if (a.kind == MEMORY_DEVICE)
                forbid((void *)data, forbidden_bytes(a));
}

extern "C" {

cudaError_t cudaMalloc(void **memory, size_t bytes)
{
    fail_if_asked("cudaMalloc", cudaErrorMemoryAllocation);
    fail_if(standin_breaks_captures());
    fail_if(standin_current_device_status());
    return standin_result(allocate_on_device(memory, bytes));
}

cudaError_t cudaMallocHost(void **memory, size_t bytes)
{
    fail_if_asked("cudaMallocHost", cudaErrorMemoryAllocation);
    fail_if(standin_breaks_captures());
    fail_if(standin_current_device_status());
    *memory = allocate(bytes, MEMORY_PINNED);
    return *memory ? cudaSuccess : standin_result(cudaErrorMemoryAllocation);
}

cudaError_t cudaHostAlloc(void **memory, size_t bytes, unsigned)
{
    return cudaMallocHost(memory, bytes);
}

/* What frees does so also where it fails: a failure is that of work before it. */
cudaError_t cudaFree(void *memory)
{
    const bool fails = standin_call_fails("cudaFree");
    fail_if(standin_breaks_captures());
    standin_wait_for_all();
    if (memory)
        release("cudaFree", memory, MEMORY_DEVICE);
    return fails ? standin_result(cudaErrorIllegalAddress) : cudaSuccess;
}

cudaError_t cudaFreeHost(void *memory)
{
    const bool fails = standin_call_fails("cudaFreeHost");
    fail_if(standin_breaks_captures());
    standin_wait_for_all();
    if (memory)
        release("cudaFreeHost", memory, MEMORY_PINNED);
    return fails ? standin_result(cudaErrorIllegalAddress) : cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total_bytes)
{
    fail_if_asked("cudaMemGetInfo", cudaErrorInvalidValue);
    fail_if(standin_current_device_status());
    *free_bytes = standin_machine_now().free_bytes - device_bytes;
    *total_bytes = 2 * standin_machine_now().free_bytes;
    return cudaSuccess;
}

} /* extern "C" */
