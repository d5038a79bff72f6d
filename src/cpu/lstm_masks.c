#include "lstm_masks.h"

#include "mask.h"
#include "matinee/rng.h"

#include <string.h>

/* One row of one mask: `width` factors, zeros up to `stride`. number: which of the given masks. */
static void fill_row(const struct dropout *dropout, size_t number, uint32_t stream, int N, int n,
                     size_t width, size_t stride, float *mask)
{
    memset(mask + width, 0, (stride - width) * sizeof *mask);
    if (dropout->rate > 0.0f) {
        struct dropout of_gate = *dropout;
        of_gate.stream = stream;
        if (of_gate.keep)
            of_gate.keep += number * (size_t)N * width;
        mask_piece(&of_gate, n, width, 0, width, mask);
    } else {
        for (size_t k = 0; k < width; k++)
            mask[k] = 1.0f;
    }
}

/* Masks (4,N,stride) of one direction. */
static void fill(const struct dropout *dropout, const struct lstm *op, int direction, size_t width,
                 size_t stride, float *masks)
{
    const size_t of_gate = (size_t)op->N * stride;
    for (int gate = 0; gate < op->mask_count; gate++) {
        size_t number = (size_t)direction * (size_t)op->mask_count + (size_t)gate;
        uint32_t stream = dropout_gate_stream(dropout->stream, direction, gate);
        for (int n = 0; n < op->N; n++)
            fill_row(dropout, number, stream, op->N, n, width, stride,
                     masks + (size_t)gate * of_gate + (size_t)n * stride);
    }
    for (int gate = op->mask_count; gate < GATE_COUNT; gate++)
        memcpy(masks + (size_t)gate * of_gate, masks, of_gate * sizeof *masks);
}

void lstm_masks_fill(struct lstm_memory *memory, const struct lstm *op)
{
    for (int d = 0; d < op->D; d++) {
        struct lstm_direction *direction = &memory->directions[d];
        fill(&op->input, op, d, (size_t)op->E, (size_t)op->E, direction->input_mask);
        fill(&op->recurrent, op, d, (size_t)op->H, memory->h_stride, direction->recurrent_mask);
    }
}
