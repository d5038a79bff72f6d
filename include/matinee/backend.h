/* backend.h: the interface between the network and what computes it.
 *
 * Ops are coarse and only enqueue. An op never allocates, never waits, and reads what changes from step to step from
 * struct step_state in the backend's memory; so a step is recorded once and replayed.
 *
 * Traps
 * - Weight gradients add, activation gradients overwrite. The step clears the gradient arena once.
 * - Gates stand in Keras' order i f c o; c is the candidate. kernel is (E,4H), recurrent_kernel (H,4H), bias (4H).
 * - Leading pads are known, not masked: a pad is token 0 and an ordinary row of the embedding. Only the run of zeros
 *   before the first word counts; a zero after it is a token like any other.
 * - Keras adds Adam's epsilon to the uncorrected sqrt(v).
 * - A step that rows share (pads) is computed once where a backend likes; its gradient may lie in any of the rows that
 *   share it, as long as the rows' sum is right: see dx of lstm_backward.
 * - The order of a sum over the batch does not depend on the number of threads.
 * - Tensors are row-major, rightmost index fastest, contiguous. Pointers in op structs are the backend's memory and
 *   must not alias unless a field says so.
 */
#ifndef MATINEE_BACKEND_H
#define MATINEE_BACKEND_H

#include "matinee/communicator.h"
#include "matinee/dims.h"
#include "matinee/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct backend;

enum {
    LSTM_STACK_MAX = 8, /* layers of one lstm op */
    POLL_BYTES_MAX = 64,
};

/* The only thing that differs between two replays. */
struct step_state {
    int32_t first_row;  /* position in `order` of the batch's first row */
    uint32_t step;      /* number of the update, from 0, modulo 2^32: of the dropout masks */
    float alpha;        /* Adam: learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t), t from 1 */
    float ema_momentum; /* Adam: of the average in its new value; 0 in the first update */
};

/* next_step: *state = schedule[*position], then *position grows by one. The steps of an epoch are uploaded at once, and
 * a replay changes nothing by hand. */
struct next_step {
    const struct step_state *schedule; /* in      (steps) */
    int32_t *position;                 /* in, out (1)     */
    struct step_state *state;          /* out     (1)     */
};

/* A loss is rounded to a multiple of 2^-LOSS_BITS nats before it is added. Sums below 2^(53 - LOSS_BITS) nats, of more
 * than two million, are exact then, whatever the order of the examples and however they are cut into batches. */
enum { LOSS_BITS = 32 };

/* Sums over all examples since they were last cleared. */
struct metrics {
    double loss;     /* nats, summed over examples */
    int64_t correct; /* predictions on the right side of 0.5 */
    int64_t count;   /* examples */
};

/* load_batch: copies N reviews of the resident data set to where the other ops read them.
 * Row n is review order[state->first_row + n]. */
struct load_batch {
    int N, T;
    int token_bytes; /* 2 or 4, of all_tokens */
    const struct step_state *state;
    const int32_t *order;      /* in  (reviews)   permutation; NULL: the reviews in their order */
    const void *all_tokens;    /* in  (reviews,T) uint16_t or int32_t */
    const int32_t *all_pads;   /* in  (reviews)   */
    const uint8_t *all_labels; /* in  (reviews)   0 or 1 */
    int32_t *tokens;           /* out (N,T)       */
    int32_t *pads;             /* out (N)         leading zero tokens */
    float *labels;             /* out (N)         */
};

/* What an op drops, if it drops. A mask is a function of seed, stream, step, global row and element (rng.h), or one
 * that is given. Kept elements are multiplied by 1/(1 - rate). */
struct dropout {
    float rate; /* in [0,1); 0: nothing is dropped and the rest is not looked at */
    uint64_t seed;
    uint32_t stream;                /* dropout_stream() */
    uint32_t first_row;             /* global row of the batch's row 0 */
    const struct step_state *state; /* its step */
    const uint8_t *keep; /* NULL: the function; else a mask of 1 (kept) and 0, row by row of the batch */
};

/* Sharing of leading pads. An input (T,N,.) comes with pads (N): its rows are equal, bit by bit, as far as both have
 * pads, x[t,n,:] = x[t,m,:] for t < min(pads[n], pads[m]). Zeros are always allowed and give the same numbers, only
 * slower. */

