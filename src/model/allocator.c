#include "allocator.h"

void *allocator_take(struct allocator *allocator, size_t bytes, const char *what)
{
    if (allocator->failed)
        return NULL;
    void *memory = allocator->backend->memory->allocate(allocator->backend, bytes, what, allocator->error);
    allocator->failed = !memory;
    return memory;
}

void allocator_release(struct backend *backend, void *const *memory, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (memory[i])
            backend->memory->release(backend, memory[i]);
}
