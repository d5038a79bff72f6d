#include "corpus.h"
#include "imdb.h"
#include "vocabulary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Ids 4 good, 5 film, 6 a; ranked but without an id of their own: bad, day. */
enum { NUM_WORDS = 7, MAXLEN = 5 };

static struct vocabulary *open_vocabulary(void)
{
    static const char *const words[] = {"good", "film", "a", "bad", "day"};
    struct error error;
    struct word_table table = {0};
    struct vocabulary *vocabulary = NULL;
    assert_true(word_table_open(&table, &error));
    for (int i = 0; i < 5; i++)
        assert_int_equal(
            word_table_add(&table, (struct word){.text = words[i], .bytes = strlen(words[i])}, &error), i);
    assert_true(vocabulary_open(&vocabulary, &table, NUM_WORDS, MAXLEN, &error));
    word_table_close(&table);
    return vocabulary;
}

static void check_row(const struct vocabulary *vocabulary, const char *text, const int32_t *expected,
                      int32_t expected_pads)
{
    struct error error;
    int32_t row[MAXLEN + 1], pads = -1;
    row[MAXLEN] = 77;
    if (!vocabulary_encode(vocabulary, text, strlen(text), row, &pads, &error))
        fail_msg("%s", error.message);
    assert_memory_equal(row, expected, MAXLEN * sizeof *row);
    assert_int_equal(row[MAXLEN], 77);
    assert_int_equal(pads, expected_pads);
}

static void check_texts(const struct vocabulary *vocabulary)
{
    check_row(vocabulary, "GOOD film.", (const int32_t[]){0, 0, 1, 4, 5}, 2);
    check_row(vocabulary, "a bad, strange day: good", (const int32_t[]){1, 6, 2, 2, 4}, 0);
    check_row(vocabulary, "good film a bad film", (const int32_t[]){4, 5, 6, 2, 5}, 0);
    check_row(vocabulary, "bad good film a bad film day", (const int32_t[]){5, 6, 2, 5, 2}, 0);
    check_row(vocabulary, "film", (const int32_t[]){0, 0, 0, 1, 5}, 3);
}

static void encodes_as_keras(void **state)
{
    (void)state;
    struct vocabulary *vocabulary = open_vocabulary();
    assert_int_equal(vocabulary_size(vocabulary), NUM_WORDS);
    assert_int_equal(vocabulary_maxlen(vocabulary), MAXLEN);
    check_texts(vocabulary);
    struct vocabulary *copy = vocabulary_copy(vocabulary);
    vocabulary_close(vocabulary);
    assert_non_null(copy);
    check_texts(copy);
    vocabulary_close(copy);
    vocabulary_close(NULL);
}

static void pads_and_truncates_in_front(void **state)
{
    (void)state;
    static const int32_t ranks[] = {1, 2, 96, 97, 5};
    int32_t row[8];
    assert_int_equal(imdb_encode(ranks, 5, 100, 8, row), 2);
    assert_memory_equal(row, ((const int32_t[]){0, 0, 1, 4, 5, 99, 2, 8}), sizeof row);
    assert_int_equal(imdb_encode(ranks, 5, 100, 6, row), 0);
    assert_memory_equal(row, ((const int32_t[]){1, 4, 5, 99, 2, 8}), 6 * sizeof *row);
    assert_int_equal(imdb_encode(ranks, 5, 101, 5, row), 0);
    assert_memory_equal(row, ((const int32_t[]){4, 5, 99, 100, 8}), 5 * sizeof *row);
    assert_int_equal(imdb_encode(ranks, 5, 100, 1, row), 0);
    assert_int_equal(row[0], 8);
    assert_int_equal(imdb_encode(ranks, 0, 100, 2, row), 1);
    assert_memory_equal(row, ((const int32_t[]){0, 1}), 2 * sizeof *row);
}

static void check_refused(const struct vocabulary *vocabulary, const char *text, size_t bytes,
                          const char *reason)
{
    struct error error = {""};
    int32_t row[MAXLEN], pads;
    assert_false(vocabulary_encode(vocabulary, text, bytes, row, &pads, &error));
    if (strstr(error.message, reason) == NULL)
        fail_msg("\"%s\" lacks \"%s\"", error.message, reason);
}

static void refuses_bad_texts(void **state)
{
    (void)state;
    struct vocabulary *vocabulary = open_vocabulary();
    check_refused(vocabulary, "", 0, "empty");
    check_refused(vocabulary, " ... ", 5, "no word that the model knows");
    check_refused(vocabulary, "goodfilm", 8, "no word that the model knows");
    check_refused(vocabulary, "bad day", 7, "no word that the model knows");
    check_refused(vocabulary, "good \xE9t\xE9", 8, "not UTF-8 at byte 5 (0xE9)");
    size_t bytes = REVIEW_MAX_BYTES + 1;
    char *large = malloc(bytes);
    assert_non_null(large);
    memset(large, 'a', bytes);
    check_refused(vocabulary, large, bytes, "larger than 1048576 bytes");
    /* One byte less is not too long: it fails for another reason. */
    check_refused(vocabulary, large, bytes - 1, "no word that the model knows");
    for (size_t i = 1; i < bytes; i += 2)
        large[i] = ' ';
    struct error error;
    int32_t row[MAXLEN], pads;
    assert_true(vocabulary_encode(vocabulary, large, bytes - 1, row, &pads, &error));
    assert_memory_equal(row, ((const int32_t[]){6, 6, 6, 6, 6}), sizeof row);
    free(large);
    vocabulary_close(vocabulary);
}

