/* A time step of the LSTM, forward and back, of every instruction set that this processor has. */
#include "compare.h"
#include "kernel_sets.h"
#include "matinee/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 14, E = 3 };

static struct kernel_sets sets;

static int find_sets(void **state)
{
    (void)state;
    kernel_sets_find(&sets);
    return 0;
}

static float uniform(struct rng *rng, double limit)
{
    return (float)(limit * (2.0 * rng_uniform(rng) - 1.0));
}

static float *aligned(size_t floats)
{
    float *memory = aligned_alloc(64, padded(floats) * sizeof(float));
    assert_non_null(memory);
    fill_nan(memory, padded(floats));
    return memory;
}

static float *random_floats(struct rng *rng, size_t count, double limit)
{
    float *values = aligned(count);
    for (size_t k = 0; k < count; k++)
        values[k] = uniform(rng, limit);
    return values;
}

/* What a case varies. */
struct form {
    int H;
    bool apart;   /* every gate has x and h of its own, and gates are kept one by one */
    bool reads_x; /* or z begins with what the input gives */
    float hard_slope;
    double limit; /* of z */
};

/* One step of some rows, weights in Keras' order beside the packed ones. */
struct step_case {
    struct form form;
    struct lstm_step step;
    struct packed_matrix packed;
    size_t z_stride, h_stride, gates; /* gates: how many inputs a row has */
    float *weights, *bias;            /* (E+H,4H), (4H) */
    float *arranged, *init, *x, *h, *c, *h_next, *c_next, *kept, *dh, *dc;
    struct lstm_row row[ROWS];
    struct lstm_row_back back[ROWS];
};

static void case_open(struct step_case *s, const struct cpu_kernels *kernels, struct form form)
{
    struct rng rng = rng_open(62, RNG_SAMPLE, (uint32_t)(form.H + 1000 * form.apart));
    const int lanes = kernels->lanes, units = form.apart ? (form.H + lanes - 1) / lanes * lanes : form.H;
    const size_t H = (size_t)form.H, inputs = form.reads_x ? E : 0, columns = 4 * (size_t)units;
    *s = (struct step_case){.form = form, .h_stride = padded(H), .gates = form.apart ? GATE_COUNT : 1};
    s->z_stride = GATE_COUNT * s->h_stride;
    s->step = (struct lstm_step){
        .layout = {.H = form.H, .units = units, .lanes = lanes, .gate_stride = form.apart ? s->h_stride : 0},
        .E = (int)inputs,
        .weights = &s->packed,
        .x_apart = form.apart ? E : 0,
        .h_apart = form.apart ? s->h_stride : 0,
        .hard_slope = form.hard_slope};
    s->weights = random_floats(&rng, (inputs + H) * 4 * H, form.limit / (double)(inputs + H));
    s->bias = random_floats(&rng, 4 * H, form.limit);
    s->arranged = aligned((inputs + H) * columns);
    s->packed = (struct packed_matrix){
        .K = (int)(inputs + H), .columns = (int)columns, .panels = aligned((inputs + H) * padded(columns))};
    gate_layout_arrange(&s->step.layout, s->packed.K, s->weights, s->arranged, columns);
    kernels->pack(&s->packed, s->arranged, columns, false);
    s->init = aligned(s->z_stride);
    gate_layout_arrange(&s->step.layout, 1, s->bias, s->init, 0);
    s->x = random_floats(&rng, ROWS * s->gates * E, 1.0);
    s->h = random_floats(&rng, ROWS * s->gates * s->h_stride, 1.0);
    s->c = random_floats(&rng, ROWS * s->h_stride, 0.5 * form.limit);
    s->h_next = aligned(ROWS * s->h_stride);
    s->c_next = aligned(ROWS * s->h_stride);
    s->kept = aligned(ROWS * s->z_stride);
    s->dh = random_floats(&rng, ROWS * s->h_stride, 1.0);
    s->dc = random_floats(&rng, ROWS * s->h_stride, 1.0);
    for (size_t r = 0; r < ROWS; r++) {
        const size_t at = r * s->h_stride;
        s->row[r] = (struct lstm_row){.init = s->init,
                                      .x = s->x + r * s->gates * E,
                                      .h = s->h + r * s->gates * s->h_stride,
                                      .c = s->c + at,
                                      .h_next = s->h_next + at,
                                      .c_next = s->c_next + at,
                                      .gates = s->kept + r * s->z_stride};
        s->back[r] = (struct lstm_row_back){.gates = s->row[r].gates,
                                            .c = s->c + at,
                                            .c_next = s->c_next + at,
                                            .dh = s->dh + at,
                                            .dc = s->dc + at};
    }
}

