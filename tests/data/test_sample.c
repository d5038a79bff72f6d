/* The built-in sample: its grammar is whole, its bytes are pinned, and it looks like real reviews. */
#include "corpus.h"
#include "corpus_sample.h"
#include "matinee/data.h"
#include "sample_grammar.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { REVIEWS = SAMPLE_TRAIN_REVIEWS + SAMPLE_TEST_REVIEWS };

/* A change of the grammar, of a draw or of a word moves it, and with it every model trained on the sample. */
static const uint64_t pinned_hash = UINT64_C(0xd36f1b73577272ba);

static struct corpus corpus;

static int open_sample(void **state)
{
    (void)state;
    struct error error;
    if (corpus_open_sample(&corpus, false, &error))
        return 0;
    print_error("%s\n", error.message);
    return -1;
}

static int close_sample(void **state)
{
    (void)state;
    corpus_close(&corpus);
    return 0;
}

/* Review i of both splits one after the other. */
static const char *review_text(int i, size_t *bytes)
{
    bool train = i < SAMPLE_TRAIN_REVIEWS;
    return corpus_review_text(&corpus, train ? CORPUS_TRAIN : CORPUS_TEST,
                              train ? i : i - SAMPLE_TRAIN_REVIEWS, bytes);
}

static void check_slots(const char *choice)
{
    for (const char *c = strchr(choice, '{'); c; c = strchr(c + 1, '{')) {
        const char *end = strchr(c, '}');
        char name[64] = {0};
        assert_non_null(end);
        c += 1 + (c[1] == '!');
        assert_true(end > c && (size_t)(end - c) < sizeof name);
        memcpy(name, c, (size_t)(end - c));
        if (!sample_rule_find(name))
            fail_msg("no rule for {%s} in: %s", name, choice);
    }
}

static void test_every_slot_has_one_rule(void **state)
{
    (void)state;
    const struct sample_rules *parts[] = {&sample_names, &sample_things, &sample_plots, &sample_opinions,
                                          &sample_verdicts};
    for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++) {
        for (size_t r = 0; r < parts[p]->count; r++) {
            const struct sample_rule *rule = &parts[p]->rules[r];
            assert_ptr_equal(sample_rule_find(rule->name), rule);
            assert_true(rule->plain.count > 0);
            for (uint32_t i = 0; i < rule->plain.count; i++)
                check_slots(rule->plain.items[i]);
            for (uint32_t i = 0; i < rule->against.count; i++)
                check_slots(rule->against.items[i]);
        }
    }
}

static void test_counts_and_names(void **state)
{
    (void)state;
    const int counts[CORPUS_SPLITS] = {SAMPLE_TRAIN_REVIEWS, SAMPLE_TEST_REVIEWS};
    for (int split = 0; split < CORPUS_SPLITS; split++) {
        const struct corpus_part *part = &corpus.parts[split];
        assert_int_equal(part->count, counts[split]);
        assert_int_equal(part->positive, counts[split] / 2);
        for (int i = 0; i < part->count; i++) {
            int number = -1, rating = -1, end = 0;
            const char *name = corpus_review_name(&corpus, (enum corpus_split)split, i);
            assert_int_equal(sscanf(name, "%d_%d.txt%n", &number, &rating, &end), 2);
            assert_int_equal(name[end], '\0');
            assert_in_range(number, 0, part->count / 2 - 1);
            if (part->reviews[i].positive)
                assert_in_range(rating, 7, 10);
            else
                assert_in_range(rating, 1, 4);
        }
    }
    assert_string_equal(corpus_review_name(&corpus, CORPUS_TRAIN, 0), "0_9.txt");
}

/* FNV-1a over text and a zero byte of each review in corpus order. */
static void test_bytes_are_pinned(void **state)
{
    (void)state;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < REVIEWS; i++) {
        size_t bytes;
        const char *text = review_text(i, &bytes);
        for (size_t k = 0; k <= bytes; k++)
            hash = (hash ^ (k < bytes ? (unsigned char)text[k] : 0u)) * UINT64_C(0x100000001b3);
    }
    if (hash != pinned_hash)
        fail_msg("hash of the sample: 0x%016llx", (unsigned long long)hash);
}