/* embedding: rows of a table, dropped by the row of the table (Keras 1) or by the element.
 *
 *     x[t,n,e] = embeddings[tokens[n,t], e] * rows_mask[tokens[n,t]] * elements_mask[n, t*E + e]
 *
 * Exact in float32 but for the rounding of two products: |a - b| <= 1e-6*|b|.
 * Source: Keras' Embedding and Dropout; Keras 1's Embedding(dropout). */
struct embedding {
    int T, N, V, E;
    const int32_t *tokens;   /* in  (N,T)   in [0,V)                                  */
    const float *embeddings; /* in  (V,E)                                             */
    struct dropout rows;     /* keep (V); the mask's row is 0, its element the token  */
    struct dropout elements; /* keep (N,T,E)                                          */
    float *x;                /* out (T,N,E)                                           */
    void *saved;             /* out         for embedding_backward; NULL: inference   */
    void *scratch;           /*             of use only during the call               */
};

/* embedding_backward: gradient of the table. The inputs of `forward` and the step must not have changed since.
 * Agreement: |a - b| <= 1e-5*max|b| + 1e-5*|b| over the tensor. */
struct embedding_backward {
    struct embedding forward;
    const float *dx;    /* in   (T,N,E) */
    float *dembeddings; /* adds (V,E)   */
};

/* dropout: y[t,n,f] = x[t,n,f] * mask[n, i], where i is t*F + f, f or t: an element, a feature at all steps, or a step
 * with all its features is kept or dropped. dropout_backward takes the same op with dy as x and dx as y, and the saved
 * area of its forward pass. T is 1 for (N,F). y may be x. Agreement: |a - b| <= 1e-6*|b|. Source: Keras' Dropout,
 * SpatialDropout1D, and Dropout with the noise_shape (None, None, 1). */
struct dropout_layer {
    int T, N, F;
    enum dropout_unit unit;
    struct dropout dropout; /* keep (N,T,F), (N,F) or (N,T) */
    const float *x;         /* in  (T,N,F) */
    float *y;               /* out (T,N,F) */
    void *saved;            /* out         for dropout_backward */
};

/* conv_pool: a convolution over time, ReLU, then the maximum of P steps.
 *
 *     z[t,n,c] = bias[c] + sum over k, e of x[t*stride + k - left, n, e] * kernel[k,e,c]     x is zero outside 0..T-1
 *     y[s,n,c] = max over p < P of relu(z[s*P + p, n, c])
 *
 * Steps of z and left: conv_steps and conv_left. S = steps of z / P, rounded down: what is left over at the end is
 * dropped. The gradient of equal maxima goes to the first. y_pads says how far the rows of y are shared.
 * Agreement: |a - b| <= 1e-5 + 1e-5*|b|.
 * Source: Keras' Conv1D and MaxPooling1D(P, padding="valid"). */
struct conv_pool {
    int T, N, E, C, K, P; /* P = 1: no pooling */
    int stride;           /* 1 or more steps of x to a step of z */
    bool same, relu;
    const int32_t *pads; /* in  (N)     of x                                     */
    const float *x;      /* in  (T,N,E)                                          */
    const float *kernel; /* in  (K,E,C)                                          */
    const float *bias;   /* in  (C)                                              */
    float *y;            /* out (S,N,C)                                          */
    int32_t *y_pads;     /* out (N)                                              */
    void *saved;         /* out         for conv_pool_backward; NULL: inference  */
    void *scratch;       /*             of use only during the call              */
};

/* Steps of z: T/stride rounded up with `same`, else as many as whole kernels fit. */
static inline int conv_steps(const struct conv_pool *op)
{
    return ((op->same ? op->T : op->T - op->K + 1) + op->stride - 1) / op->stride;
}

/* Zeros before the first step of x: with `same` half of what the last kernel needs, rounded down. */
static inline int conv_left(const struct conv_pool *op)
{
    int missing = (conv_steps(op) - 1) * op->stride + op->K - op->T;
    return op->same && missing > 0 ? missing / 2 : 0;
}

/* Steps of y. */
static inline int conv_pool_steps(const struct conv_pool *op)
{
    return conv_steps(op) / op->P;
}

