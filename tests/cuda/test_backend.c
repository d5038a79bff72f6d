/* Memory, polls and recordings of the CUDA backend, with each call that they make failing in turn. */
#include "matinee/cuda_plugin.h"
#include "standin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

enum { STEPS = 5 };

/* A step that leaves its mark: it moves on in the schedule, and clears one of the cells. */
struct marks {
    struct backend *backend;
    struct next_step next;
    struct step_state *schedule;
    int32_t *cells;
    int runs; /* of the function on the host */
};

static void mark(void *context)
{
    struct marks *marks = context;
    struct backend *backend = marks->backend;
    marks->runs++;
    backend->ops->clear(backend, marks->cells, sizeof *marks->cells);
    backend->ops->next_step(backend, &marks->next);
}

static struct backend *open_backend(bool no_graph)
{
    struct backend_options options = {.device = "cuda", .no_graph = no_graph};
    struct backend *backend = NULL;
    struct error error;
    standin_fail_call(0);
    if (!matinee_cuda_open(&backend, &options, &error))
        fail_msg("%s", error.message);
    return backend;
}

static void *allocate(struct backend *backend, size_t bytes)
{
    struct error error;
    void *memory = backend->memory->allocate(backend, bytes, "a test", &error);
    if (!memory)
        fail_msg("%s", error.message);
    return memory;
}

static struct marks marks_open(struct backend *backend)
{
    const struct step_state schedule[STEPS] = {
        {.step = 10}, {.step = 11}, {.step = 12}, {.step = 13}, {.step = 14}};
    const int32_t ones[2] = {1, 1};
    struct marks marks = {.backend = backend};
    marks.schedule = allocate(backend, sizeof schedule);
    marks.next.schedule = marks.schedule;
    marks.next.position = allocate(backend, sizeof *marks.next.position);
    marks.next.state = allocate(backend, sizeof *marks.next.state);
    marks.cells = allocate(backend, sizeof ones);
    backend->memory->upload(backend, marks.schedule, schedule, sizeof schedule);
    backend->memory->upload(backend, marks.cells, ones, sizeof ones);
    backend->ops->clear(backend, marks.next.position, sizeof *marks.next.position);
    return marks;
}

static void marks_close(struct marks *marks)
{
    const struct backend_memory *memory = marks->backend->memory;
    memory->release(marks->backend, marks->schedule);
    memory->release(marks->backend, marks->next.position);
    memory->release(marks->backend, marks->next.state);
    memory->release(marks->backend, marks->cells);
}

static void expect_good(struct backend *backend)
{
    struct error error;
    if (!backend->memory->status(backend, &error))
        fail_msg("%s", error.message);
}

/* The first replay runs the function, the second records it, others only launch; without graphs each runs it. */
static void check_replays(bool no_graph)
{
    static const int runs[2][STEPS] = {{1, 2, 2, 2, 2}, {1, 2, 3, 4, 5}};
    struct backend *backend = open_backend(no_graph);
    struct marks marks = marks_open(backend);
    struct recording *recording;
    struct error error;
    assert_true(backend->memory->record(backend, &recording, mark, &marks, &error));
    for (int i = 0; i < STEPS; i++) {
        struct step_state state;
        int32_t cells[2];
        backend->memory->replay(backend, recording);
        backend->memory->download(backend, &state, marks.next.state, sizeof state);
        backend->memory->download(backend, cells, marks.cells, sizeof cells);
        assert_int_equal(state.step, 10 + i);
        assert_int_equal(cells[0], 0);
        assert_int_equal(cells[1], 1);
        assert_int_equal(marks.runs, runs[no_graph][i]);
    }
    expect_good(backend);
    backend->memory->forget(backend, recording);
    marks_close(&marks);
    backend->close(backend);
    assert_int_equal(standin_outstanding(), 0);
}

static void a_step_is_recorded_once(void **state)
{
    (void)state;
    check_replays(false);
    check_replays(true);
}

static void host_memory_may_change_after_an_upload(void **state)
{
    (void)state;
    standin_set_deferred(1);
    struct backend *backend = open_backend(false);
    int32_t *memory = allocate(backend, sizeof *memory), host = 5;
    int calls = standin_calls();
    backend->memory->upload(backend, memory, &host, sizeof host);
    assert_true(standin_calls() - calls >= 2); /* a copy alone need not have read it */
    host = 6;
    backend->memory->download(backend, &host, memory, sizeof host);
    assert_int_equal(host, 5);
    backend->memory->release(backend, memory);
    backend->close(backend);
    standin_set_deferred(0);
}

