/* One lstm with random weights and rows, run by a backend and by the reference. */
#ifndef MATINEE_TESTS_LSTM_CASE_H
#define MATINEE_TESTS_LSTM_CASE_H

#include "matinee/backend.h"

#include <stddef.h>
#include <stdint.h>

struct lstm_dims {
    int T, N, V, E, H;
};

enum rows_kind {
    ROWS_MIXED, /* row 0 without pads, row 1 nothing but pads, the others anything; zeros after the first word */
    ROWS_ALL_PADS,
    ROWS_NO_PADS,
    ROWS_EQUAL,
};

/* A tensor's place in an arena of weights or gradients. */
struct lstm_tensor {
    const char *name;
    size_t offset, count;
};

enum { LSTM_EMBEDDINGS, LSTM_KERNEL, LSTM_RECURRENT_KERNEL, LSTM_BIAS, LSTM_TENSORS };

struct lstm_case {
    struct lstm_dims dims;
    char name[96];
    int32_t *tokens;      /* (N,T) */
    int32_t *pads, *none; /* (N)   leading zeros; zeros */
    struct lstm_tensor tensors[LSTM_TENSORS];
    size_t count;     /* floats of an arena */
    float *weights;   /* arena */
    float *dh;        /* (N,H) */
    float *before;    /* arena: what the gradients hold before the backward pass adds to them */
    double *h;        /* (N,H) by the reference */
    double *gradient; /* arena by the reference, without `before` */
};

/* What a backend makes of a case. */
struct lstm_result {
    float *h;           /* (N,H)  */
    float *h_inference; /* (N,H)  without a saved area */
    float *gradients;   /* arena: `before` with the gradient added */
};

enum pads_known { PADS_KNOWN, PADS_UNKNOWN };

void lstm_case_open(struct lstm_case *lstm_case, struct lstm_dims dims, enum rows_kind rows);
void lstm_case_close(struct lstm_case *lstm_case);

/* With pads unknown the op is told that there are none. Checks guards and inputs. */
void lstm_case_run(const struct lstm_case *lstm_case, struct backend *backend, enum pads_known pads,
                   struct lstm_result *result);
void lstm_result_close(struct lstm_result *result);

/* Fails the running test unless the result agrees with the reference as backend.h says. */
void lstm_case_check(const struct lstm_case *lstm_case, const struct lstm_result *result);

#endif
