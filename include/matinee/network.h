/* The network as lists of ops, bound to memory of a backend. */
#ifndef MATINEE_NETWORK_H
#define MATINEE_NETWORK_H

#include "matinee/backend.h"
#include "matinee/data.h"
#include "matinee/params.h"
#include "matinee/spec.h"

/* Masks to use in place of the function, in the backend's memory; NULL: the function. Read by pass_build: put other
 * contents into the same memory for another step. Layouts: `keep` of the ops in backend.h. */
struct given_masks {
    const uint8_t *output; /* a Dropout layer's */
    const uint8_t *rows;   /* an Embedding's */
    const uint8_t *input;  /* an LSTM's, both directions' */
    const uint8_t *recurrent;
};

/* How a training batch is shared out. Its N rows are cut into ranks * parts parts of neighbouring rows, some of them
 * empty; this rank has the `parts` neighbouring ones from number rank * parts on, and computes them one after the
 * other, each with gradients of its own. Each rank updates its own weights, with the sum of all. */
struct sharing {
    const struct communicator *communicator; /* NULL: alone */
    int parts;                               /* of this rank; 1 or more */
    bool exact; /* ranks * parts is ROW_GROUPS, and the sum that of add_parts: any ranks have the same bits */
};

/* The rank's number and how many there are: 0 of 1 alone. */
int sharing_rank(const struct sharing *sharing);
int sharing_ranks(const struct sharing *sharing);

/* Rows of the largest part of a batch of N, which has one or more: 1 or more. */
int sharing_rows(const struct sharing *sharing, int N);

/* First row of this rank's part number `part` of a batch of N; of part number `parts` the first row that is another
 * rank's. */
int sharing_begin(const struct sharing *sharing, int N, int part);

/* Weights, gradients, moments and activations of one network on one backend. */
struct network {
    struct backend *backend;
    struct spec spec;
    struct parameter_table parameters;
    struct sharing sharing;
    int N_train;              /* rows of the largest part of a training batch; 0: it only evaluates */
    int N_evaluate;           /* rows of the largest evaluating batch */
    uint64_t seed;            /* of the dropout masks */
    float *weights;           /* an arena of the backend, as are the next three; trained, if it trains */
    float *gradients, *m, *v; /* NULL where N_train is 0; gradients of each part, one behind the other */
    float *gathered;          /* gradients of all ranks, of an exact sum over several; else NULL */
    float *average;           /* another arena, what evaluating passes read; NULL: they read the weights */
    struct step_state *state; /* one, in the backend's memory */
    struct metrics *metrics;  /* one, in the backend's memory: of the rows that this rank has seen */
    struct metrics *totals;   /* another, of all ranks' as of the last training step; alone it is `metrics` */
    int32_t *tokens, *pads, *no_pads; /* (N,T), (N), (N) zeros: N of the larger batch, here and below */
    float *labels, *prob, *dz;        /* (N) */
    void *scratch;                    /* shared by all ops */
    struct layer_memory {
        float *y;      /* (T,N,F) or (N,F); NULL where no op writes it */
        float *dy;     /* as y, of the training batch */
        int32_t *pads; /* (N), of a layer that shortens them */
        void *saved;   /* of the training batch */
    } layers[SPEC_MAX_LAYERS];
    struct given_masks masks[SPEC_MAX_LAYERS];
};

enum pass_kind { PASS_TRAIN, PASS_EVALUATE };

/* What computes the first LSTM of a network, in words of the backend; "none" without one. NULL and an error that names
 * the layer that the engine that was chosen cannot compute, and why. */
const char *network_engine(struct backend *backend, const struct spec *spec, int batch_size,
                           enum pass_kind kind, struct error *error);

/* Rows of an evaluating batch: `batch_size`, or more where the backend likes its LSTMs to have more at a time and their
 * activations are not too large for that. T*N fits an int if that of the batch size does. */
int network_evaluation_rows(struct backend *backend, const struct spec *spec, int batch_size);

/* Allocates everything once: nothing is allocated while training. Weights are zero until network_upload. Whether the
 * backend takes its LSTMs, for the passes that are to run, is network_engine's to say. */
bool network_open(struct network *network, struct backend *backend, const struct spec *spec, int batch_size,
                  uint64_t seed, struct error *error);

/* The same for a rank among others, whose backend has the same communicator. What all ranks were given is the same,
 * but for the rank. */
bool network_open_shared(struct network *network, struct backend *backend, const struct spec *spec,
                         int batch_size, uint64_t seed, const struct sharing *sharing, struct error *error);

