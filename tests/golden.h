/* The golden files of small networks that Keras trained: mK.json.
 *
 *     m1  Embedding, LSTM, Dense
 *     m2  Embedding, Dropout, LSTM, Dropout, Dense
 *     m3  Embedding, LSTM(dropout, recurrent_dropout), Dense
 *     m4  Embedding, Bidirectional(LSTM as in m3), Dense
 *     m5  Embedding, Conv1D(7 filters of 3, same, relu), MaxPooling1D(2), LSTM, Dense
 *     m6  Embedding, LSTM(dropout), Dense
 */
#ifndef MATINEE_TESTS_GOLDEN_H
#define MATINEE_TESTS_GOLDEN_H

#include <stddef.h>
#include <stdint.h>

enum {
    GOLDEN_MODELS = 6,
    GOLDEN_STEPS = 3,
    GOLDEN_TENSORS_MAX = 16,
    GOLDEN_MASKS_MAX = 16,
    GOLDEN_FILTERS = 7, /* of m5's Conv1D */
    GOLDEN_KERNEL_SIZE = 3,
    GOLDEN_POOL_SIZE = 2,
};

/* The rate of every dropout, in the files, too. */
static const double golden_rate = 0.2;

/* One parameter; offsets are those of our parameter table, for the files have its order. */
struct golden_tensor {
    char name[96]; /* Keras' path: "sequential/lstm/lstm_cell/kernel" */
    int rank, shape[3];
    size_t offset, count;
};

/* 1 keeps an element; batch-major. */
struct golden_mask {
    int rank, shape[3];
    size_t count;
    uint8_t *keep;
};

struct golden {
    int model, V, E, H, T, N;
    int32_t *x; /* (N,T)             */
    uint8_t *y; /* (N)               */
    int tensor_count;
    struct golden_tensor tensors[GOLDEN_TENSORS_MAX];
    size_t total_count; /* floats of an arena */
    double *weights0;   /* arena, before training */
    double *predict0;   /* (N)  with weights0     */
    struct golden_step {
        double loss;     /* mean of the batch, before the update */
        double *weights; /* arena, after the update              */
        int mask_count;
        struct golden_mask masks[GOLDEN_MASKS_MAX]; /* in the order in which Keras drew them */
    } steps[GOLDEN_STEPS];
    double *adam_m, *adam_v; /* arenas, after the last step */
    double *predict3;        /* (N)  after the last step    */
};

/* Reads DIRECTORY/mMODEL.json. Fails the running test on anything unexpected. */
void golden_open(struct golden *golden, const char *directory, int model);
void golden_close(struct golden *golden);

/* The masks of a step that have this rank and last axis, one after the other; NULL if there are none, else free() it.
 * Keras draws an LSTM's input masks (N,E) gate by gate, then its recurrent ones (N,H), and the forward direction's
 * first: so these are `keep` of an lstm's input for (2, E), of its recurrent masks for (2, H). */
uint8_t *golden_masks(const struct golden_step *step, int rank, int width);

#endif
