/* Whatever is wrong with a table, one line names the file, the line on which the row begins, and the remedy. */
#include "corpus.h"
#include "matinee/data.h"
#include "scratch.h"
#include "small_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The refusal of FILE begins with "FILE: PLACE" and goes on with the reason somewhere. */
static void check_refused(const char *path, const struct table_options *table, const char *place,
                          const char *reason)
{
    struct error error = {""};
    struct dataset dataset;
    struct dataset_options options = {.path = path, .num_words = 1000, .maxlen = 8};
    if (table != NULL)
        options.table = *table;
    if (dataset_open(&dataset, &options, &error))
        fail_msg("accepted, expected \"%s\"", reason);
    assert_null(dataset.train.tokens);
    char begin[512];
    snprintf(begin, sizeof begin, "%s: %s", path, place);
    if (strncmp(error.message, begin, strlen(begin)) != 0 || strstr(error.message, reason) == NULL)
        fail_msg("\"%s\" is not \"%s ... %s\"", error.message, begin, reason);
    assert_null(strchr(error.message, '\n'));
    const char *remedy = strrchr(error.message, ';');
    assert_non_null(remedy);
    assert_true(strlen(remedy) > 5);
}

static void refuse_bytes(const char *name, const char *text, size_t bytes, const struct table_options *table,
                         const char *place, const char *reason)
{
    char *scratch = scratch_open(), *path = scratch_path(scratch, name);
    scratch_write(path, text, bytes);
    check_refused(path, table, place, reason);
    free(path);
    scratch_close(scratch);
}

static void refuse(const char *text, const char *place, const char *reason)
{
    refuse_bytes("a.csv", text, strlen(text), NULL, place, reason);
}

static void bad_rows(void **state)
{
    (void)state;
    refuse("text,label\na,1\n\"b\nc\n\"\"d\nx,1\ny,0\n", "line 3: ", "quote is never closed");
    refuse("text,label\na,1\n\"b,1\n\"x\",0\n", "line 3: ", "follows a closing quote");
    refuse("text,label\r\na,1\r\nb\"c,1\r\n", "line 3: ", "without quotes");
    refuse("text,label\n\"a\n\nb\",1\nc,mixed\n", "line 5: ", "the label is 'mixed'");
    refuse("text,label\n\"a\n\nb\",\"yes\nno\"\n", "line 2: ", "the label is 'yes no'");
    refuse("text,label\na,1\nb,\n", "line 3: ", "the label is ''");
    refuse("text,label\na,1\n\nb\n", "line 4: ", "has 1 column where line 1 has 2; restore");
    refuse("\n\ntext,label\na,b,1\n", "line 4: ", "has 3 columns where line 3 has 2; put a text");
    refuse("text,label\na,1\n,0\n", "line 3: ", "is empty");
    refuse("text,label\na,1\n\"b\n\xE9\",0\n", "line 3: ", "not UTF-8 at byte 2 (0xE9)");
    refuse("a,1\nb,0\nc,third", "line 3: ", "the label is 'third'");
}

static void bad_columns(void **state)
{
    (void)state;
    refuse("stars,body\n1,a\n0,b\n", "line 1: ", "cannot tell text and label in 'stars', 'body'");
    refuse("0,1\n1,a\n", "line 1: ", "cannot tell");
    refuse("text;label\na;1\n", "line 1: ", "one column, 'text;label'");
    refuse("text\tlabel\na\t1\n", "line 1: ", "in a .tsv by tabs");
    refuse("review,stars\na,1\n", "line 1: ", "no column is named label or sentiment");
    refuse("id,sentiment\n1,1\n", "line 1: ", "no column is named text or review");
    refuse("7,a,1\n", "line 1: ", "no column is named text or review");
    refuse("text,label,review\na,1,b\n", "line 1: ", "choose one by its number");
    refuse("text,label,Label\na,1,b\n", "line 1: ", "choose one by its number, as --label-column 3");
    static const char text[] = "id,stars,body\n1,1,a\n2,0,b\n";
    static const struct {
        struct table_options table;
        const char *reason;
    } asked[] = {
        {{.text_column = "text"}, "--text-column text: no column has this name; the first row has 'id', "},
        {{.text_column = "body", .label_column = "sterne"}, "--label-column sterne: no column"},
        {{.text_column = "4", .label_column = "2"}, "--text-column 4: the row has 3 columns"},
        {{.text_column = "0", .label_column = "2"}, "--text-column 0: the row has 3 columns"},
        {{.text_column = "3", .label_column = "2"}, "'stars' in column 2 is no label"},
        {{.text_column = "body", .label_column = "3"}, "cannot be both"},
        {{.text_column = "body"}, "no column is named label or sentiment"},
    };
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
        refuse_bytes("a.csv", text, sizeof text - 1, &asked[i].table, "line 1: ", asked[i].reason);
    const struct table_options numbered = {.label_column = "2"};
    refuse_bytes("a.csv", "review,1\nx,0\n", 13, &numbered,
                 "line 1: ", "'review' reads as a header and '1' as");
}