/* conv_pool_backward: gradients of the conv_pool above, run before on the same saved area. The inputs of `forward` must
 * not have changed since. Every row has the dx of the dy that it is given, shared or not.
 * Agreement: |a - b| <= 1e-5*max|b| + 1e-5*|b| over a tensor. */
struct conv_pool_backward {
    struct conv_pool forward;
    const float *dy; /* in   (S,N,C) */
    float *dx;       /* out  (T,N,E) */
    float *dkernel;  /* adds (K,E,C) */
    float *dbias;    /* adds (C)     */
};

/* max_pool: conv_pool's maximum alone, for a MaxPooling1D that does not follow a Conv1D.
 * Exact. */
struct max_pool {
    int T, N, F, P;
    const int32_t *pads; /* in  (N)                                               */
    const float *x;      /* in  (T,N,F)                                           */
    float *y;            /* out (T/P,N,F)                                         */
    int32_t *y_pads;     /* out (N)                                               */
    void *saved;         /* out         for max_pool_backward; NULL: inference    */
};

struct max_pool_backward {
    struct max_pool forward;
    const float *dy; /* in  (T/P,N,F) */
    float *dx;       /* out (T,N,F)   */
};

/* global_pool: one number for each feature of a sequence.
 *
 *     y[n,f] = max over t of x[t,n,f]
 *     y[n,f] = mean over t of x[t,n,f], of the steps whose token is not 0 where there are tokens; of no step: 0
 *
 * The gradient of equal maxima is divided among them evenly. Agreement: a maximum is exact, of a mean
 * |a - b| <= 1e-6 + 1e-5*|b|.
 * Source: Keras' GlobalMaxPooling1D, GlobalAveragePooling1D (which divides by zero where every step is masked), and
 * the gradients of TensorFlow's and JAX's maxima. */
struct global_pool {
    int T, N, F;
    bool average;
    const int32_t *tokens; /* in  (N,T)   average alone; NULL: all steps count        */
    const float *x;        /* in  (T,N,F)                                             */
    float *y;              /* out (N,F)                                               */
    void *saved;           /* out         for global_pool_backward; NULL: inference   */
};

/* global_pool_backward: the x of `forward` must not have changed since; its y may have. */
struct global_pool_backward {
    struct global_pool forward;
    const float *dy; /* in  (N,F)   */
    float *dx;       /* out (T,N,F) */
};

/* One direction's weights. */
struct lstm_weights {
    const float *kernel;           /* in (E,4H) */
    const float *recurrent_kernel; /* in (H,4H) */
    const float *bias;             /* in (4H)   */
};

/* lstm: one LSTM layer over all T steps, in one direction or in both.
 *
 *     z = (x_t * input_mask) . kernel + (h * recurrent_mask) . recurrent_kernel + bias
 *     i, f, o = sigmoid(z_i, z_f, z_o)        c = f*c + i*tanh(z_c)        h = o*tanh(c)        from h = c = 0
 *
 * The input is x, or with V > 0 {tokens, embeddings} where nothing stands between: then x_t = embeddings[tokens[n,t]]
 * and the backend may project each distinct token once; that form has no masks. A reversed direction reads t = T-1 ..
 * 0, its pads come last and it shares nothing.
 *
 * D = 1: y is h after the last step that is read, (N,H), or with `sequences` h after each step, (T,N,H), in the order
 * in which they are read. D = 2: forward direction and reversed direction side by side, (N,2H) or (T,N,2H), where
 * y[t] has both directions' h after reading step t.
 *
 * Masks are constant over time: input (N,E) and recurrent (N,H) for each direction and gate, drawn with
 * dropout_gate_stream; mask_count 1: one for all four gates (gate 0). c and y are never masked. With any rate above 0
 * pads must be zeros.
 * stacked > 0, where lstm_engine takes it: as many layers more, each with H units and all D directions, read the
 * sequence of the one below it; their kernels are (D*H,4H). y is that of the last. Masks are only `between`.
 * hard_slope > 0: sigmoid(z) is clip(hard_slope*z + 0.5, 0, 1), whose derivative is 0 where it is 0 or 1.
 * Agreement between backends: |a - b| <= 1e-5 + 1e-5*|b| for y.
 * Source: Keras' LSTM and Bidirectional(merge_mode="concat"), mask_zero=False.
 */
