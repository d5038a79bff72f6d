/* The CPU backend's LSTM, forward and backward, against the reference in double. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */

#include "backends.h"
#include "compare.h"
#include "cpu_backend.h"
#include "kernel_sets.h"
#include "matinee/cpu.h"
#include "ops/lstm_suite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static struct backend *backend;

static int open_backend(void **state)
{
    struct error error;
    (void)state;
    return cpu_backend_open(&backend, 2, &error) ? 0 : -1;
}

static int close_backend(void **state)
{
    (void)state;
    backend->close(backend);
    return 0;
}

/* The reference takes no short cut, so both ways of running are held to numbers made without knowing pads. */
static void check_form(struct lstm_dims dims, struct lstm_form form, enum rows_kind rows)
{
    struct lstm_case lstm_case;
    bool masked = form.input_rate > 0.0f || form.recurrent_rate > 0.0f;
    lstm_case_open(&lstm_case, dims, form, rows);
    for (int pads = PADS_KNOWN; pads <= (masked ? PADS_KNOWN : PADS_UNKNOWN); pads++) {
        struct lstm_result result;
        lstm_case_run(&lstm_case, backend, (enum pads_known)pads, &result);
        lstm_case_check(&lstm_case, &result);
        expect_denormals();
        lstm_result_close(&result);
    }
    lstm_case_close(&lstm_case);
}

static void test_sizes(void **state)
{
    (void)state;
    lstm_suite_one_step(check_form, lstm_of_tokens);
    lstm_suite_units(check_form, lstm_of_tokens);
    lstm_suite_embeddings(check_form, lstm_of_tokens);
    lstm_suite_batches(check_form, lstm_of_tokens);
    lstm_suite_tutorials(check_form, lstm_of_tokens);
}

static void test_many_steps(void **state)
{
    (void)state;
    lstm_suite_many_steps(check_form, lstm_of_tokens);
}

static void test_rows_of_one_kind(void **state)
{
    (void)state;
    lstm_suite_rows(check_form, lstm_of_tokens);
}

static void test_forms(void **state)
{
    (void)state;
    lstm_suite_x(check_form);
    lstm_suite_reversed(check_form);
    lstm_suite_sequences(check_form);
    lstm_suite_two_directions(check_form);
}

static void test_masks(void **state)
{
    (void)state;
    lstm_suite_gate_masks(check_form);
    lstm_suite_shared_masks(check_form);
    lstm_suite_masked_sequences(check_form);
}

static void test_hard_sigmoid(void **state)
{
    (void)state;
    lstm_suite_hard_sigmoid(check_form);
}

static void test_given_masks(void **state)
{
    (void)state;
    lstm_suite_given_masks(backend);
}

/* The kernels of every instruction set that this processor has. */
static void test_every_kernel_set(void **state)
{
    (void)state;
    struct kernel_sets sets;
    struct cpu_backend *cpu = cpu_backend_of(backend);
    const struct cpu_kernels *chosen = cpu->kernels;
    kernel_sets_find(&sets);
    for (int i = 0; i < sets.count; i++) {
        struct lstm_form form = lstm_masked_form(2, 0.2f, 0.3f, GATE_COUNT);
        form.sequences = true;
        cpu->kernels = sets.sets[i];
        check_form((struct lstm_dims){17, 9, 50, 7, 33}, lstm_of_tokens, ROWS_MIXED);
        check_form((struct lstm_dims){17, 9, 50, 7, 33}, form, ROWS_MIXED);
        check_form((struct lstm_dims){2, 13, 50, 32, 100}, form, ROWS_MIXED);
        check_form((struct lstm_dims){5, 9, 50, 7, 17}, (struct lstm_form){.D = 2, .hard_slope = 0.2f},
                   ROWS_MIXED);
    }
    cpu->kernels = chosen;
}

/* Memory that ends where a page begins that nobody may touch. */
struct fenced {
    char *pages;
    size_t pages_bytes;
    void *memory;
};

static struct fenced fenced_open(size_t bytes)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), used = (bytes + page - 1) / page * page;
    struct fenced fenced = {.pages_bytes = used + page};
    fenced.pages = mmap(NULL, fenced.pages_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(fenced.pages != MAP_FAILED);
    assert_int_equal(mprotect(fenced.pages + used, page, PROT_NONE), 0);
    fenced.memory = fenced.pages + used - bytes;
    return fenced;
}

/* Masks of rows of one float: vectors that begin at the last one stay within the op's memory. */
static void test_last_mask(void **state)
{
    (void)state;
    enum { N = 4 };
    static const float zeros[GATE_COUNT * N];
    static const int32_t pads[N];
    static const uint8_t keep[GATE_COUNT * N];
    float y[N], dx[N], gradients[3][GATE_COUNT] = {{0}};
    struct lstm op = {.T = 1,
                      .N = N,
                      .E = 1,
                      .H = 1,
                      .D = 1,
                      .mask_count = GATE_COUNT,
                      .input = {.rate = 0.5f, .keep = keep},
                      .x = zeros,
                      .pads = pads,
                      .weights = {{.kernel = zeros, .recurrent_kernel = zeros, .bias = zeros}},
                      .y = y};
    struct kernel_sets sets;
    struct cpu_backend *cpu = cpu_backend_of(backend);
    const struct cpu_kernels *chosen = cpu->kernels;
    kernel_sets_find(&sets);
    for (int i = 0; i < sets.count; i++) {
        cpu->kernels = sets.sets[i];
        const struct op_sizes sizes = backend->memory->lstm_sizes(backend, &op);
        struct fenced saved = fenced_open(sizes.saved_bytes), scratch = fenced_open(sizes.scratch_bytes);
        op.saved = saved.memory;
        op.scratch = scratch.memory;
        backend->ops->lstm(backend, &op);
        backend->ops->lstm_backward(
            backend, &(struct lstm_backward){.forward = op,
                                             .dy = zeros,
                                             .dx = dx,
                                             .gradients = {{gradients[0], gradients[1], gradients[2]}}});
        munmap(saved.pages, saved.pages_bytes);
        munmap(scratch.pages, scratch.pages_bytes);
    }
    cpu->kernels = chosen;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_many_steps),
        cmocka_unit_test(test_rows_of_one_kind),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_hard_sigmoid),
        cmocka_unit_test(test_given_masks),
        cmocka_unit_test(test_every_kernel_set),
        cmocka_unit_test(test_last_mask),
    };
    return cmocka_run_group_tests(tests, open_backend, close_backend);
}
