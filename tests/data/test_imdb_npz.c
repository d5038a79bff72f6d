/* Keras' imdb.npz: what is written is read again as the same reviews, and so are files that NumPy has saved again. */
#include "fixture.h"
#include "imdb_npz.h"
#include "matinee/data.h"
#include "npz_set.h"
#include "scratch.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void open_dataset(struct dataset *dataset, const struct dataset_options *options)
{
    struct error error;
    if (!dataset_open(dataset, options, &error))
        fail_msg("%s", error.message);
}

static void check_same_reviews(const struct reviews *a, const struct reviews *b)
{
    size_t count = (size_t)b->count;
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->T, b->T);
    assert_memory_equal(a->tokens, b->tokens, count * (size_t)b->T * sizeof *b->tokens);
    assert_memory_equal(a->pads, b->pads, count * sizeof *b->pads);
    assert_memory_equal(a->labels, b->labels, count);
}

static void check_same_words(const struct word_index *a, const struct word_index *b)
{
    assert_int_equal(word_index_count(a), word_index_count(b));
    for (int rank = 1; rank <= word_index_count(b); rank++) {
        size_t bytes[2];
        int64_t counts[2];
        const char *words[] = {word_index_word(a, rank, &bytes[0], &counts[0]),
                               word_index_word(b, rank, &bytes[1], &counts[1])};
        assert_int_equal(bytes[0], bytes[1]);
        assert_memory_equal(words[0], words[1], bytes[1]);
        assert_int_equal(counts[0], counts[1]);
    }
}

static void check_same_statistics(struct split_statistics a, struct split_statistics b)
{
    b.dropped = 0; /* what the text had and no rank has */
    assert_memory_equal(&a, &b, sizeof a);
}

static void write_json(const struct word_index *words, const char *path)
{
    struct error error;
    char *json;
    size_t bytes;
    assert_true(word_index_to_json(words, &json, &bytes, &error));
    scratch_write(path, json, bytes);
    free(json);
}

static void check_same_bytes(const char *path, const char *other)
{
    size_t bytes[2];
    char *files[] = {scratch_read(path, &bytes[0]), scratch_read(other, &bytes[1])};
    assert_int_equal(bytes[0], bytes[1]);
    assert_memory_equal(files[0], files[1], bytes[0]);
    free(files[0]);
    free(files[1]);
}

/* Text, and the imdb.npz that is made of it: the same matrices, statistics, words and counts, to the last bit; and the
 * file that is made of that file is the same file. */
static void check_round_trip(const char *source, int num_words, int maxlen)
{
    char *scratch = scratch_open(), *npz = scratch_path(scratch, "imdb.npz");
    char *again = scratch_path(scratch, "again.npz"), *json = scratch_path(scratch, "imdb_word_index.json");
    struct dataset_options options = {
        .path = source, .num_words = num_words, .maxlen = maxlen, .keep_ranks = true};
    struct dataset text, ranks;
    struct error error;
    open_dataset(&text, &options);
    assert_true(dataset_write_npz(&text, npz, &error));
    write_json(text.words, json);

    options.path = npz;
    open_dataset(&ranks, &options);
    assert_true(ranks.is_ranks);
    assert_string_equal(ranks.word_source, json);
    check_same_reviews(&ranks.train, &text.train);
    check_same_reviews(&ranks.test, &text.test);
    check_same_statistics(ranks.train_statistics, text.train_statistics);
    check_same_statistics(ranks.test_statistics, text.test_statistics);
    check_same_words(ranks.words, text.words);
    assert_int_equal(vocabulary_size(ranks.vocabulary), num_words);
    assert_true(dataset_write_npz(&ranks, again, &error));
    check_same_bytes(again, npz);
    dataset_close(&ranks);

    options.test_only = true;
    open_dataset(&ranks, &options);
    assert_int_equal(ranks.train.count, 0);
    check_same_reviews(&ranks.test, &text.test);
    dataset_close(&ranks);
    dataset_close(&text);
    free(json);
    free(again);
    free(npz);
    scratch_close(scratch);
}

static void text_and_its_npz_agree(void **state)
{
    (void)state;
    char *directory = scratch_open();
    small_set_directory(directory, fixture, FIXTURE_MEMBERS);
    check_round_trip(directory, FIXTURE_NUM_WORDS, FIXTURE_MAXLEN);
    check_round_trip("sample", 5000, 100);
    scratch_close(directory);
}

/* Reviews of these lengths, of one rank each that stands at the edge of an opcode. */
static void make_reviews(struct ranked_reviews *ranked, int count)
{
    static const int32_t edges[] = {1, 255, 256, 65535, 65536, INT32_MAX - 3};
    static const int lengths[] = {1, 2, 999, 1000, 1001, 2000, 2001};
    *ranked = (struct ranked_reviews){.count = count};
    ranked->starts = calloc((size_t)count + 1, sizeof *ranked->starts);
    ranked->labels = calloc((size_t)count, 1);
    ranked->ranks = calloc((size_t)count * 2001, sizeof *ranked->ranks);
    assert_true(ranked->starts && ranked->labels && ranked->ranks);
    for (int i = 0; i < count; i++) {
        int length = i < 7 ? lengths[i] : i % 3;
        ranked->starts[i + 1] = ranked->starts[i] + length;
        ranked->labels[i] = i % 3 == 0;
        ranked->positive += ranked->labels[i];
        for (int64_t k = ranked->starts[i]; k < ranked->starts[i + 1]; k++)
            ranked->ranks[k] = edges[k % 6];
    }
}

