/* n-grams in a model file, and in rows of which a word is replaced. */
#include "compare.h"
#include "scratch.h"
#include "small_run.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { COUNT = 60, LENGTH = 9, V = 20, ORDER = 2, T = LENGTH * (1 + ORDER), IDS = V + ORDER * NGRAM_IDS };

/* Of reviews with so many ids. */
static struct ngrams *count(int words)
{
    struct reviews reviews;
    struct ngram_counts *counts = NULL;
    struct error error;
    uint8_t folds[COUNT];
    small_reviews_open(&reviews, COUNT, LENGTH, 6);
    for (int n = 0; n < COUNT; n++)
        folds[n] = (uint8_t)(n % NGRAM_FOLDS);
    const struct ngram_training training = {
        .n = ORDER, .V = words, .reviews = &reviews, .folds = folds, .threads = 1};
    if (!ngram_counts_open(&counts, &training, &error))
        fail_msg("%s", error.message);
    struct ngrams *ngrams = ngram_counts_take(counts);
    ngram_counts_close(counts);
    small_reviews_close(&reviews);
    assert_true(ngrams_count(ngrams) > 10);
    return ngrams;
}

static bool save_and_load(struct checkpoint *loaded, const char *path, struct small_sizes sizes,
                          const struct checkpoint *parts, struct error *error)
{
    struct small_run run;
    struct checkpoint saved = *parts;
    small_run_open(&run, sizes, 1e-3);
    saved.spec = run.spec;
    saved.table = run.table;
    saved.state = run.state;
    const bool good = checkpoint_save(&saved, path, error) && checkpoint_load(loaded, path, error);
    small_run_close(&run);
    return good;
}

static void expect_refused(const char *path, struct small_sizes sizes, const struct checkpoint *parts,
                           const char *message)
{
    struct checkpoint loaded;
    struct error error = {""};
    assert_false(save_and_load(&loaded, path, sizes, parts, &error));
    if (!strstr(error.message, message) || !strstr(error.message, path))
        fail_msg("'%s' does not say '%s'", error.message, message);
}

static void test_they_travel_in_the_file(void **state)
{
    (void)state;
    char *scratch = scratch_open(), *path = scratch_path(scratch, "model.keras");
    struct dataset dataset;
    struct checkpoint loaded;
    struct error error;
    size_t bytes, bytes_loaded, file_bytes, again_bytes;
    const struct small_sizes sizes = {IDS, T, 2, 3, 1, 1};
    const struct dataset_options options = {.path = dataset_sample_name, .num_words = V, .maxlen = LENGTH};
    assert_true(dataset_open(&dataset, &options, &error));
    struct ngrams *ngrams = count(V), *others = count(V + 1);
    const struct checkpoint parts = {.vocabulary = dataset.vocabulary, .ngrams = ngrams};
    if (!save_and_load(&loaded, path, sizes, &parts, &error))
        fail_msg("%s", error.message);
    assert_int_equal(loaded.ngram_order, ORDER);
    assert_int_equal(checkpoint_words(&loaded), V);
    assert_int_equal(checkpoint_length(&loaded), LENGTH);
    unsigned char *before = ngrams_to_bytes(ngrams, &bytes),
                  *after = ngrams_to_bytes(loaded.ngrams, &bytes_loaded);
    assert_int_equal(bytes_loaded, bytes);
    expect_equal_bits("n-grams", after, before, bytes);
    /* Prepared or not, a save gives the same bytes. */
    char *file = scratch_read(path, &file_bytes);
    assert_true(checkpoint_save(&loaded, path, &error) && checkpoint_prepare_saves(&loaded, &error));
    assert_non_null(loaded.ngrams_bytes);
    assert_true(checkpoint_save(&loaded, path, &error));
    char *again = scratch_read(path, &again_bytes);
    assert_int_equal(again_bytes, file_bytes);
    expect_equal_bits("the file", again, file, file_bytes);

    expect_refused(path, (struct small_sizes){IDS, T + 1, 2, 3, 1, 1}, &parts, "no multiple");
    expect_refused(path, (struct small_sizes){IDS, T + 3, 2, 3, 1, 1}, &parts,
                   "encodes 9 ids a review, the model reads 10");
    expect_refused(path, (struct small_sizes){IDS - 1, T, 2, 3, 1, 1}, &parts, "has ids up to 89");
    const struct checkpoint mixed = {.vocabulary = dataset.vocabulary, .ngrams = others};
    expect_refused(path, (struct small_sizes){IDS + 1, T, 2, 3, 1, 1}, &mixed, "has 20 ids");
    before[bytes / 2] ^= 1;
    const struct checkpoint damaged = {.vocabulary = dataset.vocabulary,
                                       .ngrams = ngrams,
                                       .ngrams_bytes = before,
                                       .ngrams_bytes_count = bytes};
    expect_refused(path, sizes, &damaged, "matinee/ngrams.bin: is damaged");
    free(before);
    free(after);
    free(file);
    free(again);
    ngrams_close(ngrams);
    ngrams_close(others);
    checkpoint_close(&loaded);
    dataset_close(&dataset);
    free(path);
    scratch_close(scratch);
}

/* Beside rows of whole texts in which the word is another. */
static void test_a_word_is_replaced_with_its_ngrams(void **state)
{
    (void)state;
    enum { PADS = 2, REPLACEMENT = 2, WORDS = LENGTH - PADS, ROWS = 1 + WORDS };
    static const int32_t tokens[LENGTH] = {0, 0, 1, 3, 5, 2, 4, 3, 1};
    struct small_run run;
    struct reviews reviews;
    struct score score;
    struct error error;
    int32_t positions[WORDS], words[LENGTH];
    double logits[ROWS], expected[ROWS];
    float probabilities[ROWS];
    struct ngrams *ngrams = count(V);
    small_run_open(&run, (struct small_sizes){IDS, T, 6, 7, 3, 1}, 1e-3);
    network_upload(&run.network, &run.state);
    small_reviews_open(&reviews, ROWS, T, V);
    for (int n = 0; n < ROWS; n++) {
        memcpy(words, tokens, sizeof words);
        if (n > 0) {
            positions[n - 1] = PADS + n - 1;
            words[positions[n - 1]] = REPLACEMENT;
        }
        ngrams_expand_row(ngrams, words, LENGTH, PADS, reviews.tokens + n * T, &reviews.pads[n]);
    }
    assert_true(trainer_evaluate(&run.network, &reviews, &score, probabilities, &error));
    for (int n = 0; n < ROWS; n++)
        expected[n] = log((double)probabilities[n]) - log1p(-(double)probabilities[n]);
    const struct occlusion occlusion = {.ngrams = ngrams,
                                        .tokens = tokens,
                                        .pads = PADS,
                                        .replacement = REPLACEMENT,
                                        .count = WORDS,
                                        .positions = positions,
                                        .logits = logits};
    assert_true(trainer_occlude(&run.network, &occlusion, &error));
    expect_close_doubles("logits", logits, expected, ROWS, (struct tolerance){.absolute = 1e-6});
    assert_true(fabs(logits[WORDS] - logits[0]) > 1e-4);
    assert_true(logits[4] == logits[0]); /* it is the replacement already */
    ngrams_close(ngrams);
    small_reviews_close(&reviews);
    small_run_close(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_they_travel_in_the_file),
        cmocka_unit_test(test_a_word_is_replaced_with_its_ngrams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
