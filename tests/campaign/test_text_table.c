/* A table in columns and in Markdown; fields of CSV. */
#include "text_table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const headings[] = {"name", "n"};

static void fill(struct text_table *table)
{
    struct error error;
    *table = (struct text_table){.columns = 2, .headings = headings};
    assert_true(text_table_row(table, &error));
    text_table_put(table, "%s", "a|b*");
    text_table_put(table, "%d", 100);
    assert_true(text_table_row(table, &error));
    text_table_put(table, "%s", "\xC3\xA4rger"); /* six characters less one byte */
}

/* What a function writes. */
static void expect_written(void (*write)(FILE *, const struct text_table *), const char *expected)
{
    struct text_table table;
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);
    assert_non_null(stream);
    fill(&table);
    write(stream, &table);
    fclose(stream);
    assert_string_equal(text, expected);
    free(text);
    text_table_close(&table);
}

static void test_columns(void **state)
{
    (void)state;
    expect_written(text_table_print, "name     n\na|b*   100\n\xC3\xA4rger     \n");
}

static void test_markdown(void **state)
{
    (void)state;
    expect_written(text_table_markdown,
                   "| name | n |\n|---|---:|\n| a\\|b\\* | 100 |\n| \xC3\xA4rger |  |\n");
}

static void test_a_long_text_is_cut(void **state)
{
    (void)state;
    struct text_table table = {.columns = 1, .headings = headings};
    struct error error;
    char text[3 * CELL_BYTES];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_true(text_table_row(&table, &error));
    text_table_put(&table, "%s", text);
    assert_int_equal(strlen(table.cells[0]), CELL_BYTES - 1);
    text_table_close(&table);
}

static void test_csv_fields(void **state)
{
    (void)state;
    static const char *const fields[][2] = {
        {"lstm", "lstm"}, {"a,b", "\"a,b\""}, {"a\"b", "\"a\"\"b\""}, {"a\nb", "\"a\nb\""}, {"", ""}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        char *text = NULL;
        size_t bytes = 0;
        FILE *stream = open_memstream(&text, &bytes);
        csv_text(stream, fields[i][0]);
        fclose(stream);
        assert_string_equal(text, fields[i][1]);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_markdown),
        cmocka_unit_test(test_a_long_text_is_cut),
        cmocka_unit_test(test_csv_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
