/* The random streams: Philox by its published answers, and what is made of its words. */
#include "compare.h"
#include "matinee/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Philox4x32-10 from its definition (Salmon et al. 2011, section 3.3): the judge of the library that rng.c uses. */
static void philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t k0 = key[0], k1 = key[1];
    memcpy(out, counter, 4 * sizeof *out);
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xd2511f53u * out[0], b = (uint64_t)0xcd9e8d57u * out[2];
        uint32_t next[4] = {(uint32_t)(b >> 32) ^ out[1] ^ k0, (uint32_t)b, (uint32_t)(a >> 32) ^ out[3] ^ k1,
                            (uint32_t)a};
        memcpy(out, next, sizeof next);
        k0 += 0x9e3779b9u;
        k1 += 0xbb67ae85u;
    }
}

/* Random123's published answers for the all-zero, the all-one and the pi counters. */
static void test_philox_known_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } answers[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u}},
        {{0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu},
         {0xffffffffu, 0xffffffffu},
         {0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu}},
        {{0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u},
         {0xa4093822u, 0x299f31d0u},
         {0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u}},
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        uint32_t out[4];
        philox(answers[i].counter, answers[i].key, out);
        assert_memory_equal(out, answers[i].out, sizeof out);
    }
}

/* Which word of counter and key holds what is part of the meaning of a seed. */
static void test_stream_is_philox_in_order(void **state)
{
    (void)state;
    static const uint64_t seeds[] = {0, 7, 0x0123456789abcdefu};
    for (size_t i = 0; i < 3; i++) {
        struct rng rng = rng_open(seeds[i], RNG_SHUFFLE, 5);
        uint32_t key[2] = {(uint32_t)seeds[i], (uint32_t)(seeds[i] >> 32)};
        for (uint32_t block = 0; block < 3; block++) {
            uint32_t counter[4] = {block, 0, 5, 2}, words[4];
            philox(counter, key, words);
            for (int word = 0; word < 4; word++)
                assert_int_equal(rng_next(&rng), words[word]);
        }
    }
}

static void test_block_number_carries(void **state)
{
    (void)state;
    struct rng rng = rng_open(1, RNG_INITIALIZER, 3);
    rng.block = 0xffffffffu;
    for (int i = 0; i < 4; i++)
        rng_next(&rng);
    uint32_t counter[4] = {0, 1, 3, 1}, key[2] = {1, 0}, words[4];
    philox(counter, key, words);
    assert_int_equal(rng_next(&rng), words[0]);
}

static void test_stream_numbers_are_fixed(void **state)
{
    (void)state;
    assert_int_equal(RNG_INITIALIZER, 1);
    assert_int_equal(RNG_SHUFFLE, 2);
    assert_int_equal(RNG_SAMPLE, 3);
}

/* Chi-square of `cells` equally likely cells; its mean is cells - 1. */
static double chi_square(const int *counts, int cells, int draws)
{
    double expected = (double)draws / cells, sum = 0.0;
    for (int k = 0; k < cells; k++)
        sum += (counts[k] - expected) * (counts[k] - expected) / expected;
    return sum;
}

/* 0.0005 and 0.9995 quantiles for 255 degrees of freedom; the seed is fixed, so this cannot fail by chance. */
static void expect_uniform_256(const int counts[256], int draws)
{
    double sum = chi_square(counts, 256, draws);
    assert_true(sum > 185.0);
    assert_true(sum < 337.0);
}

static void test_each_byte_is_uniform(void **state)
{
    (void)state;
    enum { DRAWS = 100000 };
    int counts[4][256] = {{0}};
    struct rng rng = rng_open(11, RNG_SAMPLE, 0);
    for (int i = 0; i < DRAWS; i++) {
        uint32_t word = rng_next(&rng);
        for (int byte = 0; byte < 4; byte++)
            counts[byte][word >> (8 * byte) & 255]++;
    }
    for (int byte = 0; byte < 4; byte++)
        expect_uniform_256(counts[byte], DRAWS);
}

static void test_uniform_fills_the_unit_interval(void **state)
{
    (void)state;
    enum { DRAWS = 100000 };
    int counts[256] = {0}, lowest[256] = {0};
    struct rng rng = rng_open(12, RNG_SAMPLE, 0);
    for (int i = 0; i < DRAWS; i++) {
        double u = rng_uniform(&rng);
        assert_true(u >= 0.0);
        assert_true(u < 1.0);
        counts[(int)(u * 256.0)]++;
        lowest[(int64_t)ldexp(u, 53) & 255]++; /* the last of the 53 bits are random too */
    }
    expect_uniform_256(counts, DRAWS);
    expect_uniform_256(lowest, DRAWS);
}

static void test_below_is_fair(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 3, 7, 64, 25000};
    struct rng rng = rng_open(13, RNG_SAMPLE, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int draw = 0; draw < 1000; draw++)
            assert_true(rng_below(&rng, sizes[i]) < sizes[i]);

    int counts[7] = {0};
    for (int draw = 0; draw < 70000; draw++)
        counts[rng_below(&rng, 7)]++;
    assert_true(chi_square(counts, 7, 70000) < 24.1); /* 0.9995 quantile, 6 degrees of freedom */
}

