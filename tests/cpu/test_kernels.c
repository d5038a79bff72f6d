/* The hot loops of every instruction set that this processor has. */
#include "compare.h"
#include "kernel_sets.h"
#include "matinee/dims.h"
#include "matinee/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { H_MAX = 40, ROWS_MAX = 14 };

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

static void *aligned(size_t floats)
{
    void *memory = aligned_alloc(64, padded(floats) * sizeof(float));
    assert_non_null(memory);
    fill_nan(memory, padded(floats));
    return memory;
}

/* c = init + a . b, b packed from its plain form or from its transpose. */
static void check_product(const struct cpu_kernels *kernels, int rows, int K, int columns, int transposed)
{
    struct rng rng = rng_open(61, RNG_SAMPLE, (uint32_t)(rows + 100 * K + 10000 * columns));
    size_t width = padded((size_t)columns), k_count = (size_t)K, row_count = (size_t)rows;
    size_t stride = (size_t)(transposed ? K : columns) + 3;
    float *b = allocate(k_count * (size_t)columns + 3 * (k_count + (size_t)columns) + 9, sizeof *b);
    float *a = aligned(row_count * k_count), *init = aligned(row_count * width),
          *c = aligned(row_count * width);
    const float *init_rows[ROWS_MAX];
    for (size_t j = 0; j < (size_t)(transposed ? columns : K) * stride; j++)
        b[j] = uniform(&rng, 1.0);
    for (size_t j = 0; j < row_count * k_count; j++)
        a[j] = uniform(&rng, 1.0);
    for (size_t j = 0; j < row_count * width; j++)
        init[j] = uniform(&rng, 1.0);
    for (size_t r = 0; r < row_count; r++)
        init_rows[r] = init + (row_count - 1 - r) * width;

    struct packed_matrix packed = {.K = K, .columns = columns, .panels = aligned(k_count * width)};
    kernels->pack(&packed, b, stride, transposed);
    for (int with_init = 0; with_init < 2; with_init++) {
        kernels->product(&packed, rows, a, k_count, with_init ? init_rows : NULL, c, width);
        for (size_t r = 0; r < row_count; r++)
            for (size_t j = 0; j < (size_t)columns; j++) {
                double sum = with_init ? init_rows[r][j] : 0.0;
                for (size_t k = 0; k < k_count; k++)
                    sum += (double)a[r * k_count + k] * b[transposed ? j * stride + k : k * stride + j];
                expect_close_number(kernels->name, c[r * width + j], sum,
                                    (struct tolerance){.absolute = 1e-6 * K});
            }
    }
    free(packed.panels);
    free(a);
    free(b);
    free(init);
    free(c);
}

static void test_products(void **state)
{
    (void)state;
    static const int columns[] = {1, 4, 15, 16, 17, 24, 33, 48, 64, 65, 100, 400};
    for (int set = 0; set < sets.count; set++)
        for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
            for (int rows = 1; rows <= ROWS_MAX; rows++)
                check_product(sets.sets[set], rows, 7, columns[i], 0);
            check_product(sets.sets[set], 3, 1, columns[i], 1);
            check_product(sets.sets[set], 8, 33, columns[i], 1);
        }
}

static double sigmoid(double z)
{
    return 1.0 / (1.0 + exp(-z));
}

/* Rows of gates with room after each row, as in the backend. */
struct gates_case {
    struct gate_rows rows;
    float *z, *c, *c_next, *h_next, *dh, *dc;
};

/* Gates before their nonlinearity over [-limit, limit], states over half of it. */
static void gates_open(struct gates_case *gates, int H, double limit)
{
    struct rng rng = rng_open(62, RNG_SAMPLE, (uint32_t)H);
    gates->rows = (struct gate_rows){
        .rows = ROWS_MAX, .H = H, .z_stride = padded(4 * (size_t)H), .gate_stride = (size_t)H};
    gates->rows.h_stride = padded((size_t)H);
    size_t z_count = ROWS_MAX * gates->rows.z_stride, h_count = ROWS_MAX * gates->rows.h_stride;
    float **states[] = {&gates->c, &gates->c_next, &gates->h_next, &gates->dh, &gates->dc};
    gates->z = aligned(z_count);
    for (size_t k = 0; k < z_count; k++)
        gates->z[k] = uniform(&rng, limit);
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        *states[i] = aligned(h_count);
        for (size_t k = 0; k < h_count; k++)
            (*states[i])[k] = uniform(&rng, 0.5 * limit);
    }
}

static void gates_close(struct gates_case *gates)
{
    float *const owned[] = {gates->z, gates->c, gates->c_next, gates->h_next, gates->dh, gates->dc};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        free(owned[i]);
}

