/* What becomes of each word of a text, beside what the text becomes. */
#include "vocabulary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Ids 4 good, 5 film, 6 a; ranked but without an id of their own: bad, day. */
enum { NUM_WORDS = 7 };

static struct vocabulary *open_vocabulary(int maxlen)
{
    static const char *const words[] = {"good", "film", "a", "bad", "day"};
    struct error error;
    struct word_table table = {0};
    struct vocabulary *vocabulary = NULL;
    assert_true(word_table_open(&table, &error));
    for (int i = 0; i < 5; i++)
        assert_int_equal(
            word_table_add(&table, (struct word){.text = words[i], .bytes = strlen(words[i])}, &error), i);
    assert_true(vocabulary_open(&vocabulary, &table, NUM_WORDS, maxlen, &error));
    word_table_close(&table);
    return vocabulary;
}

static const char text[] = "A GOOD,strange film--bad! a caf\xC3\xA9's Day... film";

static void check_words(int maxlen, const struct text_word *expected, int count)
{
    struct error error;
    struct vocabulary *vocabulary = open_vocabulary(maxlen);
    struct text_words words;
    assert_true(vocabulary_trace(vocabulary, text, strlen(text), &words, &error));
    assert_int_equal(words.count, count);
    for (int i = 0; i < count; i++) {
        assert_int_equal(words.items[i].start, expected[i].start);
        assert_int_equal(words.items[i].bytes, expected[i].bytes);
        assert_int_equal(words.items[i].state, expected[i].state);
        assert_int_equal(words.items[i].rank, expected[i].rank);
        assert_int_equal(words.items[i].position, expected[i].position);
    }
    text_words_close(&words);
    text_words_close(&words);
    vocabulary_close(vocabulary);
}

static void finds_all_words(void **state)
{
    (void)state;
    static const struct text_word expected[] = {
        {0, 1, WORD_READ, 3, 3},     {2, 4, WORD_READ, 1, 4},     {7, 7, WORD_UNSEEN, 0, -1},
        {15, 4, WORD_READ, 2, 5},    {21, 3, WORD_OUTSIDE, 4, 6}, {26, 1, WORD_READ, 3, 7},
        {28, 7, WORD_UNSEEN, 0, -1}, {36, 3, WORD_OUTSIDE, 5, 8}, {43, 4, WORD_READ, 2, 9},
    };
    check_words(10, expected, 9);
}

static void tells_what_is_cut(void **state)
{
    (void)state;
    static const struct text_word expected[] = {
        {0, 1, WORD_CUT, 3, -1},     {2, 4, WORD_CUT, 1, -1},     {7, 7, WORD_UNSEEN, 0, -1},
        {15, 4, WORD_CUT, 2, -1},    {21, 3, WORD_CUT, 4, -1},    {26, 1, WORD_READ, 3, 0},
        {28, 7, WORD_UNSEEN, 0, -1}, {36, 3, WORD_OUTSIDE, 5, 1}, {43, 4, WORD_READ, 2, 2},
    };
    check_words(3, expected, 9);
}

/* For every length of row, where cut and padded meet included. */
static void agrees_with_the_row(void **state)
{
    (void)state;
    for (int maxlen = 1; maxlen <= 12; maxlen++) {
        struct error error;
        struct vocabulary *vocabulary = open_vocabulary(maxlen);
        struct text_words words;
        int32_t row[12], traced[12] = {0}, pads;
        assert_true(vocabulary_encode(vocabulary, text, strlen(text), row, &pads, &error));
        assert_true(vocabulary_trace(vocabulary, text, strlen(text), &words, &error));
        int tokens = 0;
        for (int i = 0; i < words.count; i++) {
            const struct text_word *word = &words.items[i];
            assert_int_equal(word->position >= 0, word->state == WORD_READ || word->state == WORD_OUTSIDE);
            if (word->position < 0)
                continue;
            assert_in_range(word->position, pads, maxlen - 1);
            traced[word->position] =
                word->state == WORD_READ ? word_index_id(word->rank) : vocabulary_outside_id();
            tokens++;
        }
        if (tokens < maxlen)
            traced[pads] = 1;
        assert_memory_equal(traced, row, (size_t)maxlen * sizeof *row);
        text_words_close(&words);
        vocabulary_close(vocabulary);
    }
}

static void lists_words(void **state)
{
    (void)state;
    struct vocabulary *vocabulary = open_vocabulary(3);
    size_t bytes;
    assert_int_equal(vocabulary_word_count(vocabulary), 5);
    assert_memory_equal(vocabulary_word(vocabulary, 1, &bytes), "good", 4);
    assert_int_equal(bytes, 4);
    assert_memory_equal(vocabulary_word(vocabulary, 5, &bytes), "day", 3);
    assert_int_equal(bytes, 3);
    vocabulary_close(vocabulary);
}

static void check_refused(const struct vocabulary *vocabulary, const char *word, const char *reason)
{
    struct error error = {""};
    int rank;
    assert_false(vocabulary_find(vocabulary, word, &rank, &error));
    if (strstr(error.message, reason) == NULL)
        fail_msg("\"%s\" lacks \"%s\"", error.message, reason);
}

static void finds_one_word(void **state)
{
    (void)state;
    struct vocabulary *vocabulary = open_vocabulary(3);
    struct error error;
    int rank;
    assert_true(vocabulary_find(vocabulary, "film", &rank, &error));
    assert_int_equal(rank, 2);
    assert_true(vocabulary_find(vocabulary, "  A! ", &rank, &error));
    assert_int_equal(rank, 3); /* the last with an id of its own */
    check_refused(vocabulary, "bad", "\"bad\" has rank 4, and only the 3 most frequent words ");
    check_refused(vocabulary, "gut", "\"gut\" was never seen in training");
    check_refused(vocabulary, "good-film", "\"good-film\" is more than one word ");
    check_refused(vocabulary, "good gut", "more than one word ");
    check_refused(vocabulary, "...", "\"...\" is no word ");
    check_refused(vocabulary, "", "\"\" is no word ");
    check_refused(vocabulary, "caf\xE9", "not UTF-8");
    vocabulary_close(vocabulary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_all_words),     cmocka_unit_test(tells_what_is_cut),
        cmocka_unit_test(agrees_with_the_row), cmocka_unit_test(lists_words),
        cmocka_unit_test(finds_one_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