struct lstm {
    int T, N, V, E, H, D; /* V = 0: the input is x */
    int stacked;          /* layers upon the first, below LSTM_STACK_MAX */
    bool reversed;        /* D = 1 */
    bool sequences;
    int mask_count;                  /* 1 or 4 */
    float hard_slope;                /* 0: the logistic sigmoid */
    struct dropout input, recurrent; /* keep (D,mask_count,N,E), (D,mask_count,N,H) */
    const int32_t *tokens;           /* in  (N,T)   in [0,V)                           */
    const float *embeddings;         /* in  (V,E)                                      */
    const float *x;                  /* in  (T,N,E)                                    */
    const int32_t *pads;             /* in  (N)     in [0,T]                           */
    struct dropout between;          /* of what a stacked layer reads: keep (stacked,N,T,D*H) */
    struct lstm_weights weights[LSTM_STACK_MAX * DIRECTIONS_MAX]; /* of layer l and direction d at l*D + d */
    float *y;      /* out (N,D*H) or (T,N,D*H)                       */
    void *saved;   /* out         for lstm_backward; NULL: inference */
    void *scratch; /*             of use only during the call        */
};

/* One direction's gradients. */
struct lstm_gradients {
    float *dkernel;           /* adds (E,4H) */
    float *drecurrent_kernel; /* adds (H,4H) */
    float *dbias;             /* adds (4H)   */
};

/* lstm_backward: gradients of the lstm above, run before on the same saved area, which this consumes. The inputs of
 * `forward` and the step must not have changed since. Of a step that a forward direction shares, the whole gradient
 * lies in dx of the first row with the most pads, or each row has its own; a reversed direction adds each row's own to
 * its row.
 * Agreement between backends: |a - b| <= 1e-5*max|b| + 1e-5*|b| over a tensor, dx summed over rows that share. */
struct lstm_backward {
    struct lstm forward;
    const float *dy;                                                  /* in   like y                       */
    float *dembeddings;                                               /* adds (V,E)    with tokens         */
    float *dx;                                                        /* out  (T,N,E)  with x              */
    struct lstm_gradients gradients[LSTM_STACK_MAX * DIRECTIONS_MAX]; /* as weights */
};

/* Bytes of an op's memory. */
struct op_sizes {
    size_t saved_bytes, scratch_bytes; /* of a training pass: the op and its backward op */
    size_t inference_bytes;            /* of scratch, where saved is NULL */
};

/* dense_bce: one sigmoid unit over F features and its binary cross-entropy.
 *
 *     z[n] = h[n,:] . kernel + bias      loss[n] = max(z,0) - z*y + log1p(exp(-|z|))   (nats)
 *
 * The loss is written from z, never from prob: log(prob) is -inf for a confident mistake. A prediction is 1 iff
 * prob, rounded to float, is above 0.5.
 * Agreement between backends, F <= 1024: |a - b| <= 1e-6 + 1e-5*|b|.
 * Source: tf.nn.sigmoid_cross_entropy_with_logits, which Keras uses on TensorFlow.
 */
struct dense_bce {
    int N, F;
    int batch;               /* rows that the mean is over: N, or more where these are a part of a batch */
    const float *h;          /* in   (N,F)                           */
    const float *kernel;     /* in   (F,1)                           */
    const float *bias;       /* in   (1)                             */
    const float *labels;     /* in   (N)    exactly 0 or 1           */
    float *prob;             /* out  (N)    sigmoid(z)               */
    float *dz;               /* out  (N)    d(mean loss)/dz = (prob - y) / batch */
    struct metrics *metrics; /* adds        these rows, their losses rounded */
};

/* dense_backward: gradients of the dense layer of dense_bce. */
struct dense_backward {
    int N, F;
    const float *h;      /* in   (N,F) */
    const float *kernel; /* in   (F,1) */
    const float *dz;     /* in   (N)   */
    float *dh;           /* out  (N,F) */
    float *dkernel;      /* adds (F,1) */
    float *dbias;        /* adds (1)   */
};

