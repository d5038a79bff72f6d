#include "ops/memory_case.h"

#include "compare.h"
#include "guarded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void memory_case_check_tables(struct backend *backend, const char *name)
{
    assert_string_equal(backend->name, name);
    assert_true(strlen(backend->description) > 0);
    assert_true(backend->inference_bytes > 0);
    void (*empty)(void) = NULL;
    unsigned char none[sizeof empty];
    memcpy(none, &empty, sizeof empty);
    const unsigned char *ops = (const unsigned char *)backend->ops;
    const unsigned char *memory = (const unsigned char *)backend->memory;
    for (size_t at = 0; at < sizeof *backend->ops; at += sizeof empty)
        if (at != offsetof(struct backend_ops, sum_ranks) && memcmp(ops + at, none, sizeof empty) == 0)
            fail_msg(
                "%s: entry %zu of struct backend_ops is NULL, counted from 1; every backend has every op",
                name, at / sizeof empty + 1);
    assert_null(backend->ops->sum_ranks);
    for (size_t at = 0; at < sizeof *backend->memory; at += sizeof empty)
        if (memcmp(memory + at, none, sizeof empty) == 0)
            fail_msg("%s: entry %zu of struct backend_memory is NULL, counted from 1", name,
                     at / sizeof empty + 1);
}

void memory_case_check_clear(struct backend *backend)
{
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

void memory_case_check_alignment(struct backend *backend)
{
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

void memory_case_check_too_much(struct backend *backend)
{
    static const size_t sizes[] = {(size_t)1 << 62, SIZE_MAX - 7};
    struct error error = {""};
    for (size_t i = 0; i < 2; i++) {
        error = (struct error){""};
        assert_null(backend->memory->allocate(backend, sizes[i], "all the reviews of the world", &error));
        assert_non_null(strstr(error.message, "all the reviews of the world"));
    }
    assert_true(backend->memory->status(backend, &error));
}

void memory_case_check_poll(struct backend *backend)
{
    enum { PATIENCE = 1000000000 };
    static const double values[2] = {1.5, -2.25};
    double got = 0.0;
    struct guarded memory = guarded_open(backend);
    double *place = guarded_output(&memory, "polled", sizeof *place);
    for (int i = 0; i < 2; i++) {
        int asked = 0;
        backend->memory->upload(backend, place, &values[i], sizeof *place);
        backend->memory->download(backend, &got, place, sizeof got); /* drops what was under way */
        got = 0.0;
        while (!backend->memory->poll(backend, &got, place, sizeof got) && asked < PATIENCE)
            asked++;
        assert_true(asked < PATIENCE);
        assert_true(got == values[i]);
    }
    guarded_close(&memory);
}

enum { REPLAYS = 4 };

/* Adam as a step to record. */
struct recorded_step {
    struct backend *backend;
    struct adam adam;
};

static void run_step(void *context)
{
    struct recorded_step *step = context;
    step->backend->ops->adam(step->backend, &step->adam);
}

static void run_steps(struct backend *backend, bool replayed, float weights[3])
{
    static const float start[3] = {1.0f, -2.0f, 0.5f}, gradients[3] = {0.3f, 0.0f, -4.0f}, zeros[3] = {0};
    struct error error;
    struct step_state state = {.alpha = 0.1f};
    struct guarded memory = guarded_open(backend);
    struct recorded_step step = {.backend = backend,
                                 .adam = {.count = 3, .beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-7f}};
    struct step_state *shared = guarded_inout(&memory, "state", &state, sizeof state);
    step.adam.state = shared;
    step.adam.gradients = guarded_input(&memory, "gradients", gradients, sizeof gradients);
    step.adam.weights = guarded_inout(&memory, "weights", start, sizeof start);
    step.adam.m = guarded_inout(&memory, "m", zeros, sizeof zeros);
    step.adam.v = guarded_inout(&memory, "v", zeros, sizeof zeros);
    struct recording *recording = NULL;
    if (replayed)
        assert_true(backend->memory->record(backend, &recording, run_step, &step, &error));
    for (int i = 0; i < REPLAYS; i++) {
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

void memory_case_check_replay(struct backend *backend)
{
    float called[3], replayed[3];
    run_steps(backend, false, called);
    run_steps(backend, true, replayed);
    expect_equal_bits("weights", replayed, called, sizeof called);
}
