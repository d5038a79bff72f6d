/* What an explanation looks like: of a text with words of every kind, on a terminal, as JSON and as a page. */
#include "explanation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* "old" is cut off, "x<y" is two words never seen, "plain" is too rare, the zero byte is no end. */
static const char text[] = "Old but GOOD\0, bad\033[7m & x<y plain \xC3\xBC";
static struct text_word items[] = {
    {0, 3, WORD_CUT, 9, -1},      {4, 3, WORD_READ, 3, 0},     {8, 4, WORD_READ, 1, 1},
    {15, 3, WORD_READ, 2, 2},     {25, 1, WORD_UNSEEN, 0, -1}, {27, 1, WORD_UNSEEN, 0, -1},
    {29, 5, WORD_OUTSIDE, 80, 3}, {35, 2, WORD_READ, 5, 4},
};
enum { WORDS = sizeof items / sizeof items[0] };
static double pushes[WORDS] = {0, 0.01, 1.5, -2, 0, 0, 0, 0.4};
static struct word_push strongest[] = {{3, -2}, {2, 1.5}, {7, 0.4}, {1, 0.01}};

static const struct explanation explanation = {.text = text,
                                               .bytes = sizeof text - 1,
                                               .number = 3,
                                               .logit = 0,
                                               .words = {.count = WORDS, .items = items},
                                               .pushes = pushes,
                                               .strongest_count = 4,
                                               .strongest = strongest};

static char *printed; /* the latest test's output */
static size_t printed_bytes;

static FILE *begin(void)
{
    free(printed);
    printed = NULL;
    FILE *stream = open_memstream(&printed, &printed_bytes);
    assert_non_null(stream);
    return stream;
}

static void print(int count, bool colours)
{
    struct error error;
    FILE *stream = begin();
    assert_true(explanation_print(stream, &explanation, count, colours, &error));
    fclose(stream);
}

static void test_plain(void **state)
{
    (void)state;
    print(3, false);
    assert_string_equal(printed, "0.5000  negative  Old but GOOD?, bad?[7m & x<y plain \xC3\xBC\n"
                                 "      push  without    at  word\n"
                                 "   -2.0000   0.8808     4  bad\n"
                                 "   +1.5000   0.1824     3  GOOD\n"
                                 "   +0.4000   0.4013     8  \xC3\xBC\n"
                                 "and 1 more\n"
                                 "too rare for numbers of their own: plain\n"
                                 "never seen in training, not read: x, y\n"
                                 "too far from the end, not read: Old\n");
    print(4, false);
    assert_null(strstr(printed, " more"));
    assert_null(strchr(printed, '\033'));
}

static void test_colours(void **state)
{
    (void)state;
    print(3, true);
    char *line = strchr(printed, '\n') + 1;
    *strchr(line, '\n') = '\0';
    assert_string_equal(line, "\033[2mOld\033[0m but \033[1;32mGOOD\033[0m?, \033[1;31mbad\033[0m?[7m & "
                              "\033[2mx\033[0m<\033[2my\033[0m \033[2mplain\033[0m \033[32m\xC3\xBC\033[0m");
}

/* Ten words of a note are listed, and the others counted. */
static void test_many_words(void **state)
{
    (void)state;
    static const char many[] = "a b c d e f g h i j k l m";
    static struct text_word unseen[13];
    static double none[13];
    struct error error;
    for (size_t i = 0; i < 13; i++)
        unseen[i] = (struct text_word){2 * i, 1, WORD_UNSEEN, 0, -1};
    const struct explanation of_many = {
        .text = many, .bytes = sizeof many - 1, .words = {.count = 13, .items = unseen}, .pushes = none};
    FILE *stream = begin();
    assert_true(explanation_print(stream, &of_many, 20, false, &error));
    fclose(stream);
    assert_non_null(
        strstr(printed, "\nnever seen in training, not read: a, b, c, d, e, f, g, h, i, j and 3 more\n"));
}

static void test_json(void **state)
{
    (void)state;
    json_t *value = explanation_json(&explanation);
    assert_int_equal(json_integer_value(json_object_get(value, "text")), 3);
    assert_true(json_real_value(json_object_get(value, "probability")) == 0.5);
    assert_true(json_real_value(json_object_get(value, "logit")) == 0.0);
    json_t *words = json_object_get(value, "words");
    assert_int_equal(json_array_size(words), WORDS);
    char *bad = json_dumps(json_array_get(words, 3), JSON_COMPACT | JSON_REAL_PRECISION(6));
    assert_string_equal(
        bad,
        "{\"word\":\"bad\",\"start\":15,\"state\":\"read\",\"rank\":2,\"push\":-2.0,\"without\":0.880797}");
    free(bad);
    static const char *const expected[] = {
        "{\"word\":\"Old\",\"start\":0,\"state\":\"cut\",\"rank\":9}",
        "{\"word\":\"x\",\"start\":25,\"state\":\"unseen\"}",
        "{\"word\":\"plain\",\"start\":29,\"state\":\"outside\",\"rank\":80}"};
    static const size_t places[] = {0, 4, 6};
    for (size_t i = 0; i < 3; i++) {
        char *word = json_dumps(json_array_get(words, places[i]), JSON_COMPACT);
        assert_string_equal(word, expected[i]);
        free(word);
    }
    json_decref(value);
}

/* What a text or a file's name holds stays text. */
static void test_page(void **state)
{
    (void)state;
    FILE *stream = begin();
    explanation_page_begin(stream, "<i>\"M'\xFF.keras");
    explanation_page_add(stream, &explanation, 2);
    explanation_page_end(stream);
    fclose(stream);
    static const char *const parts[] = {
        "<p class=\"note\">Model: &lt;i&gt;&quot;M&#39;\xEF\xBF\xBD.keras</p>",
        "<h2>3: negative, 0.5000</h2>\n<p class=\"text\"><span class=\"cut\">Old</span> ",
        "<span class=\"up\" style=\"--s:0.750\" title=\"+1.5000; 0.1824 without\">GOOD</span>\xEF\xBF\xBD, ",
        "<span class=\"down\" style=\"--s:1.000\" title=\"-2.0000; 0.8808 "
        "without\">bad</span>\xEF\xBF\xBD[7m &amp; ",
        "<span class=\"unseen\">x</span>&lt;<span class=\"unseen\">y</span> <span "
        "class=\"outside\">plain</span> ",
        "<caption>The strongest 2 of 4</caption>",
        "<tr><td>-2.0000</td><td>0.8808</td><td>4</td><td>bad</td></tr>\n"
        "<tr><td>+1.5000</td><td>0.1824</td><td>3</td><td>GOOD</td></tr>\n</table>",
        "@media (prefers-color-scheme: dark)",
        "</body>\n</html>\n",
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!strstr(printed, parts[i]))
            fail_msg("the page lacks %s", parts[i]);
    static const char *const foreign[] = {"<script", "http:", "https:", "<i>", "\033"};
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        assert_null(strstr(printed, foreign[i]));
}

static int release(void **state)
{
    (void)state;
    free(printed);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),      cmocka_unit_test(test_colours), cmocka_unit_test(test_json),
        cmocka_unit_test(test_many_words), cmocka_unit_test(test_page),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
