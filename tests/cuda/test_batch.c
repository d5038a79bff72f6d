/* next_step and load_batch of the CUDA backend over the emulator. */
#include "compare.h"
#include "cuda_fixture.h"
#include "guarded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { REVIEWS = 5, T = 300, N = 3 };

static void check_load(int token_bytes)
{
    static int32_t tokens[REVIEWS][T], loaded[N][T];
    static uint16_t short_tokens[REVIEWS][T];
    const int32_t order[REVIEWS] = {4, 0, 3, 1, 2}, pads[REVIEWS] = {10, 11, 12, 13, 14};
    const uint8_t labels[REVIEWS] = {0, 1, 1, 0, 1};
    const struct step_state schedule[2] = {{.first_row = 0}, {.first_row = 2, .step = 7, .alpha = 0.5f}};
    int32_t position = 1, loaded_pads[N];
    float loaded_labels[N];
    for (int i = 0; i < REVIEWS * T; i++)
        short_tokens[i / T][i % T] = (uint16_t)(tokens[i / T][i % T] = 64000 + i);
    struct guarded memory = guarded_open(cuda);
    struct next_step next = {.schedule = guarded_input(&memory, "schedule", schedule, sizeof schedule),
                             .position = guarded_inout(&memory, "position", &position, sizeof position),
                             .state = guarded_output(&memory, "state", sizeof(struct step_state))};
    struct load_batch op = {
        .N = N,
        .T = T,
        .token_bytes = token_bytes,
        .state = next.state,
        .order = guarded_input(&memory, "order", order, sizeof order),
        .all_tokens = token_bytes == 2 ? guarded_input(&memory, "tokens", short_tokens, sizeof short_tokens)
                                       : guarded_input(&memory, "tokens", tokens, sizeof tokens),
        .all_pads = guarded_input(&memory, "pads", pads, sizeof pads),
        .all_labels = guarded_input(&memory, "labels", labels, sizeof labels),
        .tokens = guarded_output(&memory, "tokens of the batch", sizeof loaded),
        .pads = guarded_output(&memory, "pads of the batch", sizeof loaded_pads),
        .labels = guarded_output(&memory, "labels of the batch", sizeof loaded_labels)};
    cuda->ops->next_step(cuda, &next);
    cuda->ops->load_batch(cuda, &op);
    cuda->memory->download(cuda, loaded, op.tokens, sizeof loaded);
    cuda->memory->download(cuda, loaded_pads, op.pads, sizeof loaded_pads);
    cuda->memory->download(cuda, loaded_labels, op.labels, sizeof loaded_labels);
    cuda->memory->download(cuda, &position, next.position, sizeof position);
    guarded_close(&memory);
    assert_int_equal(position, 2);
    for (int n = 0; n < N; n++) {
        const int review = order[2 + n];
        expect_equal_bits("tokens", loaded[n], tokens[review], sizeof loaded[n]);
        assert_int_equal(loaded_pads[n], pads[review]);
        assert_true(loaded_labels[n] == (float)labels[review]);
    }
}

static void test_load_batch(void **state)
{
    (void)state;
    check_load(2);
    check_load(4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load_batch),
    };
    return cmocka_run_group_tests(tests, cuda_fixture_open, cuda_fixture_close);
}
