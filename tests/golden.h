/* The golden files of small networks that Keras trained: mK.json, without their dropout masks. */
#ifndef MATINEE_TESTS_GOLDEN_H
#define MATINEE_TESTS_GOLDEN_H

#include <stddef.h>
#include <stdint.h>

enum { GOLDEN_STEPS = 3, GOLDEN_TENSORS_MAX = 16 };

/* One parameter; offsets are those of our parameter table, for the files have its order. */
struct golden_tensor {
    char name[96]; /* Keras' path: "sequential/lstm/lstm_cell/kernel" */
    int rank, shape[3];
    size_t offset, count;
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
    } steps[GOLDEN_STEPS];
    double *adam_m, *adam_v; /* arenas, after the last step */
    double *predict3;        /* (N)  after the last step    */
};

/* Reads DIRECTORY/mMODEL.json. Fails the running test on anything unexpected. */
void golden_open(struct golden *golden, const char *directory, int model);
void golden_close(struct golden *golden);

#endif
