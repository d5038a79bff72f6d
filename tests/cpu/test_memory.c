/* The rest of the CPU backend: its table, load_batch, clear, memory and recordings. */
#include "compare.h"
#include "guarded.h"
#include "matinee/cpu.h"
#include "matinee/rng.h"
#include "reference/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct backend *backend;

/* With AddressSanitizer an allocation that cannot be is NULL, as without it. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static int open_backend(void **state)
{
    struct error error;
    (void)state;
    return cpu_backend_open(&backend, 0, &error) ? 0 : -1;
}

static int close_backend(void **state)
{
    (void)state;
    backend->close(backend);
    return 0;
}

static void test_the_table_is_complete(void **state)
{
    (void)state;
    assert_string_equal(backend->name, "cpu");
    assert_true(strlen(backend->description) > 0);
    void (*empty)(void) = NULL;
    unsigned char none[sizeof empty];
    memcpy(none, &empty, sizeof empty);
    const unsigned char *ops = (const unsigned char *)backend->ops;
    const unsigned char *memory = (const unsigned char *)backend->memory;
    for (size_t at = 0; at < sizeof *backend->ops; at += sizeof empty)
        assert_memory_not_equal(ops + at, none, sizeof empty);
    for (size_t at = 0; at < sizeof *backend->memory; at += sizeof empty)
        assert_memory_not_equal(memory + at, none, sizeof empty);
}

enum { REVIEWS = 70, T = 5 };

struct batch_case {
    int32_t tokens[REVIEWS][T], pads[REVIEWS], order[REVIEWS];
    uint8_t labels[REVIEWS];
};

static struct batch_case batch_case_make(void)
{
    struct batch_case batch;
    struct rng rng = rng_open(51, RNG_SAMPLE, 0);
    for (int r = 0; r < REVIEWS; r++) {
        batch.pads[r] = T;
        for (int t = T - 1; t >= 0; t--) {
            batch.tokens[r][t] = t < r % (T + 1) ? 0 : (int32_t)rng_below(&rng, 3);
            if (batch.tokens[r][t] != 0)
                batch.pads[r] = t;
        }
        batch.labels[r] = (uint8_t)rng_below(&rng, 2);
    }
    rng_permutation(&rng, batch.order, REVIEWS);
    return batch;
}

static void check_load(const struct batch_case *batch, int first_row, int N, const int32_t *order)
{
    int32_t tokens[REVIEWS][T], pads[REVIEWS], expected_tokens[REVIEWS][T], expected_pads[REVIEWS];
    float labels[REVIEWS];
    double expected_labels[REVIEWS];
    size_t rows = (size_t)N;
    struct step_state step = {.first_row = first_row};
    struct guarded memory = guarded_open(backend);
    struct load_batch op = {.N = N, .T = T, .token_bytes = sizeof(int32_t), .order = order};
    op.state = guarded_input(&memory, "state", &step, sizeof step);
    if (order)
        op.order = guarded_input(&memory, "order", order, sizeof batch->order);
    op.all_tokens = guarded_input(&memory, "all tokens", batch->tokens, sizeof batch->tokens);
    op.all_pads = guarded_input(&memory, "all pads", batch->pads, sizeof batch->pads);
    op.all_labels = guarded_input(&memory, "all labels", batch->labels, sizeof batch->labels);
    op.tokens = guarded_output(&memory, "tokens", rows * T * sizeof(int32_t));
    op.pads = guarded_output(&memory, "pads", rows * sizeof(int32_t));
    op.labels = guarded_output(&memory, "labels", rows * sizeof(float));
    backend->ops->load_batch(backend, &op);
    backend->memory->download(backend, tokens, op.tokens, rows * T * sizeof(int32_t));
    backend->memory->download(backend, pads, op.pads, rows * sizeof(int32_t));
    backend->memory->download(backend, labels, op.labels, rows * sizeof(float));
    guarded_close(&memory);

    reference_load_batch(&(struct reference_load_batch){.N = N,
                                                        .T = T,
                                                        .first_row = first_row,
                                                        .order = order,
                                                        .all_tokens = batch->tokens[0],
                                                        .all_labels = batch->labels,
                                                        .tokens = expected_tokens[0],
                                                        .pads = expected_pads,
                                                        .labels = expected_labels});
    expect_equal_bits("tokens", tokens, expected_tokens, rows * T * sizeof(int32_t));
    expect_equal_bits("pads", pads, expected_pads, rows * sizeof(int32_t));
    expect_close("labels", labels, expected_labels, rows, (struct tolerance){0});
}

static void test_load_batch(void **state)
{
    (void)state;
    struct batch_case batch = batch_case_make();
    check_load(&batch, 0, REVIEWS, NULL);
    check_load(&batch, 0, REVIEWS, batch.order);
    check_load(&batch, 64, 6, batch.order);
    check_load(&batch, 64, 6, NULL);
    check_load(&batch, 69, 1, batch.order);
}

static void test_clear(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 4, 63, 4096, 1000003};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *zeros = allocate(sizes[i], 1), *got = allocate(sizes[i], 1);
        struct guarded memory = guarded_open(backend);
        void *cleared = guarded_output(&memory, "cleared", sizes[i]);
        memset(got, 1, sizes[i]);
        backend->ops->clear(backend, cleared, sizes[i]);
        backend->memory->download(backend, got, cleared, sizes[i]);
        guarded_close(&memory);
        expect_equal_bits("cleared", got, zeros, sizes[i]);
        free(zeros);
        free(got);
    }
}

static void test_memory_is_aligned(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 64, 65, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct error error;
        void *memory = backend->memory->allocate(backend, sizes[i], "a test", &error);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % 64, 0);
        backend->memory->release(backend, memory);
    }
    backend->memory->release(backend, NULL);
}

static void test_too_much_memory_is_an_error(void **state)
{
    (void)state;
    static const size_t sizes[] = {(size_t)1 << 62, SIZE_MAX - 7};
    for (size_t i = 0; i < 2; i++) {
        struct error error = {""};
        assert_null(backend->memory->allocate(backend, sizes[i], "all the reviews of the world", &error));
        assert_non_null(strstr(error.message, "all the reviews of the world"));
    }
}

/* Adam as a step to record. */
struct recorded_step {
    struct adam adam;
};

