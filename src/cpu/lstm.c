/* The LSTM's forward pass: the pad trajectory beside the projection of the tokens, then all parts. */
#include "denormals.h"
#include "lstm_input.h"

#include <omp.h>
#include <string.h>

/* Some rows on their way through the steps. */
struct part {
    const struct lstm_forward *forward;
    const struct lstm_direction *direction;
    struct lstm_thread thread;
    bool keeps_states;         /* all that rows go through, not the last two */
    int count;                 /* rows, sorted by start */
    int number[PART_ROWS_MAX]; /* in direction->rows */
    int n[PART_ROWS_MAX];      /* in the batch */
    float *h[PART_ROWS_MAX];   /* before the step, unmasked */
    struct lstm_row step[PART_ROWS_MAX];
};

static void part_open(struct part *part, const struct lstm_forward *f, const struct lstm_direction *direction)
{
    part->forward = f;
    part->direction = direction;
    part->thread = lstm_thread_memory(&f->memory, omp_get_thread_num());
    part->keeps_states = direction->kept.gates != NULL;
    part->count = 0;
}

/* A row's state before its first own step, and where those after it go. */
static void place_row(struct part *part, int k, const struct lstm_states *states)
{
    const struct lstm_memory *memory = &part->forward->memory;
    part->step[k] = (struct lstm_row){.init = part->direction->bias,
                                      .c = states->c,
                                      .h_next = states->h + memory->h_stride,
                                      .c_next = states->c + (part->keeps_states ? memory->h_stride : 0),
                                      .gates = states->gates};
    part->h[k] = states->h;
}

/* A row starts with the state that the pad trajectory has before step t. */
static void start_row(struct part *part, int k, int t)
{
    const struct lstm_memory *memory = &part->forward->memory;
    const struct lstm_states *pads = &part->direction->pads;
    const size_t width = memory->h_stride, bytes = width * sizeof(float);
    struct lstm_states states = {.h = part->thread.states + (size_t)k * THREAD_STATES * width};
    states.c = states.h + 2 * width;
    if (part->keeps_states)
        states = lstm_states_of_row(memory, part->direction, part->number[k]);
    memcpy(states.h, pads->h + (size_t)t * width, bytes);
    memcpy(states.c, pads->c + (size_t)t * width, bytes);
    place_row(part, k, &states);
}

/* to (mask_count,width) = from times each mask. */
static const float *masked(const struct lstm_forward *f, const float *masks, int n, size_t width,
                           const float *from, float *to)
{
    const size_t count = (size_t)f->memory.mask_count;
    for (size_t m = 0; m < count; m++)
        f->kernels->multiply(width, to + m * width, from, masks + ((size_t)n * count + m) * width);
    return to;
}

/* What row k reads at step t. */
static void read_input(struct part *part, int k, int t)
{
    const struct lstm_forward *f = part->forward;
    const struct lstm_memory *memory = &f->memory;
    const struct lstm_direction *direction = part->direction;
    const size_t n = (size_t)part->n[k], N = (size_t)f->op->N, T = (size_t)memory->T, E = (size_t)memory->E;
    const size_t at = (size_t)lstm_position(memory, direction, t);
    struct lstm_row *row = &part->step[k];
    if (memory->has_tokens)
        row->init =
            direction->table + (size_t)memory->slot_of_token[f->op->tokens[n * T + at]] * memory->z_stride;
    else
        row->x = f->op->x + (at * N + n) * E;
    row->h = part->h[k];
    if (direction->input_mask)
        row->x = masked(f, direction->input_mask, part->n[k], E, row->x,
                        part->thread.x + (size_t)k * (size_t)memory->mask_count * E);
    if (direction->recurrent_mask)
        row->h = masked(f, direction->recurrent_mask, part->n[k], memory->h_stride, row->h,
                        part->thread.h + (size_t)k * (size_t)memory->mask_count * memory->h_stride);
}

static void advance(struct part *part, int k)
{
    const struct lstm_memory *memory = &part->forward->memory;
    struct lstm_row *row = &part->step[k];
    float *before = part->h[k];
    part->h[k] = row->h_next;
    row->c = row->c_next;
    if (part->keeps_states) {
        row->h_next += memory->h_stride;
        row->c_next += memory->h_stride;
    } else {
        row->h_next = before;
    }
    if (row->gates)
        row->gates += memory->z_stride;
}

