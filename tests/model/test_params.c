/* The parameter table of the tutorial's model: Keras' names, order and shapes. */
#include "matinee/params.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void tutorial_table(struct parameter_table *table)
{
    static const struct preset_sizes sizes = {
        .vocabulary = 5000, .maxlen = 500, .embedding = 32, .units = 100};
    struct spec spec;
    struct error error;
    assert_true(spec_preset(&spec, "lstm", &sizes, &error));
    parameter_table_build(table, &spec);
}

static void test_the_tutorial_has_213301_parameters(void **state)
{
    (void)state;
    static const struct parameter wanted[] = {
        {"embedding/embeddings", 0, 0, 2, {5000, 32}, 0, 160000, INIT_EMBEDDING_UNIFORM},
        {"lstm/kernel", 1, 0, 2, {32, 400}, 160000, 12800, INIT_GLOROT_UNIFORM},
        {"lstm/recurrent_kernel", 1, 1, 2, {100, 400}, 172800, 40000, INIT_ORTHOGONAL},
        {"lstm/bias", 1, 2, 1, {400}, 212800, 400, INIT_FORGET_BIAS},
        {"dense/kernel", 2, 0, 2, {100, 1}, 213200, 100, INIT_GLOROT_UNIFORM},
        {"dense/bias", 2, 1, 1, {1}, 213300, 1, INIT_ZEROS},
    };
    struct parameter_table table;
    tutorial_table(&table);
    assert_int_equal(table.total_count, 213301);
    assert_int_equal(table.count, 6);
    for (int i = 0; i < 6; i++) {
        const struct parameter *p = &table.items[i], *w = &wanted[i];
        assert_string_equal(p->name, w->name);
        assert_int_equal(p->layer, w->layer);
        assert_int_equal(p->index, w->index);
        assert_int_equal(p->rank, w->rank);
        for (int axis = 0; axis < w->rank; axis++)
            assert_int_equal(p->shape[axis], w->shape[axis]);
        assert_int_equal(p->offset, w->offset);
        assert_int_equal(p->count, w->count);
        assert_int_equal(p->initializer, w->initializer);
    }
}

static void test_parameters_are_found_by_layer_and_index(void **state)
{
    (void)state;
    struct parameter_table table;
    tutorial_table(&table);
    for (int i = 0; i < table.count; i++)
        assert_ptr_equal(parameter_find(&table, table.items[i].layer, table.items[i].index), &table.items[i]);
}

static void test_a_training_state_starts_at_zero(void **state)
{
    (void)state;
    struct parameter_table table;
    struct training_state training;
    struct error error;
    tutorial_table(&table);
    assert_true(training_state_open(&training, &table, &error));
    assert_int_equal(training.iterations, 0);
    for (size_t k = 0; k < table.total_count; k++)
        assert_true(training.weights[k] == 0.0f && training.m[k] == 0.0f && training.v[k] == 0.0f);
    training_state_close(&training);
    training_state_close(&training);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_tutorial_has_213301_parameters),
        cmocka_unit_test(test_parameters_are_found_by_layer_and_index),
        cmocka_unit_test(test_a_training_state_starts_at_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
