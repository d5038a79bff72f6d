/* A chart that is a file of its own, an SVG which needs nothing beside it: light or dark as the reader's screen. */
#ifndef MATINEE_CHART_H
#define MATINEE_CHART_H

#include <stdio.h>

enum { CHART_KINDS = 2 };

/* Two bars under one another, one of each kind. */
struct chart_row {
    const char *label;
    double values[CHART_KINDS];     /* those that are not above 0 have no bar */
    const char *texts[CHART_KINDS]; /* at their ends; NULL: none */
};

struct chart {
    const char *title, *description;
    const char *axis; /* what the values are: "seconds" */
    const char *kinds[CHART_KINDS];
    int count;
    const struct chart_row *rows;
};

/* Writes the file: bars from left to right on a logarithmic axis, whose ends are powers of ten. Write errors stay in
 * the stream. */
void chart_write(FILE *stream, const struct chart *chart);

#endif
