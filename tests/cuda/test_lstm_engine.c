/* What surrounds the numbers of the CUDA backend's LSTM: which engine takes one, how much memory it needs, and that a
 * replay gives the bits of an eager run. */
#include "compare.h"
#include "cuda_fixture.h"
#include "guarded.h"
#include "matinee/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct backend *open_with(struct backend_options options)
{
    struct backend *backend;
    options.device = "cuda";
    options.engine = ENGINE_GENERIC;
    assert_true(cuda_fixture_open_with(&options, &backend));
    return backend;
}

static void test_generic_names_itself(void **state)
{
    (void)state;
    struct error error;
    struct backend *backend = open_with((struct backend_options){0});
    const struct lstm lstm = {
        .T = 3, .N = 2, .E = 4, .H = 5, .D = 1, .recurrent.rate = 0.5f, .mask_count = 4};
    assert_string_equal(backend->memory->lstm_engine(backend, &lstm, &error), "generic");
    backend->close(backend);
}

static void expect_refused(struct lstm lstm, const char *reason)
{
    struct error error;
    struct backend *backend = open_with((struct backend_options){0});
    assert_null(backend->memory->lstm_engine(backend, &lstm, &error));
    assert_non_null(strstr(error.message, reason));
    assert_int_equal(backend->memory->lstm_sizes(backend, &lstm).saved_bytes, 0);
    assert_true(backend->memory->status(backend, &error));
    backend->ops->lstm(backend, &lstm);
    assert_false(backend->memory->status(backend, &error));
    assert_non_null(strstr(error.message, reason));
    backend->ops->lstm_backward(backend, &(struct lstm_backward){.forward = lstm});
    backend->close(backend);
}

/* Asking is no failure; an op that is enqueued all the same is one. */
static void test_refusals(void **state)
{
    (void)state;
    expect_refused((struct lstm){.T = 3, .N = 2, .E = 4, .H = 5, .D = 1, .stacked = 1}, "not 2 stacked ones");
    expect_refused((struct lstm){.T = 1 << 20, .N = 1 << 12, .E = 4, .H = 5, .D = 1}, "--batch-size");
}

/* What an lstm needs for N rows is enough for fewer. */
static void test_sizes(void **state)
{
    (void)state;
    struct backend *backend = open_with((struct backend_options){0});
    for (int form = 0; form < 8; form++) {
        struct op_sizes fewer = {0};
        struct lstm lstm = {.T = 13, .V = form & 1 ? 50 : 0, .E = 7, .H = 5, .D = form & 2 ? 2 : 1};
        lstm.mask_count = 4;
        lstm.input.rate = lstm.recurrent.rate = form & 4 ? 0.2f : 0.0f;
        for (lstm.N = 1; lstm.N <= 70; lstm.N++) {
            const struct op_sizes sizes = backend->memory->lstm_sizes(backend, &lstm);
            assert_true(sizes.saved_bytes > 0 && sizes.saved_bytes >= fewer.saved_bytes);
            assert_true(sizes.scratch_bytes > 0 && sizes.scratch_bytes >= fewer.scratch_bytes);
            assert_true(sizes.inference_bytes > 0 && sizes.inference_bytes >= fewer.inference_bytes);
            fewer = sizes;
        }
    }
    backend->close(backend);
}

static struct op_sizes sizes_with(enum engine_choice engine, int H)
{
    struct backend *backend;
    const struct backend_options options = {.device = "cuda", .engine = engine};
    const struct lstm lstm = {.T = 13, .N = 5, .V = 50, .E = 7, .H = H, .D = 2};
    assert_true(cuda_fixture_open_with(&options, &backend));
    const struct op_sizes sizes = backend->memory->lstm_sizes(backend, &lstm);
    backend->close(backend);
    return sizes;
}

/* What `auto` takes for such an lstm; NULL: a stack is left to its layers. */
static void expect_auto(struct lstm lstm, const char *words)
{
    struct backend *backend;
    struct error error;
    assert_true(cuda_fixture_open_with(&(struct backend_options){.device = "cuda"}, &backend));
    const char *found = backend->memory->lstm_engine(backend, &lstm, &error);
    if (words)
        assert_memory_equal(found ? found : "nothing", words, strlen(words));
    else
        assert_null(found);
    backend->close(backend);
}

