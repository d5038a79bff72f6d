/* Where rows of the fused LSTM begin: after pads that they share, with states of their own, with tokens. Each run has
 * the bits of one that begins at the first step with zeros. */
#include "compare.h"
#include "cuda_backend.h"
#include "cuda_fixture.h"
#include "guarded.h"
#include "lstm_fused.h"
#include "matinee/rng.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { H = 33, V = 11, N_MAX = 6 };

/* Places of z: (T,N,D,units,4), with tokens (V,D,units,4). */
struct steps {
    struct lstm_fused lstm;
    size_t step_count; /* floats of one place */
    size_t z_count;
    float *z; /* on the host */
    struct guarded memory;
    float *recurrent, *bias; /* packed, on the device */
};

static float *draw(uint32_t number, size_t count, double limit)
{
    struct rng rng = rng_open(19, RNG_SAMPLE, number);
    float *values = allocate(count, sizeof *values);
    for (size_t k = 0; k < count; k++)
        values[k] = (float)(limit * (2.0 * rng_uniform(&rng) - 1.0));
    return values;
}

static const void *upload_drawn(struct guarded *memory, const char *what, size_t count, double limit)
{
    float *values = draw((uint32_t)count, count, limit);
    const void *uploaded = guarded_input(memory, what, values, count * sizeof *values);
    free(values);
    return uploaded;
}

static void pack(struct steps *steps)
{
    const struct lstm_fused *lstm = &steps->lstm;
    const size_t columns = GATE_COUNT * H,
                 recurrent = (size_t)lstm->D * lstm_fused_recurrent_count(lstm->units) * sizeof(float);
    struct lstm_fused_pack op = {.lstm = *lstm, .kernels = 1};
    for (int d = 0; d < lstm->D; d++)
        op.weights[d] = (struct lstm_weights){
            upload_drawn(&steps->memory, "kernel", (size_t)lstm->E * columns, 1.0),
            upload_drawn(&steps->memory, "recurrent kernel", H * columns + (size_t)d, 0.4),
            upload_drawn(&steps->memory, "bias", columns + (size_t)d, 1.0)};
    op.kernel =
        guarded_output(&steps->memory, "packed kernel", (size_t)lstm->E * steps->step_count * sizeof(float));
    op.bias = steps->bias = guarded_output(&steps->memory, "packed bias", steps->step_count * sizeof(float));
    op.forward = steps->recurrent = guarded_output(&steps->memory, "packed recurrent", recurrent);
    assert_int_equal(launch_lstm_fused_pack(cuda_backend_of(cuda)->stream, &op), cudaSuccess);
}

static struct steps open_steps(int T, int N, int D)
{
    struct steps steps = {.lstm = {.T = T, .N = N, .E = 1, .H = H, .D = D, .units = lstm_fused_units(H)},
                          .memory = guarded_open(cuda)};
    for (int i = 0; i < DIRECTIONS_MAX * GATE_COUNT; i++)
        steps.lstm.input[i] = steps.lstm.recurrent[i] = mask_of(&(struct dropout){.rate = 0.0f});
    steps.step_count = (size_t)(D * steps.lstm.units * GATE_COUNT);
    steps.z_count = (size_t)(T * N) * steps.step_count;
    steps.z = draw(5, steps.z_count, 1.5);
    pack(&steps);
    return steps;
}

static void close_steps(struct steps *steps)
{
    free(steps->z);
    guarded_close(&steps->memory);
}

static float *z_at(const struct steps *steps, int t, int n)
{
    return steps->z + (size_t)(t * steps->lstm.N + n) * steps->step_count;
}

static size_t y_count(const struct lstm_fused *lstm)
{
    return (lstm->sequences ? (size_t)lstm->T : 1) * (size_t)(lstm->N * lstm->D * H);
}