static void bad_bytes(void **state)
{
    (void)state;
    refuse_bytes("a.csv", "", 0, NULL, "", "is empty");
    refuse("\n\n", "", "has no reviews");
    refuse("\xEF\xBB\xBF", "", "has no reviews");
    refuse("text,label\n", "", "has no reviews");
    refuse_bytes("a.csv", "text,label\na,1\nb\0c,0\n", 21, NULL, "line 3: ", "has a zero byte");
    refuse_bytes("a.csv", "\xFF\xFEt\0", 4, NULL, "line 1: ", "UTF-16");
    refuse("text,label\na,1\nb,1\n", "", "no label is negative (0)");
    refuse("text,label\na,0\n", "", "no label is positive (1)");
    refuse("text,label\n...,0\n!,1\n", "", "no review has a known word");
    refuse_bytes("a.csv.gz", "\x1F\x8B\x08 text", 8, NULL, "is not compressed", "get it again");
}

/* A text of the largest size is taken, and a larger one refused while little more than that is held. */
static void large_fields(void **state)
{
    (void)state;
    enum { BEFORE = 16, FILE_BYTES = 6 << 20 };
    static const size_t texts[] = {REVIEW_MAX_BYTES, REVIEW_MAX_BYTES + 1, REVIEW_MAX_BYTES + 2, 5 << 20};
    char *scratch = scratch_open(), *path = scratch_path(scratch, "a.csv"), *text = malloc(FILE_BYTES);
    assert_non_null(text);
    for (size_t i = 0; i < 4; i++)
        for (int quoted = 0; quoted < 2; quoted++) {
            size_t used = (size_t)sprintf(text, "text,label\nx,0\n%s", quoted ? "\"" : "");
            memset(text + used, 'a', texts[i]);
            used += texts[i];
            used += (size_t)sprintf(text + used, "%s,1\n", quoted ? "\"" : "");
            scratch_write(path, text, used);
            if (texts[i] > REVIEW_MAX_BYTES) {
                check_refused(path, NULL, "line 3: ", "is larger than 1048576 bytes");
                continue;
            }
            struct error error;
            struct dataset dataset;
            const struct dataset_options options = {.path = path, .num_words = 1000, .maxlen = 8};
            if (!dataset_open(&dataset, &options, &error))
                fail_msg("%s", error.message);
            dataset_close(&dataset);
        }
    memset(text, ',', FILE_BYTES);
    scratch_write(path, text, FILE_BYTES);
    check_refused(path, NULL, "line 1: ", "more than 1024 columns");
    memset(text, 'a', FILE_BYTES);
    for (size_t i = 0; i < FILE_BYTES; i += 1 << 19)
        text[i] = ',';
    scratch_write(path, text, FILE_BYTES);
    check_refused(path, NULL, "line 1: ", "the row is larger than 4194304 bytes");
    free(text);
    free(path);
    scratch_close(scratch);
}

static void bad_tests(void **state)
{
    (void)state;
    char *scratch = scratch_open(), *train = scratch_path(scratch, "train.csv");
    char *test = scratch_path(scratch, "test.tsv"), *directory = scratch_path(scratch, "set");
    scratch_write(train, "a,1\nb,1\nc,0\n", 12);
    struct error error;
    struct dataset dataset;
    struct dataset_options options = {.path = train, .num_words = 1000, .maxlen = 8, .table.test = test};
    assert_false(dataset_open(&dataset, &options, &error));
    assert_non_null(strstr(error.message, "test.tsv: No such file or directory; name"));
    scratch_write(test, "a\t1\nb\t2\n", 8);
    assert_false(dataset_open(&dataset, &options, &error));
    assert_non_null(strstr(error.message, "test.tsv: line 2: the label is '2'"));
    scratch_write(test, "x\t1\nz\t0\n", 8);
    assert_false(dataset_open(&dataset, &options, &error));
    assert_non_null(strstr(error.message, "test.tsv: no review has a known word; "));
    options.table.test = scratch;
    assert_false(dataset_open(&dataset, &options, &error));
    assert_non_null(strstr(error.message, ": is no table; "));

    check_refused(train, &(struct table_options){.test_fraction = 0.9},
                  "--test 0.9 leaves none of 1 negative", "");
    check_refused(train, &(struct table_options){.test_fraction = 1e-20}, "--test 1e-20 leaves none of 3",
                  "test on");
    static const struct table_options others[] = {
        {.test = "x.csv"}, {.test_fraction = 0.5}, {.text_column = "1"}, {.label_column = "1"}};
    static const char *const named[] = {"leave --test out", "leave --test out", "--text-column out",
                                        "--label-column out"};
    static const struct member members[] = {{.path = "train/pos/0_9.txt", .text = "good"}};
    small_set_directory(directory, members, 1);
    for (size_t i = 0; i < 4; i++) {
        check_refused(directory, &others[i], "is no .csv or .tsv", named[i]);
        options.path = dataset_sample_name;
        options.table = others[i];
        assert_false(dataset_open(&dataset, &options, &error));
        assert_non_null(strstr(error.message, named[i]));
    }
    free(directory);
    free(test);
    free(train);
    scratch_close(scratch);
}

