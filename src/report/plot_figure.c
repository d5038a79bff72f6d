#include "plot_figure.h"

#include "matinee/page.h"

void plot_put_style(FILE *stream, const char *kinds, int style, bool dashed)
{
    static const char *const dashes[] = {"6 4", "2 3", "8 3 2 3"};
    const int pattern = style < 0 ? 0 : style / PLOT_COLOURS + dashed;
    if (style < 0)
        fprintf(stream, "class=\"%s sx\"", kinds);
    else
        fprintf(stream, "class=\"%s s%d\"", kinds, style % PLOT_COLOURS);
    if (pattern > 0 || dashed)
        fprintf(stream, " stroke-dasharray=\"%s\"", dashes[pattern > 0 ? (pattern - 1) % 3 : 0]);
}

void plot_figure_begin(FILE *stream, const char *title)
{
    fputs("<figure>\n<figcaption>", stream);
    html_text(stream, title);
    fputs("</figcaption>\n", stream);
}

void plot_legend_begin(FILE *stream)
{
    fputs("<ul class=\"legend\">\n", stream);
}

void plot_legend_entry(FILE *stream, const char *label, int style, bool dashed, enum plot_swatch swatch)
{
    fputs("<li><svg viewBox=\"0 0 28 10\" aria-hidden=\"true\">", stream);
    fputs(swatch == SWATCH_LINE ? "<path " : "<rect ", stream);
    plot_put_style(stream, swatch == SWATCH_LINE ? "l" : "d", style, dashed);
    fputs(swatch == SWATCH_LINE ? " d=\"M0 5H28\" />" : " x=\"8\" width=\"12\" height=\"10\" />", stream);
    fputs("</svg>", stream);
    html_text(stream, label);
    fputs("</li>\n", stream);
}

void plot_legend_end(FILE *stream)
{
    fputs("</ul>\n", stream);
}

void plot_drawing_begin(FILE *stream, int height, const char *title, const char *description)
{
    fprintf(stream, "<svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\">\n<title>", PLOT_WIDTH, height);
    html_text(stream, title);
    fputs("</title>\n", stream);
    if (description) {
        fputs("<desc>", stream);
        html_text(stream, description);
        fputs("</desc>\n", stream);
    }
}

void plot_figure_end(FILE *stream)
{
    fputs("</svg>\n</figure>\n", stream);
}

void plot_put_text(FILE *stream, double x, double y, const char *anchor, const char *text)
{
    fprintf(stream, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
    html_text(stream, text);
    fputs("</text>\n", stream);
}

void plot_put_x_axis(FILE *stream, const struct plot_scale *x, double top, double bottom)
{
    char text[PLOT_TICK_BYTES];
    for (int i = 0; i < x->ticks; i++) {
        const double tick = plot_scale_tick(x, i), at = plot_scale_at(x, tick);
        fprintf(stream, "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\" />\n", at, top, bottom);
        plot_put_text(stream, at, bottom + PLOT_TICK_SPACE, "middle", plot_scale_text(x, tick, 0, text));
    }
    fprintf(stream, "<path class=\"axis\" d=\"M%.1f %.1fH%.1f\" />\n", x->from, bottom, x->to);
    if (x->axis->label)
        plot_put_text(stream, (x->from + x->to) / 2, bottom + 2 * PLOT_TICK_SPACE + 2, "middle",
                      x->axis->label);
}

void plot_put_y_axis(FILE *stream, const struct plot_scale *y, double left, double right)
{
    char text[PLOT_TICK_BYTES];
    for (int i = 0; i < y->ticks; i++) {
        const double tick = plot_scale_tick(y, i), at = plot_scale_at(y, tick);
        fprintf(stream, "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\" />\n", left, at, right);
        plot_put_text(stream, left - 6, at + 4, "end", plot_scale_text(y, tick, 0, text));
    }
    if (y->axis->label)
        plot_put_text(stream, 0, y->to - 10, "start", y->axis->label);
}
