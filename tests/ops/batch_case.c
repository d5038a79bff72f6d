#include "ops/batch_case.h"

#include "compare.h"
#include "guarded.h"
#include "matinee/rng.h"
#include "reference/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { REVIEWS = 70, T = 300 };

struct batch_case {
    int32_t tokens[REVIEWS][T], pads[REVIEWS], order[REVIEWS];
    uint16_t short_tokens[REVIEWS][T];
    uint8_t labels[REVIEWS];
};

/* Pads, then zeros and words above 2^15. */
static struct batch_case *batch_case_make(void)
{
    struct batch_case *batch = allocate(1, sizeof *batch);
    struct rng rng = rng_open(51, RNG_SAMPLE, 0);
    for (int r = 0; r < REVIEWS; r++) {
        batch->pads[r] = T;
        for (int t = T - 1; t >= 0; t--) {
            batch->tokens[r][t] = t < r * 5 % (T + 1) ? 0 : 30000 * (int32_t)rng_below(&rng, 3);
            batch->short_tokens[r][t] = (uint16_t)batch->tokens[r][t];
            if (batch->tokens[r][t] != 0)
                batch->pads[r] = t;
        }
        batch->labels[r] = (uint8_t)rng_below(&rng, 2);
    }
    rng_permutation(&rng, batch->order, REVIEWS);
    return batch;
}

struct loaded {
    int32_t tokens[REVIEWS][T], pads[REVIEWS];
    float labels[REVIEWS];
};

static void load(const struct batch_case *batch, struct backend *backend, int first_row, int N,
                 int token_bytes, const int32_t *order, struct loaded *loaded)
{
    size_t rows = (size_t)N;
    struct step_state step = {.first_row = first_row};
    struct guarded memory = guarded_open(backend);
    struct load_batch op = {.N = N, .T = T, .token_bytes = token_bytes};
    op.state = guarded_input(&memory, "state", &step, sizeof step);
    if (order)
        op.order = guarded_input(&memory, "order", order, sizeof batch->order);
    op.all_tokens =
        token_bytes == sizeof(int32_t)
            ? guarded_input(&memory, "all tokens", batch->tokens, sizeof batch->tokens)
            : guarded_input(&memory, "all tokens", batch->short_tokens, sizeof batch->short_tokens);
    op.all_pads = guarded_input(&memory, "all pads", batch->pads, sizeof batch->pads);
    op.all_labels = guarded_input(&memory, "all labels", batch->labels, sizeof batch->labels);
    op.tokens = guarded_output(&memory, "tokens", rows * T * sizeof(int32_t));
    op.pads = guarded_output(&memory, "pads", rows * sizeof(int32_t));
    op.labels = guarded_output(&memory, "labels", rows * sizeof(float));
    backend->ops->load_batch(backend, &op);
    backend->memory->download(backend, loaded->tokens, op.tokens, rows * T * sizeof(int32_t));
    backend->memory->download(backend, loaded->pads, op.pads, rows * sizeof(int32_t));
    backend->memory->download(backend, loaded->labels, op.labels, rows * sizeof(float));
    guarded_close(&memory);
}

static void check(const struct batch_case *batch, struct backend *backend, int first_row, int N,
                  int token_bytes, const int32_t *order)
{
    size_t rows = (size_t)N;
    struct loaded *loaded = allocate(2, sizeof *loaded), *expected = loaded + 1;
    double expected_labels[REVIEWS];
    load(batch, backend, first_row, N, token_bytes, order, loaded);
    reference_load_batch(&(struct reference_load_batch){.N = N,
                                                        .T = T,
                                                        .first_row = first_row,
                                                        .order = order,
                                                        .all_tokens = batch->tokens[0],
                                                        .all_labels = batch->labels,
                                                        .tokens = expected->tokens[0],
                                                        .pads = expected->pads,
                                                        .labels = expected_labels});
    expect_equal_bits("tokens", loaded->tokens, expected->tokens, rows * T * sizeof(int32_t));
    expect_equal_bits("pads", loaded->pads, expected->pads, rows * sizeof(int32_t));
    expect_close("labels", loaded->labels, expected_labels, rows, (struct tolerance){0});
    free(loaded);
}

void batch_case_check_load(struct backend *backend)
{
    struct batch_case *batch = batch_case_make();
    for (int token_bytes = 2; token_bytes <= 4; token_bytes += 2) {
        check(batch, backend, 0, REVIEWS, token_bytes, NULL);
        check(batch, backend, 0, REVIEWS, token_bytes, batch->order);
        check(batch, backend, 64, 6, token_bytes, batch->order);
        check(batch, backend, 64, 6, token_bytes, NULL);
        check(batch, backend, 69, 1, token_bytes, batch->order);
    }
    free(batch);
}

void batch_case_check_next_step(struct backend *backend)
{
    enum { STEPS = 3 };
    static const struct step_state schedule[STEPS] = {{.first_row = 4, .step = 7, .alpha = 0.5f},
                                                      {.first_row = 0, .step = UINT32_MAX, .alpha = -2.0f},
                                                      {.first_row = 2, .step = 0, .alpha = 1e-3f}};
    int32_t position = 0;
    struct guarded memory = guarded_open(backend);
    struct next_step op = {.schedule = guarded_input(&memory, "schedule", schedule, sizeof schedule),
                           .position = guarded_inout(&memory, "position", &position, sizeof position),
                           .state = guarded_output(&memory, "state", sizeof(struct step_state))};
    for (int i = 0; i < STEPS; i++) {
        struct step_state state;
        backend->ops->next_step(backend, &op);
        backend->memory->download(backend, &state, op.state, sizeof state);
        backend->memory->download(backend, &position, op.position, sizeof position);
        expect_equal_bits("state", &state, &schedule[i], sizeof state);
        assert_int_equal(position, i + 1);
    }
    guarded_close(&memory);
}
