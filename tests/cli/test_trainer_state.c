/* matinee/trainer.json: all bits there and back, and what is refused. */
#include "compare.h"
#include "trainer_state.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct epoch_record records[2] = {
    {.epoch = 1,
     .steps = 391,
     .train = {.loss = 0.1 + 0.2, .accuracy = 1.0 / 3},
     .validated = true,
     .validation = {.loss = 4.9406564584124654e-324, .accuracy = 1},
     .seconds = 7,
     .validation_seconds = 8},
    {.epoch = 2, .steps = 391, .train = {.loss = 1.7976931348623157e308, .accuracy = 0}},
};

static struct trainer_state example(void)
{
    struct trainer_state state = {
        .position = {.epochs_done = 2,
                     .step = 17,
                     .sums = {.loss = 12345.678901234567, .correct = 900, .count = 1088},
                     .seconds = 9},
        .records = records,
        .data = "train 3x5 01234567",
        .options = json_pack("{s:s}", "seed", "9223372036854775807")};
    assert_non_null(state.options);
    return state;
}

static void test_there_and_back(void **unused)
{
    (void)unused;
    struct trainer_state state = example(), back;
    struct error error;
    char *text = trainer_state_to_json(&state);
    assert_non_null(text);
    assert_null(strstr(text, "seconds"));
    if (!trainer_state_from_json(&back, text, &error))
        fail_msg("%s", error.message);
    assert_int_equal(back.position.epochs_done, 2);
    assert_int_equal(back.position.step, 17);
    expect_equal_bits("sums", &back.position.sums, &state.position.sums, sizeof back.position.sums);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(back.records[i].epoch, i + 1);
        assert_int_equal(back.records[i].steps, 391);
        assert_int_equal(back.records[i].validated, records[i].validated);
        expect_equal_bits("training", &back.records[i].train, &records[i].train, sizeof records[i].train);
        expect_equal_bits("validation", &back.records[i].validation, &records[i].validation,
                          sizeof records[i].validation);
    }
    assert_string_equal(back.data, state.data);
    assert_true(json_equal(back.options, state.options));
    char *again = trainer_state_to_json(&back);
    assert_string_equal(again, text);
    free(again);
    free(text);
    trainer_state_close(&back);
    json_decref(state.options);
}

/* The example with one thing changed: `old` must be in its text. */
static void expect_refused(const char *old, const char *new, const char *message)
{
    struct trainer_state state = example(), back;
    struct error error = {""};
    char *text = trainer_state_to_json(&state), changed[4096];
    const char *place = strstr(text, old);
    assert_non_null(place);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(place - text), text, new, place + strlen(old));
    assert_false(trainer_state_from_json(&back, changed, &error));
    if (!strstr(error.message, message))
        fail_msg("%s: \"%s\" lacks \"%s\"", new, error.message, message);
    free(text);
    json_decref(state.options);
}

static void test_what_is_refused(void **unused)
{
    (void)unused;
    expect_refused("{", "", "not JSON");
    expect_refused("\"version\":1", "\"version\":2", "of another version");
    expect_refused("\"version\":1", "\"step\":17", "not JSON"); /* a key twice */
    expect_refused("\"step\":17", "\"step\":-1", "\"step\" is no whole number");
    expect_refused("\"step\":17", "\"step\":1.5", "\"step\" is no whole number");
    expect_refused("\"step\":17", "\"step\":2147483648", "\"step\" is no whole number");
    expect_refused("\"step\":17,", "", "\"step\" is no whole number");
    expect_refused("\"loss\":12345", "\"loss\":-12345", "\"loss\" is no number");
    expect_refused("\"loss\":12345", "\"loss\":1e999", "not JSON");
    expect_refused("\"examples\":1088", "\"examples\":899", "\"correct\" is no whole number from 0 to 899");
    expect_refused("\"train 3x5 01234567\"", "null", "\"data\"");
    expect_refused("\"options\":{", "\"other\":{", "\"options\" are missing");
    expect_refused("\"history\":[", "\"history\":{},\"other\":[", "\"history\" is no list");
    expect_refused("\"history\":[", "\"history\":[3,", "epoch 1: \"steps\"");
    expect_refused("\"val_loss\"", "\"val_los\"", "epoch 1: \"val_loss\"");
    expect_refused("\"accuracy\":0.0", "\"accuracy\":\"0\"", "epoch 2: \"accuracy\"");
}

static void test_a_mark_that_is_too_long(void **unused)
{
    (void)unused;
    char mark[DATA_MARK_BYTES + 3];
    memset(mark, 'a', sizeof mark);
    mark[0] = mark[sizeof mark - 2] = '"';
    mark[sizeof mark - 1] = '\0';
    expect_refused("\"train 3x5 01234567\"", mark, "\"data\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_a_mark_that_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
