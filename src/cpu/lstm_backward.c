/* The LSTM's backward pass through time: gates become dz in place, rows hand their gradient to the pad trajectory. */
#include "denormals.h"
#include "lstm_gradients.h"

#include <omp.h>
#include <string.h>

/* Some rows on their way back. */
struct part {
    const struct lstm_back *back;
    const struct lstm_direction *direction;
    int count;                /* rows, sorted by start */
    int start[PART_ROWS_MAX]; /* first own step */
    int n[PART_ROWS_MAX];     /* in the batch */
    float *dh[PART_ROWS_MAX]; /* of the state after the step */
    float *dx[PART_ROWS_MAX]; /* (padded(E))  of the step */
    struct lstm_row_back step[PART_ROWS_MAX];
};

/* Places a row behind its last step. i: its number in direction->rows, N for the pad trajectory. */
static void add_row(struct part *part, int i)
{
    const struct lstm_memory *memory = &part->back->memory;
    const struct lstm_direction *direction = part->direction;
    const struct lstm_rows *rows = &direction->rows;
    const bool pads = i == rows->N;
    const size_t width = memory->h_stride, steps = (size_t)(pads ? rows->pad_steps : lstm_row_steps(rows, i));
    const struct lstm_states states = pads ? direction->pads : lstm_states_of_row(memory, direction, i);
    const int k = part->count++;
    part->start[k] = pads ? 0 : rows->start[i];
    part->n[k] = pads ? rows->pad_row : rows->row[i];
    part->dh[k] = direction->dh + (size_t)i * width;
    part->dx[k] =
        lstm_thread_memory(memory, omp_get_thread_num()).block + (size_t)k * padded((size_t)memory->E);
    part->step[k] = (struct lstm_row_back){.gates = states.gates + steps * memory->z_stride,
                                           .c = states.c + steps * width,
                                           .dc = direction->dc + (size_t)i * width};
    memset(part->dh[k], 0, width * sizeof(float));
    memset(part->step[k].dc, 0, width * sizeof(float));
}

/* to[k] = dz of row k times the transpose of a weight matrix, times its masks (N,mask_count,width), if any. */
static void back_through(struct part *part, int count, const struct packed_matrix *transposed,
                         const float *masks, size_t width, float *const *to)
{
    const struct lstm_memory *memory = &part->back->memory;
    const int products = memory->layout.gate_stride ? GATE_COUNT : 1;
    struct product_row row[PART_ROWS_MAX];
    for (int gate = 0; gate < products; gate++) {
        for (int k = 0; k < count; k++) {
            row[k] =
                (struct product_row){.a = part->step[k].gates + (size_t)gate * memory->layout.gate_stride,
                                     .init = gate > 0 ? to[k] : NULL,
                                     .c = to[k]};
            if (masks)
                row[k].scale = masks + (size_t)(part->n[k] * memory->mask_count + gate) * width;
        }
        part->back->kernels->product(&transposed[gate], count, row);
    }
}

/* dx of step t, where the input is x. */
static void write_dx(struct part *part, int count, int t)
{
    const struct lstm_memory *memory = &part->back->memory;
    const struct lstm_direction *direction = part->direction;
    const size_t E = (size_t)memory->E, N = (size_t)direction->rows.N;
    const size_t at = (size_t)lstm_position(memory, direction, t) * N;
    back_through(part, count, direction->kernel_transposed, direction->input_mask, E, part->dx);
    for (int k = 0; k < count; k++)
        memcpy(direction->dx + (at + (size_t)part->n[k]) * E, part->dx[k], E * sizeof(float));
}

/* The rows' own pads are the trajectory's steps. */
static void clear_dx_of_pads(const struct part *part)
{
    const size_t E = (size_t)part->back->memory.E, N = (size_t)part->direction->rows.N;
    for (int k = 0; k < part->count; k++)
        for (int t = 0; t < part->start[k]; t++)
            memset(part->direction->dx + ((size_t)t * N + (size_t)part->n[k]) * E, 0, E * sizeof(float));
}

static void prefetch(const float *from, size_t count)
{
    enum { CACHE_LINE_FLOATS = 16 };
    for (size_t i = 0; i < count; i += CACHE_LINE_FLOATS)
        __builtin_prefetch(from + i, 0, 2);
}

