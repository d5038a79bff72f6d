/* One time step of an LSTM, forward and back, for some rows. */
#ifndef CPU_LSTM_KERNELS_H
#define CPU_LSTM_KERNELS_H

#include "cells.h"
#include "tiles.h"

/* z of a tile, one panel: room for a vector that begins at the last gate. */
typedef float tile_z[TILE_ROWS][PANEL + LANES];

always_inline void z_tile(const int rows, const int vectors, const bool gates_apart,
                          const struct lstm_step *step, const struct lstm_row *row, size_t column,
                          const float *panel, tile_z z)
{
    tile_sums sum;
    const float *x[TILE_ROWS], *h[TILE_ROWS];
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
        x[r] = row[r].x;
        h[r] = row[r].h;
#pragma GCC unroll 4
        for (int j = 0; j < vectors; j++)
            sum[r][j] = load(row[r].init + column + lanes(j));
    }
    accumulate(sum, rows, vectors, step->E, x, step->x_apart, gates_apart, panel);
    accumulate(sum, rows, vectors, step->layout.H, h, step->h_apart, gates_apart,
               panel + (size_t)step->E * lanes(vectors));
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
        for (int j = 0; j < vectors; j++)
            store(z[r] + lanes(j), sum[r][j]);
        store(z[r] + lanes(vectors), (vector){0});
    }
}

/* From z to the state after the step, for the units of one panel. */
always_inline void finish_tile(int rows, const struct lstm_step *step, const struct lstm_row *row, tile_z z,
                               size_t z_apart, size_t unit, size_t gates_at, size_t gates_apart)
{
    for (int r = 0; r < rows; r++, row++) {
        struct cell cell = load_cell(z[r], z_apart, row->c + unit);
        store(row->h_next + unit, cell_forward(&cell, step->hard_slope));
        store(row->c_next + unit, cell.c);
        if (row->gates)
            store_gates(&cell, row->gates + gates_at, gates_apart);
    }
}

/* All rows through the panel of `units` units that begin at `unit`. */
always_inline void forward_panel(const int vectors, const bool gates_apart, const struct lstm_step *step,
                                 int rows, const struct lstm_row *row, size_t unit, size_t units,
                                 const float *panel)
{
    const size_t at = gate_place(&step->layout, unit), apart = gate_distance(&step->layout, unit);
    for (int height; rows > 0; rows -= height, row += height) {
        _Alignas(sizeof(vector)) tile_z z; /* a vector that crosses cache lines costs two */
        height = tile_height(rows);
        with_rows(height, z_tile(ROWS, vectors, gates_apart, step, row, 4 * unit, panel, z));
        finish_tile(height, step, row, z, units, unit, at, apart);
    }
}

static void lstm_forward(const struct lstm_step *step, int rows, const struct lstm_row *row)
{
    const struct gate_layout *layout = &step->layout;
    const size_t units = (size_t)layout->units, K = (size_t)step->E + (size_t)layout->H;
    const float *panel = step->weights->panels;
    size_t unit = 0;
    for (; unit + LANES <= units; unit += LANES, panel += K * PANEL) {
        if (step->x_apart || step->h_apart)
            forward_panel(TILE_VECTORS, true, step, rows, row, unit, LANES, panel);
        else
            forward_panel(TILE_VECTORS, false, step, rows, row, unit, LANES, panel);
    }
    if (unit < units) {
        size_t rest = units - unit;
        with_vectors((4 * rest + LANES - 1) / LANES,
                     forward_panel(VECTORS, false, step, rows, row, unit, rest, panel));
    }
}

always_inline void back_units(const struct gate_layout *layout, float hard_slope,
                              const struct lstm_row_back *row, size_t unit)
{
    const size_t apart = gate_distance(layout, unit);
    float *gates = row->gates + gate_place(layout, unit);
    struct cell cell = load_cell(gates, apart, row->c + unit);
    cell_backward(&cell, load(row->c_next + unit), load(row->dh + unit), load(row->dc + unit), hard_slope);
    store_gates(&cell, gates, apart);
    store(row->dc + unit, cell.c);
}

static void lstm_backward(const struct gate_layout *layout, float hard_slope, int rows,
                          const struct lstm_row_back *row)
{
    const size_t units = (size_t)layout->units;
    for (int r = 0; r < rows; r++, row++)
        for (size_t unit = 0; unit < units; unit += LANES)
            back_units(layout, hard_slope, row, unit);
}

#endif
