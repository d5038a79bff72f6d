/* Reviews that are the rows of a CSV or TSV: which rows and columns, in which order, and which are test reviews. */
#include "csv_rows.h"
#include "fixture.h"
#include "matinee/data.h"
#include "scratch.h"
#include "table_columns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct dataset_options usual = {.num_words = FIXTURE_NUM_WORDS, .maxlen = FIXTURE_MAXLEN};

static void open_dataset(struct dataset *dataset, struct dataset_options options)
{
    struct error error;
    if (!dataset_open(dataset, &options, &error))
        fail_msg("%s", error.message);
}

static char *write_table(const char *scratch, const char *name, const char *text)
{
    char *path = scratch_path(scratch, name);
    scratch_write(path, text, strlen(text));
    return path;
}

/* Appends "LINE:CELL|CELL;" to a text. */
static bool describe(void *context, const struct csv_row *row, struct error *error)
{
    char *text = context;
    (void)error;
    sprintf(text + strlen(text), "%ld:", row->line);
    for (int i = 0; i < row->count; i++) {
        assert_int_equal(strlen(csv_cell(row, i)), csv_cell_bytes(row, i));
        sprintf(text + strlen(text), "%s%s", i == 0 ? "" : "|", csv_cell(row, i));
    }
    strcat(text, ";");
    return true;
}

/* The rows, from pieces of so many bytes. */
static void check_rows(const char *text, size_t piece, const char *expected)
{
    char described[512] = "";
    struct csv_rows *rows;
    struct error error;
    const struct csv_rows_options options = {
        .name = "t", .delimiter = ',', .handle = describe, .context = described};
    assert_true(csv_rows_open(&rows, &options, &error));
    for (size_t used = 0, all = strlen(text); used < all; used += piece) {
        size_t bytes = all - used < piece ? all - used : piece;
        char *copy = malloc(bytes); /* of its own, so that nothing beside it is read unseen */
        assert_non_null(copy);
        memcpy(copy, text + used, bytes);
        if (!csv_rows_add(rows, copy, bytes, &error))
            fail_msg("%s", error.message);
        free(copy);
    }
    if (!csv_rows_end(rows, &error))
        fail_msg("%s", error.message);
    csv_rows_close(rows);
    assert_string_equal(described, expected);
}

static void rows_know_their_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", ""},
        {"\n\r\n", ""},
        {"a,b\nc,d\n", "1:a|b;2:c|d;"},
        {"a,b\r\nc,d", "1:a|b;2:c|d;"},
        {"a,b\rc,d\r\re,f", "1:a|b;2:c|d;4:e|f;"},
        {"\xEF\xBB\xBF\"a\",b", "1:a|b;"},
        {"\xEF\xBB", "1:\xEF\xBB;"},
        {"\xEF\xBBx", "1:\xEF\xBBx;"},
        {"\"a\n\nb\",c\nd,\n", "1:a\n\nb|c;4:d|;"},
        {"\"a\r\nb\",c\r\n\r\nd,e\r\n", "1:a\r\nb|c;4:d|e;"},
        {"\"say \"\"a\"\"\",\"\"\n,\n", "1:say \"a\"|;2:|;"},
        {"a, \"b\" \n", "1:a|b;"},
        {"\"a,b\",c", "1:a,b|c;"},
        {"\n\n\"a\nb\nc\"\nd", "3:a\nb\nc;6:d;"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t piece = 1; piece <= 24; piece++)
            check_rows(cases[i].text, piece, cases[i].expected);
}

static void labels(void **state)
{
    (void)state;
    static const char *const negative[] = {"0", "neg", "negative", "NEG", " Negative\t", "0 "};
    static const char *const positive[] = {"1", "pos", "positive", "Pos", "POSITIVE", " 1"};
    static const char *const unknown[] = {"", " ", "2", "00", "-1", "1.0", "negativ", "poss", "true", "0 1"};
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(table_label(negative[i]), LABEL_NEGATIVE);
        assert_int_equal(table_label(positive[i]), LABEL_POSITIVE);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_int_equal(table_label(unknown[i]), LABEL_UNKNOWN);
}

