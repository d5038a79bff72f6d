/* n-grams against plain loops over all reviews, and their folds. */
#include "matinee/ngrams.h"
#include "matinee/rng.h"
#include "ngram_counts.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { COUNT = 400, T = 9, WIDEST = (1 + NGRAMS_MAX) * T };

/* Rows of few words, so that k-grams recur, of any length from none to all. */
struct rows {
    struct reviews reviews;
    int32_t tokens[COUNT * T], pads[COUNT];
    uint8_t labels[COUNT], folds[COUNT];
};

static struct rows *rows_open(int V, unsigned seed)
{
    struct rows *rows = malloc(sizeof *rows);
    assert_non_null(rows);
    struct rng rng = rng_open(seed, RNG_SAMPLE, 0);
    rows->reviews = (struct reviews){
        .count = COUNT, .T = T, .tokens = rows->tokens, .pads = rows->pads, .labels = rows->labels};
    for (int n = 0; n < COUNT; n++) {
        rows->pads[n] = (int)rng_below(&rng, T + 1);
        rows->labels[n] = rng_below(&rng, 3) > 0;
        rows->folds[n] = (uint8_t)rng_below(&rng, NGRAM_FOLDS);
        for (int t = 0; t < T; t++)
            rows->tokens[n * T + t] =
                t < rows->pads[n] ? 0 : V - 1 - (int32_t)rng_below(&rng, V < 40 ? (uint32_t)V - 1 : 6);
    }
    return rows;
}

static bool contains(const struct reviews *reviews, int n, const int32_t *words, int k)
{
    const int32_t *row = reviews->tokens + (size_t)n * (size_t)reviews->T;
    for (int t = reviews->pads[n]; t + k <= reviews->T; t++)
        if (memcmp(row + t, words, (size_t)k * sizeof *words) == 0)
            return true;
    return false;
}

/* The token of the k words at position t of a review, as the header says it; fold -1: of all counts. */
static int32_t expected_token(const struct rows *rows, int V, const int32_t *row, int t, int k, int fold)
{
    const int first = V + (k - 1) * 35;
    int p = 0, q = 0;
    if (t + k > T)
        return first + 1;
    for (int n = 0; n < COUNT; n++)
        if (rows->folds[n] != fold && contains(&rows->reviews, n, row + t, k))
            *(rows->labels[n] ? &p : &q) += 1;
    if (p + q < 2)
        return first;
    const double x = log((double)(p + 1) / (double)(q + 1)) / 0.15;
    const int bucket = (int)floor(x + 0.5);
    return first + 2 + (bucket < -16 ? -16 : bucket > 16 ? 16 : bucket) + 16;
}

static void expect_row(const struct rows *rows, int n, int V, int order, int fold, const struct reviews *got)
{
    const int32_t *row = rows->tokens + (size_t)n * T;
    const size_t at = (size_t)n * (size_t)got->T;
    assert_int_equal(got->pads[n], rows->pads[n] * (1 + order));
    for (int t = 0; t < T; t++)
        for (int k = 0; k <= order; k++) {
            int32_t expected = k == 0 ? row[t] : expected_token(rows, V, row, t, k, fold);
            if (t < rows->pads[n])
                expected = 0;
            const int32_t token = reviews_token(got, at + (size_t)(t * (1 + order) + k));
            if (token != expected)
                fail_msg("review %d, position %d, k %d, fold %d: %d, not %d", n, t, k, fold, (int)token,
                         (int)expected);
        }
}

static struct ngram_counts *count(const struct ngram_training *training)
{
    struct ngram_counts *counts = NULL;
    struct error error;
    if (!ngram_counts_open(&counts, training, &error))
        fail_msg("%s", error.message);
    return counts;
}

