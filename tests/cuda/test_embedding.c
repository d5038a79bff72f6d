/* The CUDA backend's embedding over the emulator. */
#include "compare.h"
#include "cuda_fixture.h"
#include "ops/embedding_case.h"
#include "ops/sizes_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Against the reference; then with given masks, and once more, to the bit. */
static void check(struct embedding_dims dims)
{
    struct embedding_case embedding_case;
    struct embedding_result expected, result;
    embedding_case_open(&embedding_case, dims);
    embedding_case_run(&embedding_case, cuda, MASKS_FUNCTION, &expected);
    embedding_case_check(&embedding_case, &expected);
    for (int i = 0; i < 2; i++) {
        embedding_case_run(&embedding_case, cuda, i == 0 ? MASKS_GIVEN : MASKS_FUNCTION, &result);
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
    check((struct embedding_dims){T, N, V, E, 0.5f, 0.7f});
}

static void test_odd_shapes(void **state)
{
    (void)state;
    check_rates(1, 1, 1, 1);
    check_rates(1, 7, 20, 3);
    check_rates(7, 1, 5, 33);
    check_rates(31, 2, 50, 32);
    check_rates(33, 3, 500, 6); /* few of the words occur */
    check((struct embedding_dims){13, 5, 50, 32, 0.2f, 0.0f});
    check((struct embedding_dims){13, 5, 50, 31, 0.0f, 0.3f});
    check((struct embedding_dims){2, 3, 9, 257, 0.0f, 0.3f});
}

/* Runs of equal tokens that end within a chunk of the sorted ones, at its end and many chunks after their begin. */
static void test_runs_of_every_length(void **state)
{
    (void)state;
    check_rates(32, 1, 1, 4);
    check_rates(16, 4, 1, 5);
    check_rates(40, 9, 1, 8);
    check_rates(37, 10, 2, 8);
    check_rates(40, 9, 9, 3);
    check_rates(40, 9, 70, 3);
    check_rates(250, 4, 2, 8);
}

static void test_batch_split(void **state)
{
    (void)state;
    embedding_case_check_split(cuda);
}

static void test_memory_for_fewer_rows(void **state)
{
    (void)state;
    sizes_case_check_embedding(cuda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_odd_shapes),
        cmocka_unit_test(test_runs_of_every_length),
        cmocka_unit_test(test_batch_split),
        cmocka_unit_test(test_memory_for_fewer_rows),
    };
    return cmocka_run_group_tests(tests, cuda_fixture_open, cuda_fixture_close);
}
