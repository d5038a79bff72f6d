/* The lines of Keras 3, byte for byte (keras.utils.Progbar). */
#include "progress.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BAR_20 "━━━━━━━━━━━━━━━━━━━━"
#define BOLD "\x1b[1m"
#define GREEN "\x1b[32m"
#define WHITE "\x1b[37m"
#define RESET "\x1b[0m"

static const struct score train_score = {.loss = 0.4813, .accuracy = 0.7655};
static const struct score validation_score = {.loss = 0.3401, .accuracy = 0.8550};

static const struct progress_look in_colour = {.colours = true};

static void expect_bar(const struct progress_line *line, const char *expected)
{
    char text[PROGRESS_TEXT_BYTES];
    progress_bar_text(text, line, &in_colour);
    assert_string_equal(text, expected);
}

static void test_finished_bar(void **state)
{
    (void)state;
    struct progress_line line = {.step = 391,
                                 .steps = 391,
                                 .finished = true,
                                 .seconds = 45.2,
                                 .step_seconds = 0.1123,
                                 .train = train_score,
                                 .validated = true,
                                 .validation = validation_score};
    expect_bar(&line, BOLD
               "391/391" RESET " " GREEN BAR_20 RESET WHITE RESET " " BOLD "45s" RESET
               " 112ms/step - accuracy: 0.7655 - loss: 0.4813 - val_accuracy: 0.8550 - val_loss: 0.3401");
}

static void test_running_bar(void **state)
{
    (void)state;
    struct progress_line line = {.step = 27, .steps = 391, .step_seconds = 0.112, .train = train_score};
    expect_bar(&line, BOLD " 27/391" RESET " " GREEN "━" RESET WHITE "━━━━━━━━━━━━━━━━━━━" RESET " " BOLD
                           "40s" RESET " 112ms/step - accuracy: 0.7655 - loss: 0.4813");
    line.step = 2; /* 2 * 20 / 391 strokes: none */
    expect_bar(&line, BOLD "  2/391" RESET " " WHITE BAR_20 RESET " " BOLD "43s" RESET
                           " 112ms/step - accuracy: 0.7655 - loss: 0.4813");
}

static void test_bar_width_is_what_the_screen_shows(void **state)
{
    (void)state;
    char text[PROGRESS_TEXT_BYTES];
    struct progress_line line = {.step = 27, .steps = 391, .step_seconds = 0.112, .train = train_score};
    assert_int_equal(progress_bar_text(text, &line, &in_colour),
                     strlen(" 27/391 -------------------- 40s 112ms/step - accuracy: 0.7655 - loss: 0.4813"));
}

static void expect_plain_bar(const struct progress_line *line, int columns, const char *expected)
{
    char text[PROGRESS_TEXT_BYTES];
    int width = progress_bar_text(text, line, &(struct progress_look){.columns = columns});
    assert_string_equal(text, expected);
    assert_true(width < columns || columns == 0);
}

static void test_without_colours(void **state)
{
    (void)state;
    struct progress_line line = {.step = 27, .steps = 391, .step_seconds = 0.112, .train = train_score};
    expect_plain_bar(&line, 0,
                     " 27/391 ━                    40s 112ms/step - accuracy: 0.7655 - loss: 0.4813");
}

/* The line above is 77 columns wide. */
static void test_narrow_terminals(void **state)
{
    (void)state;
    struct progress_line line = {.step = 391, .steps = 391, .step_seconds = 0.112, .train = train_score};
    static const char tail[] = " 0s 112ms/step - accuracy: 0.7655 - loss: 0.4813";
    char expected[200];
    snprintf(expected, sizeof expected, "391/391 %s%s", BAR_20, tail);
    expect_plain_bar(&line, 77, expected);
    snprintf(expected, sizeof expected, "391/391 %.*s%s", 19 * 3, BAR_20, tail);
    expect_plain_bar(&line, 76, expected);
    snprintf(expected, sizeof expected, "391/391 %.*s%s", 5 * 3, BAR_20, tail);
    expect_plain_bar(&line, 62, expected);
    expect_plain_bar(&line, 61, "391/391 0s 112ms/step - accuracy: 0.7655 - loss: 0.4813");
    expect_plain_bar(&line, 55, "391/391 0s 112ms/step");
    expect_plain_bar(&line, 21, "391/391 0s");
    expect_plain_bar(&line, 10, "391/391 ");
    expect_plain_bar(&line, 8, "");
}