static void check_same_ranks(const struct ranked_reviews *a, const struct ranked_reviews *b)
{
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->positive, b->positive);
    size_t count = (size_t)b->count;
    assert_memory_equal(a->starts, b->starts, (count + 1) * sizeof *b->starts);
    assert_memory_equal(a->ranks, b->ranks, (size_t)b->starts[count] * sizeof *b->ranks);
    assert_memory_equal(a->labels, b->labels, count);
}

static void close_both(struct ranked_reviews ranked[CORPUS_SPLITS])
{
    ranked_reviews_close(&ranked[0]);
    ranked_reviews_close(&ranked[1]);
}

static void batches_and_widths(void **state)
{
    (void)state;
    static const int counts[][CORPUS_SPLITS] = {{1, 7}, {1000, 1001}, {999, 2001}};
    char *scratch = scratch_open(), *path = scratch_path(scratch, "imdb.npz");
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct error error;
        struct ranked_reviews written[CORPUS_SPLITS], read[CORPUS_SPLITS] = {0};
        make_reviews(&written[0], counts[i][0]);
        make_reviews(&written[1], counts[i][1]);
        assert_true(imdb_npz_write(written, path, &error));
        if (!imdb_npz_read(read, path, false, 0, &error))
            fail_msg("%s", error.message);
        check_same_ranks(&read[0], &written[0]);
        check_same_ranks(&read[1], &written[1]);
        assert_int_equal(read[1].largest, INT32_MAX - 3);
        close_both(read);
        close_both(written);
    }
    free(path);
    scratch_close(scratch);
}

/* The pickle of one review as Python 2 writes it: np.load with allow_pickle reads it back as [[1, 300, 70000]]. */
static void the_pickle_is_python_2s(void **state)
{
    (void)state;
    static const char expected[] =
        "\x80\2cnumpy.core.multiarray\n_reconstruct\nq\1cnumpy\nndarray\nq\2K\0\x85U\1b\x87Rq\3"
        "(K\1K\1\x85"
        "cnumpy\ndtype\nq\4U\2O8K\0K\1\x87Rq\5(K\3U\1|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff"
        "K?tb\x89]q\6]q\7(K\1M,\1Jp\x11\1\0eatb.";
    static const char header[] = "\x93NUMPY\1\0F\0{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
                                 "             \n";
    struct error error;
    int64_t starts[] = {0, 3};
    int32_t ranks[] = {1, 300, 70000};
    uint8_t labels[] = {1};
    struct ranked_reviews one = {.count = 1, .labels = labels, .starts = starts, .ranks = ranks};
    char *scratch = scratch_open(), *path = scratch_path(scratch, "imdb.npz");
    assert_true(imdb_npz_write((struct ranked_reviews[]){one, one}, path, &error));
    struct npz_set_member members[NPZ_SET_MEMBERS];
    assert_int_equal(npz_set_read(path, members), NPZ_SET_MEMBERS);
    assert_string_equal(members[0].name, "x_train.npy");
    assert_int_equal(members[0].bytes, sizeof header - 1 + sizeof expected - 1);
    assert_memory_equal(members[0].data, header, sizeof header - 1);
    assert_memory_equal(members[0].data + sizeof header - 1, expected, sizeof expected - 1);
    assert_string_equal(members[3].name, "y_test.npy");
    assert_memory_equal(members[3].data + members[3].bytes - 9, "\n\1\0\0\0\0\0\0", 9);
    npz_set_close(members, NPZ_SET_MEMBERS);
    free(path);
    scratch_close(scratch);
}

/* What tests/fixtures/npz/make.py has put into each of its files. */
static void expect_fixture(struct ranked_reviews ranked[CORPUS_SPLITS])
{
    static int64_t train_starts[] = {0, 3, 6, 8, 308}, test_starts[] = {0, 2, 5, 12};
    static int32_t train[308] = {3, 1, 5, 1, 1, 2, 4, 2};
    static int32_t test[] = {1, 5, 4, 4, 2, 65535, 65536, 255, 256, 1, 2, 3};
    static uint8_t train_labels[] = {1, 1, 0, 0}, test_labels[] = {1, 0, 1};
    for (int i = 0; i < 300; i++)
        train[8 + i] = i * i * 7 % 70000 + 1;
    ranked[CORPUS_TRAIN] = (struct ranked_reviews){
        .count = 4, .positive = 2, .labels = train_labels, .starts = train_starts, .ranks = train};
    ranked[CORPUS_TEST] = (struct ranked_reviews){
        .count = 3, .positive = 2, .labels = test_labels, .starts = test_starts, .ranks = test};
}

