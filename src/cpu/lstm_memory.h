/* How the lstm ops divide their saved and scratch memory. */
#ifndef CPU_LSTM_MEMORY_H
#define CPU_LSTM_MEMORY_H

#include "cpu_backend.h"
#include "row_group.h"

/* The groups of the batch, and one more for the pad trajectory: a single row that reads nothing but pads. */
enum { PAD_GROUP = ROW_GROUPS, LSTM_GROUPS };

/* What a row group adds to the gradients. */
struct group_gradient {
    float *drecurrent_kernel; /* (H,4H)            */
    float *dkernel;           /* (E,4H)            */
    float *dbias;             /* (4H)              */
    int32_t *tokens;          /* (token_count)     the group's distinct tokens */
    float *dembeddings;       /* (token_count,E)   */
    int token_count;
};

/* What a thread needs to make a group_gradient. */
struct gradient_scratch {
    int32_t *number_of_token; /* (V)                    number among the group's tokens, -1 for none */
    float *dtable;            /* (token_count,z_stride) dz summed over each token's occurrences      */
    float *rows;              /* (token_count,E)        embeddings of the tokens                     */
};

struct lstm_memory {
    size_t z_stride, h_stride;
    struct row_group groups[LSTM_GROUPS];
    int32_t *pad_steps;  /* (1)  length of the pad trajectory: the T of its group */
    int32_t *pad_tokens; /* (T)  zeros, what the pad trajectory reads             */

    /* forward */
    struct packed_matrix kernel, recurrent_kernel;
    int32_t *slot_of_token; /* (V)                row of table, -1 for none                */
    int32_t *tokens;        /* (token_count)      the batch's distinct tokens              */
    float *rows;            /* (token_count,E)    their embeddings                         */
    float *bias;            /* (z_stride)         padded with zeros                        */
    float *table;           /* (token_count,z_stride)  bias + embedding.kernel             */
    int token_count;

    /* backward */
    struct packed_matrix recurrent_kernel_transposed;
    struct group_gradient gradients[LSTM_GROUPS];
    struct gradient_scratch per_thread[LSTM_GROUPS]; /* never more threads than groups */
};

/* Divides op->saved and op->scratch; op->saved NULL: inference, nothing is kept but the pad trajectory. Contents are
 * not touched: after a forward pass the same call finds what it kept. */
void lstm_memory_divide(struct lstm_memory *memory, const struct lstm *op);

#endif
