/* Whatever is wrong with a data set, one line names the file, the place in it and the remedy. */
#include "corpus.h"
#include "fixture.h"
#include "matinee/data.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct dataset_options usual = {.num_words = FIXTURE_NUM_WORDS, .maxlen = FIXTURE_MAXLEN};

static void check_message(const struct error *error, const char *const *parts, int count)
{
    for (int i = 0; i < count; i++)
        if (strstr(error->message, parts[i]) == NULL)
            fail_msg("\"%s\" lacks \"%s\"", error->message, parts[i]);
    assert_null(strchr(error->message, '\n'));
    /* The remedy stands behind the last semicolon. */
    const char *remedy = strrchr(error->message, ';');
    assert_non_null(remedy);
    assert_true(strlen(remedy) > 5);
}

static void check_refused(const char *path, const char *place, const char *reason)
{
    struct error error = {""};
    struct dataset dataset;
    struct dataset_options options = usual;
    options.path = path;
    if (dataset_open(&dataset, &options, &error))
        fail_msg("accepted %s, expected \"%s\"", path, reason);
    assert_null(dataset.train.tokens);
    check_message(&error, (const char *const[]){path, place, reason}, 3);
}

/* The fixture with one member replaced, or left out if text is NULL, as a directory and as an archive. */
static void check_changed(const char *member, const char *text, size_t bytes, const char *place,
                          const char *reason)
{
    struct member members[FIXTURE_MEMBERS];
    int count = 0;
    bool found = false;
    for (int i = 0; i < FIXTURE_MEMBERS; i++) {
        bool same = strcmp(fixture[i].path, member) == 0;
        found = found || same;
        if (!same)
            members[count++] = fixture[i];
        else if (text != NULL)
            members[count++] = (struct member){.path = member, .text = text, .bytes = bytes};
    }
    assert_true(found);
    char *scratch = scratch_open(), *directory = scratch_path(scratch, "set");
    char *archive = scratch_path(scratch, "set.tar.gz"), *zip = scratch_path(scratch, "set.zip");
    small_set_directory(directory, members, count);
    small_set_archive(archive, "aclImdb", SMALL_SET_GZIP, members, count);
    small_set_archive(zip, "aclImdb", SMALL_SET_ZIP, members, count);
    check_refused(directory, place, reason);
    check_refused(archive, place, reason);
    check_refused(zip, place, reason);
    free(directory);
    free(archive);
    free(zip);
    scratch_close(scratch);
}

static void bad_reviews(void **state)
{
    (void)state;
    check_changed("train/pos/2_9.txt", "", 0, "train/pos/2_9.txt", "is empty");
    check_changed("test/neg/0_2.txt", "", 0, "test/neg/0_2.txt", "is empty");
    check_changed("train/pos/2_9.txt", " ... <>\n", 0, "train/pos/2_9.txt", "no known word");
    check_changed("test/pos/0_7.txt", "unknown words only", 0, "test/pos/0_7.txt", "no known word");
    check_changed("train/neg/0_1.txt", "caf\xE9", 0, "train/neg/0_1.txt", "not UTF-8 at byte 3 (0xE9)");
    check_changed("test/pos/0_7.txt", "good \xED\xA0\x80", 0, "test/pos/0_7.txt", "not UTF-8 at byte 5");
    size_t bytes = 10 << 20;
    char *large = malloc(bytes);
    assert_non_null(large);
    memset(large, 'a', bytes);
    check_changed("train/pos/10_8.txt", large, bytes, "train/pos/10_8.txt", "larger than 1048576 bytes");
    check_changed("train/pos/10_8.txt", large, REVIEW_MAX_BYTES + 1, "train/pos/10_8.txt", "larger than");
    free(large);
}

static void missing_folders(void **state)
{
    (void)state;
    check_changed("train/neg/0_1.txt", NULL, 0, "train/neg", "get");
    check_changed("test/neg/0_2.txt", NULL, 0, "test/neg", "get");
    check_changed("test/pos/0_7.txt", NULL, 0, "test/pos", "get");

    char *scratch = scratch_open();
    check_refused(scratch, "train/pos", "No such file or directory");
    small_set_directory(scratch, fixture, FIXTURE_MEMBERS);
    char *first = scratch_path(scratch, "test/neg/0_2.txt");
    unlink(first);
    check_refused(scratch, "no reviews (*.txt) in test/neg", "scripts/fetch_imdb.sh");
    free(first);
    scratch_close(scratch);
}

