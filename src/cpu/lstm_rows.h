/* The rows of a batch as one direction of an LSTM runs through them.
 *
 * Where rows share their leading pads they go through the same states there. So one pad trajectory per batch is computed
 * first, a row starts where its pads end with a copy of that trajectory's state, and in the backward pass it hands its
 * gradient back to it there. Nothing is approximated. A reversed direction reads its pads last, in states that differ
 * from row to row: there every row starts at step 0, and what is shared is only the projection of the pad's token.
 *
 * Steps are counted in the order in which they are read. Rows are sorted by their start, so those that take part in
 * a step are the first ones. What is kept of a row lies together, one step behind the other.
 */
#ifndef CPU_LSTM_ROWS_H
#define CPU_LSTM_ROWS_H

#include "matinee/backend.h"

struct lstm_rows {
    int N, T;
    int32_t *row;    /* (N)    number in the batch                                      */
    int32_t *start;  /* (N)    first own step: how many leading pads; not decreasing    */
    int32_t *before; /* (T+2)  the sort's own                                           */
    size_t *step_at; /* (N+1)  own steps of all rows before; of states there is one more a row */
    int pad_steps;   /*        length of the pad trajectory                             */
    int pad_row;     /*        row of the batch that the trajectory reads: the first with the most pads */
};

/* Fills the arrays, which have their places. */
void lstm_rows_lay_out(struct lstm_rows *rows, const struct lstm *op, bool reversed);

static inline int lstm_row_steps(const struct lstm_rows *rows, int i)
{
    return rows->T - rows->start[i];
}

/* Where the states of row i begin; one is before each step, and one after the last. */
static inline size_t lstm_row_states(const struct lstm_rows *rows, int i)
{
    return rows->step_at[i] + (size_t)i;
}

/* Threads share a direction by parts: some rows, run by one thread from the first step to the last, without a barrier.
 * Row k of a part is dealt out to and fro, so that parts have equal work. */
enum { PART_ROWS_MAX = 48, PART_ROWS_LEAST = 4 };

static inline int lstm_part_row(int parts, int part, int k)
{
    return k * parts + (k % 2 ? parts - 1 - part : part);
}

/* As many parts as keep `threads` threads busy with rows enough for a tile. */
int lstm_part_count(int N, int threads);

#endif
