/* What all plots have: the figure with its title and legend, the drawing, its styles. */
#ifndef MATINEE_REPORT_PLOT_FIGURE_H
#define MATINEE_REPORT_PLOT_FIGURE_H

#include "plot_axis.h"

enum { PLOT_WIDTH = 440, PLOT_TICK_SPACE = 16 };

enum plot_swatch { SWATCH_LINE, SWATCH_BLOCK };

/* The class and, after the first PLOT_COLOURS styles or where it is asked for, the dashes: class="l s1"
 * stroke-dasharray="6 4". `kinds` are the classes that are not the colour's. */
void plot_put_style(FILE *stream, const char *kinds, int style, bool dashed);

void plot_figure_begin(FILE *stream, const char *title);
void plot_legend_begin(FILE *stream);
void plot_legend_entry(FILE *stream, const char *label, int style, bool dashed, enum plot_swatch swatch);
void plot_legend_end(FILE *stream);
void plot_drawing_begin(FILE *stream, int height, const char *title, const char *description);
void plot_figure_end(FILE *stream);

/* anchor: "start", "middle", "end". */
void plot_put_text(FILE *stream, double x, double y, const char *anchor, const char *text);

/* Lines across the drawing at the ticks of an axis, with the ticks' texts and the label of the axis. */
void plot_put_x_axis(FILE *stream, const struct plot_scale *x, double top, double bottom);
void plot_put_y_axis(FILE *stream, const struct plot_scale *y, double left, double right);

#endif
