/* The sort of kernels/token_sort.h, which CUB does on a GPU. Like CUB it may use all the storage that it asked for. */
#include "token_sort.h"

#include "standin.h"

#include <algorithm>
#include <numeric>
#include <string.h>
#include <vector>

namespace
{

enum { STORAGE_BYTES_EACH = 8 };

void sort_now(const token_sort &sort)
{
    std::vector<int> order(sort.count);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return sort.tokens[a] < sort.tokens[b]; });
    for (int i = 0; i < sort.count; i++) {
        sort.sorted_tokens[i] = sort.tokens[order[i]];
        sort.sorted_positions[i] = sort.positions[order[i]];
    }
}

}  // namespace

cudaError_t token_sort_bytes(size_t *bytes, const struct token_sort *sort)
{
    *bytes = 0;
    if (standin_call_fails("token_sort_bytes"))
        return cudaErrorInvalidValue;
    *bytes = (size_t)sort->count * STORAGE_BYTES_EACH;
    return cudaSuccess;
}

cudaError_t launch_token_sort(cudaStream_t stream, const struct token_sort *sort, void *storage, size_t bytes)
{
    if (standin_call_fails("launch_token_sort") || bytes < (size_t)sort->count * STORAGE_BYTES_EACH)
        return cudaErrorInvalidValue;
    const token_sort kept = *sort;
    standin_enqueue(stream, [=] {
        memset(storage, 0xff, bytes);
        sort_now(kept);
    });
    return cudaSuccess;
}
