/* Files that Keras itself wrote give the weights and moments of the golden JSON to the bit. */
#include "edited_model.h"
#include "tiny_model.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static json_t *load_golden(void)
{
    json_error_t error;
    json_t *golden = json_load_file(MATINEE_FIXTURES "/golden/m1.json", 0, &error);
    if (!golden)
        fail_msg("m1.json line %d: %s", error.line, error.text);
    return golden;
}

static void compare_list(const struct parameter *parameter, const float *arena, const json_t *list)
{
    assert_int_equal(json_array_size(list), parameter->count);
    for (size_t i = 0; i < parameter->count; i++) {
        float expected = (float)json_number_value(json_array_get(list, i));
        assert_memory_equal(&expected, &arena[parameter->offset + i], sizeof expected);
    }
}

/* Members stand in the order of the parameter table. */
static void compare_weights(const struct tiny_model *model, json_t *weights)
{
    const char *name;
    json_t *value;
    int i = 0;
    json_object_foreach(weights, name, value)
        compare_list(&model->table.items[i++], model->state.weights, json_object_get(value, "data"));
    assert_int_equal(i, model->table.count);
}

static void compare_moments(const struct tiny_model *model, const float *arena, const json_t *lists)
{
    assert_int_equal(json_array_size(lists), model->table.count);
    for (int i = 0; i < model->table.count; i++)
        compare_list(&model->table.items[i], arena, json_array_get(lists, (size_t)i));
}

static void read_or_fail(struct tiny_model *model, const char *path, bool *has_slots, double *learning_rate)
{
    struct error error = {""};
    if (!tiny_model_read(model, path, has_slots, learning_rate, &error))
        fail_msg("%s", error.message);
}

static void check_spec(const struct spec *spec)
{
    assert_string_equal(spec->name, "sequential");
    assert_int_equal(spec->maxlen, 13);
    assert_int_equal(spec->layer_count, 3);
    assert_int_equal(spec->layers[0].kind, LAYER_EMBEDDING);
    assert_string_equal(spec->layers[0].name, "embedding");
    assert_int_equal(spec->layers[0].input_dim, 50);
    assert_int_equal(spec->layers[0].units, 8);
    assert_int_equal(spec->layers[1].kind, LAYER_LSTM);
    assert_string_equal(spec->layers[1].name, "lstm");
    assert_int_equal(spec->layers[1].units, 6);
    assert_int_equal(spec->layers[2].kind, LAYER_DENSE);
    assert_string_equal(spec->layers[2].name, "dense");
    assert_int_equal(spec->layers[2].units, 1);
    assert_true(spec->adam.learning_rate == (double)0.001f);
    assert_true(spec->adam.beta_1 == 0.9 && spec->adam.beta_2 == 0.999 && spec->adam.epsilon == 1e-7);
}

/* An optimizer without slots: whatever the moments held before is gone. */
static void test_before_training(void **unused)
{
    (void)unused;
    struct tiny_model model;
    tiny_model_open(&model);
    memset(&model.spec, 0xff, sizeof model.spec);
    model.state.m[7] = model.state.v[700] = 1;
    model.state.iterations = 9;
    bool has_slots = true;
    double learning_rate = 0;
    read_or_fail(&model, MATINEE_FIXTURES "/golden/m1_step0.keras", &has_slots, &learning_rate);
    check_spec(&model.spec);
    json_t *golden = load_golden();
    compare_weights(&model, json_object_get(golden, "weights0"));
    json_decref(golden);
    assert_false(has_slots);
    assert_int_equal(model.state.iterations, 0);
    for (size_t i = 0; i < model.table.total_count; i++)
        assert_true(model.state.m[i] == 0 && model.state.v[i] == 0);
    assert_true(learning_rate == (double)0.001f);
    tiny_model_close(&model);
}

static void test_after_three_steps(void **unused)
{
    (void)unused;
    struct tiny_model model;
    tiny_model_open(&model);
    memset(&model.spec, 0xff, sizeof model.spec);
    bool has_slots = false;
    double learning_rate = 0;
    read_or_fail(&model, golden_path(), &has_slots, &learning_rate);
    check_spec(&model.spec);
    json_t *golden = load_golden();
    const json_t *step = json_array_get(json_object_get(golden, "steps"), 2);
    compare_weights(&model, json_object_get(step, "weights"));
    compare_moments(&model, model.state.m, json_object_get(golden, "adam_m"));
    compare_moments(&model, model.state.v, json_object_get(golden, "adam_v"));
    json_decref(golden);
    assert_true(has_slots);
    assert_int_equal(model.state.iterations, 3);
    assert_true(learning_rate == (double)0.001f);
    tiny_model_close(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_before_training),
        cmocka_unit_test(test_after_three_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