static void test_tokens_are_those_of_plain_loops(void **state)
{
    (void)state;
    for (int order = 1; order <= NGRAMS_MAX; order++)
        for (int i = 0; i < 4; i++) {
            /* Ids of two bytes, of two bytes as far as they go, and of four. */
            const int V = (const int[]){4, 32, 65536 - 35 * order, 65537 - 35 * order}[i];
            struct rows *rows = rows_open(V, (unsigned)(order * 100 + V));
            const struct ngram_training training = {
                .n = order, .V = V, .reviews = &rows->reviews, .folds = rows->folds, .threads = 2};
            struct ngram_counts *counts = count(&training);
            struct reviews trained, others;
            struct error error;
            assert_true(ngram_counts_expand(counts, &training, &trained, &error));
            struct ngrams *ngrams = ngram_counts_take(counts);
            ngram_counts_close(counts);
            assert_true(ngrams_expand(ngrams, &rows->reviews, 1, &others, &error));
            assert_int_equal(trained.T, (1 + order) * T);
            assert_int_equal(trained.short_tokens != NULL, i < 3);
            assert_int_equal(trained.tokens == NULL, i < 3);
            assert_ptr_equal(trained.labels, rows->labels);
            for (int n = 0; n < COUNT; n += 11) {
                expect_row(rows, n, V, order, rows->folds[n], &trained);
                expect_row(rows, n, V, order, -1, &others);
            }
            ngrams_free_rows(&trained);
            ngrams_free_rows(&others);
            ngrams_close(ngrams);
            free(rows);
        }
}

/* A review that is in its own fold alone with what it says: its label must be nowhere in its row. */
static void test_a_trained_review_does_not_see_its_label(void **state)
{
    (void)state;
    enum { V = 30, ORDER = 3 };
    struct rows *rows = rows_open(V, 5);
    const struct ngram_training training = {
        .n = ORDER, .V = V, .reviews = &rows->reviews, .folds = rows->folds, .threads = 1};
    struct error error;
    struct reviews before, after;
    struct ngram_counts *counts = count(&training);
    assert_true(ngram_counts_expand(counts, &training, &before, &error));
    ngram_counts_close(counts);
    for (int n = 0; n < COUNT; n++)
        if (rows->folds[n] == 4)
            rows->labels[n] = !rows->labels[n];
    counts = count(&training);
    assert_true(ngram_counts_expand(counts, &training, &after, &error));
    ngram_counts_close(counts);
    bool others_changed = false;
    for (int n = 0; n < COUNT; n++) {
        const size_t bytes = (size_t)before.T * sizeof *before.short_tokens,
                     at = (size_t)n * (size_t)before.T;
        const bool same = memcmp(before.short_tokens + at, after.short_tokens + at, bytes) == 0;
        assert_true(same || rows->folds[n] != 4);
        others_changed = others_changed || !same;
    }
    assert_true(others_changed);
    ngrams_free_rows(&before);
    ngrams_free_rows(&after);
    free(rows);
}

static void test_threads_change_nothing(void **state)
{
    (void)state;
    enum { V = 40, ORDER = 2 };
    struct rows *rows = rows_open(V, 9);
    unsigned char *first_bytes = NULL;
    struct reviews first = {.count = 0};
    size_t first_size = 0;
    for (int threads = 1; threads <= 7; threads += 2) {
        const struct ngram_training training = {
            .n = ORDER, .V = V, .reviews = &rows->reviews, .folds = rows->folds, .threads = threads};
        struct ngram_counts *counts = count(&training);
        struct reviews expanded;
        struct error error;
        size_t size;
        assert_true(ngram_counts_expand(counts, &training, &expanded, &error));
        struct ngrams *ngrams = ngram_counts_take(counts);
        unsigned char *bytes = ngrams_to_bytes(ngrams, &size);
        assert_non_null(bytes);
        ngram_counts_close(counts);
        ngrams_close(ngrams);
        if (threads == 1) {
            first = expanded;
            first_bytes = bytes;
            first_size = size;
            continue;
        }
        assert_int_equal(size, first_size);
        assert_memory_equal(bytes, first_bytes, size);
        assert_memory_equal(expanded.short_tokens, first.short_tokens,
                            sizeof *first.short_tokens * COUNT * (size_t)first.T);
        free(bytes);
        ngrams_free_rows(&expanded);
    }
    free(first_bytes);
    ngrams_free_rows(&first);
    free(rows);
}