/* NumPy 1.24 and 2.4; protocols 2 to 5; lists, int64 and int32; stored and deflated; labels of several types. */
static void files_that_numpy_saved(void **state)
{
    (void)state;
    static const char folder[] = MATINEE_FIXTURES "/npz";
    struct ranked_reviews expected[CORPUS_SPLITS];
    expect_fixture(expected);
    int files = 0;
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (!is_npz(entry->d_name))
            continue;
        struct ranked_reviews read[CORPUS_SPLITS] = {0};
        struct error error;
        char *path = scratch_path(folder, entry->d_name);
        if (!imdb_npz_read(read, path, false, 0, &error))
            fail_msg("%s", error.message);
        check_same_ranks(&read[0], &expected[0]);
        check_same_ranks(&read[1], &expected[1]);
        close_both(read);
        free(path);
        files++;
    }
    closedir(entries);
    assert_int_equal(files, 18);
}

/* Without words the reviews are encoded all the same; a model's words are taken on trust as far as they go. */
static void ranks_alone(void **state)
{
    (void)state;
    char *scratch = scratch_open(), *npz = scratch_path(scratch, "imdb.npz");
    char *directory = scratch_path(scratch, "set");
    struct error error;
    struct dataset text, ranks;
    small_set_directory(directory, fixture, FIXTURE_MEMBERS);
    struct dataset_options options = {
        .path = directory, .num_words = FIXTURE_NUM_WORDS, .maxlen = FIXTURE_MAXLEN, .keep_ranks = true};
    open_dataset(&text, &options);
    assert_true(dataset_write_npz(&text, npz, &error));

    options.path = npz;
    open_dataset(&ranks, &options);
    assert_null(ranks.vocabulary);
    assert_null(ranks.words);
    assert_string_equal(ranks.word_source, "");
    check_same_reviews(&ranks.train, &text.train);
    dataset_close(&ranks);

    options.encoder = text.vocabulary;
    open_dataset(&ranks, &options);
    check_same_reviews(&ranks.test, &text.test);
    dataset_close(&ranks);

    struct vocabulary *small = NULL;
    static const char json[] =
        "{\"num_words\":7,\"maxlen\":4,\"start_char\":1,\"oov_char\":2,\"index_from\":3,"
        "\"words\":[\"good\",\"film\",\"a\",\"bad\"]}";
    assert_true(vocabulary_from_json(&small, json, sizeof json - 1, &error));
    options.encoder = small;
    assert_false(dataset_open(&ranks, &options, &error));
    assert_non_null(strstr(error.message, "imdb.npz: x_train.npy: has words up to rank 5, and the model's"));
    vocabulary_close(small);
    dataset_close(&text);
    free(directory);
    free(npz);
    scratch_close(scratch);
}

/* A model that numbers the words otherwise: the reviews' ranks become its own, and what it does not know is dropped, as
 * if the text had been read. */
static void a_models_words_are_looked_up(void **state)
{
    (void)state;
    static const char json[] =
        "{\"num_words\":9,\"maxlen\":4,\"start_char\":1,\"oov_char\":2,\"index_from\":3,"
        "\"words\":[\"day\",\"bad\",\"film\",\"other\",\"good\"]}";
    char *scratch = scratch_open(), *npz = scratch_path(scratch, "imdb.npz");
    char *directory = scratch_path(scratch, "set"), *index = scratch_path(scratch, "index.json");
    struct error error;
    struct dataset text, ranks;
    struct vocabulary *encoder = NULL;
    small_set_directory(directory, fixture, FIXTURE_MEMBERS);
    struct dataset_options options = {
        .path = directory, .num_words = FIXTURE_NUM_WORDS, .maxlen = FIXTURE_MAXLEN, .keep_ranks = true};
    open_dataset(&text, &options);
    assert_true(dataset_write_npz(&text, npz, &error));
    write_json(text.words, index);
    dataset_close(&text);

    assert_true(vocabulary_from_json(&encoder, json, sizeof json - 1, &error));
    options.encoder = encoder;
    open_dataset(&text, &options);
    options.path = npz;
    options.word_index = index;
    open_dataset(&ranks, &options);
    check_same_reviews(&ranks.train, &text.train);
    check_same_reviews(&ranks.test, &text.test);
    assert_int_equal(ranks.train_statistics.dropped, 1); /* "a" */
    dataset_close(&text);
    dataset_close(&ranks);
    vocabulary_close(encoder);
    free(index);
    free(directory);
    free(npz);
    scratch_close(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_its_npz_agree),
        cmocka_unit_test(batches_and_widths),
        cmocka_unit_test(the_pickle_is_python_2s),
        cmocka_unit_test(files_that_numpy_saved),
        cmocka_unit_test(ranks_alone),
        cmocka_unit_test(a_models_words_are_looked_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
