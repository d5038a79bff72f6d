/* The CPU backend's dense_bce and dense_backward against the reference, for every number of threads. */
#include "matinee/cpu.h"
#include "ops/head_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void check_all_threads(int N, int F, double kernel_limit)
{
    static const int thread_counts[] = {1, 2, 3, 8};
    struct head_case head;
    struct head_result first, result;
    head_case_open(&head, N, F, kernel_limit);
    for (int i = 0; i < 4; i++) {
        struct backend *backend;
        struct error error;
        assert_true(cpu_backend_open(&backend, thread_counts[i], &error));
        head_case_run(&head, backend, i ? &result : &first);
        backend->close(backend);
        if (i) {
            head_case_expect_same(&head, &result, &first);
            head_result_close(&result);
        }
    }
    head_case_check(&head, &first);
    head_result_close(&first);
    head_case_close(&head);
}

static void test_odd_sizes(void **state)
{
    (void)state;
    static const int rows[] = {1, 3, 7, 8, 9, 40, 64, 65}, features[] = {1, 6, 31, 33, 100, 1024};
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++)
        for (size_t f = 0; f < sizeof features / sizeof features[0]; f++)
            check_all_threads(rows[n], features[f], 0.3);
}

/* Logits in the hundreds: probabilities are 0 or 1, the loss stays finite and linear. */
static void test_confident_mistakes(void **state)
{
    (void)state;
    check_all_threads(64, 100, 200.0);
}

static void test_a_half_predicts_zero(void **state)
{
    (void)state;
    struct backend *backend;
    struct error error;
    assert_true(cpu_backend_open(&backend, 1, &error));
    head_case_check_a_half(backend);
    backend->close(backend);
}

static void test_parts_add_up(void **state)
{
    (void)state;
    struct backend *backend;
    struct error error;
    assert_true(cpu_backend_open(&backend, 1, &error));
    head_case_check_parts(backend);
    backend->close(backend);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_odd_sizes),
        cmocka_unit_test(test_confident_mistakes),
        cmocka_unit_test(test_a_half_predicts_zero),
        cmocka_unit_test(test_parts_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
