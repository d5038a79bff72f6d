/* Plots as SVG inside the pages of page.h, whose colours they have. They are drawn 440 wide, so that their letters can
 * be read on a telephone; put two into page_columns_begin() and _end() for a wider screen. Each has a title and a
 * description for those who do not see it. Write errors stay in the stream.
 */
#ifndef MATINEE_PLOT_H
#define MATINEE_PLOT_H

#include <stdbool.h>
#include <stdio.h>

/* Styles are numbers from 0: the first PLOT_COLOURS have colours that people who do not see all of them can tell apart,
 * the next have these again with other dashes. PLOT_FAINT: for what is there to compare with. */
enum { PLOT_COLOURS = 6, PLOT_FAINT = -1 };

enum plot_unit { PLOT_NUMBER, PLOT_PERCENT }; /* PLOT_PERCENT shows 0.87 as 87 % */

struct plot_axis {
    const char *label;
    enum plot_unit unit;
    bool whole;       /* ticks at whole numbers only */
    double low, high; /* low == high: as the values have it */
};

/* A line; where y, or x, is no finite number it has a gap. */
struct plot_series {
    const char *label; /* for the legend; NULL: not in it */
    int style;
    bool dashed; /* in any style */
    bool marked; /* with a dot at each point, which tells its value to a mouse */
    int count;
    const double *x, *y;      /* (count) x rising */
    const double *low, *high; /* (count) the band around it, or NULL; of both kinds or none */
};

struct plot {
    const char *title;       /* above it */
    const char *description; /* a sentence or two for who cannot see it; NULL: none */
    struct plot_axis x, y;
    bool square; /* both axes equally long */
    int series_count;
    const struct plot_series *series;
};

/* A <figure> with title, legend (if there are two labels or more) and lines. */
void plot_lines(FILE *stream, const struct plot *plot);

/* A mean and its interval, in a row of its own; low or high not finite: no interval. */
struct plot_interval {
    const char *label;
    int style;
    double middle, low, high;
};

/* A <figure> with a row for each: a dot and a line to both ends of the interval, label and value beside it. */
struct plot_intervals {
    const char *title, *description;
    struct plot_axis axis;
    int count;
    const struct plot_interval *rows;
};
void plot_intervals(FILE *stream, const struct plot_intervals *plot);

/* One bar of parts one after the other, as wide as their lengths; those of one style are of one kind. */
struct plot_part {
    int style;
    double length;     /* not negative */
    const char *label; /* that a mouse is told; NULL: none */
};

struct plot_bar {
    const char *title, *description;
    struct plot_axis axis; /* low and high do not count: it goes from 0 to the sum */
    int kind_count;
    const char *const *kinds; /* (kind_count) for the legend: that of style 0, 1, ... */
    int part_count;
    const struct plot_part *parts;
};
void plot_bar(FILE *stream, const struct plot_bar *bar);

#endif