static void run_step(void *context)
{
    struct recorded_step *step = context;
    backend->ops->adam(backend, &step->adam);
}

static void run_twice(bool replayed, float weights[3])
{
    static const float start[3] = {1.0f, -2.0f, 0.5f}, gradients[3] = {0.3f, 0.0f, -4.0f}, zeros[3] = {0};
    struct error error;
    struct step_state state = {.alpha = 0.1f};
    struct guarded memory = guarded_open(backend);
    struct recorded_step step = {.adam = {.count = 3, .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7f}};
    struct step_state *shared = guarded_inout(&memory, "state", &state, sizeof state);
    step.adam.state = shared;
    step.adam.gradients = guarded_input(&memory, "gradients", gradients, sizeof gradients);
    step.adam.weights = guarded_inout(&memory, "weights", start, sizeof start);
    step.adam.m = guarded_inout(&memory, "m", zeros, sizeof zeros);
    step.adam.v = guarded_inout(&memory, "v", zeros, sizeof zeros);
    struct recording *recording = NULL;
    if (replayed)
        assert_true(backend->memory->record(backend, &recording, run_step, &step, &error));
    for (int i = 0; i < 2; i++) {
        state.alpha = 0.1f / (float)(i + 1);
        backend->memory->upload(backend, shared, &state, sizeof state);
        if (replayed)
            backend->memory->replay(backend, recording);
        else
            run_step(&step);
    }
    if (replayed)
        backend->memory->forget(backend, recording);
    backend->memory->download(backend, weights, step.adam.weights, sizeof start);
    guarded_close(&memory);
}

static void test_replay_equals_calls(void **state)
{
    (void)state;
    float called[3], replayed[3];
    run_twice(false, called);
    run_twice(true, replayed);
    expect_equal_bits("weights", replayed, called, sizeof called);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_table_is_complete),
        cmocka_unit_test(test_load_batch),
        cmocka_unit_test(test_clear),
        cmocka_unit_test(test_memory_is_aligned),
        cmocka_unit_test(test_too_much_memory_is_an_error),
        cmocka_unit_test(test_replay_equals_calls),
    };
    return cmocka_run_group_tests(tests, open_backend, close_backend);
}
