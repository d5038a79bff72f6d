#include "allocator.h"
#include "matinee/network.h"

#include <stdlib.h>

/* Of a copy: two bytes where they suffice. */
static size_t copied_token_bytes(int V)
{
    return V <= UINT16_MAX + 1 ? sizeof(uint16_t) : sizeof(int32_t);
}

size_t resident_reviews_bytes(const struct backend *backend, int V, int T, int count)
{
    const size_t tokens = backend->reads_host ? 0 : (size_t)T * copied_token_bytes(V);
    return (size_t)count * (tokens + sizeof(int32_t) + sizeof(uint8_t) + sizeof(int32_t));
}

/* Tokens go over in pieces: a device may take memory for as much as is on its way, and mapped ones come from a file. */
enum { PIECE_TOKENS = 1 << 21 };

/* Tokens of two bytes, cut from four on their way. */
static bool upload_short(struct resident_reviews *resident, const int32_t *from, size_t count,
                         struct error *error)
{
    const size_t room = count < PIECE_TOKENS ? count : PIECE_TOKENS;
    uint16_t *tokens = malloc(room * sizeof *tokens), *to = resident->copy;
    if (!tokens)
        return error_memory(error, "the reviews", room * sizeof *tokens);
    for (size_t at = 0; at < count; at += room) {
        const size_t part = count - at < room ? count - at : room;
        for (size_t i = 0; i < part; i++)
            tokens[i] = (uint16_t)from[at + i];
        resident->backend->memory->upload(resident->backend, to + at, tokens, part * sizeof *tokens);
    }
    free(tokens);
    return true;
}

static void upload_as_they_are(struct resident_reviews *resident, const void *from, size_t bytes)
{
    const size_t room = PIECE_TOKENS * sizeof(uint16_t);
    for (size_t at = 0; at < bytes; at += room)
        resident->backend->memory->upload(resident->backend, (char *)resident->copy + at,
                                          (const char *)from + at, bytes - at < room ? bytes - at : room);
}

static bool copy_tokens(struct resident_reviews *resident, const struct reviews *reviews, int V,
                        struct error *error)
{
    struct allocator from = {.backend = resident->backend, .error = error};
    const size_t count = (size_t)reviews->count * (size_t)reviews->T,
                 each = reviews->short_tokens ? sizeof(uint16_t) : copied_token_bytes(V);
    const void *tokens = reviews->short_tokens ? (const void *)reviews->short_tokens : reviews->tokens;
    resident->token_bytes = (int)each;
    resident->tokens = resident->copy = allocator_take(&from, count * each, "the reviews");
    if (!resident->copy)
        return false;
    if (each == sizeof(uint16_t) && !reviews->short_tokens)
        return upload_short(resident, reviews->tokens, count, error);
    upload_as_they_are(resident, tokens, count * each);
    return true;
}

bool resident_reviews_open(struct resident_reviews *resident, struct network *network,
                           const struct reviews *reviews, struct error *error)
{
    struct backend *backend = network->backend;
    *resident = (struct resident_reviews){.backend = backend,
                                          .count = reviews->count,
                                          .token_bytes = sizeof *reviews->tokens,
                                          .tokens = reviews->tokens};
    if (reviews->short_tokens) {
        resident->token_bytes = sizeof *reviews->short_tokens;
        resident->tokens = reviews->short_tokens;
    }
    struct allocator from = {.backend = backend, .error = error};
    const struct backend_memory *memory = backend->memory;
    size_t count = (size_t)reviews->count;
    resident->pads = allocator_take(&from, count * sizeof(int32_t), "the reviews' pads");
    resident->labels = allocator_take(&from, count, "the labels");
    resident->order = allocator_take(&from, count * sizeof(int32_t), "the order of the reviews");
    if (from.failed ||
        (!backend->reads_host && !copy_tokens(resident, reviews, network->spec.layers[0].input_dim, error))) {
        resident_reviews_close(resident);
        return false;
    }
    memory->upload(backend, resident->pads, reviews->pads, count * sizeof(int32_t));
    memory->upload(backend, resident->labels, reviews->labels, count);
    return true;
}

void resident_reviews_close(struct resident_reviews *resident)
{
    void *const all[] = {resident->copy, resident->pads, resident->labels, resident->order};
    allocator_release(resident->backend, all, sizeof all / sizeof all[0]);
    *resident = (struct resident_reviews){0};
}