static void bad_zips(void **state)
{
    (void)state;
    static const struct member two[] = {{.path = "a.csv", .text = "a,1\nb,0\n"},
                                        {.path = "b.tsv", .text = "a\t1\n"}};
    static const struct member none[] = {{.path = "readme.md", .text = "a,1\nb,0\n"}};
    static const struct member third[] = {{.path = "a.tsv", .text = "a\t1\nb\t0\nc\tx\n"}};
    char *scratch = scratch_open(), *path = scratch_path(scratch, "a.zip");
    small_set_archive(path, "x", SMALL_SET_ZIP, two, 2);
    check_refused(path, NULL, "holds several tables, x/a.csv and x/b.tsv", "--test");
    small_set_archive(path, "x", SMALL_SET_ZIP, none, 1);
    check_refused(path, NULL, "holds neither reviews", ".tsv");
    small_set_archive(path, "x", SMALL_SET_ZIP, third, 1);
    check_refused(path, NULL, "x/a.tsv: line 3: ", "the label is 'x'");
    scratch_write(path, "PK\3\4 and no more", 16);
    check_refused(path, NULL, "the archive is damaged", "get it again");
    free(path);
    scratch_close(scratch);
}

/* Changes every byte of a compressed table in turn: it is refused, or read as it was. */
static void check_damage(const char *path, char *data, size_t bytes, const struct dataset *whole)
{
    const struct dataset_options options = {.path = path, .num_words = 1000, .maxlen = 8};
    int refused = 0;
    for (size_t i = 0; i < bytes; i++) {
        struct dataset dataset;
        struct error error;
        data[i] = (char)(data[i] ^ 1);
        scratch_write(path, data, bytes);
        data[i] = (char)(data[i] ^ 1);
        if (!dataset_open(&dataset, &options, &error)) {
            assert_non_null(strstr(error.message, path));
            refused++;
            continue;
        }
        assert_int_equal(dataset.train.count, whole->train.count);
        assert_memory_equal(dataset.train.tokens, whole->train.tokens,
                            (size_t)(dataset.train.count * 8) * sizeof(int32_t));
        dataset_close(&dataset);
    }
    assert_true(refused > 20);
    for (size_t kept = 0; kept < bytes; kept++) {
        scratch_write(path, data, kept);
        check_refused(path, NULL, "", "");
    }
}

static void damaged_tables(void **state)
{
    (void)state;
    static const char text[] = "text,label\n\"a film, and a good one\",1\nbad,0\n";
    static const struct member member = {.path = "a.csv", .text = text};
    static const struct {
        const char *name;
        enum small_set_filter filter;
    } forms[] = {{"a.csv.gz", SMALL_SET_GZIP}, {"a.csv.xz", SMALL_SET_XZ}, {"a.zip", SMALL_SET_ZIP}};
    char *scratch = scratch_open();
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char *path = scratch_path(scratch, forms[i].name);
        if (forms[i].filter == SMALL_SET_ZIP)
            small_set_archive(path, "x", SMALL_SET_ZIP, &member, 1);
        else
            small_set_compress(path, forms[i].filter, text, sizeof text - 1);
        struct error error;
        struct dataset whole;
        const struct dataset_options options = {.path = path, .num_words = 1000, .maxlen = 8};
        if (!dataset_open(&whole, &options, &error))
            fail_msg("%s", error.message);
        size_t bytes;
        char *data = scratch_read(path, &bytes);
        check_damage(path, data, bytes, &whole);
        dataset_close(&whole);
        free(data);
        free(path);
    }
    scratch_close(scratch);
}

/* A small file may unfold to any number of reviews: what they may take of memory is a limit of the caller's. */
static void no_room(void **state)
{
    (void)state;
    char *scratch = scratch_open(), *path = scratch_path(scratch, "a.csv");
    scratch_write(path, "good film,1\nbad,0\n", 18);
    struct error error;
    struct dataset dataset;
    struct dataset_options options = {.path = path, .num_words = 1000, .maxlen = 1, .bytes_max = 48};
    assert_true(dataset_open(&dataset, &options, &error));
    dataset_close(&dataset);
    options.bytes_max = 47;
    assert_false(dataset_open(&dataset, &options, &error));
    assert_non_null(strstr(error.message, "a.csv: the texts take more than "));
    free(path);
    scratch_close(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_rows),       cmocka_unit_test(bad_columns), cmocka_unit_test(bad_bytes),
        cmocka_unit_test(large_fields),   cmocka_unit_test(bad_tests),   cmocka_unit_test(bad_zips),
        cmocka_unit_test(damaged_tables), cmocka_unit_test(no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
