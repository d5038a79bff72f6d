/* imdb_word_index.json is read as it is written, with gaps and for models without words; what it must not hold is
 * refused. */
#include "fixture.h"
#include "matinee/data.h"
#include "scratch.h"
#include "vocabulary.h"
#include "word_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct word_index *read_index(const char *json)
{
    char *scratch = scratch_open(), *path = scratch_path(scratch, "index.json");
    struct word_index *index = NULL;
    struct error error;
    scratch_write(path, json, strlen(json));
    if (!word_index_read(&index, path, &error))
        fail_msg("%s", error.message);
    free(path);
    scratch_close(scratch);
    return index;
}

static void check_word(const struct word_index *index, int rank, const char *expected)
{
    size_t bytes;
    int64_t count;
    const char *word = word_index_word(index, rank, &bytes, &count);
    assert_int_equal(bytes, strlen(expected));
    assert_memory_equal(word, expected, bytes);
    assert_int_equal(count, 0);
}

/* What the sample's words become in the file comes back word by word. */
static void reads_what_is_written(void **state)
{
    (void)state;
    struct dataset sample;
    struct error error;
    const struct dataset_options options = {.path = "sample", .num_words = 5000, .maxlen = 10};
    assert_true(dataset_open(&sample, &options, &error));
    char *json, *again;
    size_t bytes, again_bytes;
    assert_true(word_index_to_json(sample.words, &json, &bytes, &error));
    struct word_index *index = read_index(json);
    assert_int_equal(word_index_count(index), word_index_count(sample.words));
    assert_true(word_index_to_json(index, &again, &again_bytes, &error));
    assert_string_equal(again, json);
    word_index_close(index);
    free(again);
    free(json);
    dataset_close(&sample);
}

static void words_of_all_scripts(void **state)
{
    (void)state;
    struct word_index *index =
        read_index(" {\"caf\\u00e9\": 2, \"\\ud83d\\ude00\" :1,\n\"[{\\\"\": 3, \"\xC3\xA9\": 4}\n");
    assert_int_equal(word_index_count(index), 4);
    check_word(index, 1, "\xF0\x9F\x98\x80");
    check_word(index, 2, "caf\xC3\xA9");
    check_word(index, 3, "[{\"");
    check_word(index, 4, "\xC3\xA9");
    word_index_close(index);
}

static struct vocabulary *through_json(const struct vocabulary *vocabulary)
{
    struct vocabulary *again = NULL;
    struct error error;
    size_t bytes;
    char *json = vocabulary_to_json(vocabulary, &bytes);
    assert_non_null(json);
    if (!vocabulary_from_json(&again, json, bytes, &error))
        fail_msg("%s", error.message);
    free(json);
    return again;
}

/* Ranks that no word has keep their places: in the index, the vocabulary, its JSON, and the file that is written. */
static void ranks_may_be_left_out(void **state)
{
    (void)state;
    static const char text[] = "{\"bad\": 3, \"film\": 6}";
    struct word_index *index = read_index(text);
    struct error error;
    assert_int_equal(word_index_count(index), 6);
    check_word(index, 1, "");
    check_word(index, 3, "bad");
    check_word(index, 5, "");
    check_word(index, 6, "film");
    char *json;
    size_t bytes;
    assert_true(word_index_to_json(index, &json, &bytes, &error));
    assert_int_equal(bytes, sizeof text - 1);
    assert_non_null(strstr(json, "\"film\": 6"));
    free(json);

    struct vocabulary *first = NULL;
    assert_true(vocabulary_open(&first, &index->words, 100, 5, &error));
    struct vocabulary *second = through_json(first), *third = vocabulary_copy(second);
    int32_t row[5], pads;
    assert_non_null(third);
    assert_true(vocabulary_encode(third, "film, unknown  bad", 18, row, &pads, &error));
    assert_int_equal(pads, 2);
    assert_memory_equal(row, ((const int32_t[]){0, 0, 1, 9, 6}), sizeof row);
    vocabulary_close(first);
    vocabulary_close(second);
    vocabulary_close(third);
    word_index_close(index);
}

static void check_refused(const char *json, size_t bytes, const char *reason)
{
    char *scratch = scratch_open(), *path = scratch_path(scratch, "index.json");
    struct word_index *index = NULL;
    struct error error = {""};
    scratch_write(path, json, bytes);
    if (word_index_read(&index, path, &error))
        fail_msg("accepted, expected \"%s\"", reason);
    if (strstr(error.message, reason) == NULL || strncmp(error.message, path, strlen(path)) != 0)
        fail_msg("\"%s\" lacks \"%s\"", error.message, reason);
    const char *remedy = strrchr(error.message, ';');
    assert_true(remedy != NULL && strlen(remedy) > 5);
    free(path);
    scratch_close(scratch);
}