/* A run of its own memory; free() what it returns. `op` may have tokens, pads and states. */
static float *run(const struct steps *steps, struct lstm_fused_forward op, const float *z, size_t z_count)
{
    struct guarded memory = guarded_open(cuda);
    const size_t bytes = y_count(&op.lstm) * sizeof(float),
                 places = (size_t)op.lstm.N * (size_t)(op.lstm.T + 1);
    float *y = allocate(bytes, 1);
    op.recurrent = steps->recurrent;
    op.bias = steps->bias;
    op.z = guarded_input(&memory, "z", z, z_count * sizeof *z);
    op.y = guarded_output(&memory, "y", bytes);
    if (op.purpose == FUSED_TRAINING) {
        op.slopes = guarded_output(&memory, "slopes", places * steps->step_count * sizeof(float));
        op.paths = guarded_output(&memory, "paths", places * steps->step_count / 2 * sizeof(float));
        op.h_before = guarded_output(&memory, "h before", places * (size_t)(op.lstm.D * H) * sizeof(float));
    }
    assert_int_equal(launch_lstm_fused_forward(cuda_backend_of(cuda)->stream, &op), cudaSuccess);
    cuda->memory->download(cuda, y, op.y, bytes);
    guarded_close(&memory);
    return y;
}

static void expect_run(const char *what, const struct steps *steps, const struct lstm_fused_forward *op,
                       const float *z, size_t z_count, const float *expected)
{
    float *y = run(steps, *op, z, z_count);
    expect_equal_bits(what, y, expected, y_count(&op->lstm) * sizeof *y);
    free(y);
}

/* What FUSED_PADS leaves, in memory of the steps'. */
static float *run_pads(struct steps *steps, struct lstm_fused_forward op, const float *z)
{
    struct guarded memory = guarded_open(cuda);
    const size_t count = (size_t)(op.lstm.T + 1) * 2 * (size_t)op.lstm.units;
    op.purpose = FUSED_PADS;
    op.recurrent = steps->recurrent;
    op.bias = steps->bias;
    op.z = guarded_input(&memory, "z", z, steps->z_count * sizeof *z);
    op.states = guarded_output(&steps->memory, "states", count * sizeof(float));
    assert_int_equal(launch_lstm_fused_forward(cuda_backend_of(cuda)->stream, &op), cudaSuccess);
    cuda->memory->download(cuda, (float[1]){0.0f}, op.states, sizeof(float));
    guarded_close(&memory);
    return op.states;
}

/* There are states after none to `most` pads, and after no more. */
static void expect_states(const struct steps *steps, const float *states, int most)
{
    const size_t count = (size_t)(steps->lstm.T + 1) * 2 * (size_t)steps->lstm.units;
    float *found = allocate(count, sizeof *found);
    cuda->memory->download(cuda, found, states, count * sizeof *found);
    for (size_t k = 0; k < count; k++)
        assert_true(isfinite(found[k]) == (k / 2 / (size_t)steps->lstm.units <= (size_t)most));
    free(found);
}

/* One row alone computes steps that are pads: in the others they are no numbers. */
static void check_pads(int T, int N, int D, const int32_t *pads, int with_most, bool sequences)
{
    struct steps steps = open_steps(T, N, D);
    steps.lstm.sequences = sequences;
    for (int n = 0; n < N; n++)
        for (int t = 0; t < pads[n]; t++)
            memcpy(z_at(&steps, t, n), z_at(&steps, t, with_most), steps.step_count * sizeof(float));
    struct lstm_fused_forward op = {.lstm = steps.lstm, .purpose = FUSED_INFERENCE};
    float *expected = run(&steps, op, steps.z, steps.z_count);
    for (int n = 0; n < N; n++)
        for (int t = 0; t < pads[n] && n != with_most; t++)
            for (size_t k = 0; k < steps.step_count / (size_t)D; k++)
                z_at(&steps, t, n)[k] = NAN;
    op.pads = guarded_input(&steps.memory, "pads", pads, (size_t)N * sizeof *pads);
    op.states = run_pads(&steps, op, steps.z);
    expect_states(&steps, op.states, pads[with_most]);
    expect_run("y after pads", &steps, &op, steps.z, steps.z_count, expected);
    free(expected);
    close_steps(&steps);
}

static void test_pads(void **state)
{
    (void)state;
    static const int32_t mixed[N_MAX] = {0, 3, 9, 9, 7, 1}, none[2] = {0, 0}, all[1] = {4}, ends[2] = {5, 4};
    for (int sequences = 0; sequences < 2; sequences++) {
        for (int D = 1; D <= 2; D++) {
            check_pads(9, N_MAX, D, mixed, 2, sequences == 1);
            check_pads(4, 2, D, none, 0, sequences == 1);
            check_pads(4, 1, D, all, 0, sequences == 1);
        }
        check_pads(5, 2, 1, ends, 0, sequences == 1);
    }
}