/* From d loss / d (h, c) after step t to before it, for the first `count` rows. What step t-1 needs is asked for
 * meanwhile. */
static void step_back(struct part *part, int count, int t)
{
    const struct lstm_memory *memory = &part->back->memory;
    for (int k = 0; k < count; k++) {
        struct lstm_row_back *row = &part->step[k];
        row->gates -= memory->z_stride;
        row->c_next = row->c;
        row->c -= memory->h_stride;
        row->dh = part->dh[k];
    }
    part->back->kernels->lstm_backward(&memory->layout, part->back->op->forward.hard_slope, count,
                                       part->step);
    for (int k = 0; k < count && t > part->start[k]; k++) {
        prefetch(part->step[k].gates - memory->z_stride, memory->z_stride);
        prefetch(part->step[k].c - memory->h_stride, memory->h_stride);
    }
    back_through(part, count, part->direction->recurrent_transposed, part->direction->recurrent_mask,
                 memory->h_stride, part->dh);
    if (!memory->has_tokens)
        write_dx(part, count, t);
}

/* This direction's part of dy for batch row n: of step t, or of the last state. */
static const float *dy_of(const struct lstm_back *b, const struct lstm_direction *direction, int t, int n)
{
    const struct lstm *lstm = &b->op->forward;
    size_t row = lstm->sequences ? lstm_output_row(&b->memory, direction, lstm->N, t, n) : (size_t)n;
    return b->op->dy + row * (size_t)lstm->D * (size_t)lstm->H + lstm_output_column(&b->memory, direction);
}

/* A row's dh and dc stay as they are once t is below its start: there the pad trajectory takes them. */
static void part_back(const struct lstm_back *b, const struct lstm_direction *direction, int number)
{
    const size_t H = (size_t)b->op->forward.H;
    const int T = b->memory.T;
    struct part part = {.back = b, .direction = direction};
    for (int i; (i = lstm_part_row(b->memory.parts, number, part.count)) < direction->rows.N;)
        add_row(&part, i);
    if (!b->op->forward.sequences)
        for (int k = 0; k < part.count; k++)
            b->kernels->add(H, part.dh[k], dy_of(b, direction, T - 1, part.n[k]));
    for (int t = T - 1, running = part.count; t >= 0; t--) {
        while (running > 0 && part.start[running - 1] > t)
            running--;
        if (running == 0)
            break;
        for (int k = 0; b->op->forward.sequences && k < running; k++)
            b->kernels->add(H, part.dh[k], dy_of(b, direction, t, part.n[k]));
        step_back(&part, running, t);
    }
    if (!b->memory.has_tokens)
        clear_dx_of_pads(&part);
}

/* Adds to the pads' dh and dc what the rows that started at step t hand back, the last row first. `waiting` rows have
 * not handed back yet. */
static int receive(const struct lstm_back *b, const struct lstm_direction *direction, int t, int waiting)
{
    const size_t width = b->memory.h_stride, pads = (size_t)direction->rows.N * width;
    for (; waiting > 0 && direction->rows.start[waiting - 1] == t; waiting--) {
        size_t row = (size_t)(waiting - 1) * width;
        b->kernels->add(width, direction->dh + pads, direction->dh + row);
        b->kernels->add(width, direction->dc + pads, direction->dc + row);
    }
    return waiting;
}

static void pads_back(const struct lstm_back *b, const struct lstm_direction *direction)
{
    const struct lstm_rows *rows = &direction->rows;
    struct part part = {.back = b, .direction = direction};
    int waiting = rows->N;
    add_row(&part, rows->N);
    for (int t = rows->pad_steps - 1; t >= 0; t--) {
        waiting = receive(b, direction, t + 1, waiting);
        /* Of the rows that were still in their pads then. */
        for (int i = rows->N - 1; b->op->forward.sequences && i >= 0 && rows->start[i] > t; i--)
            b->kernels->add((size_t)b->op->forward.H, part.dh[0], dy_of(b, direction, t, rows->row[i]));
        step_back(&part, 1, t);
    }
}

