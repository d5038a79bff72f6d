/* Plots: round ticks, lines where the values are, and tags that close whatever the values are. */
#include "plot_axis.h"

#include "matinee/page.h"
#include "matinee/plot.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* "low high: tick tick ..." */
static void check_scale(struct plot_axis axis, struct plot_range range, bool rounded, const char *expected)
{
    char shown[512], text[PLOT_TICK_BYTES];
    const struct plot_scale scale = plot_scale_open(&axis, range, rounded, 5);
    int used = snprintf(shown, sizeof shown, "%.6g %.6g:", scale.low, scale.high);
    assert_true(scale.ticks >= 1 && scale.ticks < 20);
    for (int i = 0; i < scale.ticks; i++)
        used += snprintf(shown + used, sizeof shown - (size_t)used, " %s",
                         plot_scale_text(&scale, plot_scale_tick(&scale, i), 0, text));
    assert_string_equal(shown, expected);
}

static void test_ticks(void **state)
{
    (void)state;
    const struct plot_axis number = {.unit = PLOT_NUMBER}, percent = {.unit = PLOT_PERCENT},
                           whole = {.whole = true};
    check_scale(number, (struct plot_range){0.13, 0.58}, true, "0.1 0.6: 0.1 0.2 0.3 0.4 0.5 0.6");
    check_scale(number, (struct plot_range){0.13, 0.58}, false, "0.13 0.58: 0.2 0.3 0.4 0.5");
    check_scale(number, (struct plot_range){-0.3, 0.9}, true, "-0.5 1: -0.5 0.0 0.5 1.0");
    check_scale(number, (struct plot_range){0, 40.6}, true, "0 50: 0 10 20 30 40 50");
    check_scale(number, (struct plot_range){0, 1e6}, true, "0 1e+06: 0 200000 400000 600000 800000 1000000");
    check_scale(number, (struct plot_range){1, 0}, true, "0 1: 0.0 0.2 0.4 0.6 0.8 1.0");
    check_scale(number, (struct plot_range){2, 2}, true, "1.9 2.1: 1.90 1.95 2.00 2.05 2.10");
    check_scale(number, (struct plot_range){0, 0}, true, "-1 1: -1.0 -0.5 0.0 0.5 1.0");
    check_scale(percent, (struct plot_range){0.771, 0.883}, true, "0.75 0.9: 75 % 80 % 85 % 90 %");
    check_scale(percent, (struct plot_range){0.871, 0.8712}, true,
                "0.871 0.8712: 87.100 % 87.105 % 87.110 % 87.115 % 87.120 %");
    check_scale(percent, (struct plot_range){0.5, 0.5}, true,
                "0.49 0.51: 49.0 % 49.5 % 50.0 % 50.5 % 51.0 %");
    check_scale(whole, (struct plot_range){1, 3}, false, "1 3: 1 2 3");
    check_scale(whole, (struct plot_range){1, 1}, false, "0.5 1.5: 1");
    check_scale(whole, (struct plot_range){1, 1000}, false, "1 1000: 200 400 600 800 1000");
    check_scale((struct plot_axis){.low = 0, .high = 1}, (struct plot_range){0.2, 0.3}, true,
                "0 1: 0.0 0.2 0.4 0.6 0.8 1.0");
}

static void test_places(void **state)
{
    (void)state;
    const struct plot_axis axis = {.label = "x"};
    struct plot_scale scale = plot_scale_open(&axis, (struct plot_range){10, 20}, true, 5);
    scale.from = 100;
    scale.to = 50;
    assert_true(fabs(plot_scale_at(&scale, 10) - 100) < 1e-9);
    assert_true(fabs(plot_scale_at(&scale, 17.5) - 62.5) < 1e-9);
}

/* Every tag closes, in its order, and all text between is escaped. */
static void check_balanced(const char *page)
{
    enum { DEPTH_MAX = 32 };
    char open[DEPTH_MAX][32];
    int depth = 0;
    for (const char *tag = strchr(page, '<'); tag; tag = strchr(tag + 1, '<')) {
        const char *end = strchr(tag, '>');
        char name[32];
        assert_non_null(end);
        assert_null(memchr(tag + 1, '<', (size_t)(end - tag - 1)));
        if (tag[1] == '!' || end[-1] == '/')
            continue;
        assert_int_equal(sscanf(tag[1] == '/' ? tag + 2 : tag + 1, "%31[a-z0-9]", name), 1);
        if (tag[1] != '/') {
            assert_true(depth < DEPTH_MAX);
            strcpy(open[depth++], name);
        } else {
            assert_true(depth > 0);
            assert_string_equal(open[--depth], name);
        }
    }
    assert_int_equal(depth, 0);
    assert_null(strstr(page, "nan"));
    assert_null(strstr(page, "inf"));
}

static char *printed;
static size_t printed_bytes;

static const char *draw(const struct plot *plot)
{
    free(printed);
    printed = NULL;
    FILE *stream = open_memstream(&printed, &printed_bytes);
    assert_non_null(stream);
    plot_lines(stream, plot);
    fclose(stream);
    check_balanced(printed);
    return printed;
}

static int count_of(const char *text, const char *part)
{
    int count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        count++;
    return count;
}

