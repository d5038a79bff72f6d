#include "plot_figure.h"

#include "matinee/page.h"

#include <math.h>

enum { SIDE = 16, ROW_HEIGHT = 38, AXIS_HEIGHT = 40, BAR_HEIGHT = 34 };

static void put_interval(FILE *stream, const struct plot_interval *row, const struct plot_scale *scale,
                         double top)
{
    const double at = top + ROW_HEIGHT - 12;
    char value[PLOT_TICK_BYTES];
    fprintf(stream, "<text class=\"strong\" x=\"%d\" y=\"%.1f\">", SIDE, top + 14);
    html_text(stream, row->label);
    fputs("</text>\n", stream);
    if (!isfinite(row->middle))
        return;
    plot_put_text(stream, scale->to, top + 14, "end", plot_scale_text(scale, row->middle, 1, value));
    if (isfinite(row->low) && isfinite(row->high)) {
        fputs("<path ", stream);
        plot_put_style(stream, "l", row->style, false);
        fprintf(stream, " d=\"M%.1f %.1fH%.1f\" />\n", plot_scale_at(scale, row->low), at,
                plot_scale_at(scale, row->high));
    }
    fputs("<circle ", stream);
    plot_put_style(stream, "d", row->style, false);
    fprintf(stream, " cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\" />\n", plot_scale_at(scale, row->middle), at);
}

void plot_intervals(FILE *stream, const struct plot_intervals *plot)
{
    const int bottom = plot->count * ROW_HEIGHT + 4;
    struct plot_range range = {1, 0};
    for (int i = 0; i < plot->count; i++) {
        plot_range_add(&range, plot->rows[i].middle);
        plot_range_add(&range, plot->rows[i].low);
        plot_range_add(&range, plot->rows[i].high);
    }
    struct plot_scale scale = plot_scale_open(&plot->axis, range, true, 6);
    scale.from = SIDE;
    scale.to = PLOT_WIDTH - SIDE;
    plot_figure_begin(stream, plot->title);
    plot_drawing_begin(stream, bottom + AXIS_HEIGHT, plot->title, plot->description);
    plot_put_x_axis(stream, &scale, 0, bottom);
    for (int i = 0; i < plot->count; i++)
        put_interval(stream, &plot->rows[i], &scale, i * ROW_HEIGHT);
    plot_figure_end(stream);
}

static void put_part(FILE *stream, const struct plot_part *part, const struct plot_scale *scale, double from)
{
    fputs("<rect ", stream);
    plot_put_style(stream, "part", part->style, false);
    fprintf(stream, " x=\"%.2f\" y=\"4\" width=\"%.2f\" height=\"%d\">", plot_scale_at(scale, from),
            plot_scale_at(scale, from + part->length) - plot_scale_at(scale, from), BAR_HEIGHT - 8);
    if (part->label) {
        fputs("<title>", stream);
        html_text(stream, part->label);
        fputs("</title>", stream);
    }
    fputs("</rect>\n", stream);
}

void plot_bar(FILE *stream, const struct plot_bar *bar)
{
    struct plot_axis axis = bar->axis;
    axis.low = axis.high = 0;
    for (int i = 0; i < bar->part_count; i++)
        axis.high += bar->parts[i].length;
    struct plot_scale scale = plot_scale_open(&axis, (struct plot_range){1, 0}, false, 7);
    scale.from = SIDE;
    scale.to = PLOT_WIDTH - SIDE;
    plot_figure_begin(stream, bar->title);
    plot_legend_begin(stream);
    for (int i = 0; i < bar->kind_count; i++)
        plot_legend_entry(stream, bar->kinds[i], i, false, SWATCH_BLOCK);
    plot_legend_end(stream);
    plot_drawing_begin(stream, BAR_HEIGHT + AXIS_HEIGHT, bar->title, bar->description);
    plot_put_x_axis(stream, &scale, 0, BAR_HEIGHT);
    double from = 0;
    for (int i = 0; i < bar->part_count; i++) {
        put_part(stream, &bar->parts[i], &scale, from);
        from += bar->parts[i].length;
    }
    plot_figure_end(stream);
}
