/* The CPU backend's embedding and dropout: against the reference, and the same bits however a batch is run. */
#include "backends.h"
#include "compare.h"
#include "cpu_backend.h"
#include "guarded.h"
#include "kernel_sets.h"
#include "matinee/rng.h"
#include "ops/embedding_case.h"
#include "reference/layers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Against the reference with every instruction set, then given masks and every number of threads to the bit. */
static void check(struct embedding_dims dims)
{
    struct cpu_backend *cpu = cpu_backend_of(backends[0]);
    const struct cpu_kernels *chosen = cpu->kernels;
    struct kernel_sets sets;
    struct embedding_case embedding_case;
    struct embedding_result expected, result;
    kernel_sets_find(&sets);
    embedding_case_open(&embedding_case, dims);
    for (int i = 0; i < sets.count; i++) {
        cpu->kernels = sets.sets[i];
        embedding_case_run(&embedding_case, backends[0], MASKS_FUNCTION, &result);
        embedding_case_check(&embedding_case, &result);
        embedding_result_close(&result);
    }
    cpu->kernels = chosen;
    embedding_case_run(&embedding_case, backends[0], MASKS_FUNCTION, &expected);
    for (int i = 0; i < BACKENDS; i++) {
        embedding_case_run(&embedding_case, backends[i], i == 0 ? MASKS_GIVEN : MASKS_FUNCTION, &result);
        expect_equal_bits("x", result.x, expected.x, embedding_case.x_count * sizeof(float));
        expect_equal_bits("dembeddings", result.gradient, expected.gradient,
                          embedding_case.table_count * sizeof(float));
        embedding_result_close(&result);
    }
    embedding_result_close(&expected);
    embedding_case_close(&embedding_case);
}

static void check_rates(int T, int N, int V, int E)
{
    check((struct embedding_dims){T, N, V, E, 0.0f, 0.0f});
    check((struct embedding_dims){T, N, V, E, 0.2f, 0.0f});
    check((struct embedding_dims){T, N, V, E, 0.0f, 0.3f});
    check((struct embedding_dims){T, N, V, E, 0.5f, 0.7f});
}

static void test_odd_shapes(void **state)
{
    (void)state;
    static const int rows[] = {1, 7, 8, 9, 64};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_rates(1, rows[i], 20, 3);
        check_rates(13, rows[i], 50, 32);
    }
    check_rates(13, 5, 1, 1);    /* one word */
    check_rates(50, 9, 30, 33);  /* pieces of a mask end within a vector */
    check_rates(2, 3, 9, 2500);  /* and a vector within pieces */
    check_rates(40, 2, 2000, 8); /* few of the words occur */
}

/* Rows 4 to 7 of a batch, run as a batch of their own. */
static void test_batch_split(void **state)
{
    (void)state;
    struct embedding_dims dims = {11, 8, 50, 9, 0.2f, 0.3f};
    struct embedding_case embedding_case;
    struct embedding_result whole;
    struct step_state step = {.step = 5}; /* the case's */
    embedding_case_open(&embedding_case, dims);
    embedding_case_run(&embedding_case, backends[0], MASKS_FUNCTION, &whole);
    struct guarded memory = guarded_open(backends[0]);
    struct embedding op = {.T = dims.T,
                           .N = 4,
                           .V = dims.V,
                           .E = dims.E,
                           .tokens = embedding_case.tokens + 4 * dims.T,
                           .embeddings = embedding_case.embeddings,
                           .rows = embedding_case.rows,
                           .elements = embedding_case.elements};
    size_t E = (size_t)dims.E;
    op.rows.state = op.elements.state = &step;
    op.elements.first_row += 4;
    op.rows.first_row += 4; /* of no consequence: the rows are the table's */
    op.x = guarded_output(&memory, "x", (size_t)dims.T * 4 * E * sizeof(float));
    op.scratch = guarded_output(&memory, "scratch",
                                backends[0]->memory->embedding_sizes(backends[0], &op).scratch_bytes);
    backends[0]->ops->embedding(backends[0], &op);
    for (size_t t = 0; t < (size_t)dims.T; t++)
        expect_equal_bits("half a batch", op.x + t * 4 * E, whole.x + (t * 8 + 4) * E, 4 * E * sizeof(float));
    guarded_close(&memory);
    embedding_result_close(&whole);
    embedding_case_close(&embedding_case);
}

