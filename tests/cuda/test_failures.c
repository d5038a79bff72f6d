/* Whole networks on the CUDA backend with each library call and kernel launch failing in turn: training ends in one
 * error that names the call, and nothing is left behind. */
#include "cuda_fixture.h"
#include "matinee/cuda_plugin.h"
#include "model/small_specs.h"
#include "standin.h"
#include "train/small_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Two full batches and a rest, twice: every kind of step runs as it is, is recorded, and is replayed. */
enum {
    V = SMALL_V,
    T = SMALL_T,
    BATCH = 4,
    REVIEWS = 2 * BATCH + 3,
    EPOCHS = 2,
    SEED = 7,
    CALLS_AT_LEAST = 300
};

/* Every call, but under a sanitizer, where each takes its time, every third. All calls after one, more rarely. */
#ifdef __SANITIZE_ADDRESS__
enum { STRIDE = 3, STICKY_STRIDE = 23 };
#else
enum { STRIDE = 1, STICKY_STRIDE = 11 };
#endif

static struct reviews reviews;
static int training_calls; /* before all is given back */
static int rnn_failures;   /* that were told */

static int open_reviews(void **state)
{
    (void)state;
    small_reviews_open(&reviews, REVIEWS, T, V);
    return 0;
}

static int close_reviews(void **state)
{
    (void)state;
    small_reviews_close(&reviews);
    return 0;
}

/* What the program does with a backend: opens it, makes a network on it, trains with a validation, and closes it. */
static bool train(const struct spec *spec, enum engine_choice engine, struct error *error)
{
    const struct backend_options options = {.device = "cuda", .engine = engine, .masks = MASKS_COUNTER};
    const struct trainer_options how = {.epochs = EPOCHS, .batch_size = BATCH, .seed = SEED};
    struct epoch_record records[EPOCHS];
    struct small_run run = {.spec = *spec};
    int epochs_done;
    bool interrupted;
    parameter_table_build(&run.table, &run.spec);
    assert_true(training_state_open(&run.state, &run.table, error));
    assert_true(parameters_initialize(&run.table, SEED, run.state.weights, error));
    bool good = matinee_cuda_open(&run.backend, &options, error);
    bool opened = good;
    good = good && network_open(&run.network, run.backend, &run.spec, BATCH, SEED, error);
    bool has_network = good;
    good = good && trainer_fit(&run.network, &run.state, &reviews, &reviews, &how, records, &epochs_done,
                               &interrupted, error);
    good = good && run.backend->memory->status(run.backend, error);
    training_calls = standin_calls();
    if (has_network)
        network_close(&run.network);
    if (opened)
        run.backend->close(run.backend);
    training_state_close(&run.state);
    return good;
}

/* cuDNN's engine tries algorithms one by one, and goes to the next where memory for the trial is missing. */
static bool may_do_without(const char *call, enum engine_choice engine)
{
    return engine == ENGINE_CUDNN && strcmp(call, "cudaMalloc") == 0;
}

/* And where such a call fails in an algorithm's trial; in a step it is needed as any other is. */
static bool may_be_of_a_trial(const char *call, enum engine_choice engine)
{
    static const char *const calls[] = {"cudnnSetRNN", "cudnnGetRNN", "cudnnBuildRNN",
                                        "cudnnRNN",    "TensorNd",    "cudaStreamEndCapture"};
    for (size_t i = 0; engine == ENGINE_CUDNN && i < sizeof calls / sizeof calls[0]; i++)
        if (strstr(call, calls[i]))
            return true;
    return false;
}

/* Before the device is used at all, and where memory runs out, words for people stand in for the call's name. */
static bool is_named(const char *message, const char *call)
{
    static const char *const words[] = {"out of memory", "shows no GPU",
                                        "cannot be used: ", "and this build is for "};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(message, words[i]))
            return true;
    if (strncmp(call, "cu", 2) != 0 && strstr(message, "too many resources requested for launch"))
        return strstr(message, ": launch_") != NULL; /* the call's name is that of a kernel */
    return strstr(message, call) != NULL;
}

static bool gives_back(const char *call)
{
    return strstr(call, "Destroy") || strstr(call, "cudaFree");
}

/* False if there is no n-th call. */
static bool fails(const struct spec *spec, enum engine_choice engine, int n, bool sticky)
{
    struct error error = {.message = ""};
    if (sticky)
        standin_fail_from(n);
    else
        standin_fail_call(n);
    const bool good = train(spec, engine, &error);
    const char *call = standin_failed_call();
    /* A failure of what only gives back is no news. */
    if (call && n <= training_calls && !gives_back(call)) {
        if (good && (sticky || (!may_do_without(call, engine) && !may_be_of_a_trial(call, engine))))
            fail_msg("call %d, %s: failed unnoticed", n, call);
        rnn_failures += !good && !sticky && strstr(call, "cudnnRNN") != NULL;
        if (!good && !may_do_without(call, engine) && (!sticky || !may_be_of_a_trial(call, engine)) &&
            (!is_named(error.message, call) || strchr(error.message, '\n')))
            fail_msg("call %d, %s: \"%s\"", n, call, error.message);
    } else if (!good && !call) {
        fail_msg("without a failure: %s", error.message);
    }
    if (standin_outstanding() != 0)
        fail_msg("call %d, %s: %d objects are left", n, call ? call : "none", standin_outstanding());
    return call != NULL;
}

/* Engines share most calls: every stride-th is enough for another. */
static void check_calls(const char *name, enum engine_choice engine, int stride)
{
    struct spec spec;
    int number = 0;
    while (strcmp(small_spec_name(number), name) != 0)
        number++;
    small_spec(&spec, number);
    int calls = 1;
    while (fails(&spec, engine, calls, false))
        calls += stride * STRIDE;
    assert_true(calls > CALLS_AT_LEAST);
    for (int n = 1; n <= calls; n += STICKY_STRIDE)
        fails(&spec, engine, n, true);
}

static void test_generic(void **state)
{
    (void)state;
    check_calls("cnn-lstm-dropout", ENGINE_GENERIC, 1);
}

static void test_cudnn(void **state)
{
    (void)state;
    /* Calls of two passes, each with two batch sizes, run as they are and recorded; every second is made to fail. */
    enum { OF_STEPS = 4 * 3 + 4, EACH = 2 };
    rnn_failures = 0;
    check_calls("bilstm", ENGINE_CUDNN, EACH);
    assert_true(rnn_failures >= OF_STEPS / (EACH * STRIDE) / 2);
}

static void test_fused(void **state)
{
    (void)state;
    check_calls("lstm-gate-dropout", ENGINE_FUSED, 5);
}

/* The table's tokens are sorted on the second stream: a call that fails before the streams have joined leaves a capture
 * that cannot end well. */
static void test_fused_table(void **state)
{
    (void)state;
    assert_true(V <= BATCH * T);
    check_calls("lstm", ENGINE_FUSED, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generic),
        cmocka_unit_test(test_cudnn),
        cmocka_unit_test(test_fused),
        cmocka_unit_test(test_fused_table),
    };
    return cmocka_run_group_tests(tests, open_reviews, close_reviews);
}
