/* The CPU backend's LSTM against itself: its gradient and the differences of its own forward pass, in float.
 *
 * y has errors near 1e-6, so the objective (a sum of 64 terms of size below 1) has some 1e-5; divided by a step of
 * 1e-2 along a direction of slope 1 to 10 that is 1e-3. Truncation, of fourth order, is far below. Looser than the
 * reference's test by a factor of 1000, this one needs nobody else's formulas: a wrong sign or a missing term in both
 * would show. */
#include "compare.h"
#include "matinee/cpu.h"
#include "matinee/rng.h"
#include "ops/lstm_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static double objective(const struct lstm_case *lstm_case, struct backend *backend)
{
    struct lstm_result result;
    double sum = 0.0;
    lstm_case_run(lstm_case, backend, PADS_KNOWN, &result);
    for (size_t k = 0; k < lstm_case->y_count; k++)
        sum += (double)lstm_case->dy[k] * result.y[k];
    lstm_result_close(&result);
    return sum;
}

static double slope(struct lstm_case *lstm_case, struct backend *backend, const double *direction)
{
    static const double step = 1e-2, offsets[] = {1, -1, 2, -2}, factors[] = {8, -8, -1, 1};
    float *kept = allocate(lstm_case->count, sizeof *kept);
    double sum = 0.0;
    memcpy(kept, lstm_case->weights, lstm_case->count * sizeof *kept);
    for (int i = 0; i < 4; i++) {
        for (size_t k = 0; k < lstm_case->count; k++)
            lstm_case->weights[k] = (float)(kept[k] + offsets[i] * step * direction[k]);
        sum += factors[i] * objective(lstm_case, backend);
    }
    memcpy(lstm_case->weights, kept, lstm_case->count * sizeof *kept);
    free(kept);
    return sum / (12.0 * step);
}

/* One direction a tensor and one through all. */
static void check_directions(struct lstm_form form)
{
    struct error error;
    struct backend *backend;
    struct lstm_case lstm_case;
    struct lstm_result result;
    struct rng rng = rng_open(21, RNG_SAMPLE, 0);
    assert_true(cpu_backend_open(&backend, 2, &error));
    lstm_case_open(&lstm_case, (struct lstm_dims){9, 5, 12, 8, 13}, form, ROWS_MIXED);
    lstm_case_run(&lstm_case, backend, PADS_KNOWN, &result);
    double *direction = allocate(lstm_case.count, sizeof *direction);
    for (int tensor = 0; tensor <= lstm_case.tensor_count; tensor++) {
        double along = 0.0;
        for (size_t k = 0; k < lstm_case.count; k++) {
            bool within = tensor == lstm_case.tensor_count ||
                          (k >= lstm_case.tensors[tensor].offset &&
                           k - lstm_case.tensors[tensor].offset < lstm_case.tensors[tensor].count);
            direction[k] = within ? 2.0 * rng_uniform(&rng) - 1.0 : 0.0;
            along += direction[k] * ((double)result.gradients[k] - lstm_case.before[k]);
        }
        expect_close_number("gradient along a direction", along, slope(&lstm_case, backend, direction),
                            (struct tolerance){.absolute = 1e-3, .relative = 1e-3});
    }
    free(direction);
    lstm_result_close(&result);
    lstm_case_close(&lstm_case);
    backend->close(backend);
}

static void test_directions(void **state)
{
    (void)state;
    check_directions(lstm_of_tokens);
    check_directions((struct lstm_form){
        .D = 2, .sequences = true, .x = true, .input_rate = 0.2f, .recurrent_rate = 0.4f, .mask_count = 4});
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_directions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
