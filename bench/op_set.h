/* One op of each kind over random tensors in a backend's memory, each to be run as often as one likes. */
#ifndef BENCH_OP_SET_H
#define BENCH_OP_SET_H

#include "matinee/backend.h"

struct op_dims {
    int N, T, V, E, H, C, K, P;
};

enum { OP_SET_BUFFERS = 96 };

struct op_set {
    struct backend *backend;
    struct op_dims dims;
    void *buffers[OP_SET_BUFFERS];
    int buffer_count;
    struct error *error;
    bool failed; /* the error is set */
    struct step_state *state;
    int32_t *tokens, *pads;
    struct load_batch load;
    struct embedding_backward embedding;
    struct dropout_layer dropout;
    struct conv_pool_backward conv;
    struct global_pool_backward global_pool;
    struct lstm_backward lstm, bilstm, masked_lstm;
    struct dense_bce dense;
    struct dense_backward dense_backward;
    struct add_parts add_parts;
    struct adam adam;
};

/* A step to record: it takes a struct op_set *. */
struct op_of_set {
    const char *name;
    int repeat; /* how often a recording has it: short ops would be timed with the start of the graph */
    size_t lstm_place; /* of the struct lstm_backward in the set that it runs; 0: none */
    void (*run)(void *context);
};

extern const struct op_of_set ops_of_set[];
extern const int op_of_set_count;

bool op_set_open(struct op_set *set, struct backend *backend, struct op_dims dims, struct error *error);
void op_set_close(struct op_set *set);

/* Of an op with an lstm: what computes it; NULL and an error if the engine cannot. Another op: "". */
const char *op_of_set_engine(const struct op_of_set *op, struct op_set *set, struct error *error);

#endif
