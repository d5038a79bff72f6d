/* The whole of aclImdb against the values that are published for Keras' copy of it, or were computed from it: hashes
 * of the word index, of the reviews before the shuffle, and of the padded matrices. */
#include "corpus.h"
#include "digest.h"
#include "matinee/data.h"
#include "ranked_corpus.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

enum { SKIPPED = 77, REVIEWS = 25000, MAXLEN = 500 };

static const char archive_path[] = MATINEE_SHARED "/data/aclImdb.tar.xz";

/* SHA-256 */
static const char train_tokens[] = "735cc3792622a12761baa86d845f6fe69ae251ee21063ff40f8285c20b0e7845",
                  train_labels[] = "badd67404bc50cb6140ba027f9dfeefbec564a8a9c47ff73495f4a21848a88c2",
                  test_tokens[] = "4373078e98326ff230ce8e4e38dae25ca0292003b5490ba115fcf40bdc0982dd",
                  test_labels[] = "9e7042191d5d9d5a10d281324045e0065ee838d6f6bee607609dc506d95b93e9";

/* uint32 count, then the ranks, for each review: what is hashed, on a little-endian machine. */
static uint32_t *stream_of(const struct ranked_reviews *ranked, size_t *bytes)
{
    size_t words = (size_t)ranked->starts[ranked->count];
    *bytes = (words + (size_t)ranked->count) * sizeof(uint32_t);
    uint32_t *stream = malloc(*bytes), *out = stream;
    assert_non_null(stream);
    for (int i = 0; i < ranked->count; i++) {
        size_t count = (size_t)(ranked->starts[i + 1] - ranked->starts[i]);
        *out++ = (uint32_t)count;
        memcpy(out, ranked->ranks + ranked->starts[i], count * sizeof *out);
        out += count;
    }
    return stream;
}

static void check_stream(const struct ranked_reviews *ranked, const char *sha256)
{
    size_t bytes;
    uint32_t *stream = stream_of(ranked, &bytes);
    assert_int_equal(ranked->count, REVIEWS);
    assert_true(digest_equals("sha256sum", stream, bytes, sha256));
    free(stream);
}

static void reviews_before_the_shuffle(void **state)
{
    (void)state;
    struct error error;
    struct corpus corpus = {0};
    struct ranked_corpus ranked = {.ranked = 0};
    if (!word_finder_open(&corpus.finder, 2, &error))
        fail_msg("%s", error.message);
    struct word_finder *finder = corpus.finder;
    if (!corpus_open(&corpus, archive_path, false, NULL, &error) ||
        !ranked_corpus_open(&ranked, &corpus, finder, 2, &error))
        fail_msg("%s", error.message);

    /* Without the words of the test reviews alone. */
    int32_t *ranks = malloc((size_t)ranked.words.count * sizeof *ranks);
    assert_non_null(ranks);
    for (int32_t i = 0; i < ranked.words.count; i++)
        ranks[i] = i < ranked.ranked ? i + 1 : 0;
    ranked_reviews_translate(&ranked.splits[CORPUS_TEST], ranks);
    free(ranks);
    check_stream(&ranked.splits[CORPUS_TRAIN],
                 "4ec76b1fc1307c0e5e14bf16638cd025b7e47b67c126998c5bca1dd2b07a95a6");
    check_stream(&ranked.splits[CORPUS_TEST],
                 "efc1e480bf0687d45847d700c98587ad4992c803e40e68d5ecfb10b9c590ad3d");
    assert_string_equal(corpus_review_name(&corpus, CORPUS_TRAIN, 0), "0_9.txt");

    ranked_corpus_close(&ranked);
    corpus_close(&corpus);
    word_finder_close(finder);
}

