#include "plot_axis.h"

#include <math.h>

static const double largest = 1e150;   /* the difference of two such values is still a number */
static const double smallest = 1e-150; /* and a fraction of this one, too, is more than nothing */

void plot_range_add(struct plot_range *range, double value)
{
    if (!isfinite(value))
        return;
    value = fmin(fmax(value, -largest), largest);
    const bool none = range->low > range->high;
    range->low = none ? value : fmin(range->low, value);
    range->high = none ? value : fmax(range->high, value);
}

/* The smallest of 1, 2 and 5 times a power of ten that is not below `least`. */
static double round_step(double least)
{
    const double power = pow(10, floor(log10(least)));
    const double factor = least / power;
    return power * (factor <= 1.000001 ? 1 : factor <= 2.000001 ? 2 : factor <= 5.000001 ? 5 : 10);
}

/* Where all values are the same, or so near to it that ticks would not differ, there is some room around them. */
static void widen(double *low, double *high, const struct plot_axis *axis)
{
    const double size = fmax(fabs(*low), fabs(*high));
    if (*high - *low > fmax(1e-9 * size, smallest))
        return;
    const double room = axis->whole                  ? 0.5
                        : axis->unit == PLOT_PERCENT ? 0.01
                        : size > smallest            ? 0.05 * size
                                                     : 1;
    *low -= room;
    *high += room;
}

struct plot_scale plot_scale_open(const struct plot_axis *axis, struct plot_range range, bool rounded,
                                  int ticks)
{
    const double slack = 1e-6; /* of a step: an end that is a tick but for rounding is one */
    if (axis->low < axis->high)
        range = (struct plot_range){axis->low, axis->high};
    else if (range.low > range.high)
        range = (struct plot_range){0, 1};
    else
        widen(&range.low, &range.high, axis);
    double step = round_step((range.high - range.low) / ticks);
    if (axis->whole)
        step = fmax(step, 1);
    if (rounded && !(axis->low < axis->high)) {
        range.low = step * floor(range.low / step + slack);
        range.high = step * ceil(range.high / step - slack);
    }
    const double first = step * ceil(range.low / step - slack);
    return (struct plot_scale){.axis = axis,
                               .low = range.low,
                               .high = range.high,
                               .first = first,
                               .step = step,
                               .ticks = (int)floor((range.high - first) / step + slack) + 1};
}

double plot_scale_at(const struct plot_scale *scale, double value)
{
    value = fmin(fmax(value, -largest), largest);
    return scale->from + (value - scale->low) / (scale->high - scale->low) * (scale->to - scale->from);
}

double plot_scale_tick(const struct plot_scale *scale, int i)
{
    const double tick = scale->first + i * scale->step;
    return fabs(tick) < 1e-6 * scale->step ? 0 : tick;
}

const char *plot_scale_text(const struct plot_scale *scale, double value, int more,
                            char text[static PLOT_TICK_BYTES])
{
    const bool percent = scale->axis->unit == PLOT_PERCENT;
    const double factor = percent ? 100 : 1, step = scale->step * factor;
    const char *unit = percent ? " %" : "";
    if (step < 1e-6 || fabs(value) * factor >= 1e9)
        snprintf(text, PLOT_TICK_BYTES, "%.*g%s", 4 + more, value * factor, unit);
    else
        snprintf(text, PLOT_TICK_BYTES, "%.*f%s", (int)fmax(0, -floor(log10(step) + 1e-6)) + more,
                 value * factor, unit);
    return text;
}
