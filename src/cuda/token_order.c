#include "token_order.h"

#include "token_sort.h"

void token_order_take(struct memory_cursor *cursor, struct token_order *order,
                      const struct token_batch *batch)
{
    const size_t bytes = (size_t)batch->N * (size_t)batch->T * sizeof(int32_t);
    order->positions = cursor_take(cursor, bytes);
    order->sorted_tokens = cursor_take(cursor, bytes);
    order->sorted_positions = cursor_take(cursor, bytes);
}

static struct token_sort sort_of(const struct token_order *order, const struct token_batch *batch)
{
    return (struct token_sort){.count = batch->N * batch->T,
                               .V = batch->V,
                               .tokens = batch->tokens,
                               .positions = order->positions,
                               .sorted_tokens = order->sorted_tokens,
                               .sorted_positions = order->sorted_positions};
}

/* The sort does not promise to need less storage for fewer tokens. */
size_t token_order_storage_bytes(struct cuda_backend *cuda, const struct token_batch *batch)
{
    const struct token_order unplaced = {.storage = NULL};
    struct token_batch fewer = *batch;
    size_t most_bytes = 0;
    for (fewer.N = 1; fewer.N <= batch->N && !cuda->failed; fewer.N++) {
        const struct token_sort sort = sort_of(&unplaced, &fewer);
        size_t bytes;
        cuda_check(cuda, token_sort_bytes(&bytes, &sort));
        most_bytes = bytes > most_bytes ? bytes : most_bytes;
    }
    return most_bytes;
}

void token_order_sort(struct cuda_backend *cuda, cudaStream_t stream, const struct token_order *order,
                      const struct token_batch *batch)
{
    const struct token_sort sort = sort_of(order, batch);
    size_t bytes;
    if (!cuda->failed && cuda_check(cuda, launch_positions(stream, order->positions, sort.count)) &&
        cuda_check(cuda, token_sort_bytes(&bytes, &sort)))
        cuda_check(cuda, launch_token_sort(stream, &sort, order->storage, bytes));
}

size_t token_order_partial_count(const struct token_batch *batch, int columns)
{
    const size_t count = (size_t)batch->N * (size_t)batch->T;
    return (count + EMBEDDING_CHUNK - 1) / EMBEDDING_CHUNK * 2 * (size_t)columns;
}
