#include "lstm_input.h"

#include "lstm_masks.h"

#include <assert.h>
#include <string.h>

static bool has_pad_trajectory(const struct lstm_memory *memory)
{
    for (int d = 0; d < memory->D; d++)
        if (memory->directions[d].rows.pad_steps > 0)
            return true;
    return false;
}

static void give_slot(struct lstm_memory *memory, int32_t token)
{
    if (memory->slot_of_token[token] >= 0)
        return;
    memory->slot_of_token[token] = *memory->token_count;
    memory->tokens[(*memory->token_count)++] = token;
}

/* The pad comes first: its trajectory starts before the other tokens are projected. */
static void collect_tokens(struct lstm_memory *memory, const struct lstm *op)
{
    *memory->token_count = 0;
    memset(memory->slot_of_token, 0xff, (size_t)op->V * sizeof *memory->slot_of_token);
    if (has_pad_trajectory(memory))
        give_slot(memory, 0);
    for (int n = 0; n < op->N; n++) {
        const int32_t *tokens = op->tokens + (size_t)n * (size_t)op->T;
        for (int t = op->pads[n] > 0 ? op->pads[n] - 1 : 0; t < op->T; t++)
            give_slot(memory, tokens[t]);
    }
}

static bool shares_nothing(const struct lstm *op)
{
    for (int n = 0; n < op->N; n++)
        if (op->pads[n] != 0)
            return false;
    return true;
}

static void pack_weights(const struct lstm_forward *f, struct lstm_direction *direction)
{
    const struct lstm_memory *memory = &f->memory;
    const struct gate_layout *layout = &memory->layout;
    const size_t columns = GATE_COUNT * (size_t)layout->units, E = (size_t)f->op->E;
    float *kernel = memory->arranged, *recurrent_kernel = kernel + E * columns;
    gate_layout_arrange(layout, f->op->E, direction->weights->kernel, kernel, columns);
    gate_layout_arrange(layout, f->op->H, direction->weights->recurrent_kernel, recurrent_kernel, columns);
    if (memory->has_tokens)
        f->kernels->pack(&direction->project, kernel, columns, false);
    f->kernels->pack(&direction->step, memory->has_tokens ? recurrent_kernel : kernel, columns, false);
    memset(direction->bias, 0, memory->z_stride * sizeof *direction->bias);
    gate_layout_arrange(layout, 1, direction->weights->bias, direction->bias, columns);
}

void lstm_input_prepare(struct lstm_forward *f)
{
    struct lstm_memory *memory = &f->memory;
    lstm_memory_lay_out_rows(memory, f->op);
    for (int d = 0; d < f->op->D; d++)
        pack_weights(f, &memory->directions[d]);
    if (memory->has_tokens)
        collect_tokens(memory, f->op);
    if (memory->mask_count > 0) {
        assert(shares_nothing(f->op));
        lstm_masks_fill(memory, f->op);
    }
}

int lstm_input_pad_slots(const struct lstm_forward *f)
{
    return f->memory.has_tokens && has_pad_trajectory(&f->memory);
}

void lstm_input_project(const struct lstm_forward *f, int begin, int end)
{
    const struct lstm_memory *memory = &f->memory;
    const size_t E = (size_t)f->op->E, first = (size_t)begin;
    for (int slot = begin; slot < end; slot++)
        memcpy(memory->embeddings + (size_t)slot * E, f->op->embeddings + (size_t)memory->tokens[slot] * E,
               E * sizeof(float));
    for (int d = 0; d < f->op->D; d++) {
        const struct lstm_direction *direction = &memory->directions[d];
        product_of_rows(f->kernels, &direction->project, end - begin, memory->embeddings + first * E, E,
                        direction->bias, direction->table + first * memory->z_stride, memory->z_stride);
    }
}
