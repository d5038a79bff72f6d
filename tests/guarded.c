#include "guarded.h"

#include "compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { GUARD_BYTES = 64, GUARD = 0xA5, NAN_BYTE = 0xFF };

struct guarded guarded_open(struct backend *backend)
{
    return (struct guarded){.backend = backend};
}

/* A buffer with these contents; NULL: NaN. */
static struct guarded_buffer *add(struct guarded *guarded, const char *what, const void *host, size_t bytes)
{
    struct backend *backend = guarded->backend;
    struct error error;
    assert_true(guarded->count < GUARDED_MAX);
    struct guarded_buffer *buffer = &guarded->buffers[guarded->count++];
    size_t all_bytes = bytes + 2 * GUARD_BYTES;
    *buffer = (struct guarded_buffer){.what = what, .bytes = bytes};
    buffer->memory = backend->memory->allocate(backend, all_bytes, what, &error);
    if (!buffer->memory)
        fail_msg("%s", error.message);
    unsigned char *image = allocate(all_bytes, 1);
    memset(image, GUARD, all_bytes);
    if (host)
        memcpy(image + GUARD_BYTES, host, bytes);
    else
        memset(image + GUARD_BYTES, NAN_BYTE, bytes);
    backend->memory->upload(backend, buffer->memory, image, all_bytes);
    free(image);
    return buffer;
}

const void *guarded_input(struct guarded *guarded, const char *what, const void *host, size_t bytes)
{
    struct guarded_buffer *buffer = add(guarded, what, host, bytes);
    buffer->copy = allocate(bytes, 1);
    memcpy(buffer->copy, host, bytes);
    return buffer->memory + GUARD_BYTES;
}

void *guarded_inout(struct guarded *guarded, const char *what, const void *host, size_t bytes)
{
    return add(guarded, what, host, bytes)->memory + GUARD_BYTES;
}

void *guarded_output(struct guarded *guarded, const char *what, size_t bytes)
{
    return add(guarded, what, NULL, bytes)->memory + GUARD_BYTES;
}

static void check_buffer(struct backend *backend, const struct guarded_buffer *buffer)
{
    size_t all_bytes = buffer->bytes + 2 * GUARD_BYTES;
    unsigned char *image = allocate(all_bytes, 1);
    backend->memory->download(backend, image, buffer->memory, all_bytes);
    for (size_t k = 0; k < GUARD_BYTES; k++) {
        if (image[k] != GUARD)
            fail_msg("%s: written %zu bytes before its begin", buffer->what, GUARD_BYTES - k);
        if (image[GUARD_BYTES + buffer->bytes + k] != GUARD)
            fail_msg("%s: written %zu bytes after its end", buffer->what, k);
    }
    if (buffer->copy)
        expect_equal_bits(buffer->what, image + GUARD_BYTES, buffer->copy, buffer->bytes);
    free(image);
}

void guarded_close(struct guarded *guarded)
{
    struct backend *backend = guarded->backend;
    struct error error;
    if (!backend->memory->status(backend, &error))
        fail_msg("%s", error.message);
    for (int i = 0; i < guarded->count; i++) {
        check_buffer(backend, &guarded->buffers[i]);
        backend->memory->release(backend, guarded->buffers[i].memory);
        free(guarded->buffers[i].copy);
    }
    guarded->count = 0;
}