/* What predict --explain relies on. */
static void test_a_changed_word_changes_the_positions_that_are_named(void **state)
{
    (void)state;
    enum { V = 12 };
    for (int order = 1; order <= NGRAMS_MAX; order++) {
        struct rows *rows = rows_open(V, 3);
        const struct ngram_training training = {
            .n = order, .V = V, .reviews = &rows->reviews, .folds = rows->folds, .threads = 1};
        struct ngram_counts *counts = count(&training);
        struct ngrams *ngrams = ngram_counts_take(counts);
        ngram_counts_close(counts);
        for (int n = 0; n < 40; n++) {
            int32_t words[T], whole[WIDEST], part[WIDEST], pads;
            memcpy(words, rows->tokens + (size_t)n * T, sizeof words);
            for (int t = rows->pads[n]; t < T; t++) {
                const int32_t word = words[t];
                ngrams_expand_row(ngrams, words, T, rows->pads[n], part, &pads);
                words[t] = 2;
                const int first = t - order + 1 > rows->pads[n] ? t - order + 1 : rows->pads[n];
                ngrams_expand_positions(ngrams, words, T, first, t + 1, part);
                ngrams_expand_row(ngrams, words, T, rows->pads[n], whole, &pads);
                assert_memory_equal(part, whole, (size_t)(1 + order) * T * sizeof *whole);
                words[t] = word;
            }
        }
        ngrams_close(ngrams);
        free(rows);
    }
}

static void test_buckets_by_hand(void **state)
{
    (void)state;
    const int zero = NGRAM_FIRST_BUCKET + 16;
    assert_int_equal(NGRAM_IDS, 35);
    assert_int_equal(ngram_token(0, 0), NGRAM_UNSEEN);
    assert_int_equal(ngram_token(1, 0), NGRAM_UNSEEN);
    assert_int_equal(ngram_token(1, 1), zero);
    assert_int_equal(ngram_token(2, 0), zero + 7); /* ln 3 / 0.15 = 7.32 */
    assert_int_equal(ngram_token(0, 2), zero - 7);
    assert_int_equal(ngram_token(13, 12), zero);     /* 0.494 */
    assert_int_equal(ngram_token(12, 11), zero + 1); /* 0.534 */
    assert_int_equal(ngram_token(11, 12), zero - 1);
    assert_int_equal(ngram_token(9, 0), zero + 15); /* 15.35 */
    assert_int_equal(ngram_token(12000, 0), NGRAM_IDS - 1);
    assert_int_equal(ngram_token(0, 12000), NGRAM_FIRST_BUCKET);
}

/* Rows in any order; folds by the place in the files, for each label by itself. */
static void expect_folds(int positive, int negative, int positive_block, int negative_block)
{
    const int all = positive + negative;
    uint8_t *labels = malloc((size_t)all), *folds = malloc((size_t)all);
    int32_t *places = malloc((size_t)all * sizeof *places);
    struct error error;
    struct rng rng = rng_open(1, RNG_SAMPLE, (uint32_t)all);
    assert_true(labels && folds && places);
    for (int row = 0; row < all; row++)
        places[row] = row;
    for (int row = all - 1; row > 0; row--) {
        const int other = (int)rng_below(&rng, (uint32_t)row + 1);
        const int32_t place = places[row];
        places[row] = places[other];
        places[other] = place;
    }
    for (int row = 0; row < all; row++)
        labels[row] = places[row] < positive;
    assert_true(ngram_folds(folds, labels, places, all, &error));
    for (int row = 0; row < all; row++) {
        const int place = places[row] < positive ? places[row] : places[row] - positive;
        const int block = places[row] < positive ? positive_block : negative_block;
        assert_int_equal(folds[row], place / block % 10);
    }
    free(labels);
    free(folds);
    free(places);
}

static void test_folds_are_blocks_of_neighbouring_files(void **state)
{
    (void)state;
    expect_folds(12500, 12500, 125, 125);
    expect_folds(1250, 1251, 125, 125);
    expect_folds(1249, 400, 125, 40);
    expect_folds(37, 3, 4, 1);
    expect_folds(1, 1, 1, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens_are_those_of_plain_loops),
        cmocka_unit_test(test_a_trained_review_does_not_see_its_label),
        cmocka_unit_test(test_threads_change_nothing),
        cmocka_unit_test(test_a_changed_word_changes_the_positions_that_are_named),
        cmocka_unit_test(test_buckets_by_hand),
        cmocka_unit_test(test_folds_are_blocks_of_neighbouring_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
