/* predictions.csv: what is written is read again to the bit; texts stand with the most confident mistakes. */
#include "predictions.h"

#include "matinee/rng.h"
#include "scratch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *scratch, *table, *path;

static int open_scratch(void **state)
{
    (void)state;
    scratch = scratch_open();
    table = scratch_path(scratch, "reviews.csv");
    path = scratch_path(scratch, "predictions.csv");
    return 0;
}

static int close_scratch(void **state)
{
    (void)state;
    free(table);
    free(path);
    scratch_close(scratch);
    return 0;
}

/* 4 training and `count` test reviews, whose texts say their line. */
static void open_reviews(struct dataset *data, int count)
{
    char *text = malloc(64 + 64 * (size_t)count);
    int used = sprintf(text, "text,label\ngood film,1\nbad film,0\nfilm good,1\nfilm bad,0\n");
    struct error error;
    for (int i = 0; i < count; i++)
        used += sprintf(text + used, "\"%s, \"\"film\"\" <%d>\",%d\n", i % 2 ? "bad" : "good", i, i % 2 == 0);
    scratch_write(table, text, (size_t)used);
    free(text);
    const struct dataset_options options = {
        .path = table,
        .num_words = 20,
        .maxlen = 5,
        .keep_texts = KEEP_TEST_TEXTS,
        .table.test_fraction = count / (count + 4.0),
    };
    if (!dataset_open(data, &options, &error))
        fail_msg("%s", error.message);
    assert_int_equal(data->test.count, count);
}

static void write(const struct predicted_reviews *predicted)
{
    struct error error;
    if (!predictions_write(path, predicted, &error))
        fail_msg("%s", error.message);
}

static void read(struct predictions *predictions)
{
    struct error error;
    if (!predictions_read(predictions, path, &error))
        fail_msg("%s", error.message);
}

static void test_round_trip(void **state)
{
    (void)state;
    enum { COUNT = 3000 };
    static float probabilities[COUNT];
    struct dataset data;
    struct predictions read_again = {.count = 0};
    open_reviews(&data, COUNT);
    struct rng rng = rng_open(3, RNG_SAMPLE, 0);
    for (int i = 0; i < COUNT; i++)
        probabilities[i] = (float)rng_uniform(&rng);
    probabilities[7] = 1e-30F;
    probabilities[8] = 1;
    probabilities[9] = 0;
    write(&(struct predicted_reviews){
        .reviews = &data.test, .probabilities = probabilities, .texts = data.texts});
    read(&read_again);
    assert_int_equal(read_again.count, COUNT);
    assert_memory_equal(read_again.probabilities, probabilities, sizeof probabilities);
    assert_memory_equal(read_again.labels, data.test.labels, COUNT);
    int texts = 0, told[2 * MISTAKES_MAX];
    int wrong = confident_mistakes(probabilities, data.test.labels, COUNT, true, told);
    assert_int_equal(wrong, MISTAKES_MAX);
    wrong += confident_mistakes(probabilities, data.test.labels, COUNT, false, told + wrong);
    assert_int_equal(wrong, 2 * MISTAKES_MAX);
    for (int i = 0; i < COUNT; i++) {
        char name[REVIEW_NAME_BYTES];
        review_texts_name(data.texts, i, name);
        assert_string_equal(read_again.characters + read_again.names[i], name);
        texts += read_again.characters[read_again.texts[i]] != '\0';
    }
    assert_int_equal(texts, 2 * MISTAKES_MAX);
    for (int i = 0; i < wrong; i++) {
        const char *name = read_again.characters + read_again.names[told[i]];
        const char *text = read_again.characters + read_again.texts[told[i]], *number = strchr(text, '<');
        assert_memory_equal(name, "line ", 5);
        assert_non_null(number);
        assert_memory_equal(strchr(text, ','), ", \"film\" <", 10);
        const long line = strtol(name + 5, NULL, 10);
        assert_int_equal(line, strtol(number + 1, NULL, 10) + 6);
    }
    predictions_close(&read_again);
    dataset_close(&data);
}

/* Against sorting all by hand: the most confident first, the first of equals first. */
static void test_mistakes(void **state)
{
    (void)state;
    const float probabilities[] = {0.9F, 0.2F, 0.9F, 0.5F, 0.99F, NAN, 0.6F, 0.0F, 0.51F};
    const uint8_t labels[] = {0, 1, 0, 1, 0, 1, 1, 1, 0};
    int rows[MISTAKES_MAX];
    assert_int_equal(confident_mistakes(probabilities, labels, 9, true, rows), 4);
    assert_memory_equal(rows, ((const int[]){4, 0, 2, 8}), 4 * sizeof *rows);
    assert_int_equal(confident_mistakes(probabilities, labels, 9, false, rows), 3);
    assert_memory_equal(rows, ((const int[]){7, 1, 3}), 3 * sizeof *rows);
    float many[100];
    uint8_t none[100] = {0};
    for (int i = 0; i < 100; i++)
        many[i] = 0.5F + (float)(i * 37 % 100 + 1) / 300;
    assert_int_equal(confident_mistakes(many, none, 100, true, rows), MISTAKES_MAX);
    for (int i = 0; i < MISTAKES_MAX; i++)
        assert_int_equal(rows[i] * 37 % 100, 99 - i);
    assert_int_equal(confident_mistakes(many, none, 100, false, rows), 0);
    assert_int_equal(confident_mistakes(NULL, NULL, 0, true, rows), 0);
}