/* Each update has its own masks. */
static void test_step_counts(void **state)
{
    (void)state;
    enum { F = 100 };
    float ones[F], y[2][F];
    struct step_state step = {0};
    struct dropout_layer op = {.T = 1, .N = 1, .F = F, .dropout = {.rate = 0.5f, .state = &step}, .x = ones};
    for (size_t k = 0; k < F; k++)
        ones[k] = 1.0f;
    for (uint32_t i = 0; i < 2; i++) {
        step.step = i;
        op.y = y[i];
        backends[0]->ops->dropout(backends[0], &op);
    }
    assert_memory_not_equal(y[0], y[1], sizeof y[0]);
}

struct dropout_dims {
    int T, N, F;
};

/* Fills y with what the op makes of x: in place or not, with a mask that is given or not. */
static void run_dropout(struct backend *backend, struct dropout_dims dims, const struct dropout *dropout,
                        bool in_place, const float *x, float *y)
{
    size_t bytes = (size_t)dims.T * (size_t)dims.N * (size_t)dims.F * sizeof(float);
    struct guarded memory = guarded_open(backend);
    struct dropout_layer op = {.T = dims.T, .N = dims.N, .F = dims.F, .dropout = *dropout};
    op.y = in_place ? guarded_inout(&memory, "x and y", x, bytes) : guarded_output(&memory, "y", bytes);
    op.x = in_place ? op.y : guarded_input(&memory, "x", x, bytes);
    backend->ops->dropout(backend, &op);
    backend->memory->download(backend, y, op.y, bytes);
    guarded_close(&memory);
}

static void check_dropout(struct dropout_dims dims, float rate)
{
    static const struct step_state step = {.step = 7};
    size_t T = (size_t)dims.T, N = (size_t)dims.N, F = (size_t)dims.F, count = T * N * F;
    struct dropout dropout = {.rate = rate, .seed = 5, .stream = 77, .first_row = 2, .state = &step};
    struct dropout_key key = {.seed = 5, .stream = 77, .step = 7};
    struct rng rng = rng_open(73, RNG_SAMPLE, (uint32_t)count);
    float *x = allocate(count, sizeof *x), *y = allocate(count, sizeof *y),
          *mask = allocate(count, sizeof *mask);
    double *wide_x = allocate(count, sizeof *wide_x), *factors = allocate(count, sizeof *factors);
    double *expected = allocate(count, sizeof *expected);
    uint8_t *keep = allocate(count, 1);
    for (size_t n = 0; n < N; n++)
        dropout_mask(&key, 2 + (uint32_t)n, rate, 0, T * F, mask + n * T * F);
    for (size_t k = 0; k < count; k++) {
        x[k] = (float)(2.0 * rng_uniform(&rng) - 1.0);
        wide_x[k] = (double)x[k];
        factors[k] = (double)mask[k];
        keep[k] = mask[k] > 0.0f;
    }
    reference_dropout(&(struct reference_dropout){
        .T = dims.T, .N = dims.N, .F = dims.F, .mask = factors, .x = wide_x, .y = expected});
    for (int i = 0; i < BACKENDS; i++)
        for (int way = 0; way < 4; way++) {
            dropout.keep = way & 1 ? keep : NULL;
            fill_nan(y, count);
            run_dropout(backends[i], dims, &dropout, way & 2, x, y);
            expect_close("y", y, expected, count, (struct tolerance){.relative = 1e-6});
        }
    free(x);
    free(y);
    free(mask);
    free(wide_x);
    free(factors);
    free(expected);
    free(keep);
}

static void test_dropout(void **state)
{
    (void)state;
    static const struct dropout_dims all[] = {{1, 1, 1},   {1, 64, 100}, {13, 7, 5},
                                              {50, 9, 33}, {3, 2, 2500}, {2000, 2, 1}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        check_dropout(all[i], 0.0f);
        check_dropout(all[i], 0.2f);
        check_dropout(all[i], 0.9f);
    }
}

static void test_memory_for_fewer_rows(void **state)
{
    (void)state;
    static const int words[] = {5, 100, 100000};
    for (size_t i = 0; i < 3; i++) {
        struct embedding op = {.T = 13, .N = 1, .V = words[i], .E = 5};
        struct op_sizes before = {0, 0};
        for (; op.N < 70; op.N++) {
            struct op_sizes sizes = backends[0]->memory->embedding_sizes(backends[0], &op);
            assert_true(sizes.saved_bytes >= before.saved_bytes &&
                        sizes.scratch_bytes >= before.scratch_bytes);
            before = sizes;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_odd_shapes),
        cmocka_unit_test(test_batch_split),
        cmocka_unit_test(test_step_counts),
        cmocka_unit_test(test_dropout),
        cmocka_unit_test(test_memory_for_fewer_rows),
    };
    return cmocka_run_group_tests(tests, backends_open, backends_close);
}
