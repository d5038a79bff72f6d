/* From values to places on the paper, with round ticks between. */
#ifndef MATINEE_REPORT_PLOT_AXIS_H
#define MATINEE_REPORT_PLOT_AXIS_H

#include "matinee/plot.h"

/* The values that an axis must reach. */
struct plot_range {
    double low, high; /* low > high: none yet */
};

/* Takes in finite values only. */
void plot_range_add(struct plot_range *range, double value);

struct plot_scale {
    const struct plot_axis *axis;
    double low, high; /* at the ends */
    double from, to;  /* places of the ends */
    double first, step;
    int ticks;
};

enum { PLOT_TICK_BYTES = 40 };

/* range: of the values, if the axis has no ends of its own; without any value it is 0 to 1. rounded: the ends become
 * ticks. About `ticks` of them, at multiples of 1, 2 or 5 times a power of ten. */
struct plot_scale plot_scale_open(const struct plot_axis *axis, struct plot_range range, bool rounded,
                                  int ticks);

double plot_scale_at(const struct plot_scale *scale, double value);

/* Tick 0 <= i < scale->ticks. */
double plot_scale_tick(const struct plot_scale *scale, int i);

/* "0.25" or "86 %", with as many digits as the ticks need and `more`. */
const char *plot_scale_text(const struct plot_scale *scale, double value, int more,
                            char text[static PLOT_TICK_BYTES]);

#endif
