/* How long each op of a training step takes, inside the steps that the trainer makes.
 *
 * The backend's table of ops is exchanged for one that looks at the clock before and after each op. That needs a
 * backend whose ops have ended when they return: the processor's. */
#ifndef BENCH_OP_TIMES_H
#define BENCH_OP_TIMES_H

#include "op_bytes.h"

#include "matinee/error.h"

enum { OP_TIMES_MAX = 2 * SPEC_MAX_LAYERS + 8 };

/* What is known of an op of the backend. */
struct op_entry {
    const char *name; /* as the backend's table calls it: "lstm_backward" */
    enum op_phase { PHASE_FORWARD, PHASE_BACKWARD, PHASE_LOAD, PHASE_CLEAR, PHASE_UPDATE } phase;
    enum op_kind kind; /* of a forward or backward op */
};

/* One call of an op in a step. */
struct timed_op {
    const struct op_entry *entry;
    int op;              /* of the pass, whose layer it is; -1: no layer's */
    double *us;          /* (step_count) */
    double flops, bytes; /* sums over those steps */
    double now;          /* of the step under way, microseconds */
};

struct op_times {
    struct backend *backend;
    const struct backend_ops *untimed;
    struct backend_ops timed;
    int step_count, steps_max; /* kept, and for how many there is memory */
    int op_count;
    struct timed_op ops[OP_TIMES_MAX]; /* in the order of the calls */
    int calls;                         /* so far in the step under way; below 0: there is none */
    double *rest_us;                   /* (step_count) what of each step was no op's */
    double *all_us;                    /* (OP_TIMES_MAX+1,steps_max), into which the times point */
    bool changed;                      /* steps did not all make the same calls */
};

/* Times the ops of the backend until op_times_close; there is memory for `steps` steps to keep. */
bool op_times_open(struct op_times *times, struct backend *backend, int steps, struct error *error);

/* Keeps the step that has just ended. For timing_options.step; context: struct op_times. */
void op_times_step(void *context, const struct pass *pass, double us, unsigned char *seen);

/* The backend is as it was. A zeroed struct is fine. */
void op_times_close(struct op_times *times);

#endif
