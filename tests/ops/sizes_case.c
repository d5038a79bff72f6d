#include "ops/sizes_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { N_MOST = 70 };

static void expect_enough(const char *what, int N, struct op_sizes sizes, struct op_sizes of_fewer)
{
    if (sizes.saved_bytes < of_fewer.saved_bytes)
        fail_msg("%s: %zu bytes saved for N=%d, %zu for one less", what, sizes.saved_bytes, N,
                 of_fewer.saved_bytes);
    if (sizes.scratch_bytes < of_fewer.scratch_bytes)
        fail_msg("%s: %zu bytes of scratch for N=%d, %zu for one less", what, sizes.scratch_bytes, N,
                 of_fewer.scratch_bytes);
    if (sizes.inference_bytes < of_fewer.inference_bytes)
        fail_msg("%s: %zu bytes of scratch in inference for N=%d, %zu for one less", what,
                 sizes.inference_bytes, N, of_fewer.inference_bytes);
}

static void check_lstm(struct backend *backend, const char *what, struct lstm lstm)
{
    struct op_sizes fewer = {0};
    for (lstm.N = 1; lstm.N <= N_MOST; lstm.N++) {
        struct op_sizes sizes = backend->memory->lstm_sizes(backend, &lstm);
        expect_enough(what, lstm.N, sizes, fewer);
        fewer = sizes;
    }
    assert_true(fewer.saved_bytes > 0 && fewer.scratch_bytes > 0 && fewer.inference_bytes > 0);
}

/* Sizes that leave every kind of remainder, and V below, among and above the numbers of tokens. */
void sizes_case_check_lstm(struct backend *backend)
{
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
                check_lstm(backend, "an lstm of tokens", lstm);
            }
            lstm.V = 0;
            check_lstm(backend, "an lstm of x", lstm);
            lstm.input.rate = 0.2f;
            check_lstm(backend, "an lstm whose gates share a mask", lstm);
            lstm.mask_count = 4;
            lstm.recurrent.rate = 0.2f;
            check_lstm(backend, "an lstm with masks", lstm);
        }
}

void sizes_case_check_embedding(struct backend *backend)
{
    static const int vocabularies[] = {5, 100, 100000};
    for (int v = 0; v < 3; v++) {
        struct embedding embedding = {
            .T = 13, .V = vocabularies[v], .E = 7, .rows.rate = 0.2f, .elements.rate = 0.2f};
        struct op_sizes fewer = {0};
        for (embedding.N = 1; embedding.N <= N_MOST; embedding.N++) {
            struct op_sizes sizes = backend->memory->embedding_sizes(backend, &embedding);
            expect_enough("an embedding", embedding.N, sizes, fewer);
            fewer = sizes;
        }
    }
}

void sizes_case_check_conv_pool(struct backend *backend)
{
    struct conv_pool conv = {.T = 13, .E = 7, .C = 5, .K = 3, .P = 2, .same = true, .relu = true};
    for (conv.stride = 1; conv.stride <= 4; conv.stride++) {
        struct op_sizes fewer = {0};
        for (conv.N = 1; conv.N <= N_MOST; conv.N++) {
            struct op_sizes sizes = backend->memory->conv_pool_sizes(backend, &conv);
            expect_enough("a conv_pool", conv.N, sizes, fewer);
            fewer = sizes;
        }
    }
}

void sizes_case_check_max_pool(struct backend *backend)
{
    struct max_pool pool = {.T = 13, .F = 7, .P = 2};
    struct op_sizes fewer = {0};
    for (pool.N = 1; pool.N <= N_MOST; pool.N++) {
        struct op_sizes sizes = backend->memory->max_pool_sizes(backend, &pool);
        expect_enough("a max_pool", pool.N, sizes, fewer);
        fewer = sizes;
    }
}

void sizes_case_check_global_pool(struct backend *backend)
{
    for (int average = 0; average < 2; average++) {
        struct global_pool pool = {.T = 13, .F = 7, .average = average};
        struct op_sizes fewer = {0};
        for (pool.N = 1; pool.N <= N_MOST; pool.N++) {
            struct op_sizes sizes = backend->memory->global_pool_sizes(backend, &pool);
            expect_enough("a global_pool", pool.N, sizes, fewer);
            fewer = sizes;
        }
    }
}
