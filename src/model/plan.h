/* Which ops a network becomes: their sizes and rates, without memory. */
#ifndef MODEL_PLAN_H
#define MODEL_PLAN_H

#include "matinee/network.h"

struct plan {
    int op_count;
    struct pass_op ops[SPEC_MAX_LAYERS]; /* in order of the forward pass; pointers are NULL */
};

/* The ops of a checked spec for N rows. Layers are merged where an op spans several: an Embedding read by an LSTM
 * without masks has no op of its own, a Dropout after an Embedding and a MaxPooling1D after a Conv1D neither. An
 * evaluating pass drops nothing, so it has no Dropout at all. */
void plan_make(struct plan *plan, const struct spec *spec, int N, enum pass_kind kind);

/* The same, for a backend: LSTM layers of one size that read each other's sequences are one op where it takes such a
 * stack, with the Dropout layers between them if it drops there. */
void plan_make_for(struct plan *plan, struct backend *backend, const struct spec *spec, int N,
                   enum pass_kind kind);

/* Floats of an op's output; 0 if it writes in place. */
size_t plan_output_floats(const struct pass_op *op);

/* What the backend needs for an op beside its input and output. */
struct op_sizes plan_op_sizes(struct backend *backend, const struct pass_op *op);

#endif
