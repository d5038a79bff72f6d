/* One embedding with random tokens and masks, run by a backend and by the reference. */
#ifndef MATINEE_TESTS_EMBEDDING_CASE_H
#define MATINEE_TESTS_EMBEDDING_CASE_H

#include "matinee/backend.h"

struct embedding_dims {
    int T, N, V, E;
    float rows_rate, elements_rate;
};

struct embedding_case {
    struct embedding_dims dims;
    char name[96];
    size_t x_count, table_count;
    int32_t *tokens;                    /* (N,T) */
    struct dropout rows, elements;      /* as functions, without their state */
    uint8_t *rows_keep, *elements_keep; /* (V), (N,T,E)  the same masks, given */
    float *embeddings, *dx, *before;
    double *x, *gradient; /* by the reference; gradient: without `before` */
};

/* What a backend makes of a case. */
struct embedding_result {
    float *x, *x_inference, *gradient; /* gradient: `before` with the gradient added */
};

enum embedding_masks { MASKS_FUNCTION, MASKS_GIVEN };

void embedding_case_open(struct embedding_case *embedding_case, struct embedding_dims dims);
void embedding_case_close(struct embedding_case *embedding_case);

/* Checks guards and inputs. */
void embedding_case_run(const struct embedding_case *embedding_case, struct backend *backend,
                        enum embedding_masks masks, struct embedding_result *result);
void embedding_result_close(struct embedding_result *result);

/* Fails the running test unless the result agrees with the reference as backend.h says. */
void embedding_case_check(const struct embedding_case *embedding_case, const struct embedding_result *result);

/* Fails the running test unless the last rows of a batch are the same to the bit in a batch of their own. */
void embedding_case_check_split(struct backend *backend);

#endif
