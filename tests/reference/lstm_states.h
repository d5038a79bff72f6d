/* What the reference LSTM keeps between its two passes, and where its steps and rows stand. */
#ifndef MATINEE_REFERENCE_LSTM_STATES_H
#define MATINEE_REFERENCE_LSTM_STATES_H

#include "reference/reference.h"

/* One direction's part of the saved area. Steps s are counted in the order in which they are read. */
struct lstm_states {
    double *gates; /* (T,N,4H)   after their nonlinearity */
    double *c, *h; /* (T+1,N,H)  before each step and after the last */
};

struct lstm_states lstm_states_of(const struct reference_lstm *op, int direction);

/* The time that a direction reads at its step s. */
int lstm_time(const struct reference_lstm *op, int direction, int s);

/* x of row n at time t, (E). */
const double *lstm_input(const struct reference_lstm *op, int t, int n);

/* The mask of a gate for row n, (width); NULL where nothing is masked. */
const double *lstm_mask(const struct reference_lstm *op, const double *masks, int direction, int gate, int n,
                        int width);

/* Where y has h after step s, or -1 where it has not: with sequences the step for one direction, the time for both;
 * else the last step alone. */
ptrdiff_t lstm_output(const struct reference_lstm *op, int direction, int s, int n);

#endif
