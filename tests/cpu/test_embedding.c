/* The CPU backend's embedding and dropout: against the reference, and the same bits however a batch is run. */
#include "backends.h"
#include "compare.h"
#include "cpu_backend.h"
#include "kernel_sets.h"
#include "ops/dropout_case.h"
#include "ops/embedding_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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

static void test_batch_split(void **state)
{
    (void)state;
    embedding_case_check_split(backends[0]);
}

static void test_dropout(void **state)
{
    (void)state;
    static const int all[][3] = {{1, 1, 1},   {1, 64, 100}, {13, 7, 5},
                                 {50, 9, 33}, {3, 2, 2500}, {2000, 2, 1}};
    for (int i = 0; i < BACKENDS; i++)
        for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
            for (int unit = DROP_ELEMENTS; unit <= DROP_STEPS; unit++) {
                const struct dropout_dims dims = {all[k][0], all[k][1], all[k][2], (enum dropout_unit)unit};
                dropout_case_check(backends[i], dims, 0.0f);
                dropout_case_check(backends[i], dims, 0.2f);
                dropout_case_check(backends[i], dims, 0.9f);
            }
}

static void test_step_counts(void **state)
{
    (void)state;
    dropout_case_check_steps(backends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_odd_shapes),
        cmocka_unit_test(test_batch_split),
        cmocka_unit_test(test_dropout),
        cmocka_unit_test(test_step_counts),
    };
    return cmocka_run_group_tests(tests, backends_open, backends_close);
}