/* Step t of the first `rows` rows. */
static void run_step(struct part *part, int rows, int t)
{
    const struct lstm_forward *f = part->forward;
    const bool apart = f->memory.mask_count == GATE_COUNT;
    const struct lstm_step step = {.layout = f->memory.layout,
                                   .E = f->memory.has_tokens ? 0 : f->memory.E,
                                   .weights = &part->direction->step,
                                   .x_apart = apart && part->direction->input_mask ? (size_t)f->memory.E : 0,
                                   .h_apart =
                                       apart && part->direction->recurrent_mask ? f->memory.h_stride : 0,
                                   .hard_slope = f->op->hard_slope};
    for (int k = 0; k < rows; k++)
        read_input(part, k, t);
    f->kernels->lstm_forward(&step, rows, part->step);
    for (int k = 0; k < rows; k++)
        advance(part, k);
}

/* h after step t; of the rows that are still in their pads the pad trajectory's. */
static void write_step(const struct part *part, int started, int t)
{
    const struct lstm_memory *memory = &part->forward->memory;
    const struct lstm *op = part->forward->op;
    const size_t H = (size_t)op->H, width = (size_t)op->D * H;
    const float *pads = part->direction->pads.h + (size_t)(t + 1) * memory->h_stride;
    for (int k = 0; k < part->count; k++) {
        size_t row = lstm_output_row(memory, part->direction, op->N, t, part->n[k]);
        memcpy(op->y + row * width + lstm_output_column(memory, part->direction),
               k < started ? part->h[k] : pads, H * sizeof(float));
    }
}

static void write_last_states(const struct part *part)
{
    const struct lstm *op = part->forward->op;
    const size_t H = (size_t)op->H, width = (size_t)op->D * H,
                 column = lstm_output_column(&part->forward->memory, part->direction);
    for (int k = 0; k < part->count; k++)
        memcpy(op->y + (size_t)part->n[k] * width + column, part->h[k], H * sizeof(float));
}

/* State 0 is zero also where no step follows: rows without pads start from it. */
static void run_pads(const struct lstm_forward *f, const struct lstm_direction *direction)
{
    const size_t bytes = f->memory.h_stride * sizeof(float);
    struct part part;
    memset(direction->pads.h, 0, bytes);
    memset(direction->pads.c, 0, bytes);
    part_open(&part, f, direction);
    part.n[part.count++] = direction->rows.pad_row;
    part.keeps_states = true;
    place_row(&part, 0, &direction->pads);
    for (int t = 0; t < direction->rows.pad_steps; t++)
        run_step(&part, 1, t);
}

static void run_part(const struct lstm_forward *f, const struct lstm_direction *direction, int number)
{
    const struct lstm_rows *rows = &direction->rows;
    struct part part;
    part_open(&part, f, direction);
    for (int i; (i = lstm_part_row(f->memory.parts, number, part.count)) < rows->N; part.count++) {
        part.number[part.count] = i;
        part.n[part.count] = rows->row[i];
        part.h[part.count] = direction->pads.h;
    }
    int started = 0;
    for (int t = 0; t <= rows->T; t++) {
        for (; started < part.count && rows->start[part.number[started]] == t; started++)
            start_row(&part, started, t);
        if (t < rows->T && started > 0)
            run_step(&part, started, t);
        if (t < rows->T && f->op->sequences)
            write_step(&part, started, t);
    }
    if (!f->op->sequences)
        write_last_states(&part);
}

void cpu_lstm(struct backend *backend, const struct lstm *op)
{
    struct lstm_forward f = {.kernels = cpu_backend_of(backend)->kernels, .op = op};
    struct lstm_memory *memory = &f.memory;
    lstm_memory_divide(memory, backend, op);
    lstm_input_prepare(&f);
    const int first = lstm_input_pad_slots(&f), tokens = memory->has_tokens ? *memory->token_count : 0;
#pragma omp parallel num_threads(memory->threads)
    {
        uint64_t mode = denormals_flush();
#pragma omp single nowait
        {
            lstm_input_project(&f, 0, first);
            for (int d = 0; d < memory->D; d++)
                run_pads(&f, &memory->directions[d]);
        }
#pragma omp for schedule(dynamic, 1)
        for (int begin = first; begin < tokens; begin += BLOCK_ROWS)
            lstm_input_project(&f, begin, begin + BLOCK_ROWS < tokens ? begin + BLOCK_ROWS : tokens);
#pragma omp for schedule(dynamic, 1)
        /* A reversed direction runs all steps of all rows: it goes first. */
        for (int i = memory->D * memory->parts - 1; i >= 0; i--)
            run_part(&f, &memory->directions[i / memory->parts], i % memory->parts);
        denormals_restore(mode);
    }
}