static void bad_files(void **state)
{
    (void)state;
    static const struct {
        const char *json, *reason;
    } cases[] = {
        {"", "not one JSON object"},
        {"[\"the\"]", "not one JSON object"},
        {"[[[]]]", "not one JSON object"},
        {"{\"the\": {}}", "not one JSON object"},
        {"{\"the\": [1]}", "not one JSON object"},
        {"{\"the\": 1", "not JSON at byte"},
        {"{\"the\": 1}}", "not JSON at byte"},
        {"{\"the\": 1, \"the\": 2}", "not JSON at byte"},
        {"{\"th\xE9\": 1}", "not JSON at byte"},
        {"{\"a\\u0000b\": 1}", "not JSON at byte"},
        {"{}", "holds no words"},
        {"{\"\": 1}", "an empty word has a rank"},
        {"{\"the\": 1, \"<PAD>\": 0}", "the rank of \"<PAD>\" is no whole number from 1 to "},
        {"{\"the\": -1}", "the rank of \"the\" is no whole number from 1 to "},
        {"{\"the\": 1.0}", "the rank of \"the\" is no whole number"},
        {"{\"the\": true}", "the rank of \"the\" is no whole number"},
        {"{\"the\": \"1\"}", "the rank of \"the\" is no whole number"},
        {"{\"the\": 100005}", "no whole number from 1 to 100004"},
        {"{\"the\": 9223372036854775807}", "no whole number from 1 to 100004"},
        {"{\"the\": 99999999999999999999}", "not JSON at byte"},
        {"{\"the\": 1, \"and\": 2, \"a\": 1}", "\"the\" and \"a\" both have rank 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_refused(cases[i].json, strlen(cases[i].json), cases[i].reason);
    check_refused("{\"a\0b\": 1}", 10, "not JSON at byte");
    enum { TOO_MANY = (1 << 26) + 1 };
    char *large = calloc(1, TOO_MANY);
    assert_non_null(large);
    check_refused(large, TOO_MANY, "has more than 67108864 bytes");
    free(large);

    struct word_index *index = NULL;
    struct error error;
    assert_false(word_index_read(&index, "/nowhere/index.json", &error));
    assert_string_equal(error.message, "/nowhere/index.json: No such file or directory; name Keras' "
                                       "imdb_word_index.json or a file of its form");
    assert_false(word_index_read(&index, "/", &error));
    assert_non_null(strstr(error.message, "not a regular file"));
}

static void open_dataset(struct dataset *dataset, const struct dataset_options *options)
{
    struct error error;
    if (!dataset_open(dataset, options, &error))
        fail_msg("%s", error.message);
}

/* Text that is numbered by a file's index instead of its own: what the file lacks is dropped. */
static void text_by_a_files_ranks(void **state)
{
    (void)state;
    static const char json[] = "{\"day\": 1, \"bad\": 2, \"film\": 3, \"other\": 4, \"good\": 5}";
    char *scratch = scratch_open(), *path = scratch_path(scratch, "index.json");
    scratch_write(path, json, sizeof json - 1);
    small_set_directory(scratch, fixture, FIXTURE_MEMBERS);
    struct dataset_options options = {
        .path = scratch, .num_words = 9, .maxlen = FIXTURE_MAXLEN, .word_index = path};
    struct dataset data;
    open_dataset(&data, &options);
    assert_string_equal(data.word_source, path);
    assert_int_equal(data.train_statistics.dropped, 1); /* "a" */
    /* In the order 2 0 1: "bad film", "good day", "good good film". */
    assert_memory_equal(data.train.tokens, ((const int32_t[]){0, 1, 5, 6, 0, 1, 8, 4, 1, 8, 8, 6}),
                        12 * sizeof(int32_t));
    int64_t count;
    word_index_word(data.words, 5, NULL, &count);
    assert_int_equal(count, 3);
    word_index_word(data.words, 4, NULL, &count);
    assert_int_equal(count, 0);
    dataset_close(&data);
    free(path);
    scratch_close(scratch);
}

/* An index of other data, or one whose ranks were moved by Keras' offset of 3, leaves ranks without a word. */
static void an_index_that_does_not_fit(void **state)
{
    (void)state;
    static const char *const indexes[] = {"{\"good\": 1, \"film\": 2, \"a\": 3, \"bad\": 4}",
                                          "{\"good\": 4, \"film\": 5, \"a\": 6, \"bad\": 7, \"day\": 8}"};
    static const char *const reasons[] = {"has no word of rank 5", "has no word of rank 3"};
    char *scratch = scratch_open(), *directory = scratch_path(scratch, "set");
    char *npz = scratch_path(scratch, "imdb.npz"), *path = scratch_path(scratch, "imdb_word_index.json");
    struct dataset_options options = {
        .path = directory, .num_words = FIXTURE_NUM_WORDS, .maxlen = FIXTURE_MAXLEN, .keep_ranks = true};
    struct dataset data;
    struct error error;
    small_set_directory(directory, fixture, FIXTURE_MEMBERS);
    open_dataset(&data, &options);
    assert_true(dataset_write_npz(&data, npz, &error));
    dataset_close(&data);
    options.path = npz;
    for (int i = 0; i < 2; i++) {
        scratch_write(path, indexes[i], strlen(indexes[i]));
        assert_false(dataset_open(&data, &options, &error));
        assert_memory_equal(error.message, path, strlen(path));
        assert_non_null(strstr(error.message, reasons[i]));
    }
    /* Another name, or none: the file beside the data is not looked for by options.word_index. */
    options.word_index = "/nowhere/index.json";
    assert_false(dataset_open(&data, &options, &error));
    assert_non_null(strstr(error.message, "/nowhere/index.json: No such file"));
    options.word_index = NULL;
    assert_int_equal(unlink(path), 0);
    open_dataset(&data, &options);
    assert_null(data.words);
    dataset_close(&data);
    free(path);
    free(npz);
    free(directory);
    scratch_close(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_written), cmocka_unit_test(words_of_all_scripts),
        cmocka_unit_test(ranks_may_be_left_out), cmocka_unit_test(bad_files),
        cmocka_unit_test(text_by_a_files_ranks), cmocka_unit_test(an_index_that_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