static void case_close(struct step_case *s)
{
    float *const owned[] = {s->weights, s->bias,   s->arranged, s->packed.panels, s->init, s->x, s->h,
                            s->c,       s->h_next, s->c_next,   s->kept,          s->dh,   s->dc};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        free(owned[i]);
}

/* The same in double, for one unit of one row. */
struct expected {
    double gates[GATE_COUNT], derivatives[GATE_COUNT], c_next, tanh_c;
};

static double z_of(const struct step_case *s, size_t r, size_t gate, size_t unit)
{
    const size_t H = (size_t)s->form.H, inputs = (size_t)s->step.E, column = gate * H + unit;
    const float *x = s->row[r].x + gate * s->step.x_apart, *h = s->row[r].h + gate * s->step.h_apart;
    double z = s->bias[column];
    for (size_t e = 0; e < inputs; e++)
        z += (double)x[e] * s->weights[e * 4 * H + column];
    for (size_t k = 0; k < H; k++)
        z += (double)h[k] * s->weights[(inputs + k) * 4 * H + column];
    return z;
}

static struct expected expect_unit(const struct step_case *s, size_t r, size_t unit)
{
    struct expected e;
    for (size_t gate = 0; gate < GATE_COUNT; gate++) {
        double z = z_of(s, r, gate, unit), y, slope = s->form.hard_slope;
        if (gate == GATE_C) {
            y = tanh(z);
            e.derivatives[gate] = 1.0 - y * y;
        } else if (slope > 0.0) {
            y = fmin(fmax(slope * z + 0.5, 0.0), 1.0);
            e.derivatives[gate] = y > 0.0 && y < 1.0 ? slope : 0.0;
        } else {
            y = 1.0 / (1.0 + exp(-z));
            e.derivatives[gate] = y * (1.0 - y);
        }
        e.gates[gate] = y;
    }
    e.c_next = e.gates[GATE_F] * s->row[r].c[unit] + e.gates[GATE_I] * e.gates[GATE_C];
    e.tanh_c = tanh(e.c_next);
    return e;
}

/* Where a gate of a unit is kept. */
static size_t kept_at(const struct step_case *s, size_t gate, size_t unit)
{
    size_t first = unit / (size_t)s->step.layout.lanes * (size_t)s->step.layout.lanes;
    return gate_place(&s->step.layout, first) + gate * gate_distance(&s->step.layout, first) + unit - first;
}

static void check_forward(const struct step_case *s, const char *name)
{
    const struct tolerance gates = {.absolute = 1e-6 * (1.0 + s->form.limit)};
    for (size_t r = 0; r < ROWS; r++)
        for (size_t unit = 0; unit < (size_t)s->form.H; unit++) {
            struct expected e = expect_unit(s, r, unit);
            for (size_t gate = 0; gate < GATE_COUNT; gate++)
                expect_close_number(name, s->row[r].gates[kept_at(s, gate, unit)], e.gates[gate], gates);
            expect_close_number("c", s->row[r].c_next[unit], e.c_next, gates);
            expect_close_number("h", s->row[r].h_next[unit], e.gates[GATE_O] * e.tanh_c, gates);
        }
}

static void check_backward(const struct step_case *s, const float *dc_before)
{
    const double scale = 1.0 + s->form.limit;
    const struct tolerance tolerance = {.absolute = 3e-6 * scale * scale};
    for (size_t r = 0; r < ROWS; r++)
        for (size_t unit = 0; unit < (size_t)s->form.H; unit++) {
            struct expected e = expect_unit(s, r, unit);
            double dh = s->back[r].dh[unit];
            double dc =
                dc_before[r * s->h_stride + unit] + dh * e.gates[GATE_O] * (1.0 - e.tanh_c * e.tanh_c);
            const double from[GATE_COUNT] = {dc * e.gates[GATE_C], dc * s->back[r].c[unit],
                                             dc * e.gates[GATE_I], dh * e.tanh_c};
            for (size_t gate = 0; gate < GATE_COUNT; gate++)
                expect_close_number("dz", s->back[r].gates[kept_at(s, gate, unit)],
                                    from[gate] * e.derivatives[gate], tolerance);
            expect_close_number("dc", s->back[r].dc[unit], dc * e.gates[GATE_F], tolerance);
        }
}