/* The same for a network that only evaluates, never more than `reviews` rows at a time: without gradients, moments and
 * what a backward pass needs. batch_size as for network_evaluation_rows. It is alone: among ranks that are to evaluate
 * together, set sharing.communicator of each after this. */
bool network_open_evaluating(struct network *network, struct backend *backend, const struct spec *spec,
                             int batch_size, int reviews, struct error *error);
void network_close(struct network *network);

/* Between the host's state and the backend's arenas: weights, m, v and average of a network that trains. One that only
 * evaluates has a single arena, of the state's evaluated weights. */
void network_upload(struct network *network, const struct training_state *state);
void network_download(struct network *network, struct training_state *state);

/* A split in the backend's memory, and an order to read it in. */
struct resident_reviews {
    struct backend *backend;
    int count;
    int token_bytes;    /* of a token: 2 or 4 */
    const void *tokens; /* (count,T) uint16_t or int32_t: `copy`, or what the host has */
    void *copy;
    int32_t *pads;   /* (count) */
    uint8_t *labels; /* (count) */
    int32_t *order;  /* (count) a permutation; for the owner to upload */
};

/* Bytes of the backend's memory that `count` reviews of tokens below V take. */
size_t resident_reviews_bytes(const struct backend *backend, int V, int T, int count);

/* Reviews for the network's Embedding, on its backend. Those of the host must stay until the close. */
bool resident_reviews_open(struct resident_reviews *resident, struct network *network,
                           const struct reviews *reviews, struct error *error);
void resident_reviews_close(struct resident_reviews *resident);

/* One op of a pass. A backward op holds its forward op. */
struct pass_op {
    enum op_kind {
        OP_EMBEDDING,
        OP_DROPOUT,
        OP_CONV_POOL,
        OP_MAX_POOL,
        OP_GLOBAL_POOL,
        OP_LSTM,
        OP_DENSE,
    } kind;
    int layer; /* index in the spec; of a Conv1D with its pooling the first, of stacked LSTMs the last */
    int dropout_layer;         /* OP_EMBEDDING: index of the Dropout layer that is part of it; 0: none */
    int stack[LSTM_STACK_MAX]; /* OP_LSTM: indices of its LSTM layers, one and `stacked` more */
    union {
        struct embedding_backward embedding;
        struct {
            struct dropout_layer forward, backward;
        } dropout;
        struct conv_pool_backward conv_pool;
        struct max_pool_backward max_pool;
        struct global_pool_backward global_pool;
        struct lstm_backward lstm;
        struct {
            struct dense_bce forward;
            struct dense_backward backward;
        } dense;
    };
};

/* One way through the network for a fixed number of rows. Its op structs never change after pass_build, which is what
 * recording needs. The network and the reviews must stay where they are. A pass reads the reviews by their `order`. An
 * evaluating one drops nothing and keeps nothing for a backward pass. */
struct pass {
    struct network *network;
    int part_count; /* of this rank's parts those that have rows: so many passes stand here in a row */
    struct add_parts add;
    struct sum_ranks sum;
    struct next_step next; /* where the state comes from; schedule NULL: it is uploaded by hand */
    struct load_batch load;
    int op_count;
    struct pass_op ops[SPEC_MAX_LAYERS]; /* in order of the forward pass */
    struct adam adam;
};

/* N: rows of the whole batch. pass (1), or to train (sharing.parts): the first says what the step does, and each has
 * the ops of one part. An evaluating pass is never shared out. */
void pass_build(struct pass *pass, struct network *network, const struct resident_reviews *reviews, int N,
                enum pass_kind kind);

/* Steps to record: they take a struct pass *, the first of its row. */
void pass_train(void *context);    /* load, forward, backward of each part, sums, Adam; adds to metrics */
void pass_evaluate(void *context); /* load, forward; adds to metrics, leaves prob */

/* Bytes of backend memory that network_open_shared takes for a spec, but for the step's state and the metrics. */
struct memory_plan {
    size_t parameters;                   /* weights, gradients of all parts, Adam's m and v, the average */
    size_t batch;                        /* tokens, labels, predictions of the larger batch */
    size_t activations[SPEC_MAX_LAYERS]; /* of a layer: output and its gradient */
    size_t saved[SPEC_MAX_LAYERS];       /* of a layer: what it keeps for its backward pass */
    size_t scratch;                      /* shared by all layers */
    size_t total;
};

/* batch_size and sharing as network_open_shared has them; {.parts = 1} is network_open. */
struct memory_plan network_memory_plan(struct backend *backend, const struct spec *spec, int batch_size,
                                       const struct sharing *sharing);

#endif