/* A device that is busy: a poll brings nothing yet, does not wait, and leaves no failure for the next launch. */
static void polls_do_not_wait(void **state)
{
    (void)state;
    struct backend *backend = open_backend(false);
    const struct backend_memory *memory = backend->memory;
    struct marks marks = marks_open(backend);
    struct step_state seen;
    standin_set_deferred(1);
    standin_set_event_queries(3);
    mark(&marks);
    assert_false(memory->poll(backend, &seen, marks.next.state, sizeof seen)); /* begins */
    assert_false(memory->poll(backend, &seen, marks.next.state, sizeof seen));
    mark(&marks);
    expect_good(backend);
    assert_false(memory->poll(backend, &seen, marks.next.state, sizeof seen));
    assert_true(memory->poll(backend, &seen, marks.next.state, sizeof seen));
    assert_int_equal(seen.step, 10); /* as of the poll that began it */
    memory->download(backend, &seen, marks.next.state, sizeof seen);
    assert_int_equal(seen.step, 11);
    assert_false(memory->poll(backend, &seen, marks.next.state, sizeof seen)); /* that one was dropped */
    standin_set_deferred(0);
    standin_set_event_queries(2);
    marks_close(&marks);
    backend->close(backend);
    assert_int_equal(standin_outstanding(), 0);
}

static void too_little_memory_is_said(void **state)
{
    (void)state;
    struct standin_machine machine = {.device_count = 1,
                                      .driver_version = CUDART_VERSION,
                                      .capability = 90,
                                      .free_bytes = (size_t)40 << 20};
    standin_set_machine(&machine);
    struct backend *backend = open_backend(false);
    struct error error;
    assert_int_equal(backend->memory->free_bytes(backend), (size_t)8 << 20);
    assert_null(backend->memory->allocate(backend, (size_t)9 << 20, "the states", &error));
    assert_string_equal(error.message,
                        "cuda:0: out of memory: 9.0 MiB are needed for the states, and 8.0 MiB are "
                        "free; end what else uses the GPU, or take a smaller --batch-size or --maxlen");
    struct marks marks = marks_open(backend); /* and all goes on */
    mark(&marks);
    expect_good(backend);
    marks_close(&marks);
    backend->close(backend);
    standin_set_machine(NULL);
}

/* Three replays and a poll, as far as they come. */
static void work(struct backend *backend, struct marks *marks, struct recording *recording)
{
    struct step_state seen;
    for (int i = 0; i < 3; i++) {
        backend->memory->replay(backend, recording);
        backend->memory->poll(backend, &seen, marks->next.state, sizeof seen);
    }
    memset(&seen, 0xa5, sizeof seen);
    backend->memory->download(backend, &seen, marks->next.state, sizeof seen);
    struct error error;
    bool good = backend->memory->status(backend, &error);
    assert_int_equal(seen.step, good ? 12 : 0);
}

/* False if the work makes fewer than n calls. */
static bool work_fails(int n, bool sticky)
{
    struct backend *backend = open_backend(false);
    struct marks marks = marks_open(backend);
    struct recording *recording;
    struct error error = {.message = ""}, again;
    assert_true(backend->memory->record(backend, &recording, mark, &marks, &error));
    if (sticky)
        standin_fail_from(n);
    else
        standin_fail_call(n);
    work(backend, &marks, recording);
    bool good = backend->memory->status(backend, &error);
    const char *failed = standin_failed_call();
    if (good != !failed)
        fail_msg("call %d, %s: %s", n, failed ? failed : "which there is not", error.message);
    if (failed) {
        assert_non_null(strstr(error.message, "cuda:0: "));
        assert_non_null(strstr(error.message, ".c:"));
        assert_true(strstr(error.message, failed) || strstr(error.message, "cuda:0: launch_"));
        work(backend, &marks, recording); /* nothing more comes of it, and the first failure stays */
        assert_false(backend->memory->status(backend, &again));
        assert_string_equal(again.message, error.message);
        assert_null(backend->memory->allocate(backend, 1, "more", &again));
        assert_string_equal(again.message, error.message);
    }
    backend->memory->forget(backend, recording);
    marks_close(&marks);
    backend->close(backend);
    assert_int_equal(standin_outstanding(), 0);
    return failed != NULL;
}

static void each_call_may_fail(void **state)
{
    (void)state;
    enum { CALLS_AT_LEAST = 15 };
    int alone = 1, from = 1;
    while (work_fails(alone, false))
        alone++;
    while (work_fails(from, true))
        from++;
    assert_true(alone > CALLS_AT_LEAST && from == alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_recorded_once), cmocka_unit_test(host_memory_may_change_after_an_upload),
        cmocka_unit_test(polls_do_not_wait),       cmocka_unit_test(too_little_memory_is_said),
        cmocka_unit_test(each_call_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