static void test_auto(void **state)
{
    (void)state;
    struct lstm lstm = {.T = 3, .N = 2, .E = 4, .H = 108, .D = 1, .mask_count = 4};
    expect_auto(lstm, "fused");
    lstm.stacked = 1;
    expect_auto(lstm, NULL);
    lstm.H = 109;
    expect_auto(lstm, "cudnn, ");
    lstm.stacked = 0;
    expect_auto(lstm, "cudnn, ");
    lstm.recurrent.rate = 0.5f;
    expect_auto(lstm, "generic");
    lstm.H = 108;
    expect_auto(lstm, "fused");
    lstm.hard_slope = 0.2f;
    expect_auto(lstm, "generic");
}

/* With `auto` a smaller batch may go to another engine than the largest: there is memory for either. */
static void test_sizes_of_auto(void **state)
{
    (void)state;
    static const struct {
        enum engine_choice engine;
        int H;
    } cases[] = {{ENGINE_CUDNN, 109}, {ENGINE_GENERIC, 109}, {ENGINE_FUSED, 5}};
    for (int i = 0; i < 3; i++) {
        const struct op_sizes most = sizes_with(ENGINE_AUTO, cases[i].H),
                              sizes = sizes_with(cases[i].engine, cases[i].H);
        assert_true(sizes.saved_bytes > 0 && most.saved_bytes >= sizes.saved_bytes);
        assert_true(sizes.scratch_bytes > 0 && most.scratch_bytes >= sizes.scratch_bytes);
        assert_true(sizes.inference_bytes > 0 && most.inference_bytes >= sizes.inference_bytes);
    }
}

/* Neither engine is better of more rows than there are, and nor is one that refuses. */
static void test_inference_rows(void **state)
{
    (void)state;
    static const enum engine_choice engines[] = {ENGINE_CUDNN, ENGINE_GENERIC};
    for (int i = 0; i < 2; i++) {
        struct backend *backend;
        struct error error;
        struct lstm lstm = {.T = 13, .N = 5, .V = 50, .E = 7, .H = 5, .D = 2};
        assert_true(cuda_fixture_open_with(&(struct backend_options){.device = "cuda", .engine = engines[i]},
                                           &backend));
        assert_int_equal(backend->memory->inference_rows(backend, &lstm), 5);
        lstm.V = 0;
        assert_int_equal(backend->memory->inference_rows(backend, &lstm), 5);
        lstm.hard_slope = 0.2f;
        lstm.stacked = 1;
        assert_int_equal(backend->memory->inference_rows(backend, &lstm), 5);
        assert_true(backend->memory->status(backend, &error));
        backend->close(backend);
    }
}

/* Many for each of the emulated multiprocessors, of which there are at least four; fewer where rows are long. */
static void test_inference_rows_of_fused(void **state)
{
    (void)state;
    struct backend *backend;
    struct lstm lstm = {.T = 13, .N = 5, .V = 50, .E = 7, .H = 5, .D = 1};
    assert_true(cuda_fixture_open_with(&(struct backend_options){.device = "cuda"}, &backend));
    const int rows = backend->memory->inference_rows(backend, &lstm);
    assert_true(rows >= 64 * 4 && rows % 64 == 0);
    lstm.D = 2;
    assert_int_equal(backend->memory->inference_rows(backend, &lstm), rows / 2);
    lstm.V = 0;
    lstm.T = 5000;
    const int long_rows = backend->memory->inference_rows(backend, &lstm);
    assert_true(long_rows > 5 && long_rows < 64);
    lstm.N = rows;
    assert_int_equal(backend->memory->inference_rows(backend, &lstm), rows);
    backend->close(backend);
}

enum { T = 4, N = 3, E = 5, H = 6, D = 2, REPLAYS = 4 };
enum { X = T * N * E, Y = T * N * D * H, KERNEL = E * 4 * H, RECURRENT = H * 4 * H, BIAS = 4 * H };

struct step {
    struct backend *backend;
    struct lstm_backward op;
};

static void enqueue(void *context)
{
    struct step *step = context;
    step->backend->ops->lstm(step->backend, &step->op.forward);
    step->backend->ops->lstm_backward(step->backend, &step->op);
}

static const float *random_input(struct guarded *memory, uint32_t index, size_t count)
{
    float values[Y + KERNEL + RECURRENT];
    struct rng rng = rng_open(9, RNG_SAMPLE, index);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(2.0 * rng_uniform(&rng) - 1.0);
    return guarded_input(memory, "an input", values, count * sizeof *values);
}