/* More rows than threads: the one with the most pads is the first of the last. */
static void test_row_of_most_pads(void **state)
{
    (void)state;
    enum { N = 150 };
    int32_t pads[N];
    for (int n = 0; n < N; n++)
        pads[n] = n % 3;
    pads[N - 2] = pads[N - 1] = 4;
    check_pads(5, N, 1, pads, N - 2, false);
}

static void test_tokens(void **state)
{
    (void)state;
    enum { T = 70, N = 3 };
    int32_t tokens[N * T], pads[N] = {0, 5, 33};
    struct rng rng = rng_open(3, RNG_SAMPLE, 1);
    for (int n = 0; n < N; n++)
        for (int t = 0; t < T; t++)
            tokens[n * T + t] = t < pads[n] ? 0 : (int32_t)rng_below(&rng, V);
    for (int D = 1; D <= 2; D++) {
        struct steps steps = open_steps(T, N, D);
        const size_t table_count = V * steps.step_count;
        float *table = draw(6, table_count, 1.5);
        for (int n = 0; n < N; n++)
            for (int t = 0; t < T; t++)
                memcpy(z_at(&steps, t, n), table + (size_t)tokens[n * T + t] * steps.step_count,
                       steps.step_count * sizeof *table);
        struct lstm_fused_forward op = {.lstm = steps.lstm, .purpose = FUSED_INFERENCE};
        float *expected = run(&steps, op, steps.z, steps.z_count);
        op.tokens = guarded_input(&steps.memory, "tokens", tokens, sizeof tokens);
        expect_run("y of tokens", &steps, &op, table, table_count, expected);
        op.purpose = FUSED_TRAINING;
        expect_run("y of tokens in training", &steps, &op, table, table_count, expected);
        op.purpose = FUSED_INFERENCE;
        struct lstm_fused_forward of_places = op;
        of_places.tokens = NULL;
        op.pads = guarded_input(&steps.memory, "pads", pads, sizeof pads);
        of_places.pads = op.pads;
        op.states = run_pads(&steps, of_places, steps.z);
        expect_run("y of tokens after pads", &steps, &op, table, table_count, expected);
        free(expected);
        free(table);
        close_steps(&steps);
    }
}

/* The first steps by themselves leave a state for each row, and the rest goes on from it. */
static void check_states(bool reversed, enum fused_purpose purpose)
{
    enum { T = 8, BEFORE = 3, N = 2 };
    struct steps steps = open_steps(T, N, 1);
    steps.lstm.reversed = reversed;
    struct lstm_fused_forward op = {.lstm = steps.lstm, .purpose = purpose};
    float *expected = run(&steps, op, steps.z, steps.z_count), states[N][2 * 64];
    const size_t state_bytes = 2 * (size_t)steps.lstm.units * sizeof(float);
    for (int n = 0; n < N; n++) {
        const int32_t most[N] = {n == 0 ? BEFORE : 0, n == 1 ? BEFORE : 0};
        struct lstm_fused_forward of_row = op;
        of_row.pads = guarded_input(&steps.memory, "pads", most, sizeof most);
        const float *left = run_pads(&steps, of_row, steps.z);
        assert_true(state_bytes == sizeof states[n]);
        cuda->memory->download(cuda, states[n], left + BEFORE * state_bytes / sizeof(float), state_bytes);
    }
    op.lstm.T = T - BEFORE;
    op.states = guarded_inout(&steps.memory, "states", states, sizeof states);
    const float *rest = reversed ? steps.z : z_at(&steps, BEFORE, 0);
    expect_run("y after states", &steps, &op, rest, (T - BEFORE) * N * steps.step_count, expected);
    free(expected);
    close_steps(&steps);
}

static void test_states(void **state)
{
    (void)state;
    check_states(false, FUSED_INFERENCE);
    check_states(true, FUSED_INFERENCE);
    check_states(false, FUSED_TRAINING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pads),
        cmocka_unit_test(test_row_of_most_pads),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_states),
    };
    return cmocka_run_group_tests(tests, cuda_fixture_open, cuda_fixture_close);
}
