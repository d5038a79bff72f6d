#include "plot_figure.h"

#include "matinee/page.h"

#include <math.h>

enum { LEFT = 52, RIGHT = 24, TOP = 28, BOTTOM = 40, HEIGHT = 280, MARKS_MAX = 60 };

static bool is_point(const struct plot_series *series, int i)
{
    return isfinite(series->x[i]) && isfinite(series->y[i]);
}

static bool is_banded(const struct plot_series *series, int i)
{
    return isfinite(series->x[i]) && isfinite(series->low[i]) && isfinite(series->high[i]);
}

static void find_ranges(const struct plot *plot, struct plot_range *x, struct plot_range *y)
{
    *x = *y = (struct plot_range){1, 0};
    for (int s = 0; s < plot->series_count; s++) {
        const struct plot_series *series = &plot->series[s];
        for (int i = 0; i < series->count; i++) {
            plot_range_add(x, series->x[i]);
            plot_range_add(y, series->y[i]);
            if (series->low) {
                plot_range_add(y, series->low[i]);
                plot_range_add(y, series->high[i]);
            }
        }
    }
}

/* One outline for each stretch without a gap: along the upper ends and back along the lower ones. */
static void put_band(FILE *stream, const struct plot_series *series, const struct plot_scale *x,
                     const struct plot_scale *y)
{
    for (int first = 0; first < series->count; first++) {
        int end = first;
        while (end < series->count && is_banded(series, end))
            end++;
        if (end - first >= 2) {
            fputs("<path ", stream);
            plot_put_style(stream, "b", series->style, false);
            fputs(" d=\"", stream);
            for (int i = first; i < end; i++)
                fprintf(stream, "%c%.1f %.1f", i == first ? 'M' : 'L', plot_scale_at(x, series->x[i]),
                        plot_scale_at(y, series->high[i]));
            for (int i = end - 1; i >= first; i--)
                fprintf(stream, "L%.1f %.1f", plot_scale_at(x, series->x[i]),
                        plot_scale_at(y, series->low[i]));
            fputs("Z\" />\n", stream);
        }
        first = end;
    }
}

static void put_line(FILE *stream, const struct plot_series *series, const struct plot_scale *x,
                     const struct plot_scale *y)
{
    bool goes_on = false, any = false;
    for (int i = 0; i < series->count; i++) {
        const bool point = is_point(series, i);
        if (point && !any) {
            fputs("<path ", stream);
            plot_put_style(stream, "l", series->style, series->dashed);
            fputs(" d=\"", stream);
            any = true;
        }
        if (point)
            fprintf(stream, "%c%.1f %.1f", goes_on ? 'L' : 'M', plot_scale_at(x, series->x[i]),
                    plot_scale_at(y, series->y[i]));
        goes_on = point;
    }
    if (any)
        fputs("\" />\n", stream);
}

static void put_marks(FILE *stream, const struct plot_series *series, const struct plot_scale *x,
                      const struct plot_scale *y)
{
    char at[PLOT_TICK_BYTES], value[PLOT_TICK_BYTES];
    if (!series->marked || series->count > MARKS_MAX)
        return;
    for (int i = 0; i < series->count; i++) {
        if (!is_point(series, i))
            continue;
        fputs("<circle ", stream);
        plot_put_style(stream, "d", series->style, false);
        fprintf(stream, " cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"><title>", plot_scale_at(x, series->x[i]),
                plot_scale_at(y, series->y[i]));
        if (series->label)
            html_text(stream, series->label);
        fprintf(stream, " %s: %s</title></circle>\n", plot_scale_text(x, series->x[i], 0, at),
                plot_scale_text(y, series->y[i], 2, value));
    }
}

static void put_legend(FILE *stream, const struct plot *plot)
{
    int labelled = 0;
    for (int s = 0; s < plot->series_count; s++)
        labelled += plot->series[s].label != NULL;
    if (labelled < 2)
        return;
    plot_legend_begin(stream);
    for (int s = 0; s < plot->series_count; s++) {
        const struct plot_series *series = &plot->series[s];
        if (series->label)
            plot_legend_entry(stream, series->label, series->style, series->dashed, SWATCH_LINE);
    }
    plot_legend_end(stream);
}

void plot_lines(FILE *stream, const struct plot *plot)
{
    const int height = plot->square ? PLOT_WIDTH - LEFT - RIGHT + TOP + BOTTOM : HEIGHT;
    struct plot_range x_range, y_range;
    find_ranges(plot, &x_range, &y_range);
    struct plot_scale x = plot_scale_open(&plot->x, x_range, false, 7);
    struct plot_scale y = plot_scale_open(&plot->y, y_range, true, 6);
    x.from = LEFT;
    x.to = PLOT_WIDTH - RIGHT;
    y.from = height - BOTTOM;
    y.to = TOP;
    plot_figure_begin(stream, plot->title);
    put_legend(stream, plot);
    plot_drawing_begin(stream, height, plot->title, plot->description);
    plot_put_y_axis(stream, &y, LEFT, PLOT_WIDTH - RIGHT);
    plot_put_x_axis(stream, &x, TOP, height - BOTTOM);
    for (int s = 0; s < plot->series_count; s++)
        if (plot->series[s].low)
            put_band(stream, &plot->series[s], &x, &y);
    for (int s = 0; s < plot->series_count; s++) {
        put_line(stream, &plot->series[s], &x, &y);
        put_marks(stream, &plot->series[s], &x, &y);
    }
    plot_figure_end(stream);
}