static void bad_files(void **state)
{
    (void)state;
    char *scratch = scratch_open(), *odd = scratch_path(scratch, "train/pos/5_9.txt");
    small_set_directory(scratch, fixture, FIXTURE_MEMBERS);
    assert_int_equal(symlink("nowhere", odd), 0);
    check_refused(scratch, "train/pos/5_9.txt", "cannot open: No such file or directory");
    unlink(odd);
    assert_int_equal(mkdir(odd, 0777), 0);
    check_refused(scratch, "train/pos/5_9.txt", "not a regular file");
    rmdir(odd);
    assert_int_equal(mkfifo(odd, 0666), 0);
    check_refused(scratch, "train/pos/5_9.txt", "not a regular file");
    unlink(odd);
    scratch_write(odd, "good", 4);
    /* Root may read anything. */
    if (geteuid() != 0) {
        assert_int_equal(chmod(odd, 0), 0);
        check_refused(scratch, "train/pos/5_9.txt", "cannot open: Permission denied");
    }
    free(odd);
    scratch_close(scratch);
}

static void bad_paths(void **state)
{
    (void)state;
    check_refused("/nowhere/at/all", "/nowhere/at/all", "No such file or directory");
    check_refused("", "", "No such file or directory");
    char *scratch = scratch_open(), *file = scratch_path(scratch, "reviews.data");
    static const char csv[] = "review,sentiment\n\"a good film\",positive\n";
    scratch_write(file, csv, sizeof csv - 1);
    check_refused(file, "reviews.data", "not a tar archive");
    scratch_write(file, csv, 0);
    check_refused(file, "reviews.data", "archive");
    check_refused("/dev/null", "/dev/null", "archive");
    free(file);
    scratch_close(scratch);
}

/* The same member twice, as when an archive was appended to. */
static void repeated_members(void **state)
{
    (void)state;
    struct member members[FIXTURE_MEMBERS + 1];
    memcpy(members, fixture, sizeof fixture);
    members[FIXTURE_MEMBERS] = (struct member){.path = "test/pos/0_7.txt", .text = "good"};
    char *scratch = scratch_open(), *archive = scratch_path(scratch, "set.tar");
    small_set_archive(archive, "aclImdb", SMALL_SET_PLAIN, members, FIXTURE_MEMBERS + 1);
    check_refused(archive, "test/pos/0_7.txt", "twice");
    free(archive);
    scratch_close(scratch);
}

/* Every cut of an archive that loses more than padding. */
static void cut_archives(void **state)
{
    (void)state;
    /* A tar ends in two empty blocks of 512 bytes, of which the second says nothing new. */
    static const struct {
        enum small_set_filter filter;
        size_t step, spare;
    } cases[] = {{SMALL_SET_PLAIN, 128, 512},
                 {SMALL_SET_GZIP, 1, 0},
                 {SMALL_SET_XZ, 4, 0},
                 {SMALL_SET_ZSTD, 1, 0},
                 {SMALL_SET_ZIP, 4, 0}};
    /* From so many bytes on it is clear what the file was to be: a tar's first header, the marks of the others. */
    static const size_t recognised[] = {[SMALL_SET_PLAIN] = 512,
                                        [SMALL_SET_GZIP] = 10,
                                        [SMALL_SET_XZ] = 6,
                                        [SMALL_SET_ZSTD] = 4,
                                        [SMALL_SET_ZIP] = 4};
    char *scratch = scratch_open(), *whole = scratch_path(scratch, "whole"),
         *cut = scratch_path(scratch, "cut");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        small_set_archive(whole, "aclImdb", cases[i].filter, fixture, FIXTURE_MEMBERS);
        size_t bytes;
        char *data = scratch_read(whole, &bytes);
        for (size_t kept = 0; kept < bytes - cases[i].spare; kept += cases[i].step) {
            scratch_write(cut, data, kept);
            check_refused(cut, "archive", kept < recognised[cases[i].filter] ? "name a " : "get it again");
        }
        free(data);
    }
    free(whole);
    free(cut);
    scratch_close(scratch);
}

/* The file is read to its end, beyond the mark that ends the tar in it: here padding of a megabyte follows. */
static void cut_behind_the_end_mark(void **state)
{
    (void)state;
    enum { PADDING = 1 << 20 };
    char *scratch = scratch_open(), *tar = scratch_path(scratch, "a.tar"),
         *path = scratch_path(scratch, "a.tar.xz");
    small_set_archive(tar, "aclImdb", SMALL_SET_PLAIN, fixture, FIXTURE_MEMBERS);
    size_t bytes;
    char *data = scratch_read(tar, &bytes), *padded = calloc(1, bytes + PADDING);
    assert_non_null(padded);
    memcpy(padded, data, bytes);
    small_set_compress(path, SMALL_SET_XZ, padded, bytes + PADDING);
    free(data);
    free(padded);

    struct error error;
    struct dataset dataset;
    const struct dataset_options options = {.path = path, .num_words = 1000, .maxlen = FIXTURE_MAXLEN};
    if (!dataset_open(&dataset, &options, &error))
        fail_msg("%s", error.message);
    dataset_close(&dataset);
    data = scratch_read(path, &bytes);
    scratch_write(path, data, bytes - 40);
    check_refused(path, "after aclImdb/train/urls_pos.txt", "damaged or cut off");
    free(data);
    free(tar);
    free(path);
    scratch_close(scratch);
}

