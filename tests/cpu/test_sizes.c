/* What an op needs for N rows is enough for fewer: a network takes it once, for its largest batch. */
#include "matinee/cpu.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { N_MOST = 70 };

static struct backend *backend;

static int open_backend(void **state)
{
    struct error error;
    (void)state;
    return cpu_backend_open(&backend, 2, &error) ? 0 : -1;
}

static int close_backend(void **state)
{
    (void)state;
    backend->close(backend);
    return 0;
}

static void expect_enough(const char *what, int N, struct op_sizes sizes, struct op_sizes of_fewer)
{
    if (sizes.saved_bytes < of_fewer.saved_bytes)
        fail_msg("%s: %zu bytes saved for N=%d, %zu for one less", what, sizes.saved_bytes, N,
                 of_fewer.saved_bytes);
    if (sizes.scratch_bytes < of_fewer.scratch_bytes)
        fail_msg("%s: %zu bytes of scratch for N=%d, %zu for one less", what, sizes.scratch_bytes, N,
                 of_fewer.scratch_bytes);
}

static void check_lstm(const char *what, struct lstm lstm)
{
    struct op_sizes fewer = {0};
    for (lstm.N = 1; lstm.N <= N_MOST; lstm.N++) {
        struct op_sizes sizes = backend->memory->lstm_sizes(backend, &lstm);
        expect_enough(what, lstm.N, sizes, fewer);
        fewer = sizes;
    }
    assert_true(fewer.saved_bytes > 0 && fewer.scratch_bytes > 0);
}

/* Sizes that leave every kind of remainder, and V below, among and above the numbers of tokens. */
static void test_lstm(void **state)
{
    (void)state;
    static const struct lstm sizes[] = {{.T = 1, .E = 1, .H = 1},
                                        {.T = 3, .E = 7, .H = 5},
                                        {.T = 13, .E = 32, .H = 33},
                                        {.T = 2, .E = 40, .H = 9}};
    static const int vocabularies[] = {2, 50, 5000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int D = 1; D <= 2; D++) {
            struct lstm lstm = sizes[i];
            lstm.D = D;
            lstm.mask_count = 1;
            for (int v = 0; v < 3; v++) {
                lstm.V = vocabularies[v];
                check_lstm("an lstm of tokens", lstm);
            }
            lstm.V = 0;
            check_lstm("an lstm of x", lstm);
            lstm.input.rate = 0.2f;
            check_lstm("an lstm whose gates share a mask", lstm);
            lstm.mask_count = 4;
            lstm.recurrent.rate = 0.2f;
            check_lstm("an lstm with masks", lstm);
        }
}

static void test_other_ops(void **state)
{
    (void)state;
    struct op_sizes embedding_of_fewer = {0}, conv_of_fewer = {0}, pool_of_fewer = {0};
    for (int N = 1; N <= N_MOST; N++) {
        struct embedding embedding = {
            .T = 13, .N = N, .V = 50, .E = 7, .rows.rate = 0.2f, .elements.rate = 0.2f};
        struct conv_pool conv = {.T = 13, .N = N, .E = 7, .C = 5, .K = 3, .P = 2, .same = true, .relu = true};
        struct max_pool pool = {.T = 13, .N = N, .F = 7, .P = 2};
        struct op_sizes of_embedding = backend->memory->embedding_sizes(backend, &embedding);
        struct op_sizes of_conv = backend->memory->conv_pool_sizes(backend, &conv);
        struct op_sizes of_pool = backend->memory->max_pool_sizes(backend, &pool);
        expect_enough("an embedding", N, of_embedding, embedding_of_fewer);
        expect_enough("a conv_pool", N, of_conv, conv_of_fewer);
        expect_enough("a max_pool", N, of_pool, pool_of_fewer);
        embedding_of_fewer = of_embedding;
        conv_of_fewer = of_conv;
        pool_of_fewer = of_pool;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lstm),
        cmocka_unit_test(test_other_ops),
    };
    return cmocka_run_group_tests(tests, open_backend, close_backend);
}
