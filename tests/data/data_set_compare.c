#include "data_set_compare.h"

#include "ranked_reviews.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check_same_reviews(const struct reviews *a, const struct reviews *b)
{
    size_t count = (size_t)a->count;
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->T, b->T);
    if (count == 0)
        return;
    if (a->tokens != NULL && b->tokens != NULL)
        assert_memory_equal(a->tokens, b->tokens, count * (size_t)a->T * sizeof *a->tokens);
    for (size_t i = 0; i < count * (size_t)a->T; i++)
        assert_int_equal(reviews_token(a, i), reviews_token(b, i));
    assert_memory_equal(a->pads, b->pads, count * sizeof *a->pads);
    assert_memory_equal(a->labels, b->labels, count);
}

static void check_same_statistics(const struct split_statistics *a, const struct split_statistics *b)
{
    assert_int_equal(a->reviews, b->reviews);
    assert_int_equal(a->positive, b->positive);
    assert_int_equal(a->words, b->words);
    assert_int_equal(a->dropped, b->dropped);
    assert_int_equal(a->out_of_vocabulary, b->out_of_vocabulary);
    assert_int_equal(a->shortest, b->shortest);
    assert_int_equal(a->longest, b->longest);
    assert_int_equal(a->median_length, b->median_length);
    assert_true(a->mean_length == b->mean_length);
    assert_int_equal(a->truncated, b->truncated);
}

static void check_same_words(const struct word_index *a, const struct word_index *b)
{
    assert_int_equal(a != NULL, b != NULL);
    if (a == NULL)
        return;
    assert_int_equal(word_index_count(a), word_index_count(b));
    for (int rank = 1; rank <= word_index_count(a); rank++) {
        size_t bytes[2];
        int64_t counts[2];
        const char *words[] = {word_index_word(a, rank, &bytes[0], &counts[0]),
                               word_index_word(b, rank, &bytes[1], &counts[1])};
        assert_int_equal(bytes[0], bytes[1]);
        assert_memory_equal(words[0], words[1], bytes[0]);
        assert_int_equal(counts[0], counts[1]);
    }
}

static void check_same_vocabulary(const struct vocabulary *a, const struct vocabulary *b)
{
    assert_int_equal(a != NULL, b != NULL);
    if (a == NULL)
        return;
    size_t bytes[2];
    char *json[] = {vocabulary_to_json(a, &bytes[0]), vocabulary_to_json(b, &bytes[1])};
    assert_true(json[0] != NULL && json[1] != NULL);
    assert_string_equal(json[0], json[1]);
    free(json[0]);
    free(json[1]);
}

static void check_same_ranks(const struct ranked_reviews *a, const struct ranked_reviews *b)
{
    assert_int_equal(a != NULL, b != NULL);
    for (int split = 0; a != NULL && split < CORPUS_SPLITS; split++) {
        size_t count = (size_t)a[split].count;
        assert_int_equal(a[split].count, b[split].count);
        assert_int_equal(a[split].positive, b[split].positive);
        assert_memory_equal(a[split].starts, b[split].starts, (count + 1) * sizeof *a->starts);
        assert_memory_equal(a[split].ranks, b[split].ranks,
                            (size_t)a[split].starts[count] * sizeof *a->ranks);
        assert_memory_equal(a[split].labels, b[split].labels, count);
    }
}

void check_same_data(const struct dataset *a, const struct dataset *b)
{
    assert_string_equal(a->source, b->source);
    assert_string_equal(a->word_source, b->word_source);
    assert_int_equal(a->is_sample, b->is_sample);
    assert_int_equal(a->is_ranks, b->is_ranks);
    check_same_reviews(&a->train, &b->train);
    check_same_reviews(&a->test, &b->test);
    check_same_statistics(&a->train_statistics, &b->train_statistics);
    check_same_statistics(&a->test_statistics, &b->test_statistics);
    check_same_words(a->words, b->words);
    check_same_vocabulary(a->vocabulary, b->vocabulary);
    check_same_ranks(a->ranked, b->ranked);
}
