/* Reviews that are mapped from the cache are those that are read into memory. */
#include "data_cache.h"
#include "data_set_compare.h"
#include "map_set.h"
#include "random_reviews.h"
#include "scratch.h"
#include "small_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static struct {
    char *scratch, *directory, *csv, *test_csv, *npz, *large;
    struct vocabulary *encoder;
} set;

static int make_set(void **state)
{
    (void)state;
    const struct timespec long_enough = {.tv_sec = 2, .tv_nsec = 100000000};
    random_reviews_make();
    set.scratch = scratch_open();
    set.directory = scratch_path(set.scratch, "reviews");
    set.csv = scratch_path(set.scratch, "train.csv");
    set.test_csv = scratch_path(set.scratch, "test.csv");
    set.npz = scratch_path(set.scratch, "imdb.npz");
    set.large = scratch_path(set.scratch, "large.csv");
    small_set_directory(set.directory, random_reviews, REVIEWS);
    random_reviews_table(set.csv, 0, TRAIN);
    random_reviews_table(set.test_csv, TRAIN, REVIEWS);
    map_set_large(set.large);
    struct dataset dataset;
    struct error error;
    map_set_open(&dataset, (struct dataset_options){.path = set.directory, .keep_ranks = true});
    assert_true(dataset_write_npz(&dataset, set.npz, &error));
    char *json, *index = scratch_path(set.scratch, "imdb_word_index.json"); /* beside the .npz */
    size_t bytes;
    assert_true(word_index_to_json(dataset.words, &json, &bytes, &error));
    scratch_write(index, json, bytes);
    free(json);
    free(index);
    dataset_close(&dataset);
    map_set_open(&dataset, (struct dataset_options){.path = set.test_csv, .num_words = 25, .maxlen = 9});
    set.encoder = vocabulary_copy(dataset.vocabulary);
    dataset_close(&dataset);
    nanosleep(&long_enough, NULL); /* a directory counts when its changes are two seconds old */
    return 0;
}

static int remove_set(void **state)
{
    (void)state;
    vocabulary_close(set.encoder);
    char *all[] = {set.directory, set.csv, set.test_csv, set.npz, set.large};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    scratch_close(set.scratch);
    return 0;
}

static void check_mapped(const struct dataset *dataset)
{
    assert_true(dataset->train.count == 0 || dataset->train.mapped != NULL);
    assert_true(dataset->test.count == 0 || dataset->test.mapped != NULL);
    assert_string_equal(dataset->cache_note, "");
}

static void check_places(const struct dataset *a, const struct dataset *b)
{
    if (a->train.count > 0)
        assert_memory_equal(a->train_places, b->train_places, (size_t)a->train.count * sizeof(int32_t));
}

/* Read for the first time, read from an entry that has no rows yet, and mapped from all: the same. */
static void check_same(struct dataset_options options)
{
    char path[PATH_BYTES], *cache = scratch_path(set.scratch, "cache");
    struct dataset in_memory, mapped;
    struct error error;
    int entries;
    int64_t bytes;
    map_set_open(&in_memory, options);
    assert_null(in_memory.train.mapped);
    assert_null(in_memory.test.mapped);
    options.cache = cache;
    options.map = MAP_REVIEWS_ALWAYS;
    for (int time = 0; time < 4; time++) {
        options.threads = time;
        map_set_open(&mapped, options);
        assert_int_equal(mapped.from_cache, time > 0);
        check_mapped(&mapped);
        check_same_data(&in_memory, &mapped);
        check_places(&in_memory, &mapped);
        dataset_close(&mapped);
        assert_int_equal(map_set_files(cache, ".rows", path),
                         (in_memory.train.count > 0) + (in_memory.test.count > 0));
        if (time == 1)
            assert_int_equal(unlink(path), 0);
    }
    dataset_close(&in_memory);
    assert_true(dataset_cache_clear(cache, &entries, &bytes, &error));
    assert_int_equal(scratch_count(cache), 0);
    free(cache);
}