static void survives_json(void **state)
{
    (void)state;
    struct error error;
    struct vocabulary *vocabulary = open_vocabulary(), *again = NULL;
    size_t bytes;
    char *json = vocabulary_to_json(vocabulary, &bytes);
    assert_non_null(json);
    assert_string_equal(json,
                        "{\"num_words\":7,\"maxlen\":5,\"start_char\":1,\"oov_char\":2,\"index_from\":3,"
                        "\"words\":[\"good\",\"film\",\"a\",\"bad\",\"day\"]}");
    assert_int_equal(bytes, strlen(json));
    if (!vocabulary_from_json(&again, json, bytes, &error))
        fail_msg("%s", error.message);
    check_texts(again);
    free(json);
    vocabulary_close(vocabulary);
    vocabulary_close(again);
}

/* Words hold whatever a review may: quotes in other scripts, control characters, a zero byte. */
static void odd_words_survive_json(void **state)
{
    (void)state;
    static const struct word words[] = {
        {"a\0b", 3}, {"\r\x01\x7F", 3}, {"\xC2\xA0\xF0\x9F\x98\x80", 6}, {"'", 1}};
    struct error error;
    struct word_table table = {0};
    assert_true(word_table_open(&table, &error));
    for (int i = 0; i < 4; i++)
        assert_int_equal(word_table_add(&table, words[i], &error), i);
    struct vocabulary *vocabulary = NULL, *again = NULL;
    assert_true(vocabulary_open(&vocabulary, &table, 100, 10, &error));
    size_t bytes;
    char *json = vocabulary_to_json(vocabulary, &bytes);
    assert_non_null(json);
    if (!vocabulary_from_json(&again, json, bytes, &error))
        fail_msg("%s", error.message);
    assert_int_equal(again->words.count, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(word_table_find(&again->words, words[i]), i);
    free(json);
    vocabulary_close(vocabulary);
    vocabulary_close(again);
    word_table_close(&table);
}

#define HEAD "{\"num_words\":7,\"maxlen\":5,\"start_char\":1,\"oov_char\":2,\"index_from\":3,"

static void refuses_bad_json(void **state)
{
    (void)state;
    static const struct {
        const char *json, *reason;
    } cases[] = {
        {"", "not JSON"},
        {HEAD "\"words\":[\"a\"", "not JSON at byte"},
        {HEAD "\"words\":[\"\xE9\"]}", "not JSON at byte"},
        {HEAD "\"words\":[\"a\"]} x", "not JSON at byte"},
        {HEAD "\"maxlen\":5,\"words\":[\"a\"]}", "not JSON at byte"},
        {"[]", "\"num_words\""},
        {"{}", "\"num_words\""},
        {"{\"num_words\":4}", "\"num_words\""},
        {"{\"num_words\":5000.0}", "\"num_words\""},
        {"{\"num_words\":4294967301}", "\"num_words\""},
        {"{\"num_words\":7}", "\"maxlen\""},
        {"{\"num_words\":7,\"maxlen\":0}", "\"maxlen\""},
        {"{\"num_words\":7,\"maxlen\":1048577}", "\"maxlen\""},
        {"{\"num_words\":7,\"maxlen\":\"5\"}", "\"maxlen\""},
        {"{\"num_words\":7,\"maxlen\":5,\"start_char\":2}", "\"start_char\""},
        {"{\"num_words\":7,\"maxlen\":5,\"start_char\":1}", "\"oov_char\""},
        {"{\"num_words\":7,\"maxlen\":5,\"start_char\":1,\"oov_char\":2}", "\"index_from\""},
        {HEAD "\"wordz\":[\"a\"]}", "\"words\""},
        {HEAD "\"words\":{\"a\":1}}", "\"words\""},
        {HEAD "\"words\":[]}", "\"words\""},
        {HEAD "\"words\":[\"a\",null]}", "entry 1 of \"words\""},
        {HEAD "\"words\":[7]}", "entry 0 of \"words\""},
        {HEAD "\"words\":[\"a\",\"b\",\"a\"]}", "entry 2 of \"words\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {""};
        struct vocabulary *vocabulary = NULL;
        if (vocabulary_from_json(&vocabulary, cases[i].json, strlen(cases[i].json), &error))
            fail_msg("accepted: %s", cases[i].json);
        assert_null(vocabulary);
        if (strstr(error.message, cases[i].reason) == NULL || strstr(error.message, "train or copy") == NULL)
            fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].json, error.message, cases[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_as_keras),  cmocka_unit_test(pads_and_truncates_in_front),
        cmocka_unit_test(refuses_bad_texts), cmocka_unit_test(survives_json),
        cmocka_unit_test(refuses_bad_json),  cmocka_unit_test(odd_words_survive_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
