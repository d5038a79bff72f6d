#include "gate_layout.h"

#include <string.h>

void gate_layout_arrange(const struct gate_layout *layout, int rows, const float *from, float *to,
                         size_t to_stride)
{
    const size_t H = (size_t)layout->H, units = (size_t)layout->units;
    for (int row = 0; row < rows; row++, from += GATE_COUNT * H, to += to_stride) {
        for (size_t unit = 0, width; unit < units; unit += width) {
            width = gate_block(layout, unit);
            size_t given = H - unit < width ? H - unit : width;
            for (size_t gate = 0; gate < GATE_COUNT; gate++) {
                float *block = to + GATE_COUNT * unit + gate * width;
                memcpy(block, from + gate * H + unit, given * sizeof *block);
                memset(block + given, 0, (width - given) * sizeof *block);
            }
        }
    }
}

/* Adds what of `count` columns, which stand from `at` on and belong to a gate's units from `unit` on, is in
 * [begin, end). */
static void add_units(const float *from, size_t at, size_t count, size_t begin, size_t end, float *to)
{
    size_t first = begin > at ? begin - at : 0, last = end < at ? 0 : end - at;
    for (size_t i = first; i < count && i < last; i++)
        to[i] += from[at + i];
}

void gate_layout_add(const struct gate_layout *layout, int rows, const float *from, size_t from_stride,
                     size_t begin, size_t end, float *to)
{
    const size_t H = (size_t)layout->H;
    for (int row = 0; row < rows; row++, from += from_stride, to += GATE_COUNT * H) {
        for (size_t unit = 0; unit < H; unit += (size_t)layout->lanes) {
            size_t width = gate_block(layout, unit), place = gate_place(layout, unit),
                   apart = gate_distance(layout, unit), count = H - unit < width ? H - unit : width;
            for (size_t gate = 0; gate < GATE_COUNT; gate++)
                add_units(from, place + gate * apart, count, begin, end, to + gate * H + unit);
        }
    }
}
