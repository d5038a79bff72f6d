#include "allocator.h"
#include "matinee/network.h"

#include <stdlib.h>

size_t resident_reviews_bytes(int V, int T, int count)
{
    size_t row =
        (size_t)T * (size_t)resident_token_bytes(V) + sizeof(int32_t) + sizeof(uint8_t) + sizeof(int32_t);
    return (size_t)count * row;
}

/* Tokens of two bytes, cut from four on their way. */
static bool upload_short(struct resident_reviews *resident, const struct reviews *reviews, size_t count,
                         struct error *error)
{
    uint16_t *tokens = malloc(count * sizeof *tokens);
    if (!tokens)
        return error_memory(error, "the reviews", count * sizeof *tokens);
    for (size_t i = 0; i < count; i++)
        tokens[i] = (uint16_t)reviews->tokens[i];
    resident->backend->memory->upload(resident->backend, resident->tokens, tokens, count * sizeof *tokens);
    free(tokens);
    return true;
}

static bool upload_tokens(struct resident_reviews *resident, const struct reviews *reviews,
                          struct error *error)
{
    struct backend *backend = resident->backend;
    size_t count = (size_t)reviews->count * (size_t)reviews->T;
    if (resident->token_bytes == sizeof(uint16_t))
        return upload_short(resident, reviews, count, error);
    backend->memory->upload(backend, resident->tokens, reviews->tokens, count * sizeof *reviews->tokens);
    return true;
}

bool resident_reviews_open(struct resident_reviews *resident, struct network *network,
                           const struct reviews *reviews, struct error *error)
{
    struct backend *backend = network->backend;
    *resident =
        (struct resident_reviews){.backend = backend,
                                  .count = reviews->count,
                                  .token_bytes = resident_token_bytes(network->spec.layers[0].input_dim)};
    struct allocator from = {.backend = backend, .error = error};
    const struct backend_memory *memory = backend->memory;
    size_t count = (size_t)reviews->count;
    resident->tokens =
        allocator_take(&from, count * (size_t)reviews->T * (size_t)resident->token_bytes, "the reviews");
    resident->pads = allocator_take(&from, count * sizeof(int32_t), "the reviews' pads");
    resident->labels = allocator_take(&from, count, "the labels");
    resident->order = allocator_take(&from, count * sizeof(int32_t), "the order of the reviews");
    if (from.failed || !upload_tokens(resident, reviews, error)) {
        resident_reviews_close(resident);
        return false;
    }
    memory->upload(backend, resident->pads, reviews->pads, count * sizeof(int32_t));
    memory->upload(backend, resident->labels, reviews->labels, count);
    return true;
}

void resident_reviews_close(struct resident_reviews *resident)
{
    void *const all[] = {resident->tokens, resident->pads, resident->labels, resident->order};
    allocator_release(resident->backend, all, sizeof all / sizeof all[0]);
    *resident = (struct resident_reviews){0};
}