static void check_split(const struct reviews *reviews, const char *tokens_sha256, const char *labels_sha256)
{
    assert_int_equal(reviews->count, REVIEWS);
    assert_int_equal(reviews->T, MAXLEN);
    size_t tokens = (size_t)REVIEWS * MAXLEN;
    assert_true(digest_equals("sha256sum", reviews->tokens, tokens * sizeof *reviews->tokens, tokens_sha256));
    assert_true(digest_equals("sha256sum", reviews->labels, REVIEWS, labels_sha256));
    for (size_t n = 0; n < REVIEWS; n++) {
        const int32_t *row = reviews->tokens + n * MAXLEN;
        int32_t pads = 0;
        while (pads < MAXLEN && row[pads] == 0)
            pads++;
        assert_int_equal(reviews->pads[n], pads);
    }
}

static void check_word_index(const struct word_index *words)
{
    struct error error;
    size_t bytes;
    int64_t count;
    const char *word = word_index_word(words, 1, &bytes, &count);
    assert_int_equal(bytes, 3);
    assert_memory_equal(word, "the", 3);
    assert_int_equal(count, 336148);
    word_index_word(words, 5, NULL, &count);
    assert_int_equal(count, 135708);
    assert_int_equal(word_index_count(words), 88584);

    char *json;
    if (!word_index_to_json(words, &json, &bytes, &error))
        fail_msg("%s", error.message);
    assert_int_equal(bytes, 1641221);
    assert_true(digest_equals("md5sum", json, bytes, "bfafd718b763782e994055a2d397834f"));
    free(json);
}

static void matrices_and_word_index(void **state)
{
    (void)state;
    struct error error;
    struct dataset dataset;
    const struct dataset_options options = {.path = archive_path, .num_words = 5000, .maxlen = MAXLEN};
    if (!dataset_open(&dataset, &options, &error))
        fail_msg("%s", error.message);

    check_split(&dataset.train, train_tokens, train_labels);
    check_split(&dataset.test, test_tokens, test_labels);
    check_word_index(dataset.words);

    const struct split_statistics *train = &dataset.train_statistics, *test = &dataset.test_statistics;
    assert_int_equal(train->words, 5942841);
    assert_int_equal(test->words, 5745105);
    assert_int_equal(train->dropped, 0);
    assert_int_equal(test->dropped, 63712);
    assert_int_equal(train->longest, 2494);
    assert_int_equal(test->longest, 2315);
    assert_int_equal(train->shortest, 11);
    assert_int_equal(test->shortest, 7);
    assert_true(train->mean_length > 238.713639 && train->mean_length < 238.713641);
    assert_true(test->mean_length > 230.804199 && test->mean_length < 230.804201);
    assert_int_equal(train->truncated, 2108);
    assert_int_equal(test->truncated, 1925);
    dataset_close(&dataset);
}

/* Keras' imdb.npz as it is written of aclImdb: of the members' sizes and the file's the published one, 17,464,789
 * bytes; and read again it encodes to the same matrices. */
static void through_imdb_npz(void **state)
{
    (void)state;
    struct error error;
    struct dataset dataset;
    struct stat status;
    char *scratch = scratch_open(), *path = scratch_path(scratch, "imdb.npz");
    struct dataset_options options = {
        .path = archive_path, .num_words = 5000, .maxlen = MAXLEN, .keep_ranks = true};
    if (!dataset_open(&dataset, &options, &error) || !dataset_write_npz(&dataset, path, &error))
        fail_msg("%s", error.message);
    dataset_close(&dataset);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 17464789);
    options.path = path;
    if (!dataset_open(&dataset, &options, &error))
        fail_msg("%s", error.message);
    check_split(&dataset.train, train_tokens, train_labels);
    check_split(&dataset.test, test_tokens, test_labels);
    dataset_close(&dataset);
    free(path);
    scratch_close(scratch);
}

int main(void)
{
    struct stat status;
    if (stat(archive_path, &status) != 0) {
        fprintf(stderr, "skipped: no %s\n", archive_path);
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reviews_before_the_shuffle),
        cmocka_unit_test(matrices_and_word_index),
        cmocka_unit_test(through_imdb_npz),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