/* The two reviews of every table below: in each split one positive "good film" and one negative "bad". */
static void check_columns(const char *name, const char *text, const char *text_column,
                          const char *label_column)
{
    char *scratch = scratch_open(), *path = write_table(scratch, name, text);
    struct dataset_options options = usual;
    options.path = path;
    options.table = (struct table_options){.text_column = text_column, .label_column = label_column};
    struct dataset dataset;
    open_dataset(&dataset, options);
    assert_int_equal(dataset.train.count, 2);
    assert_int_equal(dataset.test.count, 0);
    assert_int_equal(dataset.train_statistics.positive, 1);
    assert_int_equal(dataset.test_statistics.reviews, 0);
    assert_int_equal(word_index_count(dataset.words), 3);
    for (int i = 0; i < 2; i++)
        assert_int_equal(dataset.train.labels[i], dataset.train.pads[i] == 1);
    dataset_close(&dataset);
    free(path);
    scratch_close(scratch);
}

static void columns_are_found(void **state)
{
    (void)state;
    check_columns("a.csv", "review,sentiment\ngood film,1\nbad,0\n", NULL, NULL);
    check_columns("a.CSV", "Label,Text\r\npos,good film\r\nneg,bad\r\n", NULL, NULL);
    check_columns("a.tsv", "id\tsentiment\treview\n7\t1\tgood film\n8\t0\tbad\n", NULL, NULL);
    check_columns("a.tsv", "text\tlabel\n\"good\tfilm\"\t1\nbad,\t0\n", NULL, NULL);
    check_columns("a.csv", "good film,positive\nbad,negative\n", NULL, NULL);
    check_columns("a.csv", "\xEF\xBB\xBF\"1\",good film\n0,bad\n", NULL, NULL);
    check_columns("a.csv", "stars,body\n1,good film\n0,bad\n", "body", "stars");
    check_columns("a.csv", "stars,Text\n1,good film\n0,bad\n", NULL, "STARS");
    check_columns("a.csv", "text,review,label\nx,good film,1\ny,bad,0\n", "review", NULL);
    check_columns("a.csv", "text,review,label\nx,good film,1\ny,bad,0\n", "2", NULL);
    check_columns("a.csv", "7,good film,1\n8,bad,0\n", "2", "3");
    check_columns("a.csv", "1,good film\n0,bad\n", NULL, "1");
}

/* The fixture in Keras' order, as two tables. */
static const char train_text[] = "review,sentiment\na good<day>,1\n\"Good, good film\",1\nbad film,0\n";
static const char test_text[] = "sentiment,review\npos,good unknown day\nneg,\"Bad, BAD film!\"\n";

static void check_same(const struct reviews *a, const struct reviews *b)
{
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->T, b->T);
    assert_memory_equal(a->tokens, b->tokens, (size_t)(a->count * a->T) * sizeof *a->tokens);
    assert_memory_equal(a->pads, b->pads, (size_t)a->count * sizeof *a->pads);
    assert_memory_equal(a->labels, b->labels, (size_t)a->count);
}

/* Tables in Keras' order are the directory, to the byte; `train` and `test` are paths of the fixture in any form. */
static void check_tables(const char *directory, const char *train, const char *test)
{
    struct dataset_options options = usual;
    struct dataset files, rows, rows_again;
    options.path = directory;
    open_dataset(&files, options);
    options.path = train;
    options.table.test = test;
    open_dataset(&rows, options);
    check_same(&files.train, &rows.train);
    check_same(&files.test, &rows.test);
    assert_memory_equal(&files.train_statistics, &rows.train_statistics, sizeof rows.train_statistics);
    assert_memory_equal(&files.test_statistics, &rows.test_statistics, sizeof rows.test_statistics);
    assert_memory_equal(rows.source, train, strlen(train));
    assert_non_null(strstr(rows.source, test));

    options.test_only = true;
    options.encoder = rows.vocabulary;
    open_dataset(&rows_again, options);
    assert_int_equal(rows_again.train.count, 0);
    check_same(&rows_again.test, &rows.test);
    dataset_close(&rows_again);
    dataset_close(&rows);
    dataset_close(&files);
}

