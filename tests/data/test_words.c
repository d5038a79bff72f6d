/* The parts that turn text into ranks, against values of Python 2.7, NumPy and Keras. */
#include "gzip_checksum.h"
#include "mt19937.h"
#include "python2_dict.h"
#include "tokenizer.h"
#include "utf8.h"
#include "word_index.h"
#include "word_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check_words(const char *text, int count, const char *const *expected)
{
    char *copy = strdup(text);
    assert_non_null(copy);
    struct tokenizer tokenizer = tokenizer_open(copy, strlen(copy));
    struct word word;
    for (int i = 0; i < count; i++) {
        assert_true(tokenizer_next(&tokenizer, &word));
        assert_int_equal(word.bytes, strlen(expected[i]));
        assert_memory_equal(word.text, expected[i], word.bytes);
    }
    assert_false(tokenizer_next(&tokenizer, &word));
    assert_false(tokenizer_next(&tokenizer, &word));
    free(copy);
}

static void tokenizer_splits_as_keras_1(void **state)
{
    (void)state;
    check_words("It's GREAT.<br /><br />'L' don't", 6,
                (const char *[]){"it's", "great", "br", "br", "'l'", "don't"});
    check_words("!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n ", 0, NULL);
    check_words("", 0, NULL);
    check_words("a\tb\nc d", 4, (const char *[]){"a", "b", "c", "d"});
    /* Carriage return, vertical tab and the no-break space stay inside words; capitals beyond ASCII stay capital. */
    check_words("a\rb\vc\xC2\xA0"
                "d \xC3\x89T\xC3\x89",
                2,
                (const char *[]){"a\rb\vc\xC2\xA0"
                                 "d",
                                 "\xC3\x89t\xC3\x89"});
    check_words("AZ az 09 \x7F", 4, (const char *[]){"az", "az", "09", "\x7F"});
}

static void utf8_is_strict(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "plain",
                                       "\xC3\xA9",
                                       "\xE2\x82\xAC",
                                       "\xF0\x9F\x98\x80",
                                       "\xF4\x8F\xBF\xBF",
                                       "\xED\x9F\xBF\xEE\x80\x80"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(utf8_valid_bytes(good[i], strlen(good[i])), strlen(good[i]));
    /* Alone, overlong (twice), surrogate, above U+10FFFF, a Latin-1 letter, cut off. */
    static const char *const bad[] = {"ab\x80",         "ab\xC0\xAF",         "ab\xE0\x80\xAF",
                                      "ab\xED\xA0\x80", "ab\xF4\x90\x80\x80", "ab\xE9t\xE9",
                                      "ab\xE2\x82"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(utf8_valid_bytes(bad[i], strlen(bad[i])), 2);

    uint32_t character;
    assert_int_equal(utf8_decode("\xF0\x9F\x98\x80", 4, &character), 4);
    assert_int_equal(character, 0x1F600);
}

static void python2_hashes(void **state)
{
    (void)state;
    assert_int_equal(python2_hash("", 0), 0);
    assert_int_equal(python2_hash("a", 1), 12416037344u);
    assert_int_equal(python2_hash("the", 3), 0xeb3fdf6313cea5fau);
    assert_int_equal(python2_hash("fawn", 4), 0xf8edc0a167d40000u);
    assert_int_equal(python2_hash("tsukino", 7), 0x21a116001fd80002u);
}

/* The order of {word: ...} for words inserted as given, as a list of their places in it. */
static void check_dict(int count, const char *const *words, const int32_t *expected)
{
    uint64_t hashes[64] = {0};
    int32_t order[64];
    struct error error;
    for (int i = 0; i < count; i++)
        hashes[i] = python2_hash(words[i], strlen(words[i]));
    assert_true(python2_dict_order(hashes, count, order, &error));
    for (int i = 0; i < count; i++)
        assert_int_equal(order[i], expected[i]);
}

static void python2_dict_orders(void **state)
{
    (void)state;
    struct error error;
    check_dict(0, NULL, NULL);
    check_dict(4, (const char *[]){"a", "b", "c", "d"}, (const int32_t[]){0, 2, 1, 3});
    check_dict(3, (const char *[]){"one", "two", "three"}, (const int32_t[]){2, 1, 0});

    /* Across resizes by 4, and by 2 from 50,000 keys on: the decimal numbers below 90,000. */
    enum { KEYS = 90000 };
    uint64_t *hashes = malloc(KEYS * sizeof *hashes);
    int32_t *order = malloc(KEYS * sizeof *order);
    assert_non_null(hashes);
    assert_non_null(order);
    for (int i = 0; i < KEYS; i++) {
        char key[8];
        hashes[i] = python2_hash(key, (size_t)snprintf(key, sizeof key, "%d", i));
    }
    assert_true(python2_dict_order(hashes, KEYS, order, &error));
    static const int32_t first[] = {40135, 89370, 89371, 89372, 89373, 89374, 89375, 89376};
    assert_memory_equal(order, first, sizeof first);
    uint64_t sum = 0;
    for (uint64_t i = 0; i < KEYS; i++)
        sum += i * (uint64_t)order[i];
    assert_int_equal(sum, 183508282216627u);
    free(hashes);
    free(order);
}

static void mersenne_twister(void **state)
{
    (void)state;
    struct mt19937 mt;
    mt19937_open(&mt, 113);
    static const uint32_t first[] = {3659249829u, 529109724u, 317413538u, 548173386u, 3843702636u};
    for (int i = 0; i < 5; i++)
        assert_int_equal(mt19937_next(&mt), first[i]);
    /* The 10,000th output of seed 5489 is the one that the C++ standard prescribes. */
    mt19937_open(&mt, 5489);
    for (int i = 1; i < 10000; i++)
        mt19937_next(&mt);
    assert_int_equal(mt19937_next(&mt), 4123659995u);
}

static void check_order(struct mt19937 *mt, const int32_t *first, int first_count, const int32_t *last)
{
    enum { REVIEWS = 25000, LAST = 5 };
    int32_t *order = malloc(REVIEWS * sizeof *order);
    assert_non_null(order);
    for (int i = 0; i < REVIEWS; i++)
        order[i] = i;
    mt19937_shuffle(mt, order, REVIEWS);
    assert_memory_equal(order, first, (size_t)first_count * sizeof *first);
    assert_memory_equal(order + REVIEWS - LAST, last, LAST * sizeof *last);
    free(order);
}

static void keras_permutations(void **state)
{
    (void)state;
    struct mt19937 mt;
    mt19937_open(&mt, 113);
    check_order(&mt, (const int32_t[]){7798, 13226, 18078, 793, 17499, 23003, 574, 19638, 5181, 23045}, 10,
                (const int32_t[]){11010, 16236, 22690, 4828, 14501});
    check_order(&mt, (const int32_t[]){22748, 4083, 8015, 13688, 5310, 4466, 736, 22654, 23614, 10255}, 10,
                (const int32_t[]){8142, 2321, 23183, 20869, 16517});
}

/* The check value of CRC-32, in one piece and in two. */
static void gzip_checksums(void **state)
{
    (void)state;
    static const char digits[] = "123456789";
    struct gzip_checksum whole = {0}, pieces = {0};
    gzip_checksum_add(&whole, digits, 9);
    assert_int_equal(whole.crc, 0xCBF43926u);
    assert_int_equal(whole.bytes, 9);
    gzip_checksum_add(&pieces, digits, 4);
    gzip_checksum_add(&pieces, digits + 4, 5);
    assert_int_equal(pieces.crc, whole.crc);
}

static struct word word_of(const char *text)
{
    return (struct word){.text = text, .bytes = strlen(text)};
}

static void word_table_numbers_words(void **state)
{
    (void)state;
    struct error error;
    struct word_table table = {0};
    assert_true(word_table_open(&table, &error));
    assert_int_equal(word_table_find(&table, word_of("7")), WORD_UNKNOWN);
    enum { WORDS = 20000 };
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < WORDS; i++) {
            char text[8];
            snprintf(text, sizeof text, "%d", i);
            assert_int_equal(word_table_add(&table, word_of(text), &error), i);
            assert_int_equal(word_table_find(&table, word_of(text)), i);
        }
    assert_int_equal(table.count, WORDS);
    assert_int_equal(word_table_find(&table, word_of("20000")), WORD_UNKNOWN);
    struct word word = word_table_word(&table, 1234);
    assert_int_equal(word.bytes, 4);
    assert_memory_equal(word.text, "1234", 4);
    word_table_close(&table);
    word_table_close(&table);
}

