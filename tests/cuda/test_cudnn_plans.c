/* How the engine cudnn chooses an algorithm, what it refuses, and what becomes of failing calls; over a stand-in of the
 * library, which is told what to refuse. */
#include "compare.h"
#include "cuda_fixture.h"
#include "ops/lstm_case.h"
#include "standin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <cudnn.h>

static const struct backend_options with_cudnn = {.device = "cuda", .engine = ENGINE_CUDNN};
static const struct backend_options with_masks = {
    .device = "cuda", .engine = ENGINE_CUDNN, .masks = MASKS_CUDNN};

static int open_cudnn(void **state)
{
    (void)state;
    return cuda_fixture_open_with(&with_cudnn, &cuda) ? 0 : -1;
}

static void check_on(struct backend *backend, struct lstm_dims dims, struct lstm_form form,
                     enum rows_kind rows)
{
    struct lstm_case lstm_case;
    struct lstm_result result;
    lstm_case_open(&lstm_case, dims, form, rows);
    lstm_case_run(&lstm_case, backend, PADS_KNOWN, &result);
    result.pads_known = false;
    lstm_case_check(&lstm_case, &result);
    lstm_result_close(&result);
    lstm_case_close(&lstm_case);
}

/* A small lstm, without memory. */
static struct lstm small_lstm(int H)
{
    return (struct lstm){.T = 3, .N = 2, .E = 4, .H = H, .D = 1, .mask_count = 1};
}

/* In a backend of its own: what such an lstm is computed by, and whether that agrees with the reference. */
static void expect_engine(int H, const char *expected)
{
    struct error error = {{0}};
    struct backend *backend;
    const struct lstm op = small_lstm(H);
    const int outstanding = standin_outstanding();
    assert_true(cuda_fixture_open_with(&with_cudnn, &backend));
    const char *words = backend->memory->lstm_engine(backend, &op, &error);
    if (!words)
        fail_msg("%s", error.message);
    assert_string_equal(words, expected);
    check_on(backend, (struct lstm_dims){3, 2, 9, 4, H}, (struct lstm_form){.D = 1, .x = true}, ROWS_MIXED);
    backend->close(backend);
    assert_int_equal(standin_outstanding(), outstanding);
}

/* Each algorithm is refused at a stage of its own, be it when it runs. */
static void test_algorithms(void **state)
{
    (void)state;
    expect_engine(6, "cudnn, persistent static algorithm for small H");
    standin_refuse_rnn(CUDNN_RNN_ALGO_PERSIST_STATIC_SMALL_H, STANDIN_RNN_SINGLE_BIAS);
    expect_engine(6, "cudnn, persistent static algorithm for small H, two biases");
    standin_refuse_rnn(CUDNN_RNN_ALGO_PERSIST_STATIC_SMALL_H, STANDIN_RNN_BACKWARD);
    expect_engine(6, "cudnn, persistent dynamic algorithm");
    standin_refuse_rnn(CUDNN_RNN_ALGO_PERSIST_DYNAMIC, STANDIN_RNN_SINGLE_BIAS);
    expect_engine(6, "cudnn, persistent dynamic algorithm, two biases");
    standin_refuse_rnn(CUDNN_RNN_ALGO_PERSIST_DYNAMIC, STANDIN_RNN_BUILD);
    expect_engine(6, "cudnn, standard algorithm");
    standin_refuse_no_rnn();
    static const enum standin_rnn_stage stages[] = {STANDIN_RNN_SET, STANDIN_RNN_SIZES, STANDIN_RNN_FORWARD,
                                                    STANDIN_RNN_BACKWARD_WEIGHTS, STANDIN_RNN_CAPTURE};
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
        standin_refuse_rnn(CUDNN_RNN_ALGO_PERSIST_STATIC_SMALL_H, stages[i]);
        expect_engine(6, "cudnn, persistent dynamic algorithm");
        standin_refuse_no_rnn();
    }
}

/* Beyond 128 units it is the backward pass that the algorithm for small H refuses. */
static void test_units_of_the_small_algorithm(void **state)
{
    (void)state;
    expect_engine(128, "cudnn, persistent static algorithm for small H");
    expect_engine(129, "cudnn, persistent dynamic algorithm");
}

/* Where there is no memory for a trial, the algorithm that needs none. */
static void test_too_little_memory_for_a_trial(void **state)
{
    (void)state;
    enum { OF_TWO_BACKENDS = 65 << 20 };
    const struct standin_machine machine = {
        .device_count = 1, .driver_version = CUDART_VERSION, .capability = 90, .free_bytes = OF_TWO_BACKENDS};
    struct error error = {{0}};
    struct backend *backend;
    struct lstm op = small_lstm(6);
    op.T = 200;
    op.N = 100;
    standin_set_machine(&machine);
    assert_true(cuda_fixture_open_with(&with_cudnn, &backend));
    const char *words = backend->memory->lstm_engine(backend, &op, &error);
    assert_non_null(words);
    assert_string_equal(words, "cudnn, standard algorithm");
    assert_true(backend->memory->status(backend, &error));
    backend->close(backend);
    standin_set_machine(NULL);
}

