/* The curve and its area against counting pairs of reviews. */
#include "matinee/rng.h"
#include "matinee/roc.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void open_roc(struct roc *roc, const float *probabilities, const uint8_t *labels, int count)
{
    struct error error;
    if (!roc_open(roc, probabilities, labels, count, &error))
        fail_msg("%s", error.message);
}

static void check_close(double a, double b)
{
    if (!(fabs(a - b) <= 1e-12))
        fail_msg("%.17g is not %.17g", a, b);
}

/* A positive review above a negative one counts 1, a tie a half. */
static double area_of_pairs(const float *probabilities, const uint8_t *labels, int count)
{
    double sum = 0, pairs = 0;
    for (int i = 0; i < count; i++)
        for (int k = 0; k < count; k++)
            if (labels[i] && !labels[k]) {
                pairs++;
                sum += probabilities[i] > probabilities[k]    ? 1
                       : probabilities[i] == probabilities[k] ? 0.5
                                                              : 0;
            }
    return sum / pairs;
}

static double area_of_curve(const struct roc *roc)
{
    double area = 0;
    for (int i = 1; i < roc->count; i++)
        area +=
            (roc->false_rate[i] - roc->false_rate[i - 1]) * (roc->true_rate[i] + roc->true_rate[i - 1]) / 2;
    return area;
}

/* What share of a label's reviews is rated so or better. */
static double share_above(const float *probabilities, const uint8_t *labels, int count, int label,
                          float threshold)
{
    double above = 0, all = 0;
    for (int i = 0; i < count; i++) {
        all += labels[i] == label;
        above += labels[i] == label && probabilities[i] >= threshold;
    }
    return above / all;
}

/* Few levels: many ties. */
static void test_area(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    static const int levels[] = {1, 2, 3, 10, 1000000};
    float probabilities[COUNT];
    uint8_t labels[COUNT];
    struct rng rng = rng_open(5, RNG_SAMPLE, 0);
    for (size_t l = 0; l < sizeof levels / sizeof *levels; l++) {
        for (int i = 0; i < COUNT; i++) {
            labels[i] = rng_below(&rng, 3) == 0;
            const int level = (int)rng_below(&rng, (uint32_t)levels[l]) + (labels[i] ? levels[l] / 4 : 0);
            probabilities[i] = (float)level / (float)(2 * levels[l]);
        }
        struct roc roc;
        open_roc(&roc, probabilities, labels, COUNT);
        check_close(roc.area, area_of_pairs(probabilities, labels, COUNT));
        check_close(area_of_curve(&roc), roc.area);
        assert_true(roc.count <= 2 * levels[l] + 1);
        check_close(roc.false_rate[0] + roc.true_rate[0], 0);
        check_close(roc.false_rate[roc.count - 1] + roc.true_rate[roc.count - 1], 2);
        for (int i = 0; i < COUNT; i++) { /* a corner for each threshold */
            const double false_rate = share_above(probabilities, labels, COUNT, 0, probabilities[i]);
            const double true_rate = share_above(probabilities, labels, COUNT, 1, probabilities[i]);
            bool found = false;
            for (int k = 0; k < roc.count; k++)
                found = found || (fabs(roc.false_rate[k] - false_rate) < 1e-9 &&
                                  fabs(roc.true_rate[k] - true_rate) < 1e-9);
            assert_true(found);
        }
        roc_close(&roc);
    }
}

static void test_perfect(void **state)
{
    (void)state;
    const float probabilities[] = {0.1F, 0.2F, 0.8F, 0.9F};
    struct roc roc;
    open_roc(&roc, probabilities, (const uint8_t[]){0, 0, 1, 1}, 4);
    check_close(roc.area, 1);
    assert_int_equal(roc.count, 5);
    roc_close(&roc);
    open_roc(&roc, probabilities, (const uint8_t[]){1, 1, 0, 0}, 4);
    check_close(roc.area, 0);
    roc_close(&roc);
}

/* All reviews alike: a line from corner to corner. */
static void test_ties(void **state)
{
    (void)state;
    const float probabilities[] = {0.5F, 0.5F, 0.5F};
    struct roc roc;
    open_roc(&roc, probabilities, (const uint8_t[]){0, 1, 0}, 3);
    check_close(roc.area, 0.5);
    assert_int_equal(roc.count, 2);
    roc_close(&roc);
}

static void test_none(void **state)
{
    (void)state;
    const float numbers[] = {0.2F, 0.7F}, odd[] = {0.2F, NAN};
    struct roc roc;
    open_roc(&roc, numbers, (const uint8_t[]){1, 1}, 2);
    assert_true(roc.count == 0 && isnan(roc.area));
    roc_close(&roc);
    open_roc(&roc, numbers, (const uint8_t[]){0, 0}, 2);
    assert_true(roc.count == 0 && isnan(roc.area));
    roc_close(&roc);
    open_roc(&roc, odd, (const uint8_t[]){0, 1}, 2);
    assert_true(roc.count == 0 && isnan(roc.area));
    roc_close(&roc);
    open_roc(&roc, NULL, NULL, 0);
    assert_true(roc.count == 0 && isnan(roc.area));
    roc_close(&roc);
}

static void test_thin(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    static float probabilities[COUNT];
    static uint8_t labels[COUNT];
    for (int i = 0; i < COUNT; i++) {
        probabilities[i] = (float)i / COUNT;
        labels[i] = (uint8_t)(i * 7919 % COUNT < i);
    }
    struct roc roc;
    open_roc(&roc, probabilities, labels, COUNT);
    const double area = roc.area;
    roc_thin(&roc, 0.01);
    assert_true(roc.count > 90 && roc.count < 250);
    check_close(roc.area, area);
    assert_true(fabs(area_of_curve(&roc) - area) < 1e-3);
    check_close(roc.false_rate[roc.count - 1] + roc.true_rate[roc.count - 1], 2);
    roc_close(&roc);
}

static void test_confusion(void **state)
{
    (void)state;
    const float probabilities[] = {0.9F, 0.5F, 0.51F, 0.1F, 0.2F, NAN, 0.7F};
    const uint8_t labels[] = {1, 1, 0, 0, 0, 1, 1};
    const struct confusion c = confusion_of(probabilities, labels, 7);
    assert_int_equal(c.true_positive, 2);
    assert_int_equal(c.false_negative, 2); /* 0.5 is not above 0.5 */
    assert_int_equal(c.false_positive, 1);
    assert_int_equal(c.true_negative, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_area), cmocka_unit_test(test_perfect), cmocka_unit_test(test_ties),
        cmocka_unit_test(test_none), cmocka_unit_test(test_thin),    cmocka_unit_test(test_confusion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