static float *zeros(struct guarded *memory, size_t count)
{
    static const float none[Y + KERNEL + RECURRENT];
    return guarded_inout(memory, "a gradient", none, count * sizeof *none);
}

/* Both directions' sequences, with masks that change from step to step. */
static struct lstm_backward make_op(struct guarded *memory, const struct step_state *state)
{
    const struct dropout dropout = {.rate = 0.3f, .seed = 11, .state = state};
    struct lstm_backward op = {.forward = {.T = T,
                                           .N = N,
                                           .E = E,
                                           .H = H,
                                           .D = D,
                                           .sequences = true,
                                           .mask_count = GATE_COUNT,
                                           .input = dropout,
                                           .recurrent = dropout}};
    op.forward.input.stream = dropout_stream(1, DROPOUT_GATE_INPUT);
    op.forward.recurrent.stream = dropout_stream(1, DROPOUT_GATE_RECURRENT);
    op.forward.x = random_input(memory, 1, X);
    op.dy = random_input(memory, 2, Y);
    for (uint32_t d = 0; d < D; d++) {
        op.forward.weights[d] = (struct lstm_weights){random_input(memory, 3 + 3 * d, KERNEL),
                                                      random_input(memory, 4 + 3 * d, RECURRENT),
                                                      random_input(memory, 5 + 3 * d, BIAS)};
        op.gradients[d] =
            (struct lstm_gradients){zeros(memory, KERNEL), zeros(memory, RECURRENT), zeros(memory, BIAS)};
    }
    const struct op_sizes sizes = memory->backend->memory->lstm_sizes(memory->backend, &op.forward);
    op.forward.saved = guarded_output(memory, "saved", sizes.saved_bytes);
    op.forward.scratch = guarded_output(memory, "scratch", sizes.scratch_bytes);
    op.forward.y = guarded_output(memory, "y", Y * sizeof(float));
    op.dx = guarded_output(memory, "dx", X * sizeof(float));
    return op;
}

/* What one replay leaves: gradients are those of all replays so far. */
struct outcome {
    float y[Y], dx[X], drecurrent_kernel[RECURRENT], dbias[BIAS];
};

static void run(struct backend_options options, struct outcome outcomes[REPLAYS])
{
    struct backend *backend = open_with(options);
    struct guarded memory = guarded_open(backend);
    struct step_state *state = guarded_output(&memory, "state", sizeof *state);
    struct step step = {backend, make_op(&memory, state)};
    struct recording *recording;
    struct error error;
    assert_true(backend->memory->record(backend, &recording, enqueue, &step, &error));
    for (uint32_t i = 0; i < REPLAYS; i++) {
        struct outcome *outcome = &outcomes[i];
        const struct step_state now = {.step = i};
        const struct lstm_gradients *second = &step.op.gradients[1];
        backend->memory->upload(backend, state, &now, sizeof now);
        backend->memory->replay(backend, recording);
        backend->memory->download(backend, outcome->y, step.op.forward.y, sizeof outcome->y);
        backend->memory->download(backend, outcome->dx, step.op.dx, sizeof outcome->dx);
        backend->memory->download(backend, outcome->drecurrent_kernel, second->drecurrent_kernel,
                                  sizeof outcome->drecurrent_kernel);
        backend->memory->download(backend, outcome->dbias, second->dbias, sizeof outcome->dbias);
    }
    backend->memory->forget(backend, recording);
    guarded_close(&memory);
    backend->close(backend);
}

static void test_replay(void **state)
{
    (void)state;
    static struct outcome eager[REPLAYS], replayed[REPLAYS];
    run((struct backend_options){.no_graph = true}, eager);
    run((struct backend_options){.no_graph = false}, replayed);
    for (int i = 0; i < REPLAYS; i++) {
        expect_equal_bits("a replay's outcome", &replayed[i], &eager[i], sizeof eager[i]);
        assert_memory_not_equal(eager[i].y, eager[(i + 1) % REPLAYS].y, sizeof eager[i].y);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generic_names_itself),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_auto),
        cmocka_unit_test(test_sizes_of_auto),
        cmocka_unit_test(test_inference_rows),
        cmocka_unit_test(test_inference_rows_of_fused),
        cmocka_unit_test(test_replay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
