#include "mask.h"

#include "matinee/rng.h"

void mask_piece(const struct dropout *dropout, int n, size_t row_count, size_t first, size_t count,
                float *mask)
{
    if (!dropout->keep) {
        struct dropout_key key = {
            .seed = dropout->seed, .stream = dropout->stream, .step = dropout->state->step};
        dropout_mask(&key, dropout->first_row + (uint32_t)n, dropout->rate, first, count, mask);
        return;
    }
    const uint8_t *keep = dropout->keep + (size_t)n * row_count + first;
    const float scale = 1.0f / (1.0f - dropout->rate);
    for (size_t k = 0; k < count; k++)
        mask[k] = keep[k] ? scale : 0.0f;
}
