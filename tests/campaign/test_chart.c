/* A chart on a logarithmic axis: bars where they belong, texts escaped. */
#include "matinee/chart.h"

#include "compare.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *draw(const struct chart *chart)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);
    assert_non_null(stream);
    chart_write(stream, chart);
    fclose(stream);
    return text;
}

/* Width of the n-th bar of a kind, those of the legend left out; below 0: there is none. */
static double bar_width(const char *text, const char *class, int n)
{
    char pattern[32];
    snprintf(pattern, sizeof pattern, "<rect class=\"%s\"", class);
    const char *place = strstr(text, pattern) + 1; /* the legend's */
    for (int i = 0; i <= n; i++) {
        place = strstr(place, pattern);
        if (!place)
            return -1;
        place++;
    }
    return strtod(strstr(place, "width=\"") + strlen("width=\""), NULL);
}

static const struct chart_row rows[] = {
    {"one", {1000, 10}, {"1000 s", "10 s"}},
    {"two", {100, 1}, {"a<b", NULL}},
    {"three", {NAN, 0}, {NULL, NULL}},
    {"four", {100, 1}, {"", ""}},
};

static const struct chart chart = {.title = "R & D",
                                   .description = "d",
                                   .axis = "seconds",
                                   .kinds = {"theirs", "ours"},
                                   .count = 4,
                                   .rows = rows};

static void test_equal_ratios_are_equal_lengths(void **state)
{
    (void)state;
    const struct tolerance drawn = {0.11, 0}; /* a digit behind the point */
    char *text = draw(&chart);
    const double decade = bar_width(text, "b0", 0) - bar_width(text, "b0", 1);
    assert_true(decade > 50);
    expect_close_number("two decades", bar_width(text, "b0", 0) - bar_width(text, "b1", 0), 2 * decade,
                        drawn);
    expect_close_number("three decades", bar_width(text, "b0", 0) - bar_width(text, "b1", 1), 3 * decade,
                        drawn);
    expect_close_number("after a row without bars", bar_width(text, "b0", 2), bar_width(text, "b0", 1),
                        drawn);
    assert_true(bar_width(text, "b1", 1) > 10); /* the least bar can be seen */
    assert_true(bar_width(text, "b0", 3) < 0 && bar_width(text, "b1", 3) < 0);
    free(text);
}

static void test_texts(void **state)
{
    (void)state;
    char *text = draw(&chart);
    assert_non_null(strstr(text, "<svg xmlns=\"http://www.w3.org/2000/svg\""));
    assert_non_null(strstr(text, ">R &amp; D<"));
    assert_non_null(strstr(text, ">a&lt;b<"));
    assert_non_null(strstr(text, ">1000 s<"));
    assert_non_null(strstr(text, ">theirs<"));
    assert_non_null(strstr(text, "prefers-color-scheme: dark"));
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf"));
    assert_string_equal(text + strlen(text) - 7, "</svg>\n");
    free(text);
}

static void test_without_any_value(void **state)
{
    (void)state;
    struct chart empty = chart;
    empty.rows = rows + 2;
    empty.count = 1;
    char *text = draw(&empty);
    assert_true(bar_width(text, "b0", 0) < 0);
    assert_null(strstr(text, "nan"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_ratios_are_equal_lengths),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_without_any_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
