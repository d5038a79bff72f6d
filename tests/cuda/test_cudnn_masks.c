/* Whole networks that train with cuDNN's masks (--dropout-masks cudnn). */
#include "cuda_fixture.h"
#include "model/small_specs.h"
#include "train/small_run.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { BATCH = 8, REVIEWS = 3 * BATCH + 5, SEED = 7, EPOCHS = 3 };

static const struct network_kind {
    const char *preset;
    int layers;
} kinds[] = {{"lstm-dropout", 1}, {"cnn-lstm-dropout", 1}, {"lstm-dropout", 3}};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static struct reviews reviews;

static int open_reviews(void **state)
{
    (void)state;
    small_reviews_open(&reviews, REVIEWS, SMALL_T, SMALL_V);
    return 0;
}

static int close_reviews(void **state)
{
    (void)state;
    small_reviews_close(&reviews);
    return cuda_fixture_left_over() == 0 ? 0 : -1;
}

static void open_run(struct small_run *run, const struct network_kind *kind, struct backend_options options)
{
    struct preset_options preset;
    struct spec spec;
    struct error error;
    struct backend *backend;
    assert_true(preset_defaults(&preset, kind->preset, &error));
    preset.layers = kind->layers;
    preset.vocabulary = SMALL_V;
    preset.maxlen = SMALL_T;
    preset.embedding = SMALL_E;
    preset.units = SMALL_H;
    preset.filters = SMALL_C;
    assert_true(spec_preset(&spec, kind->preset, &preset, &error));
    options.device = "cuda";
    assert_true(cuda_fixture_open_with(&options, &backend));
    small_run_open_on(run, backend, &spec, BATCH, SEED);
}

/* Trains a run of these options. */
static struct score train(struct small_run *run, const struct network_kind *kind,
                          struct backend_options options)
{
    struct error error;
    open_run(run, kind, options);
    struct score score = small_run_fit(run, &reviews, EPOCHS, BATCH, SEED);
    if (!run->backend->memory->status(run->backend, &error))
        fail_msg("%s", error.message);
    assert_true(isfinite(score.loss));
    return score;
}

static bool same_weights(const struct small_run *a, const struct small_run *b)
{
    return memcmp(a->state.weights, b->state.weights, a->table.total_count * sizeof(float)) == 0;
}

/* The generator's state is in device memory: steps that are recorded draw what steps one by one draw. */
static void test_graphs_and_reruns_do_not_matter(void **state)
{
    (void)state;
    static const enum engine_choice engines[] = {ENGINE_CUDNN, ENGINE_GENERIC};
    for (int i = 0; i < KINDS * 2; i++) {
        struct small_run recorded, again, eager, counted;
        struct backend_options options = {.engine = engines[i % 2], .masks = MASKS_CUDNN};
        train(&recorded, &kinds[i / 2], options);
        train(&again, &kinds[i / 2], options);
        small_run_expect_same("a second run", &again, &recorded);
        options.no_graph = true;
        train(&eager, &kinds[i / 2], options);
        small_run_expect_same("without graphs", &eager, &recorded);
        options.masks = MASKS_COUNTER;
        train(&counted, &kinds[i / 2], options);
        assert_false(same_weights(&counted, &recorded));
        small_run_close(&recorded);
        small_run_close(&again);
        small_run_close(&eager);
        small_run_close(&counted);
    }
}

/* Nothing is dropped, so nothing differs. */
static void test_without_rates(void **state)
{
    (void)state;
    const struct network_kind plain = {"lstm", 2};
    struct small_run drawn, counted;
    train(&drawn, &plain, (struct backend_options){.masks = MASKS_CUDNN});
    train(&counted, &plain, (struct backend_options){.masks = MASKS_COUNTER});
    small_run_expect_same("other masks", &drawn, &counted);
    small_run_close(&drawn);
    small_run_close(&counted);
}

/* How many lstm ops there are, and how many layers the last has upon its first. */
static void expect_stack(struct backend_options options, bool drops)
{
    struct small_run run;
    struct resident_reviews resident;
    struct pass pass;
    struct error error;
    int lstm_ops = 0;
    open_run(&run, &kinds[2], options);
    assert_true(resident_reviews_open(&resident, &run.network, &reviews, &error));
    pass_build(&pass, &run.network, &resident, BATCH, PASS_TRAIN);
    for (int i = 0; i < pass.op_count; i++)
        if (pass.ops[i].kind == OP_LSTM) {
            const struct lstm *op = &pass.ops[i].lstm.forward;
            assert_int_equal(op->stacked, drops ? 2 : 0);
            assert_true((op->between.rate > 0.0f) == drops);
            lstm_ops++;
        }
    assert_int_equal(lstm_ops, drops ? 1 : 3);
    resident_reviews_close(&resident);
    small_run_close(&run);
}

/* Between its layers cuDNN drops by its own masks alone. */
static void test_stacks(void **state)
{
    (void)state;
    expect_stack((struct backend_options){.engine = ENGINE_CUDNN, .masks = MASKS_CUDNN}, true);
    expect_stack((struct backend_options){.engine = ENGINE_AUTO, .masks = MASKS_CUDNN}, false);
    expect_stack((struct backend_options){.engine = ENGINE_CUDNN, .masks = MASKS_COUNTER}, false);
    expect_stack((struct backend_options){.engine = ENGINE_GENERIC, .masks = MASKS_CUDNN}, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_graphs_and_reruns_do_not_matter),
        cmocka_unit_test(test_without_rates),
        cmocka_unit_test(test_stacks),
    };
    return cmocka_run_group_tests(tests, open_reviews, close_reviews);
}