/* With n = 3 * 2^30 the plain product favours every third result: 1/2 of the draws, where 1/3 is fair. */
static void test_below_rejects_the_excess(void **state)
{
    (void)state;
    int counts[3] = {0};
    struct rng rng = rng_open(14, RNG_SAMPLE, 0);
    for (int draw = 0; draw < 30000; draw++)
        counts[rng_below(&rng, 3u << 30) % 3]++;
    assert_true(chi_square(counts, 3, 30000) < 15.2); /* 0.9995 quantile, 2 degrees of freedom */
}

static void test_normal_moments(void **state)
{
    (void)state;
    enum { DRAWS = 200000 };
    double sums[5] = {0}, largest = 0.0;
    struct rng rng = rng_open(15, RNG_INITIALIZER, 0);
    for (int i = 0; i < DRAWS; i++) {
        double x = rng_normal(&rng), power = 1.0;
        largest = fmax(largest, fabs(x));
        for (int k = 1; k <= 4; k++)
            sums[k] += power *= x;
    }
    /* Four standard errors: sqrt(1, 2, 15, 96 / DRAWS). */
    double unit = 4.0 / sqrt(DRAWS);
    expect_close_number("mean", sums[1] / DRAWS, 0.0, (struct tolerance){.absolute = unit});
    expect_close_number("variance", sums[2] / DRAWS, 1.0, (struct tolerance){.absolute = unit * sqrt(2.0)});
    expect_close_number("skewness", sums[3] / DRAWS, 0.0, (struct tolerance){.absolute = unit * sqrt(15.0)});
    expect_close_number("kurtosis", sums[4] / DRAWS, 3.0, (struct tolerance){.absolute = unit * sqrt(96.0)});
    assert_true(largest > 4.0); /* has tails: 6e-5 of the draws lie beyond 4 */
    assert_true(largest < 6.0);
}

/* The share below each of 15 quantiles: a wrong rejection rule bends the shape long before the moments. */
static void test_normal_shape(void **state)
{
    (void)state;
    enum { DRAWS = 100000, CELLS = 16 };
    int counts[CELLS] = {0};
    struct rng rng = rng_open(16, RNG_INITIALIZER, 0);
    for (int i = 0; i < DRAWS; i++)
        counts[(int)(CELLS * 0.5 * erfc(-rng_normal(&rng) / sqrt(2.0)))]++;
    assert_true(chi_square(counts, CELLS, DRAWS) < 40.0); /* 0.9995 quantile, 15 degrees of freedom: 39.7 */
}

static void shuffled(int32_t *order, int n, uint64_t seed, uint32_t epoch)
{
    struct rng rng = rng_open(seed, RNG_SHUFFLE, epoch);
    rng_permutation(&rng, order, n);
}

static void test_permutation_holds_each_once(void **state)
{
    (void)state;
    static const int sizes[] = {1, 2, 5, 1000};
    for (size_t i = 0; i < 4; i++) {
        int32_t order[1000];
        char seen[1000] = {0};
        shuffled(order, sizes[i], 7, 0);
        for (int k = 0; k < sizes[i]; k++) {
            assert_in_range(order[k], 0, sizes[i] - 1);
            assert_false(seen[order[k]]);
            seen[order[k]] = 1;
        }
    }
}

static void test_permutation_follows_seed_and_epoch(void **state)
{
    (void)state;
    int32_t first[100], same[100], next_epoch[100], next_seed[100];
    shuffled(first, 100, 7, 0);
    shuffled(same, 100, 7, 0);
    shuffled(next_epoch, 100, 7, 1);
    shuffled(next_seed, 100, 8, 0);
    assert_memory_equal(first, same, sizeof first);
    assert_memory_not_equal(first, next_epoch, sizeof first);
    assert_memory_not_equal(first, next_seed, sizeof first);
}

static void test_permutations_are_equally_likely(void **state)
{
    (void)state;
    enum { DRAWS = 24000 };
    int counts[256] = {0}, chosen[24], cells = 0;
    struct rng rng = rng_open(17, RNG_SHUFFLE, 0);
    for (int draw = 0; draw < DRAWS; draw++) {
        int32_t order[4];
        rng_permutation(&rng, order, 4);
        counts[order[0] | order[1] << 2 | order[2] << 4 | order[3] << 6]++;
    }
    for (int k = 0; k < 256; k++)
        if (counts[k] > 0) {
            assert_true(cells < 24);
            chosen[cells++] = counts[k];
        }
    assert_int_equal(cells, 24);
    assert_true(chi_square(chosen, 24, DRAWS) < 51.0); /* 0.9995 quantile, 23 degrees of freedom: 50.5 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_philox_known_answers),
        cmocka_unit_test(test_stream_is_philox_in_order),
        cmocka_unit_test(test_block_number_carries),
        cmocka_unit_test(test_stream_numbers_are_fixed),
        cmocka_unit_test(test_each_byte_is_uniform),
        cmocka_unit_test(test_uniform_fills_the_unit_interval),
        cmocka_unit_test(test_below_is_fair),
        cmocka_unit_test(test_below_rejects_the_excess),
        cmocka_unit_test(test_normal_moments),
        cmocka_unit_test(test_normal_shape),
        cmocka_unit_test(test_permutation_holds_each_once),
        cmocka_unit_test(test_permutation_follows_seed_and_epoch),
        cmocka_unit_test(test_permutations_are_equally_likely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