/* add_parts: the sum of the gradients of a batch's parts, neighbours first, then neighbouring sums:
 *
 *     ((g0 + g1) + (g2 + g3)) + ((g4 + g5) + (g6 + g7))        a last one without a neighbour waits for the next round
 *
 * So sums of 2, 4, ... neighbours may be taken anywhere, in float32, and the whole has the same bits. */
struct add_parts {
    size_t count;
    int parts;        /* 1 or more */
    float *gradients; /* in (parts,count); out: the sum in the first (count), the rest undefined */
};

/* sum_ranks: replaces each rank's gradients by the sum of all, the same bits everywhere, and adds up their metrics. All
 * ranks of the backend's communicator run it in the same step. Agreement, with gathered: exact; else each element
 * within the rounding of a sum of so many. */
struct sum_ranks {
    size_t count;
    float *gradients; /* in, out (count) */
    float *gathered;  /* (ranks,count) of use only during the call: the sum is that of add_parts; NULL: in any
                                  order */
    const struct metrics *own; /* in  (1) */
    struct metrics *all;       /* out (1) the sums of all ranks' */
};

/* adam: Keras' Adam over whole arenas.
 *
 *     m += (g - m)*(1 - beta_1)    v += (g*g - v)*(1 - beta_2)    w -= alpha*m / (sqrt(v) + epsilon)
 *
 * and then, where there is an average of the weights,
 *
 *     average = ema_momentum*average + (1 - ema_momentum)*w
 *
 * Every element is updated, also where the gradient is zero (Keras' embeddings are dense here). In float32.
 * Agreement between backends: |a - b| <= 1e-7 + 1e-6*|b|. */
struct adam {
    size_t count;
    const struct step_state *state;
    double beta_1, beta_2; /* 1 - beta is taken in double, then rounded, as Keras does */
    float epsilon;
    const float *gradients; /* in      (count) */
    float *weights, *m, *v; /* in, out (count) */
    float *average;         /* in, out (count) finite, also before the first update; NULL: none */
};

struct backend_ops {
    void (*next_step)(struct backend *, const struct next_step *);
    void (*load_batch)(struct backend *, const struct load_batch *);
    void (*embedding)(struct backend *, const struct embedding *);
    void (*embedding_backward)(struct backend *, const struct embedding_backward *);
    void (*dropout)(struct backend *, const struct dropout_layer *);
    void (*dropout_backward)(struct backend *, const struct dropout_layer *);
    void (*conv_pool)(struct backend *, const struct conv_pool *);
    void (*conv_pool_backward)(struct backend *, const struct conv_pool_backward *);
    void (*max_pool)(struct backend *, const struct max_pool *);
    void (*max_pool_backward)(struct backend *, const struct max_pool_backward *);
    void (*global_pool)(struct backend *, const struct global_pool *);
    void (*global_pool_backward)(struct backend *, const struct global_pool_backward *);
    void (*lstm)(struct backend *, const struct lstm *);
    void (*lstm_backward)(struct backend *, const struct lstm_backward *);
    void (*dense_bce)(struct backend *, const struct dense_bce *);
    void (*dense_backward)(struct backend *, const struct dense_backward *);
    void (*add_parts)(struct backend *, const struct add_parts *);
    void (*sum_ranks)(struct backend *, const struct sum_ranks *); /* NULL of a backend that is alone */
    void (*adam)(struct backend *, const struct adam *);
    void (*clear)(struct backend *, void *memory, size_t bytes); /* to zero bytes */
};

struct recording;