/* Of data without texts the words that the model read: "film" and "good" have the ids 4 and 5, "bad" has none. */
static void test_words(void **state)
{
    (void)state;
    char *npz = scratch_path(scratch, "a.npz");
    struct dataset data, ranks;
    struct error error;
    size_t bytes;
    const float probabilities[] = {0.25F, 0.25F, 0.75F}; /* all wrong */
    const struct dataset_options written = {.path = table, .num_words = 6, .maxlen = 5, .keep_ranks = true};
    static const char text[] =
        "text,label\ngood film,1\nbad film,0\n\"good good film film film film bad\",1\n";
    scratch_write(table, text, strlen(text));
    assert_true(dataset_open(&data, &written, &error));
    assert_true(dataset_write_npz(&data, npz, &error));
    const struct dataset_options read_again = {
        .path = npz, .encoder = data.vocabulary, .keep_texts = KEEP_TRAINING_TEXTS};
    assert_true(dataset_open(&ranks, &read_again, &error));
    write(&(struct predicted_reviews){.reviews = &ranks.train,
                                      .probabilities = probabilities,
                                      .texts = ranks.texts,
                                      .vocabulary = ranks.vocabulary});
    char *file = scratch_read(path, &bytes);
    for (int k = 0; k < 3; k++) {
        char name[REVIEW_NAME_BYTES], expected[512];
        review_texts_name(ranks.texts, k, name);
        const char *of_review = strcmp(name, "x_train[0]") == 0   ? "\"good film\""
                                : strcmp(name, "x_train[1]") == 0 ? "\"[...] film\""
                                                                  : "\"film film film film [...]\"";
        assert_int_not_equal(ranks.train.labels[k], probabilities[k] > 0.5F);
        snprintf(expected, sizeof expected, "\n%s,%d,%g,%s\n", name, ranks.train.labels[k],
                 (double)probabilities[k], of_review);
        if (!strstr(file, expected))
            fail_msg("predictions lack %s: %s", expected, file);
    }
    /* With a token of an n-gram behind each word, which may have the number of a word. */
    struct reviews pairs = ranks.train;
    int32_t tokens[3 * 5 * 2], pads[3];
    for (int i = 0; i < 3 * 5; i++) {
        tokens[2 * i] = ranks.train.tokens[i];
        tokens[2 * i + 1] = 4;
    }
    for (int k = 0; k < 3; k++)
        pads[k] = 2 * ranks.train.pads[k];
    pairs.T = 2 * 5;
    pairs.tokens = tokens;
    pairs.pads = pads;
    write(&(struct predicted_reviews){.reviews = &pairs,
                                      .probabilities = probabilities,
                                      .texts = ranks.texts,
                                      .vocabulary = ranks.vocabulary,
                                      .ngrams = 1});
    size_t pairs_bytes;
    char *file_of_pairs = scratch_read(path, &pairs_bytes);
    assert_int_equal(pairs_bytes, bytes);
    assert_memory_equal(file_of_pairs, file, bytes);
    free(file_of_pairs);
    free(file);
    free(npz);
    dataset_close(&ranks);
    dataset_close(&data);
}

static void refuse(const char *file, const char *message)
{
    struct predictions predictions = {.count = 0};
    struct error error;
    scratch_write(path, file, strlen(file));
    assert_false(predictions_read(&predictions, path, &error));
    if (!strstr(error.message, message))
        fail_msg("'%s' does not say '%s'", error.message, message);
    assert_non_null(strstr(error.message, path));
    predictions_close(&predictions);
}

#define HEAD "review,label,probability,text\n"

static void test_damage(void **state)
{
    (void)state;
    struct predictions predictions = {.count = 0};
    refuse("name,label,probability,text\n", "row 1: the columns are not");
    refuse("review,label\n", "row 1: has fewer");
    refuse(HEAD "a,1,0.5,\nb,2,0.5,\n", "row 3: the label");
    refuse(HEAD "a,,0.5,\n", "row 2: the label");
    refuse(HEAD "a,1,1.5,\n", "row 2: the probability");
    refuse(HEAD "a,1,-0.5,\n", "row 2: the probability");
    refuse(HEAD "a,1,0.5x,\n", "row 2: the probability");
    refuse(HEAD "a,1,,\n", "row 2: the probability");
    refuse(HEAD "a,1,0.5\n", "row 2: has fewer");
    refuse(HEAD "a,1,0.5,,\n", "row 2: has more");
    refuse(HEAD "a,1,0.5,\"b\n", "row 2: a quote");
    refuse(HEAD "a,1,0.5,\"b\"c\n", "row 2: ");
    scratch_write(path, HEAD, strlen(HEAD));
    read(&predictions);
    assert_int_equal(predictions.count, 0);
    predictions_close(&predictions);
    static const char good[] = HEAD "\"a,\"\"b\",1,nan,\"c\n<d>\"\ne,0,1,";
    scratch_write(path, good, strlen(good));
    read(&predictions);
    assert_int_equal(predictions.count, 2);
    assert_true(isnan(predictions.probabilities[0]));
    assert_string_equal(predictions.characters + predictions.names[0], "a,\"b");
    assert_string_equal(predictions.characters + predictions.texts[0], "c\n<d>");
    assert_string_equal(predictions.characters + predictions.texts[1], "");
    predictions_close(&predictions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