static void check_form(const struct cpu_kernels *kernels, struct form form)
{
    struct step_case s;
    case_open(&s, kernels, form);
    const size_t states = ROWS * s.h_stride;
    float *dc_before = aligned(states);
    memcpy(dc_before, s.dc, states * sizeof *dc_before);
    kernels->lstm_forward(&s.step, ROWS, s.row);
    check_forward(&s, kernels->name);
    kernels->lstm_backward(&s.step.layout, form.hard_slope, ROWS, s.back);
    check_backward(&s, dc_before);
    free(dc_before);
    case_close(&s);
}

static void test_steps(void **state)
{
    (void)state;
    static const int units[] = {1, 3, 4, 5, 7, 8, 12, 13, 15, 16, 17, 31, 33, 40};
    static const double limits[] = {0.01, 1.0, 10.0, 100.0};
    for (int set = 0; set < sets.count; set++)
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
            for (int kind = 0; kind < 4; kind++)
                for (size_t k = 0; k < 4; k++)
                    check_form(sets.sets[set], (struct form){.H = units[i],
                                                             .apart = kind & 1,
                                                             .reads_x = kind & 2,
                                                             .limit = limits[k]});
}

/* Slope and limit such that z meets both bends, and no rounding decides on which side of one it is. */
static void test_hard_sigmoid(void **state)
{
    (void)state;
    for (int set = 0; set < sets.count; set++)
        check_form(sets.sets[set], (struct form){.H = 21, .reads_x = true, .hard_slope = 0.2f, .limit = 4.0});
}

/* Rows computed together or one by one, with c in place and nothing kept: the same bits. */
static void test_rows_are_alone(void **state)
{
    (void)state;
    for (int set = 0; set < sets.count; set++)
        for (int apart = 0; apart < 2; apart++) {
            const struct cpu_kernels *kernels = sets.sets[set];
            struct step_case s;
            case_open(&s, kernels, (struct form){.H = 37, .apart = apart, .reads_x = true, .limit = 1.0});
            kernels->lstm_forward(&s.step, ROWS, s.row);
            for (int r = 0; r < ROWS; r++) {
                struct lstm_row alone = s.row[r];
                float h[48];
                alone.gates = NULL;
                alone.h_next = h;
                alone.c_next = (float *)alone.c;
                kernels->lstm_forward(&s.step, 1, &alone);
                assert_memory_equal(h, s.row[r].h_next, 37 * sizeof *h);
                assert_memory_equal(alone.c, s.row[r].c_next, 37 * sizeof *h);
            }
            case_close(&s);
        }
}

/* NaN must come through, so that a run that has lost its way says so; infinity is a closed or an open gate. */
static void test_odd_gates(void **state)
{
    (void)state;
    static _Alignas(64) float panels[GATE_COUNT * PADDED_FLOATS], zero[PADDED_FLOATS];
    const struct packed_matrix weights = {.K = 1, .columns = GATE_COUNT, .panels = panels};
    for (int set = 0; set < sets.count; set++) {
        const struct cpu_kernels *kernels = sets.sets[set];
        const struct lstm_step step = {.layout = {.H = 1, .units = 1, .lanes = kernels->lanes},
                                       .weights = &weights};
        float z[PADDED_FLOATS] = {INFINITY, -INFINITY, INFINITY, INFINITY}, c[PADDED_FLOATS] = {3.0f},
              c_next[PADDED_FLOATS], h_next[PADDED_FLOATS];
        const struct lstm_row row = {.init = z, .h = zero, .c = c, .h_next = h_next, .c_next = c_next};
        kernels->lstm_forward(&step, 1, &row);
        expect_close_number("h of infinite gates", h_next[0], tanh(1.0),
                            (struct tolerance){.absolute = 1e-6});
        for (int gate = 0; gate < GATE_COUNT; gate++) {
            memset(z, 0, sizeof z);
            z[gate] = NAN;
            kernels->lstm_forward(&step, 1, &row);
            assert_true(isnan(h_next[0]));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_hard_sigmoid),
        cmocka_unit_test(test_rows_are_alone),
        cmocka_unit_test(test_odd_gates),
    };
    return cmocka_run_group_tests(tests, find_sets, NULL);
}
