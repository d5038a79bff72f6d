/* A recorded step replayed is the step called, to the bit; and a network takes the memory that its plan names. */
#include "compare.h"
#include "matinee/cpu.h"
#include "model/small_specs.h"
#include "small_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { COUNT = 13, STEPS = 2 };

/* Two steps of six rows by calls or by replays; the state is left in run->state. */
static void run_steps(struct small_run *run, const struct reviews *reviews, bool replayed)
{
    static const int32_t order[COUNT] = {12, 3, 5, 7, 9, 11, 0, 2, 4, 6, 8, 10, 1};
    struct resident_reviews resident;
    struct pass pass;
    struct recording *recording = NULL;
    struct error error;
    struct backend *backend = run->backend;
    assert_true(resident_reviews_open(&resident, &run->network, reviews, &error));
    backend->memory->upload(backend, resident.order, order, sizeof order);
    network_upload(&run->network, &run->state);
    backend->ops->clear(backend, run->network.metrics, sizeof *run->network.metrics);
    pass_build(&pass, &run->network, &resident, 6, PASS_TRAIN);
    if (replayed)
        assert_true(backend->memory->record(backend, &recording, pass_train, &pass, &error));
    for (int step = 0; step < STEPS; step++) {
        struct step_state state = {.first_row = 6 * step, .alpha = 0.01f / (float)(step + 1)};
        backend->memory->upload(backend, run->network.state, &state, sizeof state);
        if (replayed)
            backend->memory->replay(backend, recording);
        else
            pass_train(&pass);
    }
    if (replayed)
        backend->memory->forget(backend, recording);
    network_download(&run->network, &run->state);
    resident_reviews_close(&resident);
}

static void test_replay_equals_calls(void **state)
{
    (void)state;
    struct reviews reviews;
    struct small_run called, replayed;
    struct metrics metrics[2];
    struct small_sizes sizes = {.V = 20, .T = 9, .E = 8, .H = 7, .batch_size = 6, .threads = 2};
    small_reviews_open(&reviews, COUNT, 9, 20);
    small_run_open(&called, sizes, 1e-3);
    small_run_open(&replayed, sizes, 1e-3);
    float first_weight = called.state.weights[0];
    run_steps(&called, &reviews, false);
    run_steps(&replayed, &reviews, true);
    size_t bytes = called.table.total_count * sizeof(float);
    assert_true(called.state.weights[0] != first_weight);
    expect_equal_bits("weights", replayed.state.weights, called.state.weights, bytes);
    expect_equal_bits("Adam's m", replayed.state.m, called.state.m, bytes);
    expect_equal_bits("Adam's v", replayed.state.v, called.state.v, bytes);
    called.backend->memory->download(called.backend, &metrics[0], called.network.metrics, sizeof metrics[0]);
    replayed.backend->memory->download(replayed.backend, &metrics[1], replayed.network.metrics,
                                       sizeof metrics[1]);
    expect_equal_bits("metrics", &metrics[1], &metrics[0], sizeof metrics[0]);
    assert_int_equal(metrics[0].count, 12);
    small_run_close(&called);
    small_run_close(&replayed);
    small_reviews_close(&reviews);
}

/* What was asked of a backend that counts. */
static struct {
    void *(*allocate)(struct backend *, size_t, const char *, struct error *);
    void (*release)(struct backend *, void *);
    size_t bytes;
    int open;
} counted;

static void *counting_allocate(struct backend *backend, size_t bytes, const char *what, struct error *error)
{
    counted.bytes += bytes;
    counted.open++;
    return counted.allocate(backend, bytes, what, error);
}

static int six_rows(struct backend *backend, const struct lstm *dims)
{
    (void)backend;
    (void)dims;
    return 6;
}

/* More than a batch has, or fewer. */
static int twelve_rows(struct backend *backend, const struct lstm *dims)
{
    (void)backend;
    (void)dims;
    return 12;
}

static void counting_release(struct backend *backend, void *memory)
{
    counted.open -= memory != NULL;
    counted.release(backend, memory);
}

/* A table that counts from now on. */
static struct backend_memory counting_memory(const struct backend_memory *own)
{
    struct backend_memory counting = *own;
    counted.allocate = own->allocate;
    counted.release = own->release;
    counted.bytes = 0;
    counted.open = 0;
    counting.allocate = counting_allocate;
    counting.release = counting_release;
    counting.inference_rows = twelve_rows;
    return counting;
}

static size_t sum_of(const struct memory_plan *plan)
{
    size_t sum = plan->parameters + plan->batch + plan->scratch;
    for (int i = 0; i < SPEC_MAX_LAYERS; i++)
        sum += plan->activations[i] + plan->saved[i];
    return sum;
}

