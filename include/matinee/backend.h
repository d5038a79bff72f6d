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
 * - Sums over the batch go by the row groups of dims.h, in order, whatever the number of threads.
 * - Tensors are row-major, rightmost index fastest, contiguous. Pointers in op structs are the backend's memory and
 *   must not alias unless a field says so.
 */
#ifndef MATINEE_BACKEND_H
#define MATINEE_BACKEND_H

#include "matinee/dims.h"
#include "matinee/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct backend;

/* Uploaded before each step; the only thing that differs between two replays. */
struct step_state {
    int32_t first_row; /* position in `order` of the batch's first row */
    float alpha;       /* Adam: learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t), t from 1 */
};

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
    const struct step_state *state;
    const int32_t *order;      /* in  (reviews)   permutation; NULL: the reviews in their order */
    const int32_t *all_tokens; /* in  (reviews,T) */
    const int32_t *all_pads;   /* in  (reviews)   */
    const uint8_t *all_labels; /* in  (reviews)   0 or 1 */
    int32_t *tokens;           /* out (N,T)       */
    int32_t *pads;             /* out (N)         leading zero tokens */
    float *labels;             /* out (N)         */
};

/* lstm: one LSTM layer over all T steps, reading the rows of an embedding table.
 *
 *     x_t = embeddings[tokens[n,t]]                z = x_t . kernel + h . recurrent_kernel + bias
 *     i, f, o = sigmoid(z_i, z_f, z_o)             c = f*c + i*tanh(z_c)           h = o*tanh(c)
 *
 * from h = c = 0. Rows share the states of their leading pads: pads[n] says how many tokens at the start of row n are
 * known to be 0 (0 is always allowed and gives the same numbers, only slower).
 * Agreement between backends: |a - b| <= 1e-5 + 1e-5*|b| for h.
 * Source: Keras' LSTM with recurrent_activation="sigmoid", mask_zero=False.
 */
struct lstm {
    int T, N, V, E, H;
    const int32_t *tokens;         /* in  (N,T)   in [0,V)               */
    const int32_t *pads;           /* in  (N)     in [0,T]               */
    const float *embeddings;       /* in  (V,E)                          */
    const float *kernel;           /* in  (E,4H)                         */
    const float *recurrent_kernel; /* in  (H,4H)                         */
    const float *bias;             /* in  (4H)                           */
    float *h;                      /* out (N,H)   state after step T-1   */
    void *saved;                   /* out         for lstm_backward; NULL: inference   */
    void *scratch;                 /*             of use only during the call          */
};

/* lstm_backward: gradients of the lstm above, run before on the same saved area, which this consumes. The inputs of
 * `forward` must not have changed since.
 * Agreement between backends: |a - b| <= 1e-5*max|b| + 1e-5*|b| over a tensor. */
struct lstm_backward {
    struct lstm forward;
    const float *dh;          /* in   (N,H)                  */
    float *dembeddings;       /* adds (V,E)                  */
    float *dkernel;           /* adds (E,4H)                 */
    float *drecurrent_kernel; /* adds (H,4H)                 */
    float *dbias;             /* adds (4H)                   */
};

/* Bytes of an lstm's saved and scratch memory. */
struct lstm_sizes {
    size_t saved_bytes, scratch_bytes;
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
    const float *h;          /* in   (N,F)                           */
    const float *kernel;     /* in   (F,1)                           */
    const float *bias;       /* in   (1)                             */
    const float *labels;     /* in   (N)    exactly 0 or 1           */
    float *prob;             /* out  (N)    sigmoid(z)               */
    float *dz;               /* out  (N)    d(mean loss)/dz = (prob - y) / N */
    struct metrics *metrics; /* adds        this batch               */
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

/* adam: Keras' Adam over whole arenas.
 *
 *     m += (g - m)*(1 - beta_1)    v += (g*g - v)*(1 - beta_2)    w -= alpha*m / (sqrt(v) + epsilon)
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
};

struct backend_ops {
    void (*load_batch)(struct backend *, const struct load_batch *);
    void (*lstm)(struct backend *, const struct lstm *);
    void (*lstm_backward)(struct backend *, const struct lstm_backward *);
    void (*dense_bce)(struct backend *, const struct dense_bce *);
    void (*dense_backward)(struct backend *, const struct dense_backward *);
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
    bool (*record)(struct backend *, struct recording **, void (*step)(void *context), void *context,
                   struct error *);
    void (*replay)(struct backend *, struct recording *);
    void (*forget)(struct backend *, struct recording *);
    /* Set-up: how much an lstm of these dims (T, N, V, E, H of the struct) needs; enough for any smaller N, too. */
    struct lstm_sizes (*lstm_sizes)(struct backend *, const struct lstm *);
    /* False and the first failure of an enqueued op, if there was one. */
    bool (*status)(struct backend *, struct error *);
};

struct backend {
    const char *name; /* "cpu" */
    const struct backend_ops *ops;
    const struct backend_memory *memory;
    char description[256]; /* one line for people: device, kernels, threads */
    int threads;           /* of the host that its ops use */
    void (*close)(struct backend *);
};

struct backend_options {
    const char *device; /* "auto", "cpu", "cuda" or "cuda:I" */
    int threads;        /* CPU threads; 0: all that this process may use */
};

/* Opens the backend for a device. `note` (may be NULL, else at least ERROR_MESSAGE_BYTES) receives one line that says
 * why "auto" did not take a GPU. A device that is asked for by name and cannot be used is an error. */
bool backend_open(struct backend **backend, const struct backend_options *options, char *note,
                  struct error *error);

/* NULL is fine. */
void backend_close(struct backend *backend);

#endif
