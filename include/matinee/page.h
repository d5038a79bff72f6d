/* Pages of HTML that need nothing beside them: nothing is fetched, no script runs, light or dark as the reader's screen.
 * What these functions write is XML as well. They write to a stream and leave its errors there: output_file_commit
 * tells.
 */
#ifndef MATINEE_PAGE_H
#define MATINEE_PAGE_H

#include <stddef.h>
#include <stdio.h>

/* Text for any place between or inside tags: markup is escaped; tabs and line ends become blanks; other control
 * characters, bytes that are not UTF-8 (RFC 3629) and what XML 1.0 has no character for become U+FFFD. */
void html_text(FILE *stream, const char *text);
void html_bytes(FILE *stream, const char *text, size_t bytes);

/* The same for the text of a review: "<br />", which those of IMDB are full of, and line ends become line breaks, those
 * that follow one another one empty line. Not for the inside of a tag. */
void html_prose(FILE *stream, const char *text, size_t bytes);

/* Everything up to the content: the head with the styles of these functions and of plot.h, and the heading. `style` is
 * further CSS or NULL. Heading and title are text. */
void page_begin(FILE *stream, const char *title, const char *style);
void page_end(FILE *stream);

/* A part of the page with a heading of its own. */
void page_section_begin(FILE *stream, const char *heading);
void page_section_end(FILE *stream);

/* Parts side by side where the screen is wide enough, plots above all. */
void page_columns_begin(FILE *stream);
void page_columns_end(FILE *stream);

/* A paragraph, and a smaller and fainter one. What is formatted is text: it is escaped, and cut after PAGE_TEXT_BYTES. */
enum { PAGE_TEXT_BYTES = 4096 };
void page_paragraph(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));
void page_note(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A table of names and what they stand for. */
void page_facts_begin(FILE *stream);
void page_fact(FILE *stream, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
void page_facts_end(FILE *stream);

/* Any other table, row by row; it scrolls by itself where the screen is narrow. The first cell of a row heads it. Each
 * cell is text. caption: NULL: none. */
void page_table_begin(FILE *stream, const char *caption, int columns, const char *const *headings);
void page_row(FILE *stream, int columns, const char *const *cells);
void page_table_end(FILE *stream);

#endif
