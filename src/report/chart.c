#include "matinee/chart.h"

#include "plot_figure.h"

#include "matinee/page.h"

#include <math.h>

enum {
    WIDTH = 760,
    LEFT = 250,  /* of the bars: the labels are before it */
    RIGHT = 640, /* the texts of the longest bars are behind it */
    TOP = 74,
    ROW = 40,
    BAR = 13,
    BOTTOM = 44,
};

/* The colours of the pages' first and second style. */
static const char style[] =
    ":root { color-scheme: light dark; --ground: #fff; --ink: #1b1f24; --faint: #626a73; --line: #d8dde3;\n"
    "  --s0: #d05400; --s1: #0072b2 }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "  :root { --ground: #14171b; --ink: #e7e9ec; --faint: #9aa3ad; --line: #343b43;\n"
    "    --s0: #ff8a3d; --s1: #56b4e9 }\n"
    "}\n"
    "text { fill: var(--ink); font: 13px system-ui, -apple-system, \"Segoe UI\", Roboto, sans-serif }\n"
    ".title { font-size: 17px; font-weight: 600 } .tick, .small { fill: var(--faint); font-size: 12px }\n"
    ".grid { stroke: var(--line) } .ground { fill: var(--ground) }\n"
    ".b0 { fill: var(--s0) } .b1 { fill: var(--s1) }\n";

/* Powers of ten at both ends of the axis. */
struct decades {
    int low, high;
};

static struct decades decades_of(const struct chart *chart)
{
    double low = INFINITY, high = 0;
    for (int i = 0; i < chart->count; i++)
        for (int k = 0; k < CHART_KINDS; k++) {
            const double value = chart->rows[i].values[k];
            if (!(value > 0) || !isfinite(value))
                continue;
            low = fmin(low, value);
            high = fmax(high, value);
        }
    if (high == 0)
        return (struct decades){0, 1};
    struct decades decades = {(int)floor(log10(low)), (int)ceil(log10(high))};
    if (log10(low) - decades.low < 0.1)
        decades.low--; /* a bar that can be seen */
    return decades;
}

static double place_of(const struct decades *decades, double value)
{
    return LEFT + (log10(value) - decades->low) / (decades->high - decades->low) * (RIGHT - LEFT);
}

static void put_text(FILE *stream, const char *class, double x, double y, const char *anchor,
                     const char *text)
{
    fprintf(stream, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", class, x, y, anchor);
    html_text(stream, text);
    fputs("</text>\n", stream);
}

static void put_axis(FILE *stream, const struct chart *chart, const struct decades *decades)
{
    const int end = TOP + chart->count * ROW;
    char text[PLOT_TICK_BYTES];
    for (int power = decades->low; power <= decades->high; power++) {
        const double at = place_of(decades, pow(10, power));
        fprintf(stream, "<path class=\"grid\" d=\"M%.1f %dV%d\"/>\n", at, TOP - 6, end);
        snprintf(text, sizeof text, "%g", pow(10, power));
        put_text(stream, "tick", at, end + 16, "middle", text);
    }
    put_text(stream, "tick", (LEFT + RIGHT) / 2.0, end + 34, "middle", chart->axis);
}

static void put_row(FILE *stream, const struct chart_row *row, const struct decades *decades, int top)
{
    put_text(stream, "label", LEFT - 10, top + BAR + 5, "end", row->label);
    for (int k = 0; k < CHART_KINDS; k++) {
        const double value = row->values[k], y = top + k * (BAR + 2);
        double end = LEFT;
        if (value > 0 && isfinite(value)) {
            end = place_of(decades, value);
            fprintf(stream,
                    "<rect class=\"b%d\" x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>\n", k,
                    LEFT, y, end - LEFT, BAR);
        }
        if (row->texts[k])
            put_text(stream, "small", end + 6, y + BAR - 2, "start", row->texts[k]);
    }
}

void chart_write(FILE *stream, const struct chart *chart)
{
    const struct decades decades = decades_of(chart);
    const int height = TOP + chart->count * ROW + BOTTOM;
    fprintf(stream,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
            "role=\"img\">\n<title>",
            WIDTH, height, WIDTH, height);
    html_text(stream, chart->title);
    fputs("</title>\n<desc>", stream);
    html_text(stream, chart->description);
    fprintf(stream, "</desc>\n<style>\n%s</style>\n<rect class=\"ground\" width=\"%d\" height=\"%d\"/>\n",
            style, WIDTH, height);
    put_text(stream, "title", 16, 28, "start", chart->title);
    for (int k = 0; k < CHART_KINDS; k++) {
        const int x = 16 + k * 190;
        fprintf(stream, "<rect class=\"b%d\" x=\"%d\" y=\"41\" width=\"%d\" height=\"%d\" rx=\"2\"/>\n", k, x,
                BAR, BAR);
        put_text(stream, "label", x + BAR + 7, 52, "start", chart->kinds[k]);
    }
    put_axis(stream, chart, &decades);
    for (int i = 0; i < chart->count; i++)
        put_row(stream, &chart->rows[i], &decades, TOP + i * ROW);
    fputs("</svg>\n", stream);
}