static void pack_weights(const struct lstm_back *b, struct lstm_direction *direction)
{
    const struct lstm_memory *memory = &b->memory;
    const struct lstm_weights *weights = direction->weights;
    const size_t H = (size_t)memory->layout.H, columns = GATE_COUNT * (size_t)memory->layout.units;
    float *kernel = memory->arranged, *recurrent_kernel = kernel + (size_t)memory->E * columns;
    if (memory->layout.gate_stride) {
        for (size_t gate = 0; gate < GATE_COUNT; gate++) {
            b->kernels->pack(&direction->recurrent_transposed[gate], weights->recurrent_kernel + gate * H,
                             GATE_COUNT * H, true);
            b->kernels->pack(&direction->kernel_transposed[gate], weights->kernel + gate * H, GATE_COUNT * H,
                             true);
        }
        return;
    }
    gate_layout_arrange(&memory->layout, memory->E, weights->kernel, kernel, columns);
    gate_layout_arrange(&memory->layout, memory->layout.H, weights->recurrent_kernel, recurrent_kernel,
                        columns);
    b->kernels->pack(&direction->kernel_transposed[0], kernel, columns, true);
    b->kernels->pack(&direction->recurrent_transposed[0], recurrent_kernel, columns, true);
}

/* What needs the dz of all rows, but not of the pads. A pad trajectory is one long dependency: it goes first, beside
 * the sums. */
static void after_rows(const struct lstm_back *b, int task)
{
    const struct lstm_memory *memory = &b->memory;
    const int pieces = lstm_column_pieces(memory);
    if (task < memory->D)
        pads_back(b, &memory->directions[task]);
    else
        lstm_add_rows(b, &memory->directions[(task - memory->D) / pieces],
                      lstm_column_piece(memory, (task - memory->D) % pieces));
}

/* What needs the pads' dz as well. */
static void after_pads(const struct lstm_back *b, int task)
{
    const int pieces = lstm_column_pieces(&b->memory), d = task / pieces;
    const struct column_piece piece = lstm_column_piece(&b->memory, task % pieces);
    lstm_add_pads(b, &b->memory.directions[d], piece);
    lstm_add_to_gradients(b, d, piece);
}

/* With two directions dx of the second is added to that of the first. */
static void add_directions(const struct lstm_back *b, int t)
{
    const size_t count = (size_t)b->op->forward.N * (size_t)b->memory.E;
    b->kernels->add(count, b->op->dx + (size_t)t * count, b->memory.directions[1].dx + (size_t)t * count);
}

static void prepare(struct lstm_back *b, struct backend *backend)
{
    const struct lstm *forward = &b->op->forward;
    lstm_memory_divide(&b->memory, backend, forward);
    lstm_memory_lay_out_rows(&b->memory, forward);
    for (int d = 0; d < b->memory.D; d++)
        pack_weights(b, &b->memory.directions[d]);
    b->memory.directions[0].dx = b->op->dx;
}

void cpu_lstm_backward(struct backend *backend, const struct lstm_backward *op)
{
    struct lstm_back b = {.kernels = cpu_backend_of(backend)->kernels, .op = op};
    const struct lstm_memory *memory = &b.memory;
    prepare(&b, backend);
    const int D = memory->D, sums = D * lstm_column_pieces(memory),
              tokens = memory->has_tokens ? *memory->token_count : 0,
              steps_to_add = !memory->has_tokens && D == 2 ? memory->T : 0;
#pragma omp parallel num_threads(memory->threads)
    {
        uint64_t mode = denormals_flush();
#pragma omp for schedule(dynamic, 1)
        for (int i = D * memory->parts - 1; i >= 0; i--)
            part_back(&b, &memory->directions[i / memory->parts], i % memory->parts);
#pragma omp for schedule(dynamic, 1)
        for (int task = 0; task < D + sums; task++)
            after_rows(&b, task);
#pragma omp for schedule(dynamic, 1)
        for (int task = 0; task < sums; task++)
            after_pads(&b, task);
#pragma omp for schedule(dynamic, 1) nowait
        for (int begin = 0; begin < tokens; begin += BLOCK_ROWS)
            lstm_write_dembeddings(&b, begin, begin + BLOCK_ROWS < tokens ? begin + BLOCK_ROWS : tokens);
#pragma omp for schedule(static) nowait
        for (int t = 0; t < steps_to_add; t++)
            add_directions(&b, t);
        denormals_restore(mode);
    }
}