static void tables_are_the_directory(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum small_set_filter filter;
    } forms[] = {{"train.csv", SMALL_SET_PLAIN},
                 {"train.csv.gz", SMALL_SET_GZIP},
                 {"train.csv.xz", SMALL_SET_XZ},
                 {"train.csv.bz2", SMALL_SET_BZIP2},
                 {"train.CSV.zst", SMALL_SET_ZSTD}};
    static const struct member members[] = {
        {.path = "../README", .text = "\xE9"},
        {.path = "train.csv", .text = train_text},
        {.path = "__MACOSX/._train.csv", .text = "\xE9"},
    };
    char *scratch = scratch_open(), *directory = scratch_path(scratch, "set");
    char *test = write_table(scratch, "test.csv", test_text), *zip = scratch_path(scratch, "both");
    small_set_directory(directory, fixture, FIXTURE_MEMBERS);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char *train = scratch_path(scratch, forms[i].name);
        small_set_compress(train, forms[i].filter, train_text, sizeof train_text - 1);
        check_tables(directory, train, test);
        free(train);
    }
    small_set_archive(zip, "some/where", SMALL_SET_ZIP, members, 3);
    check_tables(directory, zip, test);
    free(zip);
    free(test);
    free(directory);
    scratch_close(scratch);
}

/* Seed 113 reads three rows in the order 2 0 1, whatever their labels. */
static void rows_keep_their_order(void **state)
{
    (void)state;
    char *scratch = scratch_open();
    char *path = write_table(scratch, "a.csv", "bad,0\nodd day film,1\nfilm :-),1\n");
    struct dataset_options options = {.path = path, .num_words = 1000, .maxlen = 4};
    struct dataset dataset;
    open_dataset(&dataset, options);
    assert_memory_equal(dataset.train.labels, ((const uint8_t[]){1, 0, 1}), 3);
    assert_memory_equal(dataset.train.pads, ((const int32_t[]){2, 2, 0}), 3 * sizeof(int32_t));
    dataset_close(&dataset);
    free(path);
    scratch_close(scratch);
}

/* Review i of a label has "word" i + 1 times, so that its zeros tell which it is, and a word of its own. */
static char *write_sorted(const char *scratch)
{
    char text[512] = "text,label\n";
    for (int i = 0; i < 10; i++) {
        for (int word = 0; word <= i % 5; word++)
            strcat(text, " word");
        sprintf(text + strlen(text), " %c%d", i < 5 ? 'p' : 'n', i % 5);
        strcat(text, i < 5 ? ",pos\n" : ",neg\n");
    }
    return write_table(scratch, "sorted.csv", text);
}

static void check_held_out(const char *path, double fraction, int kept)
{
    struct dataset_options options = {
        .path = path, .num_words = 1000, .maxlen = 7, .table.test_fraction = fraction};
    struct dataset dataset, again;
    open_dataset(&dataset, options);
    assert_int_equal(dataset.train.count, 2 * kept);
    assert_int_equal(dataset.test.count, 10 - 2 * kept);
    assert_int_equal(dataset.train_statistics.positive, kept);
    assert_int_equal(dataset.test_statistics.positive, 5 - kept);
    /* The words of their own are known of those reviews alone that are trained on. */
    for (int i = 0; i < dataset.train.count; i++)
        assert_true(7 - dataset.train.pads[i] - 3 < kept);
    for (int i = 0; i < dataset.test.count; i++)
        assert_true(7 - dataset.test.pads[i] - 2 >= kept);
    assert_int_equal(word_index_count(dataset.words), 2 * kept + 1);
    for (int rank = 2; rank <= 2 * kept + 1; rank++)
        assert_in_range(word_index_word(dataset.words, rank, NULL, NULL)[1], '0', '0' + kept - 1);

    options.test_only = true;
    options.encoder = dataset.vocabulary;
    open_dataset(&again, options);
    assert_int_equal(again.train.count, 0);
    check_same(&again.test, &dataset.test);
    dataset_close(&again);
    dataset_close(&dataset);
}