/* The plan is what network_open_shared takes, but for the small structs that every network has. */
static void check_memory_plan(struct backend *backend, int number, int N, const struct sharing *sharing)
{
    struct spec spec;
    struct network network;
    struct error error;
    const int ranks = sharing_ranks(sharing);
    small_spec(&spec, number);
    const struct memory_plan plan = network_memory_plan(backend, &spec, N, sharing);
    counted.bytes = 0;
    assert_true(network_open_shared(&network, backend, &spec, N, 1, sharing, &error));
    const size_t structs = sizeof(struct step_state) + (size_t)(ranks > 1 ? 2 : 1) * sizeof(struct metrics);
    if (counted.bytes != plan.total + structs)
        fail_msg("%s, N=%d, %d ranks of %d parts: the network takes %zu bytes, the plan says %zu",
                 small_spec_name(number), N, ranks, sharing->parts, counted.bytes, plan.total);
    assert_int_equal(plan.total, sum_of(&plan));
    network_close(&network);
    assert_int_equal(counted.open, 0);
}

static void test_the_memory_plan_counts_all(void **state)
{
    (void)state;
    const struct communicator two = {.rank = 1, .ranks = 2}, three = {.rank = 1, .ranks = 3};
    const struct sharing sharings[] = {{.parts = 1},
                                       {.parts = 3},
                                       {.parts = ROW_GROUPS, .exact = true},
                                       {.communicator = &three, .parts = 1},
                                       {.communicator = &three, .parts = 2},
                                       {.communicator = &two, .parts = ROW_GROUPS / 2, .exact = true}};
    struct backend *backend;
    struct error error;
    assert_true(cpu_backend_open(&backend, 1, &error));
    const struct backend_memory *own = backend->memory;
    struct backend_memory counting = counting_memory(own);
    backend->memory = &counting;
    for (int number = 0; number < SMALL_SPECS; number++)
        for (int N = 1; N <= 17; N += 8)
            for (size_t i = 0; i < sizeof sharings / sizeof sharings[0]; i++)
                check_memory_plan(backend, number, N, &sharings[i]);
    backend->memory = own;
    backend->close(backend);
}

/* The parts of the tutorial's plain network in small. */
static void test_the_parts_of_the_memory_plan(void **state)
{
    (void)state;
    struct small_run run;
    small_run_open(&run, (struct small_sizes){.V = 20, .T = 9, .E = 8, .H = 7, .batch_size = 6, .threads = 1},
                   1e-3);
    struct backend_memory liking = *run.backend->memory;
    liking.inference_rows = six_rows;
    run.backend->memory = &liking;
    const struct sharing alone = {.parts = 1};
    struct memory_plan plan = network_memory_plan(run.backend, &run.spec, 6, &alone);
    assert_int_equal(plan.parameters, 4 * run.table.total_count * sizeof(float));
    assert_int_equal(plan.batch, 6 * (9 + 2) * sizeof(int32_t) + 6 * 3 * sizeof(float));
    assert_int_equal(plan.activations[1], 2 * 6 * 7 * sizeof(float));
    assert_int_equal(plan.activations[0] + plan.saved[0] + plan.activations[2] + plan.saved[2], 0);
    assert_true(plan.saved[1] > 0);
    assert_true(plan.scratch > 0);
    /* Twelve rows at a time are evaluated, and six trained: what both have is for twelve, the gradient for six. */
    liking.inference_rows = twelve_rows;
    struct memory_plan larger = network_memory_plan(run.backend, &run.spec, 6, &alone);
    assert_int_equal(larger.parameters, plan.parameters);
    assert_int_equal(larger.batch, 2 * plan.batch);
    assert_int_equal(larger.activations[1], (12 + 6) * 7 * sizeof(float));
    assert_int_equal(larger.saved[1], plan.saved[1]);
    small_run_close(&run);
}

/* Weights, a batch, the LSTM's states and what its op needs without a backward pass. */
static void test_what_only_evaluating_takes(void **state)
{
    (void)state;
    enum { T = 9, V = 20, E = 8, H = 7, BATCH = 6, N = 12 };
    struct small_run run;
    struct network network;
    struct error error;
    small_run_open(&run, (struct small_sizes){V, T, E, H, .batch_size = BATCH, .threads = 1}, 1e-3);
    const struct backend_memory *own = run.backend->memory;
    struct backend_memory counting = counting_memory(own);
    run.backend->memory = &counting;
    const struct lstm lstm = {.T = T, .N = N, .V = V, .E = E, .H = H, .D = 1, .mask_count = 1};
    const struct op_sizes sizes = own->lstm_sizes(run.backend, &lstm);
    const size_t expected = run.table.total_count * sizeof(float) + N * (T + 2) * sizeof(int32_t) +
                            N * 3 * sizeof(float) + N * H * sizeof(float) + sizes.inference_bytes +
                            sizeof(struct step_state) + sizeof(struct metrics);
    assert_true(network_open_evaluating(&network, run.backend, &run.spec, BATCH, 100, &error));
    assert_int_equal(counted.bytes, expected);
    network_close(&network);
    assert_int_equal(counted.open, 0);
    run.backend->memory = own;
    small_run_close(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replay_equals_calls),
        cmocka_unit_test(test_the_memory_plan_counts_all),
        cmocka_unit_test(test_the_parts_of_the_memory_plan),
        cmocka_unit_test(test_what_only_evaluating_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
