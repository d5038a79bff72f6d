#include "matinee/page.h"

#include <stdarg.h>

static const char head[] = "<meta charset=\"utf-8\" />\n"
                           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n";

/* The colours of styles 0 to 5 can be told apart by people with any of the usual weaknesses of colour vision, and have
 * a contrast of 3 or more to the ground. */
static const char styles[] =
    ":root { color-scheme: light dark; --ground: #fff; --ink: #1b1f24; --faint: #626a73; --line: #d8dde3;\n"
    "  --good: 0 114 178; --bad: 201 84 0; --up: 37 99 235; --down: 217 95 2;\n"
    "  --s0: #0072b2; --s1: #d05400; --s2: #00805d; --s3: #a8478a; --s4: #8f7000; --s5: #555b61 }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "  :root { --ground: #14171b; --ink: #e7e9ec; --faint: #9aa3ad; --line: #343b43;\n"
    "    --good: 86 180 233; --bad: 255 138 61; --up: 92 150 255; --down: 255 138 46;\n"
    "    --s0: #56b4e9; --s1: #ff8a3d; --s2: #2cc295; --s3: #e08cc0; --s4: #e3c02f; --s5: #b4bbc2 }\n"
    "}\n"
    "body { margin: 0; background: var(--ground); color: var(--ink);\n"
    "  font: 1rem/1.6 system-ui, -apple-system, \"Segoe UI\", Roboto, sans-serif }\n"
    "main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }\n"
    "h1 { font-size: 1.5rem; line-height: 1.3; margin: 0 0 .75rem; overflow-wrap: anywhere }\n"
    "h2 { font-size: 1.15rem; margin: 0 0 .5rem }\n"
    "h3 { font-size: 1rem; margin: 0 0 .3rem }\n"
    "section { border-top: 1px solid var(--line); margin-top: 1.75rem; padding-top: 1.25rem }\n"
    "p { margin: .6rem 0; max-width: 46rem; overflow-wrap: anywhere }\n"
    ".note { color: var(--faint); font-size: .9rem }\n"
    ".columns { display: grid; gap: 1.5rem 2.5rem; align-items: start;\n"
    "  grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)) }\n"
    ".columns > * { margin: 0; min-width: 0 }\n"
    "section + .columns { margin-top: 1.75rem }\n"
    ".scroll { overflow-x: auto }\n"
    "table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .95rem }\n"
    "caption { text-align: left; color: var(--faint); padding-bottom: .3rem }\n"
    "th, td { text-align: right; padding: .15rem 1.1rem .15rem 0; vertical-align: top }\n"
    "th { font-weight: 600 }\n"
    "thead th { border-bottom: 1px solid var(--line); white-space: nowrap }\n"
    "th:first-child, .facts td { text-align: left }\n"
    "th:last-child, td:last-child { padding-right: 0 }\n"
    ".facts th { color: var(--faint); font-weight: 400; white-space: nowrap }\n"
    ".facts td { overflow-wrap: anywhere }\n"
    "summary { cursor: pointer }\n"
    "figure { margin: 0; max-width: 36rem }\n"
    "figcaption { font-weight: 600 }\n"
    ".legend { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; margin: 0; padding: 0;\n"
    "  font-size: .9rem }\n"
    ".legend svg { width: 1.8em; height: .7em; margin-right: .35em }\n"
    ".plot { display: block; width: 100%; height: auto; overflow: visible }\n"
    ".plot text { fill: var(--faint); font-size: 13px; paint-order: stroke; stroke: var(--ground);\n"
    "  stroke-width: 3px; stroke-linejoin: round }\n"
    ".plot .strong { fill: var(--ink) }\n"
    ".grid { stroke: var(--line); stroke-width: 1; fill: none }\n"
    ".axis { stroke: var(--faint); stroke-width: 1; fill: none }\n"
    ".l { stroke: var(--c); stroke-width: 2; stroke-linejoin: round; fill: none }\n"
    ".d { fill: var(--c) }\n"
    ".b { fill: var(--c); fill-opacity: .18 }\n"
    ".part { fill: var(--c); stroke: var(--ground); stroke-width: 1 }\n"
    ".s0 { --c: var(--s0) } .s1 { --c: var(--s1) } .s2 { --c: var(--s2) } .s3 { --c: var(--s3) }\n"
    ".s4 { --c: var(--s4) } .s5 { --c: var(--s5) } .sx { --c: var(--faint) }\n";

void page_begin(FILE *stream, const char *title, const char *style)
{
    fprintf(stream, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n%s<title>", head);
    html_text(stream, title);
    fprintf(stream, "</title>\n<style>\n%s%s</style>\n</head>\n<body>\n<main>\n<h1>", styles,
            style ? style : "");
    html_text(stream, title);
    fputs("</h1>\n", stream);
}

void page_end(FILE *stream)
{
    fputs("</main>\n</body>\n</html>\n", stream);
}

void page_section_begin(FILE *stream, const char *heading)
{
    fputs("<section>\n<h2>", stream);
    html_text(stream, heading);
    fputs("</h2>\n", stream);
}

void page_section_end(FILE *stream)
{
    fputs("</section>\n", stream);
}

void page_columns_begin(FILE *stream)
{
    fputs("<div class=\"columns\">\n", stream);
}

void page_columns_end(FILE *stream)
{
    fputs("</div>\n", stream);
}

static void put_formatted(FILE *stream, const char *format, va_list arguments)
{
    char text[PAGE_TEXT_BYTES];
    vsnprintf(text, sizeof text, format, arguments);
    html_text(stream, text);
}

void page_paragraph(FILE *stream, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("<p>", stream);
    put_formatted(stream, format, arguments);
    fputs("</p>\n", stream);
    va_end(arguments);
}

void page_note(FILE *stream, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("<p class=\"note\">", stream);
    put_formatted(stream, format, arguments);
    fputs("</p>\n", stream);
    va_end(arguments);
}

void page_facts_begin(FILE *stream)
{
    fputs("<table class=\"facts\">\n<tbody>\n", stream);
}

void page_fact(FILE *stream, const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("<tr><th scope=\"row\">", stream);
    html_text(stream, name);
    fputs("</th><td>", stream);
    put_formatted(stream, format, arguments);
    fputs("</td></tr>\n", stream);
    va_end(arguments);
}

void page_facts_end(FILE *stream)
{
    fputs("</tbody>\n</table>\n", stream);
}

static void put_cells(FILE *stream, int columns, const char *const *cells, const char *first,
                      const char *others)
{
    fputs("<tr>", stream);
    for (int i = 0; i < columns; i++) {
        const char *scope = i == 0 ? first : others;
        if (scope)
            fprintf(stream, "<th scope=\"%s\">", scope);
        else
            fputs("<td>", stream);
        html_text(stream, cells[i]);
        fputs(scope ? "</th>" : "</td>", stream);
    }
    fputs("</tr>\n", stream);
}

void page_table_begin(FILE *stream, const char *caption, int columns, const char *const *headings)
{
    fputs("<div class=\"scroll\" tabindex=\"0\">\n<table>\n", stream);
    if (caption) {
        fputs("<caption>", stream);
        html_text(stream, caption);
        fputs("</caption>\n", stream);
    }
    fputs("<thead>\n", stream);
    put_cells(stream, columns, headings, "col", "col");
    fputs("</thead>\n<tbody>\n", stream);
}

void page_row(FILE *stream, int columns, const char *const *cells)
{
    put_cells(stream, columns, cells, "row", NULL);
}

void page_table_end(FILE *stream)
{
    fputs("</tbody>\n</table>\n</div>\n", stream);
}
