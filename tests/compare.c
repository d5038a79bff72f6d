#include "compare.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

bool is_close(double value, double expected, struct tolerance tolerance)
{
    /* An infinite `expected` would make the right side infinite, and everything close to it. */
    return isfinite(expected) &&
           fabs(value - expected) <= tolerance.absolute + tolerance.relative * fabs(expected);
}

size_t first_difference(const float *values, const double *expected, size_t count, struct tolerance tolerance)
{
    for (size_t k = 0; k < count; k++)
        if (!is_close(values[k], expected[k], tolerance))
            return k;
    return count;
}

void expect_close(const char *what, const float *values, const double *expected, size_t count,
                  struct tolerance tolerance)
{
    size_t k = first_difference(values, expected, count, tolerance);
    if (k < count)
        fail_msg("%s: element %zu of %zu is %.9g, expected %.9g within %.3g + %.3g of it", what, k, count,
                 values[k], expected[k], tolerance.absolute, tolerance.relative);
}

void expect_close_doubles(const char *what, const double *values, const double *expected, size_t count,
                          struct tolerance tolerance)
{
    for (size_t k = 0; k < count; k++)
        if (!is_close(values[k], expected[k], tolerance))
            fail_msg("%s: element %zu of %zu is %.17g, expected %.17g within %.3g + %.3g of it", what, k,
                     count, values[k], expected[k], tolerance.absolute, tolerance.relative);
}

void expect_close_number(const char *what, double value, double expected, struct tolerance tolerance)
{
    expect_close_doubles(what, &value, &expected, 1, tolerance);
}

void expect_equal_bits(const char *what, const void *values, const void *expected, size_t bytes)
{
    const unsigned char *a = values, *b = expected;
    for (size_t k = 0; k < bytes; k++)
        if (a[k] != b[k])
            fail_msg("%s: byte %zu of %zu is 0x%02x, expected 0x%02x", what, k, bytes, a[k], b[k]);
}

struct tolerance of_largest(double fraction, const double *expected, size_t count)
{
    double largest = 0.0;
    for (size_t k = 0; k < count; k++)
        largest = fmax(largest, fabs(expected[k]));
    return (struct tolerance){.absolute = fraction * largest};
}

void fill_nan(float *values, size_t count)
{
    for (size_t k = 0; k < count; k++)
        values[k] = NAN;
}

void *allocate(size_t count, size_t bytes)
{
    void *memory = calloc(count ? count : 1, bytes);
    assert_non_null(memory);
    return memory;
}
