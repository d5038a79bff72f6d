#include "lstm_gradients.h"

#include <omp.h>
#include <string.h>

static size_t vectors_of(const struct lstm_memory *memory)
{
    const struct gate_layout *layout = &memory->layout;
    size_t columns = layout->gate_stride ? memory->z_stride : GATE_COUNT * (size_t)layout->units;
    return (columns + (size_t)layout->lanes - 1) / (size_t)layout->lanes;
}

int lstm_column_pieces(const struct lstm_memory *memory)
{
    const int most = (int)vectors_of(memory);
    return memory->threads < most ? memory->threads : most;
}

struct column_piece lstm_column_piece(const struct lstm_memory *memory, int i)
{
    const size_t vectors = vectors_of(memory), pieces = (size_t)lstm_column_pieces(memory),
                 lanes = (size_t)memory->layout.lanes, before = (size_t)i, larger = vectors % pieces;
    const size_t begin = vectors / pieces * before + (before < larger ? before : larger);
    const size_t end = begin + vectors / pieces + (before < larger ? 1 : 0);
    return (struct column_piece){begin * lanes, end * lanes};
}

/* Steps of one row, or of the pad trajectory: n is the row of the batch that they read. */
struct run {
    const struct lstm_states *states;
    int n, start, steps;
};

/* The columns of one gate, or of all, within a piece. */
struct gate_columns {
    size_t gate; /* whose masks they have */
    struct column_piece columns;
};

static struct gate_columns next_columns(const struct lstm_memory *memory, struct column_piece rest)
{
    const size_t stride = memory->layout.gate_stride;
    struct gate_columns next = {.columns = rest};
    if (stride) {
        next.gate = rest.begin / stride;
        size_t end = (next.gate + 1) * stride;
        next.columns.end = rest.end < end ? rest.end : end;
    }
    return next;
}

static const float *mask_of(const struct lstm_memory *memory, const float *masks, int n, size_t gate,
                            size_t width)
{
    return masks ? masks + ((size_t)n * (size_t)memory->mask_count + gate) * width : NULL;
}

/* x (steps,E) of a run, from its own step s on. In the batch they lie pages apart. */
static void gather_x(const struct lstm_back *b, const struct lstm_direction *direction, const struct run *run,
                     int s, int steps, float *x)
{
    const struct lstm *op = &b->op->forward;
    const size_t E = (size_t)op->E, N = (size_t)op->N;
    for (int i = 0; i < steps; i++) {
        size_t at = (size_t)lstm_position(&b->memory, direction, run->start + s + i);
        memcpy(x + (size_t)i * E, op->x + (at * N + (size_t)run->n) * E, E * sizeof *x);
    }
}

/* Adds a^T . outer.b to M rows of dweights from `row` on; a has rows of a_stride floats. */
static void add_product(const struct lstm_back *b, struct outer outer, int M, const float *a, size_t a_stride,
                        const float *scale, size_t row)
{
    outer.M = M;
    outer.a = a;
    outer.a_stride = a_stride;
    outer.scale = scale;
    outer.c += row * outer.c_stride;
    b->kernels->add_outer(&outer);
}

/* The bias is the kernel of an input that is always one. */
static void add_bias(const struct lstm_back *b, struct outer outer)
{
    static const float one = 1.0f;
    add_product(b, outer, 1, &one, 0, NULL, (size_t)b->memory.E + (size_t)b->memory.layout.H);
}

/* Adds `steps` steps of a run, from its own step s on, to a piece of dweights that has one gate's masks. */
static void add_steps(const struct lstm_back *b, const struct lstm_direction *direction,
                      const struct run *run, int s, int steps, const float *x, struct gate_columns piece)
{
    const struct lstm_memory *memory = &b->memory;
    const size_t E = (size_t)memory->E, begin = piece.columns.begin;
    const struct outer outer = {.count = steps,
                                .ahead = BLOCK_ROWS,
                                .columns = piece.columns.end - begin,
                                .b = run->states->gates + (size_t)s * memory->z_stride + begin,
                                .b_stride = memory->z_stride,
                                .c = direction->dweights + begin,
                                .c_stride = memory->z_stride};
    add_product(b, outer, memory->layout.H, run->states->h + (size_t)s * memory->h_stride, memory->h_stride,
                mask_of(memory, direction->recurrent_mask, run->n, piece.gate, memory->h_stride), E);
    if (memory->has_tokens)
        return;
    add_product(b, outer, memory->E, x, E, mask_of(memory, direction->input_mask, run->n, piece.gate, E), 0);
    add_bias(b, outer);
}

/* Adds dz of the same steps to their tokens' rows of dtable. */
static void add_to_tokens(const struct lstm_back *b, const struct lstm_direction *direction,
                          const struct run *run, int s, int steps, struct column_piece piece)
{
    const struct lstm_memory *memory = &b->memory;
    const int32_t *tokens = b->op->forward.tokens + (size_t)run->n * (size_t)memory->T;
    for (int i = s; i < s + steps; i++) {
        int32_t slot = memory->slot_of_token[tokens[lstm_position(memory, direction, run->start + i)]];
        b->kernels->add(piece.end - piece.begin,
                        direction->dtable + (size_t)slot * memory->z_stride + piece.begin,
                        run->states->gates + (size_t)i * memory->z_stride + piece.begin);
    }
}

