/* A small random lstm for the tests of the reference: all that it can be differentiated by stands in one arena. */
#ifndef MATINEE_REFERENCE_LSTM_PROBLEM_H
#define MATINEE_REFERENCE_LSTM_PROBLEM_H

#include "reference/reference.h"

struct lstm_problem {
    struct reference_lstm op;
    int32_t *tokens; /* (N,T); few words: they repeat, and 0 occurs */
    size_t count, y_count;
    double *inputs;    /* arena: embeddings or x, then each direction's kernel, recurrent_kernel, bias */
    double *gradients; /* arena */
    double *dy;        /* like y */
    double *input_mask, *recurrent_mask; /* as the op has them */
};

/* Sizes and form as in `form`, whose pointers are not looked at; mask_count 0: no masks. Half of a mask is kept. */
void lstm_problem_open(struct lstm_problem *problem, struct reference_lstm form);
void lstm_problem_close(struct lstm_problem *problem);

/* Adds to `gradients`, but for dx, which it overwrites. */
void lstm_problem_backward(struct lstm_problem *problem);

/* d/d step of dy . y along a direction in the arena, by the difference of fourth order. Fails the running test if the
 * step passes a kink of the hard sigmoid. */
double lstm_problem_slope(struct lstm_problem *problem, const double *direction);

/* Gates at 0 or 1 in the last forward pass, where the hard sigmoid is clipped. */
size_t lstm_problem_clipped(const struct lstm_problem *problem);

#endif
