/* What the steps' dz add up to. Threads share the columns of a sum, never its terms: so its order is that of the rows,
 * whatever the number of threads. */
#ifndef CPU_LSTM_GRADIENTS_H
#define CPU_LSTM_GRADIENTS_H

#include "lstm_memory.h"

struct lstm_back {
    const struct cpu_kernels *kernels;
    const struct lstm_backward *op;
    struct lstm_memory memory;
};

/* In how many pieces the columns of dweights are cut, and piece number i: columns [begin, end). Those that are taken
 * first are not smaller: a thread that runs a pad trajectory meanwhile comes for the last. */
int lstm_column_pieces(const struct lstm_memory *memory);

struct column_piece {
    size_t begin, end;
};

struct column_piece lstm_column_piece(const struct lstm_memory *memory, int i);

/* Clears a piece of dweights, and with tokens of dtable, and adds what the rows' steps give: to the recurrent kernel,
 * and to dtable or else to kernel and bias. */
void lstm_add_rows(const struct lstm_back *b, const struct lstm_direction *direction,
                   struct column_piece piece);

/* The same of the pad trajectory, which comes last; with tokens dtable is then complete, and gives kernel and bias. */
void lstm_add_pads(const struct lstm_back *b, const struct lstm_direction *direction,
                   struct column_piece piece);

/* Adds a piece of dweights to the op's gradients. */
void lstm_add_to_gradients(const struct lstm_back *b, int d, struct column_piece piece);

/* With tokens: from dtable what the embeddings of slots [begin, end) get, BLOCK_ROWS at most. */
void lstm_write_dembeddings(const struct lstm_back *b, int begin, int end);

#endif
