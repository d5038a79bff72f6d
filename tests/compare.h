/* The one comparator of the tests, and what else makes a wrong or missing element visible. */
#ifndef MATINEE_TESTS_COMPARE_H
#define MATINEE_TESTS_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

struct tolerance {
    double absolute, relative;
};

/* |value - expected| <= absolute + relative*|expected|, and both finite: so NaN is never close to anything. */
bool is_close(double value, double expected, struct tolerance tolerance);

/* Index of the first element that is not close; count if all are. */
size_t first_difference(const float *values, const double *expected, size_t count,
                        struct tolerance tolerance);

/* These fail the running test and print `what`, the index and both values. */
void expect_close(const char *what, const float *values, const double *expected, size_t count,
                  struct tolerance tolerance);
void expect_close_doubles(const char *what, const double *values, const double *expected, size_t count,
                          struct tolerance tolerance);
void expect_close_number(const char *what, double value, double expected, struct tolerance tolerance);
void expect_equal_bits(const char *what, const void *values, const void *expected, size_t bytes);

/* A tolerance relative to the largest element of a tensor: elements that cancel have no correct digits of their own. */
struct tolerance of_largest(double fraction, const double *expected, size_t count);

void fill_nan(float *values, size_t count);

/* calloc that fails the test without memory. */
void *allocate(size_t count, size_t bytes);

#endif
