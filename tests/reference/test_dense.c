/* The reference's dense layer and its loss: gradients against central differences, and values far out. */
#include "compare.h"
#include "matinee/rng.h"
#include "reference/reference.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { N = 5, F = 3, INPUTS = N * F + F + 1 };

/* Inputs in one arena: h (N,F), kernel (F), bias (1). */
struct head {
    double inputs[INPUTS], labels[N], prob[N], dz[N], loss;
    int64_t correct;
};

static double mean_loss(struct head *head)
{
    head->loss = 0.0;
    head->correct = 0;
    reference_dense_bce(&(struct reference_dense_bce){.N = N,
                                                      .batch = N,
                                                      .F = F,
                                                      .h = head->inputs,
                                                      .kernel = head->inputs + N * F,
                                                      .bias = head->inputs + N * F + F,
                                                      .labels = head->labels,
                                                      .prob = head->prob,
                                                      .dz = head->dz,
                                                      .loss = &head->loss,
                                                      .correct = &head->correct});
    return head->loss / N;
}

static void test_gradients(void **state)
{
    (void)state;
    static const double step = 1e-5;
    struct head head = {.labels = {1, 0, 1, 1, 0}};
    double gradients[INPUTS] = {0};
    struct rng rng = rng_open(3, RNG_SAMPLE, 0);
    for (int k = 0; k < INPUTS; k++)
        head.inputs[k] = 4.0 * rng_uniform(&rng) - 2.0;
    mean_loss(&head);
    reference_dense_backward(&(struct reference_dense_backward){.N = N,
                                                                .F = F,
                                                                .h = head.inputs,
                                                                .kernel = head.inputs + N * F,
                                                                .dz = head.dz,
                                                                .dh = gradients,
                                                                .dkernel = gradients + N * F,
                                                                .dbias = gradients + N * F + F});
    for (int k = 0; k < INPUTS; k++) {
        double kept = head.inputs[k];
        head.inputs[k] = kept + step;
        double above = mean_loss(&head);
        head.inputs[k] = kept - step;
        double below = mean_loss(&head);
        head.inputs[k] = kept;
        expect_close_number("gradient of an input of the head", gradients[k], (above - below) / (2.0 * step),
                            (struct tolerance){.absolute = 1e-10, .relative = 1e-6});
    }
}

/* prob rounds to 0 or 1 far out, but the loss is linear in z and finite. */
static void test_confident_mistakes(void **state)
{
    (void)state;
    static const double z[N] = {800.0, -800.0, 800.0, -800.0, 0.0};
    static const double loss[N] = {800.0, 800.0, 0.0, 0.0, 0.69314718055994531};
    double total = 0.0;
    struct head head = {.labels = {0, 1, 1, 0, 1}, .inputs[N * F] = 1.0};
    for (int n = 0; n < N; n++) {
        head.inputs[n * F] = z[n];
        total += loss[n];
    }
    expect_close_number("loss", mean_loss(&head), total / N, (struct tolerance){.relative = 1e-15});
    assert_int_equal(head.correct, 2); /* z = 0 is no prediction of 1 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients),
        cmocka_unit_test(test_confident_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