static void check_gates(const struct cpu_kernels *kernels, int H, double limit)
{
    static const struct tolerance forward = {.absolute = 6e-7, .relative = 3e-7};
    struct gates_case gates;
    gates_open(&gates, H, limit);
    size_t units = (size_t)H, z_bytes = ROWS_MAX * gates.rows.z_stride * sizeof(float);
    float *z = allocate(1, z_bytes), *dc_before = allocate(ROWS_MAX * gates.rows.h_stride, sizeof(float));
    memcpy(z, gates.z, z_bytes);
    memcpy(dc_before, gates.dc, ROWS_MAX * gates.rows.h_stride * sizeof(float));
    kernels->gates_forward(&gates.rows, gates.z, gates.c, gates.c_next, gates.h_next);
    float *activated = allocate(1, z_bytes);
    memcpy(activated, gates.z, z_bytes);
    kernels->gates_backward(&gates.rows, gates.z, gates.c, gates.c_next, gates.dh, gates.dc);
    for (size_t r = 0; r < ROWS_MAX; r++)
        for (size_t u = 0; u < units; u++) {
            const float *row = z + r * gates.rows.z_stride + u,
                        *act = activated + r * gates.rows.z_stride + u;
            const float *dz = gates.z + r * gates.rows.z_stride + u;
            size_t at = r * gates.rows.h_stride + u;
            double i = sigmoid(row[GATE_I * units]), f = sigmoid(row[GATE_F * units]);
            double g = tanh(row[GATE_C * units]), o = sigmoid(row[GATE_O * units]);
            double c = f * gates.c[at] + i * g;
            const double activations[GATE_COUNT] = {i, f, g, o};
            for (size_t gate = 0; gate < GATE_COUNT; gate++)
                expect_close_number(kernels->name, act[gate * units], activations[gate], forward);
            expect_close_number("c", gates.c_next[at], c,
                                (struct tolerance){.absolute = 6e-7 * (1.0 + limit)});
            expect_close_number("h", gates.h_next[at], o * tanh(c),
                                (struct tolerance){.absolute = 6e-7 * (1.0 + limit)});

            double tanh_c = tanh(c), dc = dc_before[at] + gates.dh[at] * o * (1.0 - tanh_c * tanh_c);
            const double expected[GATE_COUNT] = {dc * g * i * (1.0 - i), dc * gates.c[at] * f * (1.0 - f),
                                                 dc * i * (1.0 - g * g),
                                                 gates.dh[at] * tanh_c * o * (1.0 - o)};
            struct tolerance backward = {.absolute = 2e-6 * (1.0 + limit) * (1.0 + limit)};
            for (size_t gate = 0; gate < GATE_COUNT; gate++)
                expect_close_number("dz", dz[gate * units], expected[gate], backward);
            expect_close_number("dc", gates.dc[at], dc * f, backward);
        }
    free(z);
    free(dc_before);
    free(activated);
    gates_close(&gates);
}

static void test_gates(void **state)
{
    (void)state;
    static const int units[] = {1, 3, 4, 7, 8, 15, 16, 17, 31, 33, 40};
    static const double limits[] = {0.01, 1.0, 10.0, 100.0};
    for (int set = 0; set < sets.count; set++)
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
            for (size_t k = 0; k < 4; k++)
                check_gates(sets.sets[set], units[i], limits[k]);
}

/* NaN must come through, so that a run that has lost its way says so; infinity is a closed or an open gate. */
static void test_odd_gates(void **state)
{
    (void)state;
    for (int set = 0; set < sets.count; set++) {
        struct gate_rows one = {.rows = 1, .H = 1, .z_stride = 16, .h_stride = 16, .gate_stride = 1};
        float z[16] = {INFINITY, -INFINITY, INFINITY, INFINITY}, c = 3.0f, c_next, h_next;
        sets.sets[set]->gates_forward(&one, z, &c, &c_next, &h_next);
        expect_close_number("h of infinite gates", h_next, tanh(1.0), (struct tolerance){.absolute = 1e-6});
        for (int gate = 0; gate < GATE_COUNT; gate++) {
            float odd[16] = {0};
            odd[gate] = NAN;
            sets.sets[set]->gates_forward(&one, odd, &c, &c_next, &h_next);
            assert_true(isnan(h_next));
        }
    }
}

static void test_sums_and_adam(void **state)
{
    (void)state;
    enum { COUNT = 103 };
    for (int set = 0; set < sets.count; set++) {
        struct rng rng = rng_open(63, RNG_SAMPLE, 0);
        float to[COUNT], from[COUNT], w[COUNT], m[COUNT], v[COUNT];
        double sum[COUNT], weights[COUNT], ms[COUNT], vs[COUNT];
        for (int k = 0; k < COUNT; k++) {
            to[k] = uniform(&rng, 1.0);
            from[k] = uniform(&rng, 1.0);
            w[k] = uniform(&rng, 1.0);
            m[k] = 0.5f;
            v[k] = 0.25f;
            sum[k] = (double)to[k] + from[k];
            ms[k] = 0.5 + (from[k] - 0.5) * 0.1;
            vs[k] = 0.25 + ((double)from[k] * from[k] - 0.25) * 0.001;
            weights[k] = w[k] - 0.1 * ms[k] / (sqrt(vs[k]) + 0.01);
        }
        sets.sets[set]->add(COUNT, to, from);
        sets.sets[set]->adam(COUNT, from, w, m, v, 0.1f, 0.1f, 0.001f, 0.01f);
        expect_close("sum", to, sum, COUNT, (struct tolerance){.absolute = 1e-7, .relative = 1e-7});
        expect_close("m", m, ms, COUNT, (struct tolerance){.absolute = 1e-7});
        expect_close("v", v, vs, COUNT, (struct tolerance){.absolute = 1e-7});
        expect_close("weight", w, weights, COUNT, (struct tolerance){.absolute = 3e-7});
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_gates),
        cmocka_unit_test(test_odd_gates),
        cmocka_unit_test(test_sums_and_adam),
    };
    return cmocka_run_group_tests(tests, find_sets, NULL);
}