/* The frame is 52 to 416 wide and 28 to 240 high. */
static void test_lines(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3}, y[] = {0, 1, 0.5}, z[] = {0.5, 0.5, 0.5};
    const double low[] = {0.4, 0.3, 0.2}, high[] = {0.6, 0.7, 0.8};
    const struct plot_series series[] = {
        {.label = "a<b", .style = 0, .marked = true, .count = 3, .x = x, .y = y},
        {.label = "c", .style = 7, .count = 3, .x = x, .y = z, .low = low, .high = high},
    };
    const char *page = draw(&(struct plot){.title = "t<",
                                           .description = "d&",
                                           .x = {.label = "x", .whole = true},
                                           .series_count = 2,
                                           .series = series});
    static const char *const parts[] = {
        "<figcaption>t&lt;</figcaption>",
        "<title>t&lt;</title>",
        "<desc>d&amp;</desc>",
        "role=\"img\"",
        "a&lt;b</li>",
        "<path class=\"l s0\" d=\"M52.0 240.0L234.0 28.0L416.0 134.0\" />",
        "<path class=\"l s1\" stroke-dasharray=\"6 4\" d=\"M52.0 134.0L234.0 134.0L416.0 134.0\" />",
        "<path class=\"b s1\" stroke-dasharray=\"6 4\" d=\"M52.0 112.8L234.0 91.6L416.0 70.4L416.0 197.6",
        "70.4L416.0 197.6L234.0 176.4L52.0 155.2Z\" />",
        "<circle class=\"d s0\" cx=\"416.0\" cy=\"134.0\" r=\"3.5\"><title>a&lt;b 3: 0.500</title></circle>",
        ">0.0</text>",
        ">1.0</text>",
        ">x</text>",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(page, parts[i]))
            fail_msg("the plot lacks %s: %s", parts[i], page);
    assert_int_equal(count_of(page, "<circle"), 3);
}

static void test_gaps(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3, 4, 5}, y[] = {0, 1, NAN, 1, 0},
                 none[] = {NAN, INFINITY, -INFINITY, NAN, NAN};
    struct plot_series series = {
        .style = 0, .marked = true, .count = 5, .x = x, .y = y, .low = none, .high = y};
    struct plot plot = {.title = "t", .series_count = 1, .series = &series};
    const char *page = draw(&plot);
    assert_non_null(strstr(page, "d=\"M52.0 240.0L143.0 28.0M325.0 28.0L416.0 240.0\""));
    assert_int_equal(count_of(page, "<circle"), 4);
    assert_null(strstr(page, "class=\"b s0\""));
    assert_null(strstr(page, "<ul")); /* one line needs no legend */
    series.y = none;
    page = draw(&plot);
    assert_null(strstr(page, "class=\"l s0\""));
    series.count = 0;
    draw(&plot);
    plot.series_count = 0;
    draw(&plot);
}

static void test_odd_values(void **state)
{
    (void)state;
    static const double pairs[][2] = {{DBL_MAX, -DBL_MAX}, {DBL_MIN, 0},      {1, 1 + DBL_EPSILON},
                                      {1e300, 1e300},      {5e-324, -5e-324}, {0, 1e-12}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const double up[] = {0, 1};
        struct plot_series series = {.count = 2, .x = up, .y = pairs[i]};
        draw(&(struct plot){.title = "t", .series_count = 1, .series = &series});
        series = (struct plot_series){.count = 2, .x = pairs[i], .y = up};
        draw(&(struct plot){.title = "t", .square = true, .series_count = 1, .series = &series});
    }
}

static void test_bars(void **state)
{
    (void)state;
    static const char *const kinds[] = {"data", "training"};
    const struct plot_part parts[] = {{.style = 0, .length = 1, .label = "<"}, {.style = 1, .length = 3}};
    const struct plot_interval rows[] = {{.label = "a&", .middle = 0.5, .low = 0.25, .high = 0.75},
                                         {.label = "b", .style = 1, .middle = 0.25, .low = NAN, .high = NAN},
                                         {.label = "c", .style = 2, .middle = NAN, .low = 0, .high = 1}};
    char *page = NULL;
    size_t bytes;
    FILE *stream = open_memstream(&page, &bytes);
    assert_non_null(stream);
    plot_bar(stream, &(struct plot_bar){
                         .title = "b", .kind_count = 2, .kinds = kinds, .part_count = 2, .parts = parts});
    plot_bar(stream, &(struct plot_bar){
                         .title = "b", .kind_count = 2, .kinds = kinds, .part_count = 0, .parts = parts});
    plot_intervals(stream, &(struct plot_intervals){.title = "i", .count = 3, .rows = rows});
    fclose(stream);
    check_balanced(page);
    assert_non_null(strstr(page, "<rect class=\"part s0\" x=\"16.00\" y=\"4\" width=\"102.00\" height=\"26\">"
                                 "<title>&lt;</title></rect>"));
    assert_non_null(strstr(page, "<rect class=\"part s1\" x=\"118.00\" y=\"4\" width=\"306.00\" "));
    assert_non_null(strstr(page, "<path class=\"l s0\" d=\"M118.0 26.0H322.0\" />"));
    assert_non_null(strstr(page, "<circle class=\"d s1\" cx=\"118.0\" "));
    assert_non_null(strstr(page, ">a&amp;</text>"));
    assert_null(strstr(page, "<path class=\"l s1\""));
    assert_null(strstr(page, "<circle class=\"d s2\""));
    free(page);
}

static int release(void **state)
{
    (void)state;
    free(printed);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ticks), cmocka_unit_test(test_places),     cmocka_unit_test(test_lines),
        cmocka_unit_test(test_gaps),  cmocka_unit_test(test_odd_values), cmocka_unit_test(test_bars),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