struct backend_memory {
    /* 64-byte aligned, contents undefined; NULL without memory. The error says how much was asked for and for what. */
    void *(*allocate)(struct backend *, size_t bytes, const char *what, struct error *);
    void (*release)(struct backend *, void *memory); /* NULL is fine */
    void (*upload)(struct backend *, void *to, const void *host_from, size_t bytes);
    void (*download)(struct backend *, void *host_to, const void *from, size_t bytes); /* waits */
    /* The newest copy of at most POLL_BYTES_MAX that has arrived from `from`, and begins the next if none is under way;
     * never waits. False if none has arrived since the last download, which drops what was under way. */
    bool (*poll)(struct backend *, void *host_to, const void *from, size_t bytes);
    /* Keeps a step for replay. The first replay may run it as it is, so that what a library loads or sets up on first
     * use is there when the second records it. */
    bool (*record)(struct backend *, struct recording **, void (*step)(void *context), void *context,
                   struct error *);
    void (*replay)(struct backend *, struct recording *);
    void (*forget)(struct backend *, struct recording *);
    /* Set-up: how much an op with these sizes, rates and counts needs, whatever its pointers; enough for any smaller
     * N, too. */
    struct op_sizes (*embedding_sizes)(struct backend *, const struct embedding *);
    struct op_sizes (*dropout_sizes)(struct backend *, const struct dropout_layer *);
    struct op_sizes (*conv_pool_sizes)(struct backend *, const struct conv_pool *);
    struct op_sizes (*max_pool_sizes)(struct backend *, const struct max_pool *);
    struct op_sizes (*global_pool_sizes)(struct backend *, const struct global_pool *);
    struct op_sizes (*lstm_sizes)(struct backend *, const struct lstm *);
    /* Set-up: what computes such an lstm, in words ("generic", "cudnn, standard algorithm"). NULL and an error that
     * names what the engine that was asked for cannot do. */
    const char *(*lstm_engine)(struct backend *, const struct lstm *, struct error *);
    /* Set-up: of how many rows an inference run of such an lstm is best: N, or more where more of them are done faster.
     * The scratch memory of so many is some hundred MiB at most. */
    int (*inference_rows)(struct backend *, const struct lstm *);
    /* Bytes of the backend's memory that are free; 0 where this is not for the backend to know. */
    size_t (*free_bytes)(struct backend *);
    /* False and the first failure of an enqueued op, if there was one. */
    bool (*status)(struct backend *, struct error *);
};

struct backend {
    const char *name; /* "cpu" */
    const struct backend_ops *ops;
    const struct backend_memory *memory;
    char description[256];  /* one line for people: device, kernels, threads */
    int threads;            /* of the host that its ops use */
    size_t inference_bytes; /* of what ops of an inference run of more than N rows hand on, at most */
    bool reads_host;        /* an op may be given the host's memory to read: it is the backend's, too */
    bool is_abandoned; /* to set before the close of a process that ends early: it waits for no other rank */
    void (*close)(struct backend *);
};

enum engine_choice { ENGINE_AUTO, ENGINE_FUSED, ENGINE_CUDNN, ENGINE_GENERIC };
enum precision { PRECISION_FP32, PRECISION_TF32 };
enum mask_source { MASKS_COUNTER, MASKS_CUDNN };

struct backend_options {
    const char *device;      /* "auto", "cpu", "cuda" or "cuda:I" */
    int threads;             /* CPU threads; 0: all that this process may use */
    const char *cpu_kernels; /* name of a kernel_set; NULL or "auto": the fastest; not looked at with a GPU */
    /* The ranks that sum_ranks is over, all of which open their backends now; stays until the close. NULL, or one rank:
     * alone. */
    const struct communicator *communicator;
    /* Of a GPU: */
    bool nccl_alone; /* one rank sums, too: for tests of NCCL on one GPU */
    enum engine_choice engine;
    enum precision precision; /* of products; TF32 keeps 10 bits of a factor */
    enum mask_source masks;   /* MASKS_CUDNN: cuDNN draws what drops elements, with the op's seed */
    bool no_graph;            /* a replay enqueues its ops one by one */
};

/* Opens the backend for a device. `note` (may be NULL, else at least ERROR_MESSAGE_BYTES) receives one line that says
 * why "auto" did not take a GPU. A device that is asked for by name and cannot be used is an error. */
bool backend_open(struct backend **backend, const struct backend_options *options, char *note,
                  struct error *error);

/* NULL is fine. */
void backend_close(struct backend *backend);

/* The CPU's kernels for one instruction set. */
struct kernel_set {
    const char *name;         /* short, as options have it: "avx512" */
    const char *instructions; /* for people: "AVX-512 (x86-64-v4)" */
    bool runs;                /* on this processor */
};

/* Number 0, 1, ... of those that this build has, the fastest first; false past the last. "auto" takes the first one
 * that runs. */
bool backend_kernel_set(int number, struct kernel_set *set);

#endif
