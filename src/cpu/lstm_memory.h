/* How the lstm ops divide their saved and scratch memory. */
#ifndef CPU_LSTM_MEMORY_H
#define CPU_LSTM_MEMORY_H

#include "cpu_backend.h"
#include "lstm_rows.h"

/* What is kept of a row, or of the pad trajectory: its gates (steps,z_stride), and its states (steps+1,h_stride), of
 * which state s is before the row's own step s. */
struct lstm_states {
    float *gates, *h, *c;
};

/* One direction of an lstm. */
struct lstm_direction {
    bool reversed;
    const struct lstm_weights *weights;
    struct lstm_rows rows;
    struct lstm_states pads; /* inference: without gates */
    struct lstm_states kept; /* all rows, one behind the other; inference: none */
    float *input_mask;       /* (N,mask_count,E)         NULL: none          */
    float *recurrent_mask;   /* (N,mask_count,h_stride)  NULL: none          */

    /* forward */
    struct packed_matrix step;    /* (E+H,4*units)  kernel over recurrent kernel; with tokens (H,4*units) */
    struct packed_matrix project; /* (E,4*units)    with tokens: the kernel */
    float *bias;                  /* (z_stride) */
    float *table;                 /* (token_count,z_stride)  with tokens: bias + embedding . kernel */

    /* backward. With gates apart a matrix for each, else the first is for all. */
    struct packed_matrix recurrent_transposed[GATE_COUNT]; /* (4*units,H), or (H,H) */
    struct packed_matrix kernel_transposed[GATE_COUNT];    /* (4*units,E), or (H,E) */
    float *dh, *dc;  /* (N+1,h_stride)     of the state a row is at; row N: the pads' */
    float *dweights; /* (E+H+1,z_stride)  of kernel, recurrent kernel and bias, gates as they are kept */
    float *dtable;   /* (token_count,z_stride)  with tokens: dz summed by token */
    float *dx;       /* (T,N,E)  with x: of the first direction op's own */
};

/* What one thread needs for itself. */
struct lstm_thread {
    float *x;      /* (PART_ROWS_MAX,mask_count,E)         masked */
    float *h;      /* (PART_ROWS_MAX,mask_count,h_stride)  masked */
    float *states; /* (PART_ROWS_MAX,THREAD_STATES,h_stride)  inference */
    float *block;  /* (BLOCK_ROWS,padded(E))               of dx or of dembeddings */
};

enum {
    THREAD_STATES = 3, /* of a row: h twice, and c */
    BLOCK_ROWS = 64,   /* tokens or steps that one product takes */
};

struct lstm_memory {
    int T, D, E, threads, parts;
    int mask_count;  /* 0: no masks */
    bool has_tokens; /* the input is tokens, not x */
    struct gate_layout layout;
    size_t z_stride, h_stride;
    struct lstm_direction directions[DIRECTIONS_MAX];
    float *arranged; /* (E+H,4*units)  weights on their way to a packed matrix */

    /* with tokens, from the forward to the backward pass */
    int32_t *slot_of_token; /* (V)              row of table, -1 for none   */
    int32_t *tokens; /* (token_count)    the batch's, each once; the pad first, if a trajectory reads it */
    int32_t *token_count; /* (1) */
    float *embeddings;    /* (token_count,E)  theirs */

    char *of_threads; /* (threads)  struct lstm_thread's arrays */
    size_t thread_bytes;
};

/* Divides op->saved and op->scratch; op->saved NULL: inference. Contents are not touched: after a forward pass the same
 * call finds what it kept. */
void lstm_memory_divide(struct lstm_memory *memory, struct backend *backend, const struct lstm *op);

/* The arrays of thread number `thread`. */
struct lstm_thread lstm_thread_memory(const struct lstm_memory *memory, int thread);

/* Lays out the rows of all directions: both passes need it. */
void lstm_memory_lay_out_rows(struct lstm_memory *memory, const struct lstm *op);

/* Position in time of what a direction reads at step t. */
static inline int lstm_position(const struct lstm_memory *memory, const struct lstm_direction *direction,
                                int t)
{
    return direction->reversed ? memory->T - 1 - t : t;
}

/* y and dy of a sequence: the row of (T,N,D*H) that step t of a direction writes for batch row n. */
static inline size_t lstm_output_row(const struct lstm_memory *memory, const struct lstm_direction *direction,
                                     int N, int t, int n)
{
    int at = memory->D == 2 ? lstm_position(memory, direction, t) : t;
    return (size_t)at * (size_t)N + (size_t)n;
}

/* Where a direction's units stand in a row of y. */
static inline size_t lstm_output_column(const struct lstm_memory *memory,
                                        const struct lstm_direction *direction)
{
    return direction == &memory->directions[1] ? (size_t)memory->layout.H : 0;
}

static inline struct lstm_states lstm_states_of_row(const struct lstm_memory *memory,
                                                    const struct lstm_direction *direction, int i)
{
    const size_t step = direction->rows.step_at[i], state = lstm_row_states(&direction->rows, i);
    return (struct lstm_states){.gates = direction->kept.gates + step * memory->z_stride,
                                .h = direction->kept.h + state * memory->h_stride,
                                .c = direction->kept.c + state * memory->h_stride};
}

#endif
