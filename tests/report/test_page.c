/* Text inside pages stays text, whatever it holds. */
#include "matinee/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FFFD "\xEF\xBF\xBD"

typedef void put_function(FILE *stream, const char *text, size_t bytes);

static void check(put_function *put, const char *text, size_t bytes, const char *expected)
{
    char *printed = NULL;
    size_t printed_bytes;
    FILE *stream = open_memstream(&printed, &printed_bytes);
    assert_non_null(stream);
    put(stream, text, bytes);
    fclose(stream);
    assert_string_equal(printed, expected);
    free(printed);
}

static void test_text(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", ""},
        {"a < b & \"c\" > 'd'", "a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;"},
        {"<br />", "&lt;br /&gt;"},
        {"tab\tline\r\nend", "tab line  end"},
        {"\x1b[7m\x7f", FFFD "[7m" FFFD},
        {"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8E\xAC", "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8E\xAC"},
        {"\xC2\x85|", FFFD "|"},                           /* a control character of two bytes */
        {"\xFF|\x80|", FFFD "|" FFFD "|"},                 /* no beginning of a character */
        {"\xC3|\xE2\x82|", FFFD "|" FFFD FFFD "|"},        /* cut off */
        {"\xC0\xAF|", FFFD FFFD "|"},                      /* overlong */
        {"\xE0\x80\xAF|", FFFD FFFD FFFD "|"},             /* overlong */
        {"\xED\xA0\x80|", FFFD FFFD FFFD "|"},             /* a surrogate */
        {"\xF4\x90\x80\x80|", FFFD FFFD FFFD FFFD "|"},    /* beyond U+10FFFF */
        {"\xEF\xBF\xBE|\xEF\xBF\xBF|", FFFD "|" FFFD "|"}, /* no characters of XML */
        {"\xEF\xBF\xBD|\xF4\x8F\xBF\xBD|", FFFD "|\xF4\x8F\xBF\xBD|"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(html_bytes, cases[i].text, strlen(cases[i].text), cases[i].expected);
    check(html_bytes, "a\0b", 3, "a" FFFD "b");
    check(html_bytes, "\xE2\x82\xAC", 2, FFFD FFFD); /* the third byte is not the text's */
}

static void test_prose(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"one<br />two<br>three<br/>four\nfive", "one<br />two<br />three<br />four<br />five"},
        {"one<br /><br />two", "one<br /><br />two"},
        {"one<br /><br /><br /><br />two", "one<br /><br />two"},
        {"<br />one<br />", "<br />one"},
        {"<b>one</b> <br", "&lt;b&gt;one&lt;/b&gt; &lt;br"},
        {"<br />\r\n", "<br /> "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(html_prose, cases[i].text, strlen(cases[i].text), cases[i].expected);
    check(html_prose, "a<br />", 3, "a&lt;b"); /* what follows is not the text's */
}

static void test_frame(void **state)
{
    (void)state;
    static const char *const headings[] = {"a<", "b"}, *const cells[] = {"<1>", "2&"};
    static const char *const parts[] = {
        "<title>x &lt;y&gt;</title>",
        "<h1>x &lt;y&gt;</h1>",
        "p { more }",
        "@media (prefers-color-scheme: dark)",
        "<h2>s&amp;t</h2>",
        "<p>7 &lt;p&gt;</p>",
        "<p class=\"note\">&#39;</p>",
        "<tr><th scope=\"row\">n&lt;</th><td>v&gt; 2</td></tr>",
        "<caption>c&amp;</caption>",
        "<tr><th scope=\"col\">a&lt;</th><th scope=\"col\">b</th></tr>",
        "<tr><th scope=\"row\">&lt;1&gt;</th><td>2&amp;</td></tr>",
        "</html>\n",
    };
    char *printed = NULL;
    size_t bytes;
    FILE *stream = open_memstream(&printed, &bytes);
    assert_non_null(stream);
    page_begin(stream, "x <y>", "p { more }");
    page_section_begin(stream, "s&t");
    page_paragraph(stream, "%d <p>", 7);
    page_note(stream, "'");
    page_facts_begin(stream);
    page_fact(stream, "n<", "v> %d", 2);
    page_facts_end(stream);
    page_table_begin(stream, "c&", 2, headings);
    page_row(stream, 2, cells);
    page_table_end(stream);
    page_section_end(stream);
    page_end(stream);
    fclose(stream);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(printed, parts[i]))
            fail_msg("the page lacks %s", parts[i]);
    assert_null(strstr(printed, "<script"));
    assert_null(strstr(printed, "http"));
    free(printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_prose),
        cmocka_unit_test(test_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