static void all_kinds_of_data(void **state)
{
    (void)state;
    const struct dataset_options kinds[] = {
        {.path = set.directory},
        {.path = set.directory, .test_only = true, .encoder = set.encoder},
        {.path = set.csv, .table = {.test = set.test_csv}, .num_words = 7, .maxlen = 1},
        {.path = set.csv, .num_words = UINT16_MAX + 1},
        {.path = set.csv, .num_words = UINT16_MAX + 2},
        {.path = set.npz},
        {.path = set.npz, .encoder = set.encoder},
        {.path = set.large, .table = {.test_fraction = 0.25}, .num_words = 900, .maxlen = 60},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        check_same(kinds[i]);
}

/* Where a quarter of the memory is less than they take, as four bytes an id; and never for an export. */
static void by_themselves(void **state)
{
    (void)state;
    char path[PATH_BYTES], *cache = scratch_path(set.scratch, "by themselves");
    struct dataset dataset;
    const int64_t row_bytes = 400 * 4 + 4 + 1, bytes = (TRAIN + TEST) * row_bytes;
    struct dataset_options options = {
        .path = set.directory, .maxlen = 400, .cache = cache, .bytes_max = 1 << 20};
    map_set_open(&dataset, options);
    assert_null(dataset.train.mapped);
    dataset_close(&dataset);
    options.bytes_max = 4 * bytes;
    map_set_open(&dataset, options);
    assert_null(dataset.train.mapped);
    dataset_close(&dataset);
    assert_int_equal(map_set_files(cache, ".rows", path), 0);
    options.bytes_max = 4 * bytes - 4;
    options.map = MAP_REVIEWS_NEVER;
    map_set_open(&dataset, options);
    assert_null(dataset.train.mapped);
    dataset_close(&dataset);
    options.map = MAP_REVIEWS_AUTO;
    map_set_open(&dataset, options);
    assert_true(dataset.from_cache);
    check_mapped(&dataset);
    dataset_close(&dataset);
    assert_int_equal(map_set_files(cache, ".rows", path), 2);
    options.map = MAP_REVIEWS_ALWAYS;
    options.keep_ranks = true;
    map_set_open(&dataset, options);
    assert_null(dataset.train.mapped);
    dataset_close(&dataset);
    free(cache);
}

/* More than all memory: refused without a cache, with the reason, and mapped with one. */
static void beyond_memory(void **state)
{
    (void)state;
    char *cache = scratch_path(set.scratch, "beyond");
    struct dataset dataset, whole;
    struct error error;
    struct dataset_options options = {
        .path = set.large, .num_words = 900, .maxlen = 500, .bytes_max = 5000000, .threads = 2};
    assert_false(dataset_open(&dataset, &options, &error));
    assert_non_null(strstr(error.message, "3000 reviews of 500 ids take "));
    assert_non_null(
        strstr(error.message, "; take a smaller --maxlen; they cannot be mapped: there is no cache"));
    options.cache = cache;
    map_set_open(&dataset, options);
    check_mapped(&dataset);
    options.bytes_max = 0;
    map_set_open(&whole, options);
    assert_null(whole.train.mapped);
    check_same_data(&whole, &dataset);
    dataset_close(&whole);
    dataset_close(&dataset);

    /* Of their texts, too, if that is what does not fit. */
    options.bytes_max = 2000000;
    options.cache = NULL;
    assert_false(dataset_open(&dataset, &options, &error));
    assert_non_null(strstr(error.message, "large.csv: the texts take more than "));
    free(cache);
    options.cache = cache = scratch_path(set.scratch, "beyond texts");
    options.bytes_max = 4 * 200 * (LARGE_REVIEWS + 1);
    map_set_open(&dataset, options);
    check_mapped(&dataset);
    dataset_close(&dataset);
    options.bytes_max = 4 * 200 * (LARGE_REVIEWS - 1);
    options.path = set.csv; /* what the entry has counts no more */
    options.table.test = set.large;
    assert_false(dataset_open(&dataset, &options, &error));
    assert_non_null(strstr(error.message, "more than 2999 reviews take "));
    free(cache);
}

/* Damaged, cut off, foreign or of another shape: told, not used, and written again. */
static void damaged_rows(void **state)
{
    (void)state;
    char path[PATH_BYTES], *cache = scratch_path(set.scratch, "damaged");
    struct dataset fresh, dataset;
    struct dataset_options options = {.path = set.csv};
    map_set_open(&fresh, options);
    options.cache = cache;
    options.map = MAP_REVIEWS_ALWAYS;
    map_set_open(&dataset, options);
    assert_int_equal(map_set_files(cache, ".rows", path), 1);
    size_t bytes, again;
    char *good = scratch_read(path, &bytes);
    for (int kind = 0; kind < 4; kind++) {
        struct dataset other;
        char *bad = scratch_read(path, &again);
        bad[4096 + kind] ^= 1;
        assert_int_equal(unlink(path), 0); /* `dataset` has mapped it */
        scratch_write(path, kind == 3 ? "short" : bad, kind == 2 ? bytes - 1 : kind == 3 ? 5 : bytes);
        free(bad);
        map_set_open(&other, options);
        assert_true(other.from_cache);
        assert_non_null(other.train.mapped);
        assert_non_null(strstr(other.cache_note, path));
        assert_non_null(strstr(other.cache_note, "the encoded reviews are damaged: "));
        assert_non_null(strstr(other.cache_note, "; they are encoded again"));
        check_same_data(&fresh, &other);
        check_same_data(&fresh, &dataset);
        dataset_close(&other);
        char *now = scratch_read(path, &again);
        assert_int_equal(again, bytes);
        assert_memory_equal(now, good, bytes);
        free(now);
    }
    free(good);
    dataset_close(&dataset);
    dataset_close(&fresh);
    free(cache);
}

static void impossible(void **state)
{
    (void)state;
    struct error error;
    struct dataset dataset;
    char *below_a_file = scratch_path(set.csv, "cache");
    struct dataset_options options = {
        .path = set.csv, .num_words = 30, .maxlen = 12, .map = MAP_REVIEWS_ALWAYS};
    assert_false(dataset_open(&dataset, &options, &error));
    assert_string_equal(error.message,
                        "the reviews cannot be mapped: there is no cache to keep them in; name "
                        "one with --cache DIR");
    options.cache = below_a_file;
    assert_false(dataset_open(&dataset, &options, &error));
    assert_non_null(strstr(error.message, "is not a directory"));
    options.path = dataset_sample_name;
    options.cache = set.scratch;
    assert_false(dataset_open(&dataset, &options, &error));
    assert_non_null(strstr(error.message, "cannot be mapped: the built-in sample is not kept"));
    free(below_a_file);
}

/* A review without a known word is an error as without a map, and leaves no rows. */
static void errors_are_the_same(void **state)
{
    (void)state;
    struct error fresh, mapped;
    struct dataset dataset;
    char path[PATH_BYTES], *few = scratch_path(set.scratch, "few.json"),
                           *cache = scratch_path(set.scratch, "errors");
    struct dataset_options options = {
        .path = set.directory, .num_words = 30, .maxlen = 12, .word_index = few};
    scratch_write(few, "{\"1\": 1}", 8);
    assert_false(dataset_open(&dataset, &options, &fresh));
    options.cache = cache;
    options.map = MAP_REVIEWS_ALWAYS;
    for (int time = 0; time < 2; time++) {
        assert_false(dataset_open(&dataset, &options, &mapped));
        assert_string_equal(fresh.message, mapped.message);
    }
    assert_int_equal(map_set_files(cache, ".rows", path), 0);
    assert_int_equal(map_set_files(cache, ".reviews", path), 1);
    free(few);
    free(cache);
}

/* Several processes at once map data that nobody has read before. */
static void several_at_once(void **state)
{
    (void)state;
    enum { PROCESSES = 5, ROUNDS = 3 };
    char path[PATH_BYTES], *cache = scratch_path(set.scratch, "shared");
    struct dataset fresh;
    struct error error;
    struct dataset_options options = {.path = set.large, .num_words = 900, .maxlen = 60, .threads = 1};
    map_set_open(&fresh, options);
    options.cache = cache;
    options.map = MAP_REVIEWS_ALWAYS;
    const size_t ids = (size_t)fresh.train.count * 60;
    for (int round = 0; round < ROUNDS; round++) {
        pid_t processes[PROCESSES];
        for (int i = 0; i < PROCESSES; i++) {
            processes[i] = fork();
            assert_true(processes[i] >= 0);
            if (processes[i] > 0)
                continue;
            struct dataset dataset;
            bool same = dataset_open(&dataset, &options, &error) && dataset.train.mapped != NULL &&
                        dataset.cache_note[0] == '\0';
            for (size_t k = 0; same && k < ids; k++)
                same = reviews_token(&dataset.train, k) == reviews_token(&fresh.train, k);
            _exit(same ? 0 : 1);
        }
        for (int i = 0; i < PROCESSES; i++) {
            int status;
            assert_int_equal(waitpid(processes[i], &status, 0), processes[i]);
            assert_int_equal(status, 0);
        }
        assert_int_equal(map_set_files(cache, ".rows", path), 1);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(scratch_count(cache), 2);
    }
    dataset_close(&fresh);
    free(cache);
}

/* Rows of other data, or encoded in another way, are others. */
static void side_by_side(void **state)
{
    (void)state;
    char path[PATH_BYTES], *cache = scratch_path(set.scratch, "side by side"),
                           *other = scratch_path(set.scratch, "other.csv");
    size_t bytes;
    char *text = scratch_read(set.csv, &bytes); /* the same words, and one label is another */
    char *label = strchr(text, '\n') + 1;
    assert_int_equal(*label, '0');
    *label = '1';
    scratch_write(other, text, bytes);
    free(text);
    const struct dataset_options all[] = {
        {.path = set.csv},
        {.path = other},
        {.path = set.csv, .maxlen = 5},
        {.path = set.csv, .num_words = 7},
        {.path = set.csv, .num_words = 25, .maxlen = 9, .encoder = set.encoder},
        {.path = set.csv, .num_words = 25, .maxlen = 9},
    };
    for (int i = 0; i < 6; i++) {
        struct dataset in_memory, mapped;
        struct dataset_options options = all[i];
        map_set_open(&in_memory, options);
        options.cache = cache;
        options.map = MAP_REVIEWS_ALWAYS;
        map_set_open(&mapped, options);
        check_mapped(&mapped);
        check_same_data(&in_memory, &mapped);
        assert_int_equal(map_set_files(cache, ".rows", path), i + 1);
        dataset_close(&in_memory);
        dataset_close(&mapped);
    }
    free(other);
    free(cache);
}

/* Listed with what they were encoded as. */
static void the_list(void **state)
{
    (void)state;
    struct dataset dataset;
    struct dataset_cache_list list;
    struct error error;
    char *cache = scratch_path(set.scratch, "listed");
    map_set_open(&dataset,
                 (struct dataset_options){.path = set.directory, .cache = cache, .map = MAP_REVIEWS_ALWAYS});
    dataset_close(&dataset);
    assert_true(dataset_cache_list_open(&list, cache, &error));
    assert_int_equal(list.count, 3);
    int rows = 0, train = 0, test = 0;
    for (int i = 0; i < list.count; i++) {
        const struct dataset_cache_entry *entry = &list.items[i];
        assert_true(entry->is_sound);
        assert_string_equal(entry->source, set.directory);
        train += entry->train_reviews;
        test += entry->test_reviews;
        if (!entry->is_rows)
            continue;
        rows++;
        assert_int_equal(entry->num_words, 30);
        assert_int_equal(entry->maxlen, 12);
        assert_int_equal(entry->train_reviews * entry->test_reviews, 0);
    }
    assert_int_equal(rows, 2);
    assert_int_equal(train, 2 * TRAIN);
    assert_int_equal(test, 2 * TEST);
    dataset_cache_list_close(&list);
    free(cache);
}

/* Who evaluates with the vocabulary of a training finds the test rows that were written then. */
static void test_rows_of_a_training(void **state)
{
    (void)state;
    char path[PATH_BYTES], *cache = scratch_path(set.scratch, "of a training");
    struct dataset dataset;
    struct dataset_options options = {.path = set.directory, .cache = cache, .map = MAP_REVIEWS_ALWAYS};
    map_set_open(&dataset, options);
    struct vocabulary *encoder = vocabulary_copy(dataset.vocabulary);
    dataset_close(&dataset);
    assert_int_equal(map_set_files(cache, ".rows", path), 2);
    options.encoder = encoder;
    options.test_only = true;
    map_set_open(&dataset, options);
    check_mapped(&dataset);
    dataset_close(&dataset);
    assert_int_equal(map_set_files(cache, ".rows", path), 2);
    assert_int_equal(map_set_files(cache, ".reviews", path), 1);
    vocabulary_close(encoder);
    free(cache);
}

/* An entry of what the data were is none of theirs, also for who had found it. */
static void changed_after_it_was_found(void **state)
{
    (void)state;
    char note[ERROR_MESSAGE_BYTES] = "", *path = scratch_path(set.scratch, "found.csv"),
         *cache = scratch_path(set.scratch, "found");
    size_t bytes;
    char *text = scratch_read(set.csv, &bytes);
    scratch_write(path, text, bytes);
    const struct dataset_options options = {.path = path, .cache = cache};
    const struct reviews_source source = {.path = path};
    struct dataset dataset;
    map_set_open(&dataset, options);
    dataset_close(&dataset);
    struct data_cache found = {.directory = NULL};
    struct ranked_corpus ranked = {.ranked = 0};
    assert_true(data_cache_find(&found, &ranked, &source, &options, 1, note));
    assert_true(data_cache_keep(&found, &ranked, 1, note));
    assert_true(found.has_entry);
    scratch_write(path, text, bytes - 1);
    assert_false(data_cache_keep(&found, &ranked, 1, note));
    assert_false(found.has_entry);
    ranked_corpus_close(&ranked);
    free(text);
    free(path);
    free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_kinds_of_data),
        cmocka_unit_test(by_themselves),
        cmocka_unit_test(beyond_memory),
        cmocka_unit_test(damaged_rows),

        cmocka_unit_test(impossible),
        cmocka_unit_test(errors_are_the_same),
        cmocka_unit_test(several_at_once),
        cmocka_unit_test(the_list),
        cmocka_unit_test(side_by_side),
        cmocka_unit_test(test_rows_of_a_training),
        cmocka_unit_test(changed_after_it_was_found),
    };
    return cmocka_run_group_tests(tests, make_set, remove_set);
}
