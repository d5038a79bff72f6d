/* Which LSTM layers become one op, by a backend that takes stacks. */
#include "plan.h"

#include "model/small_specs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { N = 5, T = SMALL_T, E = SMALL_E, H = SMALL_H };

static struct backend played;
static int stacked_most; /* that the played backend takes */
static bool drops;       /* between the layers, too */

static const char *played_engine(struct backend *backend, const struct lstm *op, struct error *error)
{
    (void)backend;
    (void)error;
    return op->stacked <= stacked_most && (drops || !(op->between.rate > 0.0f)) ? "played" : NULL;
}

static const struct backend_memory played_memory = {.lstm_engine = played_engine};

/* `count` LSTM layers, a Dropout of these rates after each where one is above 0. */
static struct spec lstms(int count, const double *rates)
{
    struct spec spec = {.name = "sequential", .maxlen = T, .adam = keras_adam};
    spec.layers[spec.layer_count++] =
        (struct layer_spec){.kind = LAYER_EMBEDDING, .name = "embedding", .input_dim = SMALL_V, .units = E};
    for (int i = 0; i < count; i++) {
        spec.layers[spec.layer_count++] = (struct layer_spec){
            .kind = LAYER_LSTM, .name = "lstm", .units = H, .return_sequences = i < count - 1};
        if (rates[i] > 0)
            spec.layers[spec.layer_count++] =
                (struct layer_spec){.kind = LAYER_DROPOUT, .name = "dropout", .dropout = rates[i]};
    }
    spec.layers[spec.layer_count++] = (struct layer_spec){.kind = LAYER_DENSE, .name = "dense", .units = 1};
    return spec;
}

/* Reads the ops as letters: a digit for an LSTM op, the number of its layers, d for a Dropout, D for the Dense. */
static void expect_ops(const struct spec *spec, enum pass_kind kind, const char *expected)
{
    struct plan plan;
    char letters[SPEC_MAX_LAYERS + 1] = {0};
    played.memory = &played_memory;
    plan_make_for(&plan, &played, spec, N, kind);
    for (int i = 0; i < plan.op_count; i++) {
        const struct pass_op *op = &plan.ops[i];
        letters[i] = op->kind == OP_DROPOUT ? 'd' : 'D';
        if (op->kind == OP_LSTM)
            letters[i] = (char)('1' + op->lstm.forward.stacked);
    }
    assert_string_equal(letters, expected);
}

static void test_as_many_as_the_backend_takes(void **state)
{
    (void)state;
    static const double none[5] = {0};
    struct spec spec = lstms(5, none);
    drops = false;
    stacked_most = 0;
    expect_ops(&spec, PASS_TRAIN, "11111D");
    stacked_most = 2;
    expect_ops(&spec, PASS_TRAIN, "32D");
    stacked_most = LSTM_STACK_MAX;
    expect_ops(&spec, PASS_EVALUATE, "5D");
}

static void test_the_parts_of_a_stack(void **state)
{
    (void)state;
    static const double rates[3] = {0.25, 0.25, 0.5};
    struct spec spec = lstms(3, rates);
    struct plan plan;
    drops = true;
    stacked_most = LSTM_STACK_MAX;
    expect_ops(&spec, PASS_TRAIN, "3dD");
    plan_make_for(&plan, &played, &spec, N, PASS_TRAIN);
    const struct pass_op *op = &plan.ops[0];
    assert_int_equal(op->layer, 5);
    for (int i = 0; i < 3; i++)
        assert_int_equal(op->stack[i], 1 + 2 * i);
    assert_int_equal(op->lstm.forward.E, E);
    assert_int_equal(op->lstm.forward.V, SMALL_V);
    assert_false(op->lstm.forward.sequences);
    assert_true(op->lstm.forward.between.rate == 0.25f);
    assert_int_equal(plan_output_floats(op), N * H);
    assert_int_equal(plan.ops[1].layer, 6);
}

static void test_dropout_between(void **state)
{
    (void)state;
    static const double equal[3] = {0.25, 0.25, 0}, other[3] = {0.5, 0.25, 0}, second[3] = {0, 0.5, 0};
    struct spec all_equal = lstms(3, equal), one_other = lstms(3, other), one_alone = lstms(3, second);
    stacked_most = LSTM_STACK_MAX;
    drops = false;
    expect_ops(&all_equal, PASS_TRAIN, "1d1d1D");
    expect_ops(&all_equal, PASS_EVALUATE, "3D");
    drops = true;
    expect_ops(&all_equal, PASS_TRAIN, "3D");
    expect_ops(&one_other, PASS_TRAIN, "2d1D");
    expect_ops(&one_alone, PASS_TRAIN, "2d1D");
}

/* Each of these in the second of three layers keeps it apart. */
static void test_what_stays_apart(void **state)
{
    (void)state;
    static const double none[3] = {0};
    const struct spec plain = lstms(3, none);
    stacked_most = LSTM_STACK_MAX;
    drops = true;
    struct spec spec = plain;
    spec.layers[2].units = H + 1;
    expect_ops(&spec, PASS_TRAIN, "111D");
    spec = plain;
    spec.layers[2].bidirectional = true;
    expect_ops(&spec, PASS_TRAIN, "111D");
    spec = plain;
    spec.layers[2].go_backwards = true;
    expect_ops(&spec, PASS_TRAIN, "111D");
    spec = plain;
    spec.layers[2].hard_sigmoid_slope = 0.2;
    expect_ops(&spec, PASS_TRAIN, "111D");
    spec = plain;
    spec.layers[2].dropout = 0.2;
    expect_ops(&spec, PASS_TRAIN, "111D");
    expect_ops(&spec, PASS_EVALUATE, "3D");
    spec = plain;
    spec.layers[2].recurrent_dropout = 0.2;
    expect_ops(&spec, PASS_TRAIN, "111D");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_many_as_the_backend_takes),
        cmocka_unit_test(test_the_parts_of_a_stack),
        cmocka_unit_test(test_dropout_between),
        cmocka_unit_test(test_what_stays_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
