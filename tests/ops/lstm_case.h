/* One lstm with random weights and rows, run by a backend and by the reference. */
#ifndef MATINEE_TESTS_LSTM_CASE_H
#define MATINEE_TESTS_LSTM_CASE_H

#include "matinee/backend.h"

#include <stddef.h>
#include <stdint.h>

struct lstm_dims {
    int T, N, V, E, H;
};

struct lstm_form {
    int D;
    bool reversed, sequences;
    bool x; /* the input is x, of a table's rows; else tokens and the table */
    float input_rate, recurrent_rate;
    int mask_count; /* 1 or 4, with a rate */
    bool given;     /* masks are handed in, not the function; the same bits */
    uint32_t first_row;
    float hard_slope;
};

extern const struct lstm_form lstm_of_tokens; /* one direction, its last step, nothing else */

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

/* Arenas hold each direction's three tensors, then the embeddings where the input is tokens. */
enum { LSTM_KERNEL, LSTM_RECURRENT_KERNEL, LSTM_BIAS, LSTM_DIRECTION_TENSORS, LSTM_TENSORS_MAX = 7 };

struct lstm_case {
    struct lstm_dims dims;
    struct lstm_form form;
    char name[160];
    int32_t *tokens;                      /* (N,T) */
    int32_t *pads, *none;                 /* (N)   leading zeros; zeros */
    float *x;                             /* (T,N,E), equal for equal tokens; of use with form.x */
    uint8_t *input_keep, *recurrent_keep; /* the masks as given ones; NULL without a rate */
    int tensor_count;
    struct lstm_tensor tensors[LSTM_TENSORS_MAX];
    size_t count, x_count, y_count; /* floats of an arena, of x and of y */
    float *weights;                 /* arena */
    float *dy;                      /* like y */
    float *before;                  /* arena: what the gradients hold before the backward pass adds to them */
    double *y;                      /* (N,D*H) or (T,N,D*H) by the reference */
    double *gradient;               /* arena by the reference, without `before` */
    double *dx;                     /* (T,N,E) by the reference, every row its own */
};

/* What a backend makes of a case. */
struct lstm_result {
    bool pads_known;
    float *y, *y_inference; /* like y; the latter without a saved area */
    float *gradients;       /* arena: `before` with the gradient added */
    float *dx;              /* (T,N,E) */
};

enum pads_known { PADS_KNOWN, PADS_UNKNOWN };

/* A case with a rate counts no pads, whatever its rows: with masks rows share nothing. */
void lstm_case_open(struct lstm_case *lstm_case, struct lstm_dims dims, struct lstm_form form,
                    enum rows_kind rows);
void lstm_case_close(struct lstm_case *lstm_case);

/* With pads unknown the op is told that there are none. Checks guards and inputs. */
void lstm_case_run(const struct lstm_case *lstm_case, struct backend *backend, enum pads_known pads,
                   struct lstm_result *result);
void lstm_result_close(struct lstm_result *result);

/* Fails the running test unless the result agrees with the reference as backend.h says. */
void lstm_case_check(const struct lstm_case *lstm_case, const struct lstm_result *result);

#endif
