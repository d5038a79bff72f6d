#include "ops/lstm_case_data.h"

#include "compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { WHAT_BYTES = 256 };

static void check_y(const struct lstm_case *lstm_case, const struct lstm_result *result)
{
    static const struct tolerance of_y = {.absolute = 1e-5, .relative = 1e-5};
    char what[WHAT_BYTES];
    snprintf(what, sizeof what, "%s: y", lstm_case->name);
    expect_close(what, result->y, lstm_case->y, lstm_case->y_count, of_y);
    snprintf(what, sizeof what, "%s: y of inference", lstm_case->name);
    expect_close(what, result->y_inference, lstm_case->y, lstm_case->y_count, of_y);
}

static struct tolerance of_gradient(const double *gradient, size_t count)
{
    struct tolerance tolerance = of_largest(1e-5, gradient, count);
    tolerance.relative = 1e-5;
    return tolerance;
}

static void check_gradients(const struct lstm_case *lstm_case, const struct lstm_result *result)
{
    char what[WHAT_BYTES];
    double *expected = allocate(lstm_case->count, sizeof *expected);
    for (size_t k = 0; k < lstm_case->count; k++)
        expected[k] = lstm_case->before[k] + lstm_case->gradient[k];
    for (int i = 0; i < lstm_case->tensor_count; i++) {
        const struct lstm_tensor *tensor = &lstm_case->tensors[i];
        snprintf(what, sizeof what, "%s: gradient of the %s", lstm_case->name, tensor->name);
        expect_close(what, result->gradients + tensor->offset, expected + tensor->offset, tensor->count,
                     of_gradient(lstm_case->gradient + tensor->offset, tensor->count));
    }
    free(expected);
}

/* The first row with the most pads: of all steps that rows share it is one of the sharers. */
static size_t sharing_row(const struct lstm_case *lstm_case)
{
    size_t row = 0;
    for (size_t n = 1; n < (size_t)lstm_case->dims.N; n++)
        if (lstm_case->pads[n] > lstm_case->pads[row])
            row = n;
    return row;
}

/* Adds what rows share to the sharing row, and clears it in the others. */
static void gather_shared(const struct lstm_case *lstm_case, double *dx)
{
    size_t N = (size_t)lstm_case->dims.N, E = (size_t)lstm_case->dims.E, to = sharing_row(lstm_case);
    for (size_t n = 0; n < N; n++)
        for (size_t t = 0; n != to && t < (size_t)lstm_case->pads[n]; t++)
            for (size_t e = 0; e < E; e++) {
                dx[(t * N + to) * E + e] += dx[(t * N + n) * E + e];
                dx[(t * N + n) * E + e] = 0.0;
            }
}

/* A direction that reads forward computes a shared step once, and its gradient lies in one row. */
static void expect_shared_zeros(const struct lstm_case *lstm_case, const float *dx)
{
    size_t N = (size_t)lstm_case->dims.N, E = (size_t)lstm_case->dims.E, to = sharing_row(lstm_case);
    for (size_t n = 0; n < N; n++)
        for (size_t t = 0; n != to && t < (size_t)lstm_case->pads[n]; t++)
            for (size_t e = 0; e < E; e++)
                if (!(dx[(t * N + n) * E + e] == 0.0f))
                    fail_msg("%s: dx of row %zu, step %zu is not zero, but row %zu shares the step",
                             lstm_case->name, n, t, to);
}

static void check_dx(const struct lstm_case *lstm_case, const struct lstm_result *result)
{
    char what[WHAT_BYTES];
    size_t count = lstm_case->x_count;
    double *expected = allocate(count, sizeof *expected), *found = allocate(count, sizeof *found);
    for (size_t k = 0; k < count; k++) {
        expected[k] = lstm_case->dx[k];
        found[k] = (double)result->dx[k];
    }
    if (result->pads_known) {
        if (lstm_case->form.D == 1 && !lstm_case->form.reversed)
            expect_shared_zeros(lstm_case, result->dx);
        gather_shared(lstm_case, expected);
        gather_shared(lstm_case, found);
    }
    snprintf(what, sizeof what, "%s: dx", lstm_case->name);
    expect_close_doubles(what, found, expected, count, of_gradient(expected, count));
    free(expected);
    free(found);
}

void lstm_case_check(const struct lstm_case *lstm_case, const struct lstm_result *result)
{
    check_y(lstm_case, result);
    check_gradients(lstm_case, result);
    if (lstm_case->form.x)
        check_dx(lstm_case, result);
}