static void test_texts_are_clean_ascii(void **state)
{
    (void)state;
    for (int i = 0; i < REVIEWS; i++) {
        size_t bytes;
        const char *text = review_text(i, &bytes);
        assert_true(text[0] >= 'A' && text[0] <= 'Z');
        assert_true(text[bytes - 1] == '.' || text[bytes - 1] == '!');
        for (size_t k = 0; k < bytes; k++)
            if (text[k] < ' ' || text[k] > '~' || strchr("{}", text[k]))
                fail_msg("byte %zu of review %d is 0x%02x", k, i, (unsigned)text[k]);
        for (size_t k = 0; k + 3 < bytes; k++) {
            bool article = text[k] == ' ' && (text[k + 1] | 0x20) == 'a' && text[k + 2] == ' ';
            assert_false(article && strchr("aeiouAEIOU", text[k + 3]));
            assert_false(text[k] == ' ' && text[k + 1] == ' ');
        }
    }
}

struct text {
    const char *bytes;
    size_t count;
};

static int compare_texts(const void *left, const void *right)
{
    const struct text *a = left, *b = right;
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    return memcmp(a->bytes, b->bytes, a->count);
}

static void test_no_two_reviews_are_equal(void **state)
{
    (void)state;
    static struct text texts[REVIEWS]; /* of both splits, so this also keeps them apart */
    for (int i = 0; i < REVIEWS; i++)
        texts[i].bytes = review_text(i, &texts[i].count);
    qsort(texts, REVIEWS, sizeof texts[0], compare_texts);
    for (int i = 1; i < REVIEWS; i++)
        assert_true(compare_texts(&texts[i - 1], &texts[i]) != 0);
}

/* Multinomial naive Bayes with add-one smoothing on the encoded rows: the share of test reviews it gets right. */
static double naive_bayes(const struct dataset *data, int vocabulary)
{
    double *counts = calloc(2 * (size_t)vocabulary, sizeof *counts), totals[2] = {0, 0};
    assert_non_null(counts);
    for (int i = 0; i < data->train.count; i++) {
        int label = data->train.labels[i];
        for (int t = data->train.pads[i]; t < data->train.T; t++, totals[label]++)
            counts[2 * data->train.tokens[(size_t)i * (size_t)data->train.T + (size_t)t] + label]++;
    }
    int right = 0;
    for (int i = 0; i < data->test.count; i++) {
        double evidence = 0;
        for (int t = data->test.pads[i]; t < data->test.T; t++) {
            const double *count =
                &counts[2 * data->test.tokens[(size_t)i * (size_t)data->test.T + (size_t)t]];
            evidence += log((count[1] + 1) / (totals[1] + vocabulary)) -
                        log((count[0] + 1) / (totals[0] + vocabulary));
        }
        right += (evidence > 0) == (data->test.labels[i] == 1);
    }
    free(counts);
    return (double)right / data->test.count;
}

static void test_looks_like_real_reviews(void **state)
{
    (void)state;
    struct error error;
    struct dataset data = {0};
    const struct dataset_options options = {.num_words = 5000, .maxlen = 500};
    unsetenv("MATINEE_DATA");
    setenv("XDG_CACHE_HOME", "/nonexistent", 1);
    if (!dataset_open(&data, &options, &error))
        fail_msg("%s", error.message);
    assert_true(data.is_sample);

    /* The real training split: median 178, mean 239, 8.5 % above 500; shortest 11. */
    const struct split_statistics *train = &data.train_statistics;
    assert_in_range(train->median_length, 160, 190);
    assert_true(train->mean_length > 220 && train->mean_length < 245);
    assert_in_range(train->shortest, 10, 20);
    assert_in_range(train->longest, 900, 1300);
    assert_in_range(train->truncated, 260, 400);
    assert_true(word_index_count(data.words) >= 8000);
    assert_true(train->out_of_vocabulary > 0 && data.test_statistics.dropped > 0);

    /* Counting words is worth something and not nearly enough: the order of the words matters. */
    double accuracy = naive_bayes(&data, options.num_words);
    printf("naive Bayes: %.4f\n", accuracy);
    assert_true(accuracy > 0.75 && accuracy < 0.88);
    dataset_close(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_slot_has_one_rule),  cmocka_unit_test(test_counts_and_names),
        cmocka_unit_test(test_bytes_are_pinned),         cmocka_unit_test(test_texts_are_clean_ascii),
        cmocka_unit_test(test_no_two_reviews_are_equal), cmocka_unit_test(test_looks_like_real_reviews),
    };
    return cmocka_run_group_tests(tests, open_sample, close_sample);
}