static void word_index_ranks_and_writes(void **state)
{
    (void)state;
    /* By falling count, then in the order of a dict; the file's order takes two more. One collision is enough to tell
     * them apart. Computed with an emulation of the dict in Python. */
    static const char *const words[] = {
        "a", "good", "day", "film", "slow", "\xC3\xA9", "\xF0\x9F\x98\x80", "\r\x01\x7F"};
    static const int64_t counts[] = {1, 3, 1, 2, 1, 9, 8, 7};
    enum { WORDS = sizeof words / sizeof words[0] };
    struct error error;
    struct word_table seen = {0};
    assert_true(word_table_open(&seen, &error));
    for (int i = 0; i < WORDS; i++)
        assert_int_equal(word_table_add(&seen, word_of(words[i]), &error), i);
    int32_t rank_of[WORDS];
    assert_true(word_index_rank(&seen, counts, rank_of, &error));
    assert_int_equal(rank_of[5], 1);
    assert_int_equal(rank_of[6], 2);
    assert_int_equal(rank_of[7], 3);
    assert_int_equal(rank_of[1], 4);
    assert_int_equal(rank_of[3], 5);

    char text[64];
    int64_t ends[WORDS], counts_by_rank[WORDS], end = 0;
    for (int rank = 1; rank <= WORDS; rank++)
        for (int i = 0; i < WORDS; i++)
            if (rank_of[i] == rank) {
                memcpy(text + end, words[i], strlen(words[i]));
                ends[rank - 1] = end += (int64_t)strlen(words[i]);
                counts_by_rank[rank - 1] = counts[i];
            }
    const struct word_texts by_rank = {.count = WORDS, .text = text, .ends = ends};
    struct word_index *index = NULL;
    assert_true(word_index_open(&index, &by_rank, WORDS, counts_by_rank, &error));

    char *json;
    size_t bytes;
    assert_true(word_index_to_json(index, &json, &bytes, &error));
    assert_int_equal(bytes, strlen(json));
    assert_string_equal(json,
                        "{\"a\": 6, \"\\u00e9\": 1, \"slow\": 7, \"\\r\\u0001\\u007f\": 3, \"good\": 4, "
                        "\"\\ud83d\\ude00\": 2, \"day\": 8, \"film\": 5}");
    free(json);
    word_index_close(index);
    word_table_close(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokenizer_splits_as_keras_1),
        cmocka_unit_test(utf8_is_strict),
        cmocka_unit_test(python2_hashes),
        cmocka_unit_test(python2_dict_orders),
        cmocka_unit_test(mersenne_twister),
        cmocka_unit_test(keras_permutations),
        cmocka_unit_test(gzip_checksums),
        cmocka_unit_test(word_table_numbers_words),
        cmocka_unit_test(word_index_ranks_and_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
