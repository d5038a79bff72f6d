/* Batches and steps beyond the 65535 that the second and third size of a grid may have. */
#include "cuda_backend.h"
#include "cuda_fixture.h"
#include "cudnn_sequence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Kernels of the largest batch that the command line takes, and of more steps than a grid has rows: each launch is
 * accepted. It is captured, and never runs. */
static void test_large_grids(void **state)
{
    (void)state;
    struct cuda_backend *backend = cuda_backend_of(cuda);
    struct error error = {{0}};
    static const struct {
        int T, N, F;
    } all[] = {{1, 65536, 4}, {100000, 1, 4}};
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
        const int T = all[k].T, N = all[k].N, F = all[k].F;
        const struct last_step last = {.T = T, .N = N, .H = 256, .D = 1};
        cudaGraph_t graph;
        assert_int_equal(cudaStreamBeginCapture(backend->stream, cudaStreamCaptureModeThreadLocal),
                         cudaSuccess);
        for (int unit = DROP_ELEMENTS; unit <= DROP_STEPS; unit++)
            cuda->ops->dropout(
                cuda,
                &(struct dropout_layer){
                    .T = T, .N = N, .F = F, .unit = (enum dropout_unit)unit, .dropout = {.rate = 0.5f}});
        const struct global_pool pool = {.T = T, .N = N, .F = F};
        cuda->ops->global_pool(cuda, &pool);
        cuda->ops->global_pool_backward(cuda, &(struct global_pool_backward){.forward = pool});
        const struct conv_pool conv = {
            .T = T, .N = N, .E = F, .C = 4, .K = 3, .P = 1, .stride = 2, .same = true};
        cuda->ops->conv_pool(cuda, &conv);
        cuda->ops->conv_pool_backward(cuda, &(struct conv_pool_backward){.forward = conv});
        cuda->ops->embedding(cuda, &(struct embedding){.T = T, .N = N, .V = 1, .E = F});
        cuda_check(backend, launch_reverse_time(backend->stream, T, (size_t)N * 256, NULL, NULL));
        cuda_check(backend, launch_spread_last(backend->stream, last, NULL, NULL));
        assert_int_equal(cudaStreamEndCapture(backend->stream, &graph), cudaSuccess);
        assert_int_equal(cudaGraphDestroy(graph), cudaSuccess);
        if (!cuda->memory->status(cuda, &error))
            fail_msg("%s", error.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_large_grids),
    };
    return cmocka_run_group_tests(tests, cuda_fixture_open, cuda_fixture_close);
}
