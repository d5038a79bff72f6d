/* Dropout masks: Philox's published answers through the layout of the counter, and what statistics can see. */
#include "compare.h"
#include "matinee/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static float rate_of(uint32_t word)
{
    return (float)ldexp((double)word, -32);
}

/* The words of a block can only be seen through a threshold. Rates have 24 bits: a word is kept by the greatest rate
 * that is not above it, and dropped by the next one. */
static void expect_word(const struct dropout_key *key, uint32_t row, size_t element, uint32_t word)
{
    float above = rate_of(word), mask;
    if ((double)above <= ldexp((double)word, -32))
        above = nextafterf(above, 1.0f);
    float below = nextafterf(above, 0.0f);
    dropout_mask(key, row, below, element, 1, &mask);
    if (!(mask > 0.0f))
        fail_msg("element %zu is dropped at rate %.9g, its word is 0x%08x", element, (double)below, word);
    if (above >= 1.0f)
        return; /* no rate */
    dropout_mask(key, row, above, element, 1, &mask);
    if (!(mask <= 0.0f))
        fail_msg("element %zu is kept at rate %.9g, its word is 0x%08x", element, (double)above, word);
}

/* Random123's published answers: counter {block, row, step, stream}, key {seed low, seed high}. */
static void test_known_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], words[4];
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
        const uint32_t *counter = answers[i].counter, *key = answers[i].key;
        struct dropout_key dropout = {
            .seed = (uint64_t)key[1] << 32 | key[0], .step = counter[2], .stream = counter[3]};
        for (size_t word = 0; word < 4; word++)
            expect_word(&dropout, counter[1], 4 * (size_t)counter[0] + word, answers[i].words[word]);
    }
}

/* A word equal to the threshold is kept. A rate below 2^-8 can have any threshold exactly, and the words of row 0 are
 * those of struct rng. */
static void test_threshold(void **state)
{
    (void)state;
    enum { MANY = 64 };
    struct rng rng = rng_open(9, RNG_SAMPLE, 5);
    struct dropout_key key = {.seed = 9, .stream = RNG_SAMPLE, .step = 5};
    int found = 0;
    for (size_t i = 0; i < 5000; i++) {
        uint32_t word = rng_next(&rng);
        if (word >= 1u << 24)
            continue;
        float kept[MANY], dropped[MANY];
        for (size_t count = 1; count <= MANY; count += MANY - 1) { /* alone, and among others at once */
            size_t first = i / count * count;
            dropout_mask(&key, 0, rate_of(word), first, count, kept);
            dropout_mask(&key, 0, rate_of(word + 1), first, count, dropped);
            assert_true(kept[i - first] > 0.0f && dropped[i - first] <= 0.0f);
        }
        found++;
    }
    assert_true(found > 5);
}

static void test_values(void **state)
{
    (void)state;
    struct dropout_key key = {.seed = 9};
    static const float rates[] = {0.0f, 0.1f, 0.2f, 0.25f, 0.5f, 0.9f, 0.99999994f};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        float mask[1000], scale = 1.0f / (1.0f - rates[i]);
        dropout_mask(&key, 0, rates[i], 0, 1000, mask);
        for (size_t k = 0; k < 1000; k++)
            if (!(mask[k] >= scale && mask[k] <= scale) &&
                !(mask[k] >= 0.0f && mask[k] <= 0.0f && rates[i] > 0.0f))
                fail_msg("rate %g, element %zu: %.9g", (double)rates[i], k, (double)mask[k]);
    }
    float mask[64];
    dropout_mask(&key, 0, 0.2f, 0, 64, mask);
    for (size_t k = 0; k < 64; k++)
        assert_true(mask[k] <= 0.0f || (mask[k] >= 1.25f && mask[k] <= 1.25f));
}

static void test_parts_equal_the_whole(void **state)
{
    (void)state;
    enum { COUNT = 200, GUARD = 2 };
    struct dropout_key key = {.seed = 3, .stream = 4, .step = 5};
    float whole[COUNT];
    dropout_mask(&key, 6, 0.4f, 0, COUNT, whole);
    for (size_t first = 0; first < 40; first++)
        for (size_t count = 0; count < 40; count++) {
            float part[40 + GUARD];
            fill_nan(part, count + GUARD);
            dropout_mask(&key, 6, 0.4f, first, count, part);
            expect_equal_bits("part of a mask", part, whole + first, count * sizeof(float));
            for (size_t k = count; k < count + GUARD; k++)
                assert_true(isnan(part[k]));
        }
}

enum { ELEMENTS = 20000 };

static void expect_rate(const struct dropout_key *key, uint32_t row, float rate)
{
    float *mask = allocate(ELEMENTS, sizeof *mask);
    double dropped = 0.0, p = (double)rate, sigma = sqrt(p * (1.0 - p) * ELEMENTS);
    dropout_mask(key, row, rate, 0, ELEMENTS, mask);
    for (size_t k = 0; k < ELEMENTS; k++)
        dropped += mask[k] <= 0.0f;
    if (!(fabs(dropped - p * ELEMENTS) <= 4.0 * sigma))
        fail_msg("rate %g: %g of %d elements are dropped", p, dropped, ELEMENTS);
    free(mask);
}

static void test_rates(void **state)
{
    (void)state;
    static const float rates[] = {0.01f, 0.1f, 0.2f, 0.25f, 0.5f, 0.8f, 0.99f};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++)
        for (uint32_t row = 0; row < 5; row++)
            expect_rate(&(struct dropout_key){.seed = 21, .stream = (uint32_t)i, .step = row * row}, row,
                        rates[i]);
}

