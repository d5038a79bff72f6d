#include "lstm_masks.h"

#include "mask.h"
#include "matinee/rng.h"

#include <string.h>

/* One row of one mask: `width` factors, zeros up to `stride`. number: which of the given masks. */
static void fill_row(const struct dropout *dropout, size_t number, uint32_t stream, int N, int n,
                     size_t width, size_t stride, float *mask)
{
    memset(mask + width, 0, (stride - width) * sizeof *mask);
    struct dropout of_gate = *dropout;
    of_gate.stream = stream;
    if (of_gate.keep)
        of_gate.keep += number * (size_t)N * width;
    mask_piece(&of_gate, n, width, 0, width, mask);
}

/* Masks (N,mask_count,stride) of one direction. */
static void fill(const struct dropout *dropout, const struct lstm *op, int direction, size_t width,
                 size_t stride, float *masks)
{
    for (int gate = 0; gate < op->mask_count; gate++) {
        size_t number = (size_t)direction * (size_t)op->mask_count + (size_t)gate;
        uint32_t stream = dropout_gate_stream(dropout->stream, direction, gate);
        for (int n = 0; n < op->N; n++)
            fill_row(dropout, number, stream, op->N, n, width, stride,
                     masks + ((size_t)n * (size_t)op->mask_count + (size_t)gate) * stride);
    }
}

void lstm_masks_fill(struct lstm_memory *memory, const struct lstm *op)
{
    for (int d = 0; d < op->D; d++) {
        struct lstm_direction *direction = &memory->directions[d];
        if (op->input.rate > 0.0f)
            fill(&op->input, op, d, (size_t)op->E, (size_t)op->E, direction->input_mask);
        if (op->recurrent.rate > 0.0f)
            fill(&op->recurrent, op, d, (size_t)op->H, memory->h_stride, direction->recurrent_mask);
    }
}