static bool same_reviews(const struct reviews *a, const struct reviews *b)
{
    return a->count == b->count && a->T == b->T &&
           memcmp(a->tokens, b->tokens, (size_t)a->count * (size_t)a->T * sizeof *a->tokens) == 0 &&
           memcmp(a->labels, b->labels, (size_t)a->count) == 0;
}

/* Changes every byte of an archive in turn. Returns how many of the changes were refused; the others must do no harm. */
static int check_damage(const char *path, enum small_set_filter filter, size_t *bytes)
{
    small_set_archive(path, "aclImdb", filter, fixture, FIXTURE_MEMBERS);
    char *data = scratch_read(path, bytes);
    struct dataset_options options = {.path = path, .num_words = 1000, .maxlen = FIXTURE_MAXLEN};
    struct dataset whole, dataset;
    struct error error;
    assert_true(dataset_open(&whole, &options, &error));
    int refused = 0;
    for (size_t i = 0; i < *bytes; i++) {
        data[i] = (char)(data[i] ^ 1);
        scratch_write(path, data, *bytes);
        data[i] = (char)(data[i] ^ 1);
        if (dataset_open(&dataset, &options, &error)) {
            /* A zip has no checksum on names: a review whose name is damaged is none, and the others are as before. */
            int lost = whole.train.count + whole.test.count - dataset.train.count - dataset.test.count;
            assert_in_range(lost, 0, filter == SMALL_SET_ZIP);
            assert_true(lost > 0 || same_reviews(&dataset.train, &whole.train));
            assert_true(lost > 0 || same_reviews(&dataset.test, &whole.test));
            dataset_close(&dataset);
        } else {
            check_message(&error, &path, 1);
            refused++;
        }
    }
    dataset_close(&whole);
    free(data);
    return refused;
}

/* A .tar.xz has a checksum on all its bytes. A .tar.gz has one on what is in it: there are bytes in its header, and a
 * few others, that may be changed without changing that. */
static void damaged_archives(void **state)
{
    (void)state;
    char *scratch = scratch_open(), *path = scratch_path(scratch, "set");
    size_t bytes;
    int refused = check_damage(path, SMALL_SET_XZ, &bytes);
    assert_int_equal(refused, bytes);
    refused = check_damage(path, SMALL_SET_GZIP, &bytes);
    assert_true(refused > (int)bytes * 9 / 10);
    /* Five reviews of eight bytes and more; the rest are headers, which a zip has twice. */
    refused = check_damage(path, SMALL_SET_ZIP, &bytes);
    assert_true(refused > 5 * 8);
    free(path);
    scratch_close(scratch);
}

static void bad_options(void **state)
{
    (void)state;
    static const struct dataset_options options[] = {
        {.num_words = 4, .maxlen = 500},
        {.num_words = -1, .maxlen = 500},
        {.num_words = 5000, .maxlen = 0},
        {.num_words = 5000, .maxlen = REVIEW_MAX_BYTES + 1},
    };
    static const char *const named[] = {"vocabulary of 4", "vocabulary of -1", "length of 0",
                                        "length of 1048577"};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        struct error error = {""};
        struct dataset dataset;
        assert_false(dataset_open(&dataset, &options[i], &error));
        check_message(&error, &named[i], 1);
    }
}

/* Five reviews of a hundred ids of four bytes, each with a count of pads and a label. */
static void no_room(void **state)
{
    (void)state;
    char *scratch = scratch_open();
    small_set_directory(scratch, fixture, FIXTURE_MEMBERS);
    struct dataset_options options = usual;
    options.path = scratch;
    struct dataset dataset;
    struct error error = {""};
    options.maxlen = 100;
    options.bytes_max = 5 * (100 * 4 + 4 + 1);
    assert_true(dataset_open(&dataset, &options, &error));
    dataset_close(&dataset);
    options.bytes_max--;
    assert_false(dataset_open(&dataset, &options, &error));
    assert_null(dataset.train.tokens);
    check_message(&error, (const char *const[]){"5 reviews of 100 ids take ", "; take a smaller --maxlen"},
                  2);
    options.test_only = true;
    assert_true(dataset_open(&dataset, &options, &error));
    dataset_close(&dataset);
    scratch_close(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_reviews),      cmocka_unit_test(missing_folders),
        cmocka_unit_test(bad_files),        cmocka_unit_test(bad_paths),
        cmocka_unit_test(cut_archives),     cmocka_unit_test(damaged_archives),
        cmocka_unit_test(repeated_members), cmocka_unit_test(bad_options),
        cmocka_unit_test(no_room),          cmocka_unit_test(cut_behind_the_end_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
