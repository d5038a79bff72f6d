/* The least that an op of a training step must move, whatever computes it: each input read once, each output written
 * once. A gradient that is added to counts as both. What a forward op keeps for its backward op is an output of the one
 * and an input of the other. What rows share (leading pads) counts once where it need not be written for each row, and
 * of a table only the rows of the batch's different tokens. What an op needs only while it works does not count. */
#ifndef BENCH_OP_BYTES_H
#define BENCH_OP_BYTES_H

#include "flops.h"

struct op_bytes {
    double forward, backward;
};

/* Of op i of a pass that has just run; work: op_work_of it. seen as for step_work_of. */
struct op_bytes op_bytes_of(const struct pass *pass, int i, const struct step_work *work,
                            unsigned char *seen);

/* Of the ops that are no layer's. */
double load_batch_bytes(const struct load_batch *op);
double clear_bytes(const struct pass *pass);
double adam_bytes(const struct adam *op);

#endif