/* A file that is sorted by label gives both parts reviews of both. */
static void a_fraction_is_held_out(void **state)
{
    (void)state;
    char *scratch = scratch_open(), *path = write_sorted(scratch);
    check_held_out(path, 0.2, 4);
    check_held_out(path, 0.5, 2);
    check_held_out(path, 0.8, 1);
    check_held_out(path, 0.29, 4);
    check_held_out(path, 0.3, 3);
    free(path);
    scratch_close(scratch);
}

/* To a model with a vocabulary of its own a table alone is all test reviews; of one label, perhaps, and some without a
 * word that the model knows. */
static void a_table_alone_is_evaluated(void **state)
{
    (void)state;
    char *scratch = scratch_open(), *train = write_table(scratch, "train.csv", train_text);
    char *test = write_table(scratch, "test.csv", "good day,1\n:-),1\nnever seen,1\n");
    struct dataset_options options = usual;
    struct dataset dataset, evaluated;
    options.path = train;
    open_dataset(&dataset, options);
    options = (struct dataset_options){.path = test, .test_only = true, .encoder = dataset.vocabulary};
    open_dataset(&evaluated, options);
    assert_int_equal(evaluated.train.count, 0);
    assert_int_equal(evaluated.test.count, 3);
    assert_int_equal(evaluated.test_statistics.positive, 3);
    assert_int_equal(evaluated.test_statistics.dropped, 2);
    int wordless = 0;
    for (int i = 0; i < 3; i++)
        wordless += memcmp(evaluated.test.tokens + (ptrdiff_t)i * FIXTURE_MAXLEN,
                           (const int32_t[]){0, 0, 0, 1}, 4 * sizeof(int32_t)) == 0;
    assert_int_equal(wordless, 2);
    dataset_close(&evaluated);
    dataset_close(&dataset);
    free(test);
    free(train);
    scratch_close(scratch);
}

static bool join(void *context, const struct table_text *text, struct error *error)
{
    char *joined = context;
    (void)error;
    assert_int_equal(strlen(text->text), text->bytes);
    sprintf(joined + strlen(joined), "%ld:%s;", text->line, text->text);
    return true;
}

static void check_texts(const char *table, const char *text_column, const char *expected)
{
    char joined[256] = "", *scratch = scratch_open(), *path = write_table(scratch, "a.csv", table);
    struct error error;
    const struct table_options options = {.text_column = text_column};
    const struct table_texts_reader reader = {.handle = join, .context = joined};
    if (!table_texts_read(path, &options, &reader, &error))
        fail_msg("%s", error.message);
    assert_string_equal(joined, expected);
    free(path);
    scratch_close(scratch);
}

/* Texts without labels: a named column has a header, a number none. */
static void texts_alone(void **state)
{
    (void)state;
    check_texts("id,Review\n1,\"a\nb\"\n2,c\n", NULL, "2:a\nb;4:c;");
    check_texts("id,body\n1,a\n2,\n", "body", "2:a;3:;");
    check_texts("id,body\n1,a\n", "2", "1:body;2:a;");
    check_texts("a\n\"b, c\"\n", NULL, "1:a;2:b, c;");
    check_texts("text\na\n", NULL, "2:a;");
    assert_true(table_is_name("some/a.tsv") && table_is_name("A.CSV.GZ"));
    assert_false(table_is_name("csv") || table_is_name("a.csv.txt") || table_is_name(".csv"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_know_their_lines),      cmocka_unit_test(labels),
        cmocka_unit_test(columns_are_found),          cmocka_unit_test(tables_are_the_directory),
        cmocka_unit_test(rows_keep_their_order),      cmocka_unit_test(a_fraction_is_held_out),
        cmocka_unit_test(a_table_alone_is_evaluated), cmocka_unit_test(texts_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