/* The time left and the step time of a bar at step 0 of 1. */
static void expect_times(double step_seconds, int steps, const char *expected)
{
    char text[PROGRESS_TEXT_BYTES];
    struct progress_line line = {
        .step = 0, .steps = steps, .step_seconds = step_seconds, .train = train_score};
    progress_bar_text(text, &line, &in_colour);
    assert_non_null(strstr(text, expected));
}

static void test_times(void **state)
{
    (void)state;
    expect_times(0.6, 100, " " BOLD "60s" RESET " 600ms/step -");
    expect_times(0.65, 100, " " BOLD "1:05" RESET " 650ms/step -");
    expect_times(37.25, 100, " " BOLD "1:02:05" RESET " 37s/step -");
    expect_times(0.00046, 100, " " BOLD "0s" RESET " 460us/step -");
    expect_times(0, 100, " " BOLD "0s" RESET " 0s/step -");
    expect_times(1, 12, " " BOLD "12s" RESET " 1s/step -");
}

static void test_plain_line(void **state)
{
    (void)state;
    char text[PROGRESS_TEXT_BYTES];
    struct progress_line line = {.step = 391,
                                 .steps = 391,
                                 .finished = true,
                                 .seconds = 45,
                                 .step_seconds = 0.112,
                                 .train = train_score};
    progress_plain_text(text, &line);
    assert_string_equal(text, "391/391 - 45s - 112ms/step - accuracy: 0.7655 - loss: 0.4813");
    line.validated = true;
    line.validation = validation_score;
    progress_plain_text(text, &line);
    assert_string_equal(
        text, "391/391 - 45s - 112ms/step - accuracy: 0.7655 - loss: 0.4813 - val_accuracy: 0.8550 - "
              "val_loss: 0.3401");
}

static void test_small_and_missing_numbers(void **state)
{
    (void)state;
    char text[PROGRESS_TEXT_BYTES];
    struct progress_line line = {
        .step = 1, .steps = 1, .step_seconds = 1, .train = {.loss = 0.001, .accuracy = 0.00101}};
    progress_plain_text(text, &line);
    assert_string_equal(text, "1/1 - 0s - 1s/step - accuracy: 0.0010 - loss: 1.0000e-03");
    line.train = (struct score){.loss = -(double)NAN, .accuracy = 0};
    progress_plain_text(text, &line);
    assert_string_equal(text, "1/1 - 0s - 1s/step - accuracy: 0.0000e+00 - loss: nan");
}

/* What two epochs of three steps write, on a terminal and elsewhere. */
static char *show(bool terminal)
{
    char *text = NULL;
    size_t bytes;
    FILE *stream = open_memstream(&text, &bytes);
    assert_non_null(stream);
    struct progress progress = progress_open(stream);
    assert_false(progress.redraws); /* a stream in memory is no terminal */
    progress.redraws = terminal;
    progress.look = in_colour;
    progress_epoch_begin(&progress, 1, 2);
    const double seconds[] = {0.50, 0.52, 1.0}; /* the second comes too soon to be drawn */
    for (int i = 0; i < 3; i++)
        progress_step(&progress, &(struct step_progress){.epoch = 1,
                                                         .epochs = 2,
                                                         .step = i + 1,
                                                         .steps = 3,
                                                         .train = train_score,
                                                         .seconds = seconds[i]});
    progress_epoch_end(&progress, &(struct epoch_record){.epoch = 1,
                                                         .steps = 3,
                                                         .train = train_score,
                                                         .validated = true,
                                                         .validation = validation_score,
                                                         .seconds = 1.1,
                                                         .validation_seconds = 0.9});
    progress_epoch_begin(&progress, 2, 2);
    progress_step(&progress,
                  &(struct step_progress){
                      .epoch = 2, .epochs = 2, .step = 1, .steps = 3, .train = train_score, .seconds = 0.2});
    progress_close(&progress);
    assert_int_equal(fclose(stream), 0);
    return text;
}