/* A mask and where it comes from. */
struct source {
    const char *what;
    struct dropout_key key;
    uint32_t row;
};

static struct source source_of(const char *what, uint64_t seed, uint32_t step, uint32_t row, uint32_t stream)
{
    return (struct source){.what = what, .key = {.seed = seed, .stream = stream, .step = step}, .row = row};
}

/* Correlation of two masks, in standard deviations of that of independent ones. */
static double correlation(const float *a, const float *b, size_t count, double rate)
{
    double mean = 1.0, sum = 0.0, variance = rate / (1.0 - rate); /* of a mask's factor */
    for (size_t k = 0; k < count; k++)
        sum += ((double)a[k] - mean) * ((double)b[k] - mean);
    return sum / (variance * sqrt((double)count));
}

/* Neither are neighbours in anything that a mask depends on alike, nor is a mask like itself moved a little. */
static void test_no_correlation(void **state)
{
    (void)state;
    const float rate = 0.2f;
    uint32_t gates = dropout_stream(1, DROPOUT_GATE_INPUT),
             recurrent = dropout_stream(1, DROPOUT_GATE_RECURRENT);
    const struct source sources[] = {
        source_of("gate 0", 1, 0, 0, dropout_gate_stream(gates, 0, 0)),
        source_of("gate 1", 1, 0, 0, dropout_gate_stream(gates, 0, 1)),
        source_of("gate 2", 1, 0, 0, dropout_gate_stream(gates, 0, 2)),
        source_of("gate 3", 1, 0, 0, dropout_gate_stream(gates, 0, 3)),
        source_of("the other direction", 1, 0, 0, dropout_gate_stream(gates, 1, 0)),
        source_of("recurrent gate 0", 1, 0, 0, dropout_gate_stream(recurrent, 0, 0)),
        source_of("recurrent, the other direction", 1, 0, 0, dropout_gate_stream(recurrent, 1, 0)),
        source_of("the next layer", 1, 0, 0, dropout_stream(2, DROPOUT_GATE_INPUT)),
        source_of("an embedding", 1, 0, 0, dropout_stream(0, DROPOUT_EMBEDDING_OUTPUT)),
        source_of("its rows", 1, 0, 0, dropout_stream(0, DROPOUT_EMBEDDING_ROWS)),
        source_of("an LSTM's output", 1, 0, 0, dropout_stream(1, DROPOUT_LSTM_OUTPUT)),
        source_of("a convolution's output", 1, 0, 0, dropout_stream(1, DROPOUT_CONV_OUTPUT)),
        source_of("the next step", 1, 1, 0, dropout_gate_stream(gates, 0, 0)),
        source_of("step 2", 1, 2, 0, dropout_gate_stream(gates, 0, 0)),
        source_of("the next row", 1, 0, 1, dropout_gate_stream(gates, 0, 0)),
        source_of("row 2", 1, 0, 2, dropout_gate_stream(gates, 0, 0)),
        source_of("another seed", 2, 0, 0, dropout_gate_stream(gates, 0, 0)),
        source_of("a seed's high word", 1ull << 32 | 1, 0, 0, dropout_gate_stream(gates, 0, 0)),
    };
    enum { SOURCES = sizeof sources / sizeof sources[0], MOVED = 5 };
    float *masks = allocate(SOURCES * ELEMENTS, sizeof *masks);
    for (size_t i = 0; i < SOURCES; i++)
        dropout_mask(&sources[i].key, sources[i].row, rate, 0, ELEMENTS, masks + i * ELEMENTS);
    for (size_t i = 0; i < SOURCES; i++)
        for (size_t j = 0; j <= i; j++)
            for (size_t moved = i == j; moved < MOVED; moved++) {
                double sigmas = correlation(masks + i * ELEMENTS, masks + j * ELEMENTS + moved,
                                            ELEMENTS - moved, (double)rate);
                if (!(fabs(sigmas) <= 4.0))
                    fail_msg("%s and %s, %zu elements on: correlation of %.1f sigma", sources[i].what,
                             sources[j].what, moved, sigmas);
            }
    free(masks);
}

/* Every stream that a network can ask for is another one, and none is a stream of struct rng. */
static void test_streams_differ(void **state)
{
    (void)state;
    enum { LAYERS = 4, KINDS = 6, DIRECTIONS = 2, GATES = 4, STREAMS = LAYERS * KINDS * DIRECTIONS * GATES };
    uint32_t streams[STREAMS];
    size_t count = 0;
    for (int layer = 0; layer < LAYERS; layer++)
        for (int kind = DROPOUT_EMBEDDING_OUTPUT; kind <= DROPOUT_EMBEDDING_ROWS; kind++)
            for (int direction = 0; direction < DIRECTIONS; direction++)
                for (int gate = 0; gate < GATES; gate++)
                    streams[count++] =
                        dropout_gate_stream(dropout_stream(layer, (enum dropout_kind)kind), direction, gate);
    assert_int_equal(count, STREAMS);
    for (size_t i = 0; i < count; i++) {
        assert_true(streams[i] > RNG_SAMPLE);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(streams[i], streams[j]);
    }
    assert_int_equal(dropout_gate_stream(dropout_stream(3, DROPOUT_GATE_RECURRENT), 1, 2), 0x31402);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),  cmocka_unit_test(test_threshold),
        cmocka_unit_test(test_values),         cmocka_unit_test(test_parts_equal_the_whole),
        cmocka_unit_test(test_rates),          cmocka_unit_test(test_no_correlation),
        cmocka_unit_test(test_streams_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