static void add_run(const struct lstm_back *b, const struct lstm_direction *direction, const struct run *run,
                    struct column_piece piece)
{
    float *x = lstm_thread_memory(&b->memory, omp_get_thread_num()).block;
    for (int s = 0; s < run->steps; s += BLOCK_ROWS) {
        int steps = run->steps - s < BLOCK_ROWS ? run->steps - s : BLOCK_ROWS;
        if (b->memory.has_tokens)
            add_to_tokens(b, direction, run, s, steps, piece);
        else
            gather_x(b, direction, run, s, steps, x);
        for (struct column_piece rest = piece; rest.begin < rest.end;) {
            struct gate_columns next = next_columns(&b->memory, rest);
            add_steps(b, direction, run, s, steps, x, next);
            rest.begin = next.columns.end;
        }
    }
}

static void clear_rows(const struct lstm_memory *memory, float *rows, int count, struct column_piece piece)
{
    for (size_t row = 0; row < (size_t)count; row++)
        memset(rows + row * memory->z_stride + piece.begin, 0, (piece.end - piece.begin) * sizeof *rows);
}

void lstm_add_rows(const struct lstm_back *b, const struct lstm_direction *direction,
                   struct column_piece piece)
{
    const struct lstm_memory *memory = &b->memory;
    clear_rows(memory, direction->dweights, memory->E + memory->layout.H + 1, piece);
    if (memory->has_tokens)
        clear_rows(memory, direction->dtable, *memory->token_count, piece);
    for (int i = 0; i < direction->rows.N; i++) {
        struct lstm_states states = lstm_states_of_row(memory, direction, i);
        add_run(b, direction,
                &(struct run){.states = &states,
                              .n = direction->rows.row[i],
                              .start = direction->rows.start[i],
                              .steps = lstm_row_steps(&direction->rows, i)},
                piece);
    }
}

/* What dtable gives: to the kernel and, its rows' sum, to the bias. */
static void add_table(const struct lstm_back *b, const struct lstm_direction *direction,
                      struct column_piece piece)
{
    const struct lstm_memory *memory = &b->memory;
    const size_t E = (size_t)memory->E, width = memory->z_stride;
    for (int slot = 0, count; slot < *memory->token_count; slot += count) {
        count = *memory->token_count - slot < BLOCK_ROWS ? *memory->token_count - slot : BLOCK_ROWS;
        const struct outer outer = {.count = count,
                                    .columns = piece.end - piece.begin,
                                    .b = direction->dtable + (size_t)slot * width + piece.begin,
                                    .b_stride = width,
                                    .c = direction->dweights + piece.begin,
                                    .c_stride = width};
        add_product(b, outer, memory->E, memory->embeddings + (size_t)slot * E, E, NULL, 0);
        add_bias(b, outer);
    }
}

void lstm_add_pads(const struct lstm_back *b, const struct lstm_direction *direction,
                   struct column_piece piece)
{
    add_run(b, direction,
            &(struct run){
                .states = &direction->pads, .n = direction->rows.pad_row, .steps = direction->rows.pad_steps},
            piece);
    if (b->memory.has_tokens)
        add_table(b, direction, piece);
}

void lstm_add_to_gradients(const struct lstm_back *b, int d, struct column_piece piece)
{
    const struct lstm_memory *memory = &b->memory;
    const struct lstm_gradients *to = &b->op->gradients[d];
    const size_t E = (size_t)memory->E, H = (size_t)memory->layout.H, width = memory->z_stride;
    const float *from = memory->directions[d].dweights;
    gate_layout_add(&memory->layout, memory->E, from, width, piece.begin, piece.end, to->dkernel);
    gate_layout_add(&memory->layout, memory->layout.H, from + E * width, width, piece.begin, piece.end,
                    to->drecurrent_kernel);
    gate_layout_add(&memory->layout, 1, from + (E + H) * width, width, piece.begin, piece.end, to->dbias);
}

void lstm_write_dembeddings(const struct lstm_back *b, int begin, int end)
{
    const struct lstm_memory *memory = &b->memory;
    const size_t E = (size_t)memory->E, first = (size_t)begin * memory->z_stride, stride = padded(E);
    float *block = lstm_thread_memory(memory, omp_get_thread_num()).block;
    for (int d = 0; d < memory->D; d++) {
        product_of_rows(b->kernels, &memory->directions[d].kernel_transposed[0], end - begin,
                        memory->directions[d].dtable + first, memory->z_stride, NULL, block, stride);
        for (int slot = begin; slot < end; slot++)
            b->kernels->add(E, b->op->dembeddings + (size_t)memory->tokens[slot] * E,
                            block + (size_t)(slot - begin) * stride);
    }
}