static void test_terminal(void **state)
{
    (void)state;
    static const char metrics[] = " - accuracy: 0.7655 - loss: 0.4813";
    char back_1[80], back_2[80], expected[2048];
    /* "1/3 ", the bar, " 1s 500ms/step" and the metrics; the third step's line is as wide. */
    int width = 4 + 20 + 14 + (int)strlen(metrics);
    memset(back_1, '\b', sizeof back_1);
    memset(back_2, '\b', sizeof back_2);
    snprintf(expected, sizeof expected,
             "Epoch 1/2\n"
             "\r" BOLD "1/3" RESET " " GREEN "━━━━━━" RESET WHITE "━━━━━━━━━━━━━━" RESET " " BOLD "1s" RESET
             " 500ms/step%s"
             "%.*s\r" BOLD "3/3" RESET " " GREEN BAR_20 RESET WHITE RESET " " BOLD "0s" RESET " 250ms/step%s"
             "%.*s\r" BOLD "3/3" RESET " " GREEN BAR_20 RESET WHITE RESET " " BOLD "2s" RESET
             " 300ms/step%s - val_accuracy: 0.8550 - val_loss: 0.3401\n"
             "Epoch 2/2\n"
             "\r" BOLD "1/3" RESET " " GREEN "━━━━━━" RESET WHITE "━━━━━━━━━━━━━━" RESET " " BOLD "0s" RESET
             " 200ms/step%s\n",
             metrics, width, back_1, metrics, width, back_2, metrics, metrics);
    char *text = show(true);
    assert_string_equal(text, expected);
    free(text);
}

static void test_blanks_cover_a_longer_line(void **state)
{
    (void)state;
    char *text = NULL;
    size_t bytes;
    FILE *stream = open_memstream(&text, &bytes);
    assert_non_null(stream);
    struct progress progress = progress_open(stream);
    progress.redraws = true;
    progress.look = in_colour;
    progress_epoch_begin(&progress, 1, 1);
    struct step_progress step = {
        .epoch = 1, .epochs = 1, .step = 1, .steps = 2, .train = {.loss = 1e-4, .accuracy = 1}, .seconds = 1};
    progress_step(&progress, &step);
    step = (struct step_progress){
        .epoch = 1, .epochs = 1, .step = 2, .steps = 2, .train = {.loss = 1, .accuracy = 1}, .seconds = 1.5};
    progress_step(&progress, &step);
    assert_int_equal(fclose(stream), 0);
    static const char tail[] =
        "500ms/step - accuracy: 1.0000 - loss: 1.0000 "; /* " 1s/step" and "1.0000e-04" were there */
    assert_true(strlen(text) > sizeof tail);
    assert_string_equal(text + strlen(text) - (sizeof tail - 1), tail);
    assert_ptr_equal(strstr(text, "Epoch"), NULL); /* a single epoch has no heading */
    free(text);
}

static void test_elsewhere(void **state)
{
    (void)state;
    char *text = show(false);
    assert_string_equal(text,
                        "Epoch 1/2\n3/3 - 2s - 300ms/step - accuracy: 0.7655 - loss: 0.4813 - val_accuracy: "
                        "0.8550 - val_loss: 0.3401\nEpoch 2/2\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finished_bar),
        cmocka_unit_test(test_running_bar),
        cmocka_unit_test(test_bar_width_is_what_the_screen_shows),
        cmocka_unit_test(test_without_colours),
        cmocka_unit_test(test_narrow_terminals),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_plain_line),
        cmocka_unit_test(test_small_and_missing_numbers),
        cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_blanks_cover_a_longer_line),
        cmocka_unit_test(test_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
