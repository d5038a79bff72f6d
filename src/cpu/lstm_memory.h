/* How the lstm ops divide their saved and scratch memory. */
#ifndef CPU_LSTM_MEMORY_H
#define CPU_LSTM_MEMORY_H

#include "cpu_backend.h"
#include "gate_matrix.h"
#include "row_group.h"

/* The groups of the batch, and one more for the pad trajectory: a single row that reads nothing but pads. */
enum { PAD_GROUP = ROW_GROUPS, LSTM_GROUPS };

/* Where the input comes from. */
enum lstm_form {
    LSTM_READS_TOKENS, /* each distinct token is projected once */
    LSTM_READS_X,
    LSTM_READS_MASKED_X, /* every gate of every row has masks of its own */
};

static inline enum lstm_form lstm_form(const struct lstm *op)
{
    if (op->V > 0)
        return LSTM_READS_TOKENS;
    return op->input.rate > 0.0f || op->recurrent.rate > 0.0f ? LSTM_READS_MASKED_X : LSTM_READS_X;
}

/* What a row group adds to the gradients. */
struct group_gradient {
    float *drecurrent_kernel; /* (H,4H)            */
    float *dkernel;           /* (E,4H)            */
    float *dbias;             /* (4H)              */
    int32_t *tokens;          /* (token_count)     the group's distinct tokens; form of tokens */
    float *dembeddings;       /* (token_count,E)   */
    int token_count;
    float *dx; /* (offset[T],E)     forms of x */
};

/* What a thread needs to make a group_gradient. */
struct gradient_scratch {
    int32_t *number_of_token; /* (V)                    number among the group's tokens, -1 for none */
    float *dtable;            /* (token_count,z_stride) dz summed over each token's occurrences      */
    float *rows;              /* (token_count,E)        embeddings of the tokens                     */
    float *of_row;            /* (max(E,H),z_stride)    a row's weight gradient before its masks     */
    float *dx_of_gate;        /* (rows*T,E)             a gate's share of dx before its masks        */
};

/* One direction of an lstm. */
struct lstm_direction {
    bool reversed;
    const struct lstm_weights *weights;
    struct row_group groups[LSTM_GROUPS];
    int32_t *pad_steps;    /* (1)  length of the pad trajectory: the T of its group */
    float *input_mask;     /* (4,N,E)         masked form */
    float *recurrent_mask; /* (4,N,h_stride)  masked form; 0 in the padding */

    /* forward */
    struct gate_matrix kernel, recurrent_kernel;
    float *bias;  /* (z_stride)              0 in the padding */
    float *table; /* (token_count,z_stride)  bias + embedding.kernel */

    /* backward */
    struct gate_matrix recurrent_kernel_transposed;
    struct group_gradient gradients[LSTM_GROUPS];
};

struct lstm_memory {
    enum lstm_form form;
    int T, D;
    size_t gate_stride, z_stride, h_stride;
    struct lstm_direction directions[DIRECTIONS_MAX];
    int32_t *slot_of_token; /* (V)              row of table, -1 for none   */
    int32_t *tokens;        /* (token_count)    the batch's distinct tokens */
    float *rows;            /* (token_count,E)  their embeddings            */
    int token_count;
    struct gradient_scratch per_thread[LSTM_GROUPS]; /* never more threads than groups */
};

/* Divides op->saved and op->scratch; op->saved NULL: inference, nothing is kept but the pad trajectory. Contents are
 * not touched: after a forward pass the same call finds what it kept. */
void lstm_memory_divide(struct lstm_memory *memory, const struct lstm *op);

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

#endif
