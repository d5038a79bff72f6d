/* Prose as lines of a limited width, word by word, with the mentions of options marked. */
#ifndef FLOW_H
#define FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct flow;

/* How a language writes plain text, and the mention of an option. */
struct markup {
    /* Writes `length` bytes; `line_begins` where they are the first of a line. */
    void (*text)(struct flow *flow, const char *text, size_t length, bool line_begins);
    const char *option_begins, *option_ends; /* around "--epochs" */
    bool sentence_ends_line;
};

struct flow {
    FILE *out;
    const struct markup *markup;
    int width;          /* of a line, in bytes; a longer word has a line of its own */
    const char *indent; /* of every line but the first */
    char word[512];     /* the one in the making, marked up */
    size_t word_bytes;
    int column;         /* bytes of the line so far */
    bool sentence_over; /* with the word before */
};

/* A flow that has not begun: the first word goes to where the file stands, `column` bytes into its line. */
struct flow flow_begin(FILE *out, const struct markup *markup, int width, const char *indent, int column);

/* For the markup's functions. */
void flow_put(struct flow *flow, const char *text);

/* The words of `length` bytes of text, which may not contain an empty line. */
void flow_text(struct flow *flow, const char *text, size_t length);

/* Ends the line. */
void flow_end(struct flow *flow);

#endif