static void expect_refusal(struct lstm op, const char *expected)
{
    struct error error = {{0}};
    assert_null(cuda->memory->lstm_engine(cuda, &op, &error));
    if (!strstr(error.message, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, error.message);
    assert_true(cuda->memory->status(cuda, &error));
}

static void test_refusals(void **state)
{
    (void)state;
    struct lstm op = small_lstm(6);
    op.recurrent.rate = 0.2f;
    expect_refusal(op, "cuDNN has no recurrent dropout; use --engine generic or auto");
    op = small_lstm(6);
    op.input.rate = 0.2f;
    expect_refusal(op, "cuDNN has no dropout of an LSTM's input; use --engine generic or auto");
    op = small_lstm(6);
    op.hard_slope = 0.2f;
    expect_refusal(op, "cuDNN has no hard_sigmoid; use --engine generic or auto");
    op = small_lstm(6);
    op.stacked = 1;
    op.between.rate = 0.2f;
    expect_refusal(op, "use --dropout-masks cudnn");
    op = small_lstm(6);
    op.T = 1 << 20;
    op.N = 1 << 10;
    expect_refusal(op, "1048576 steps of 1024 rows are too large for cuDNN");
    for (int algorithm = 0; algorithm < CUDNN_RNN_ALGO_COUNT; algorithm++)
        standin_refuse_rnn(algorithm, STANDIN_RNN_SET);
    expect_refusal(small_lstm(5), "no algorithm of cuDNN takes 5 units, 2 rows and 1 layers");
    standin_refuse_no_rnn();
}

/* A failure is none of the refusals: it is told with the call. */
static void test_failures(void **state)
{
    (void)state;
    const int outstanding = standin_outstanding();
    struct error error = {{0}};
    struct lstm op = small_lstm(6);
    int call = 0;
    for (bool failed = true; failed;) {
        struct backend *backend;
        assert_true(cuda_fixture_open_with(&with_cudnn, &backend));
        standin_fail_call(++call);
        const char *words = backend->memory->lstm_engine(backend, &op, &error);
        failed = standin_failed_call() != NULL;
        if (!words) {
            assert_true(failed);
            assert_non_null(strstr(error.message, standin_failed_call()));
            assert_false(backend->memory->status(backend, &error));
        }
        standin_fail_call(0);
        backend->close(backend);
        assert_int_equal(standin_outstanding(), outstanding);
    }
    assert_true(call > 20);
}

/* What the library says of an algorithm, whatever the words, makes way for the next one. */
static void test_failing_algorithm(void **state)
{
    (void)state;
    static const char *const calls[] = {"cudnnSetRNNDescriptor_v8", "cudnnGetRNNTempSpaceSizes",
                                        "cudnnGetRNNWeightParams",  "cudnnRNNForward",
                                        "cudnnRNNBackwardData_v8",  "cudnnRNNBackwardWeights_v8"};
    const struct lstm op = small_lstm(6);
    const size_t count = sizeof calls / sizeof calls[0];
    size_t next = 0; /* the first failure of each call */
    for (int call = 1; next < count; call++) {
        struct backend *backend;
        struct error error = {{0}};
        assert_true(cuda_fixture_open_with(&with_cudnn, &backend));
        standin_fail_call(call);
        const char *words = backend->memory->lstm_engine(backend, &op, &error);
        assert_non_null(standin_failed_call());
        if (strcmp(standin_failed_call(), calls[next]) == 0) {
            assert_non_null(words);
            assert_string_equal(words, "cudnn, persistent static algorithm for small H, two biases");
            assert_true(backend->memory->status(backend, &error));
            next++;
        }
        standin_fail_call(0);
        backend->close(backend);
    }
}

/* What was refused once is not tried again, which a step that is recorded could not do. */
static void test_refusal_is_kept(void **state)
{
    (void)state;
    enum { NEVER = 1 << 30 };
    const struct backend_options any = {.device = "cuda"};
    const struct lstm op = small_lstm(109); /* more than the fused engine takes */
    struct backend *backend;
    struct error error = {{0}};
    assert_true(cuda_fixture_open_with(&any, &backend));
    for (int algorithm = 0; algorithm < CUDNN_RNN_ALGO_COUNT; algorithm++)
        standin_refuse_rnn(algorithm, STANDIN_RNN_FORWARD);
    assert_string_equal(backend->memory->lstm_engine(backend, &op, &error), "generic");
    standin_fail_call(NEVER); /* counts from here */
    assert_string_equal(backend->memory->lstm_engine(backend, &op, &error), "generic");
    assert_int_equal(standin_calls(), 0);
    standin_fail_call(0);
    standin_refuse_no_rnn();
    struct lstm fewer = op;
    fewer.N = 1; /* a shape that is refused has no sizes to fit */
    assert_string_equal(backend->memory->lstm_engine(backend, &fewer, &error),
                        "cudnn, persistent static algorithm for small H");
    backend->close(backend);
}

/* A batch that is smaller than the one for which memory was asked, and its own algorithm. */
static void test_smaller_batch(void **state)
{
    (void)state;
    struct lstm large = small_lstm(6), small = small_lstm(6);
    large.N = 5;
    struct backend *backend;
    struct error error;
    assert_true(cuda_fixture_open_with(&with_cudnn, &backend));
    struct op_sizes of_large = backend->memory->lstm_sizes(backend, &large);
    standin_refuse_rnn(CUDNN_RNN_ALGO_PERSIST_STATIC_SMALL_H, STANDIN_RNN_FORWARD);
    standin_refuse_rnn(CUDNN_RNN_ALGO_PERSIST_DYNAMIC, STANDIN_RNN_FORWARD);
    struct op_sizes of_small = backend->memory->lstm_sizes(backend, &small);
    assert_string_equal(backend->memory->lstm_engine(backend, &small, &error), "cudnn, standard algorithm");
    assert_true(of_small.saved_bytes <= of_large.saved_bytes);
    assert_true(of_small.scratch_bytes <= of_large.scratch_bytes);
    assert_true(of_small.inference_bytes <= of_large.inference_bytes);
    standin_refuse_no_rnn();
    backend->close(backend);
}

/* TF32 has 10 bits of a factor: y is near, not equal. */
static void test_precision(void **state)
{
    (void)state;
    const struct lstm_dims dims = {5, 3, 9, 8, 16};
    struct backend_options options = with_cudnn;
    options.precision = PRECISION_TF32;
    struct backend *backend;
    struct lstm_case lstm_case;
    struct lstm_result result;
    assert_true(cuda_fixture_open_with(&options, &backend));
    lstm_case_open(&lstm_case, dims, (struct lstm_form){.D = 1, .x = true}, ROWS_MIXED);
    lstm_case_run(&lstm_case, backend, PADS_KNOWN, &result);
    expect_close("y in TF32", result.y, lstm_case.y, lstm_case.y_count, (struct tolerance){.absolute = 1e-2});
    assert_true(first_difference(result.y, lstm_case.y, lstm_case.y_count,
                                 (struct tolerance){.absolute = 1e-5}) < lstm_case.y_count);
    lstm_result_close(&result);
    lstm_case_close(&lstm_case);
    backend->close(backend);
}

static bool run_failing(struct backend *backend)
{
    struct error error = {{0}};
    struct dropout_layer op = {.T = 1, .N = 2, .F = 3, .dropout = {.rate = 0.5f, .seed = 1}};
    struct op_sizes sizes = backend->memory->dropout_sizes(backend, &op);
    float *memory = backend->memory->allocate(backend, 6 * sizeof *memory, "x", &error);
    op.saved = memory ? backend->memory->allocate(backend, sizes.saved_bytes, "saved", &error) : NULL;
    op.x = op.y = memory;
    if (op.saved) {
        backend->ops->clear(backend, memory, 6 * sizeof *memory);
        backend->ops->dropout(backend, &op);
        backend->ops->dropout_backward(backend, &op);
    }
    const bool ran = op.saved && backend->memory->status(backend, &error);
    assert_true(ran == (standin_failed_call() == NULL));
    backend->memory->release(backend, op.saved);
    backend->memory->release(backend, memory);
    assert_true(ran || error.message[0] != '\0');
    return ran;
}

static void test_failures_of_dropout(void **state)
{
    (void)state;
    const int outstanding = standin_outstanding();
    bool ran = false;
    int call = 0;
    while (!ran) {
        struct backend *backend;
        assert_true(cuda_fixture_open_with(&with_masks, &backend));
        standin_fail_call(++call);
        ran = run_failing(backend);
        const char *failed = standin_failed_call();
        assert_true(ran == (!failed || strcmp(failed, "cudaFree") == 0));
        ran = !failed;
        standin_fail_call(0);
        backend->close(backend);
        assert_int_equal(standin_outstanding(), outstanding);
    }
    assert_true(call > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_algorithms),
        cmocka_unit_test(test_units_of_the_small_algorithm),
        cmocka_unit_test(test_too_little_memory_for_a_trial),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_failures_of_dropout),
        cmocka_unit_test(test_failing_algorithm),
        cmocka_unit_test(test_refusal_is_kept),
        cmocka_unit_test(test_smaller_batch),
        cmocka_unit_test(test_precision),
    };
    return cmocka_run_group_tests(tests, open_cudnn, cuda_fixture_close);
}
