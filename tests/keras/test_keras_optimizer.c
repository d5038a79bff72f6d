/* CosineDecay and use_ema in model files: Keras' configuration, the list of the optimizer's variables, and what of both
 * is refused. */
#include "config.h"
#include "edited_model.h"
#include "hdf5_image.h"
#include "json_edit.h"
#include "scratch.h"
#include "tiny_model.h"
#include "weights.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OPTIMIZER "compile_config/optimizer/config/"
#define COSINE OPTIMIZER "learning_rate/config/"

static const char start_path[] = MATINEE_FIXTURES "/optimizer/start.keras";

static json_t *config_of(const char *path)
{
    struct keras_file *file;
    struct error error;
    size_t bytes;
    if (!keras_file_open(&file, path, &error))
        fail_msg("%s", error.message);
    const char *text = keras_file_member(file, "config.json", &bytes);
    json_t *config = json_loadb(text, bytes, 0, NULL);
    keras_file_close(file);
    assert_non_null(config);
    return config;
}

/* Keras' file with its configuration edited. */
static const char *edited(const struct edit *edit)
{
    json_t *config = config_of(start_path);
    json_edit(config, edit->place, edit->value);
    char *text = json_dumps(config, 0);
    json_decref(config);
    const char *path = model_with(start_path, "config.json", text, strlen(text));
    free(text);
    return path;
}

static bool read_adam(struct adam_spec *adam, const char *path, struct error *error)
{
    struct keras_file *file;
    struct spec spec;
    bool read = keras_file_open(&file, path, error);
    if (read) {
        read = keras_file_spec(file, &spec, error);
        keras_file_close(file);
    }
    *adam = spec.adam;
    return read;
}

static const struct edit refused[] = {
    {OPTIMIZER "learning_rate/class_name", "\"ExponentialDecay\"",
     "optimizer Adam: learning_rate: the schedule ExponentialDecay is not supported; compile the model with "
     "CosineDecay"},
    {OPTIMIZER "learning_rate/class_name", NULL, "the schedule (unnamed) is not supported"},
    {OPTIMIZER "learning_rate/module", "\"mine\"",
     "learning_rate: CosineDecay: is not a class of Keras' own"},
    {OPTIMIZER "learning_rate/registered_name", "\"mine>CosineDecay\"", "is a registered custom class"},
    {COSINE "decay_steps", NULL,
     "learning_rate: CosineDecay: setting decay_steps = (absent) is not supported"},
    {COSINE "decay_steps", "0", "setting decay_steps = 0"},
    {COSINE "decay_steps", "\"14\"",
     "setting decay_steps = \"14\" is not supported; this version needs a number"},
    {COSINE "initial_learning_rate", "[1]", "setting initial_learning_rate = [1]"},
    {COSINE "alpha", "true", "setting alpha = true"},
    {COSINE "warmup_target", "0.0",
     "setting warmup_target = 0.0 is not supported; this version needs a rate above 0"},
    {COSINE "warmup_steps", "\"no\"", "setting warmup_steps = \"no\""},
    {OPTIMIZER "use_ema", "\"yes\"",
     "setting use_ema = \"yes\" is not supported; this version needs true or false"},
    {OPTIMIZER "ema_overwrite_frequency", "3", "setting ema_overwrite_frequency = 3"},
    {OPTIMIZER "ema_momentum", "1", "ema_momentum is not a number from above 0 to less than 1"},
    {OPTIMIZER "ema_momentum", "0", "ema_momentum is not a number"},
    {OPTIMIZER "ema_momentum", "0.99999999", "ema_momentum is not a number"},
    {OPTIMIZER "ema_momentum", "null", "ema_momentum is not a number"},
};

static void test_refused(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct adam_spec adam;
        struct error error = {""};
        const char *path = edited(&refused[i]);
        if (read_adam(&adam, path, &error))
            fail_msg("%s = %s is accepted", refused[i].place, refused[i].value);
        assert_message(&error, path, refused[i].message);
    }
}

static const struct edit accepted[] = {
    {COSINE "name", "null", NULL},
    {OPTIMIZER "learning_rate/module", NULL, NULL},
    {OPTIMIZER "learning_rate/registered_name", "\"CosineDecay\"", NULL},
    {OPTIMIZER "ema_overwrite_frequency", NULL, NULL},
};

static void test_accepted(void **unused)
{
    (void)unused;
    struct adam_spec whole, adam;
    struct error error = {""};
    assert_true(read_adam(&whole, start_path, &error));
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        if (!read_adam(&adam, edited(&accepted[i]), &error))
            fail_msg("%s", error.message);
        assert_memory_equal(&adam, &whole, sizeof adam);
    }
}

/* Keras' defaults hold for absent keys, and what use_ema switches off does not count. */
static void test_defaults(void **unused)
{
    (void)unused;
    struct adam_spec adam;
    struct error error = {""};
    assert_true(read_adam(&adam, edited(&(struct edit){COSINE "warmup_target", "null", NULL}), &error));
    assert_true(adam.cosine.warmup_target == 0 && adam.cosine.warmup_steps == 5);
    assert_true(read_adam(&adam, edited(&(struct edit){COSINE "alpha", NULL, NULL}), &error));
    assert_true(adam.cosine.alpha == 0 && adam.cosine.decay_steps == 14);
    assert_true(read_adam(&adam, edited(&(struct edit){COSINE "decay_steps", "7.5", NULL}), &error));
    assert_true(adam.cosine.decay_steps == 7.5);
    assert_true(read_adam(&adam, edited(&(struct edit){OPTIMIZER "ema_momentum", NULL, NULL}), &error));
    assert_true(adam.ema_momentum == 0.99);
    assert_true(read_adam(&adam, edited(&(struct edit){OPTIMIZER "use_ema", "false", NULL}), &error));
    assert_true(adam.ema_momentum == 0 && adam_has_schedule(&adam));
}

/* A rate and moments that are awkward, an average unlike the weights. */
static void open_averaged(struct tiny_model *model)
{
    tiny_model_open(model);
    tiny_model_fill(model);
    model->spec.adam.ema_momentum = 0.875;
    model->spec.adam.cosine = (struct cosine_decay){.initial_learning_rate = 0.1 + 0.2,
                                                    .decay_steps = 1112,
                                                    .alpha = 1.0 / 3,
                                                    .warmup_target = 2e-3,
                                                    .warmup_steps = 61};
    model->state.average = calloc(model->table.total_count, sizeof(float));
    assert_non_null(model->state.average);
    for (size_t i = 0; i < model->table.total_count; i++)
        model->state.average[i] = 0.5f - (float)i;
}

static void write_or_fail(const char *path, const struct tiny_model *model)
{
    struct keras_contents contents = {&model->spec, &model->table, &model->state, NULL, 0};
    struct error error = {""};
    if (!keras_file_write(path, &contents, &error))
        fail_msg("%s", error.message);
}

static void expect_same_file(const struct tiny_model *written)
{
    struct tiny_model found;
    struct error error = {""};
    bool has_slots, averages = written->state.average != NULL;
    const char *path = model_path("a.keras");
    const size_t bytes = written->table.total_count * sizeof(float);
    tiny_model_open(&found);
    found.state.average = averages ? calloc(1, bytes) : NULL;
    write_or_fail(path, written);
    double rate = written->spec.adam.learning_rate;
    if (!tiny_model_read(&found, path, &has_slots, &rate, &error))
        fail_msg("%s", error.message);
    found.spec.adam.learning_rate = rate; /* with a schedule it is not in a file */
    assert_true(has_slots);
    assert_true(tiny_model_equal(&found, written));
    if (averages)
        assert_memory_equal(found.state.average, written->state.average, bytes);
    free(found.state.average);
    tiny_model_close(&found);
}

static void test_bits_come_back(void **unused)
{
    (void)unused;
    struct tiny_model model;
    open_averaged(&model);
    expect_same_file(&model);
    model.spec.adam.cosine = (struct cosine_decay){.decay_steps = 0};
    expect_same_file(&model);
    free(model.state.average);
    model.state.average = NULL;
    model.spec.adam.ema_momentum = 0;
    model.spec.adam.cosine = (struct cosine_decay){.initial_learning_rate = 0.1, .decay_steps = 7.5};
    expect_same_file(&model);
    tiny_model_close(&model);
}

/* What Keras wrote, its optimizer's configuration, comes out again value for value. */
static void test_form_of_the_config(void **unused)
{
    (void)unused;
    struct tiny_model model;
    struct error error = {""};
    open_averaged(&model);
    assert_true(read_adam(&model.spec.adam, start_path, &error));
    const char *path = model_path("a.keras");
    write_or_fail(path, &model);
    json_t *ours = config_of(path), *theirs = config_of(start_path);
    const json_t *found =
        json_object_get(json_object_get(json_object_get(ours, "compile_config"), "optimizer"), "config");
    const json_t *wanted =
        json_object_get(json_object_get(json_object_get(theirs, "compile_config"), "optimizer"), "config");
    static const char *const keys[] = {"learning_rate", "use_ema", "ema_momentum", "ema_overwrite_frequency"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!json_object_get(wanted, keys[i]) ||
            !json_equal(json_object_get(found, keys[i]), json_object_get(wanted, keys[i])))
            fail_msg("%s is not as Keras writes it", keys[i]);
    json_decref(ours);
    json_decref(theirs);
    free(model.state.average);
    tiny_model_close(&model);
}

static void read_dataset(hid_t file, const char *path, float *to, size_t count)
{
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    assert_true(dataset >= 0);
    hid_t space = H5Dget_space(dataset);
    assert_int_equal(H5Sget_simple_extent_npoints(space), count);
    assert_true(H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, to) >= 0);
    H5Sclose(space);
    H5Dclose(dataset);
}

/* iteration; what is trained, in the variables of the averages; moments by turns. The layers have the averages. */
static void test_order_of_the_variables(void **unused)
{
    (void)unused;
    enum { EMBEDDINGS = 400, P = 6 };
    struct tiny_model model;
    struct error error = {""};
    void *image;
    size_t bytes;
    float found[EMBEDDINGS];
    open_averaged(&model);
    if (!weights_write(&image, &bytes, &model.spec, &model.table, &model.state, &error))
        fail_msg("%s", error.message);
    hid_t file = hdf5_image_open(image, bytes);
    assert_true(file >= 0);
    const struct {
        const char *path;
        const float *arena;
    } places[] = {{"layers/embedding/vars/0", model.state.average},
                  {"optimizer/vars/1", model.state.weights},
                  {"optimizer/vars/7", model.state.m},
                  {"optimizer/vars/8", model.state.v}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        read_dataset(file, places[i].path, found, EMBEDDINGS);
        assert_memory_equal(found, places[i].arena, sizeof found);
    }
    assert_true(H5Lexists(file, "optimizer/vars/18", H5P_DEFAULT) > 0);
    assert_true(H5Lexists(file, "optimizer/vars/19", H5P_DEFAULT) == 0);
    H5Fclose(file);
    free(image);
    free(model.state.average);
    tiny_model_close(&model);
}

/* Not trained yet: no variables but the count. What predicts is then all that there is. */
static void test_without_slots(void **unused)
{
    (void)unused;
    struct tiny_model model;
    struct error error = {""};
    bool has_slots;
    double rate = 0.25;
    open_averaged(&model);
    float *const m = model.state.m;
    const size_t bytes = model.table.total_count * sizeof(float);
    model.state.m = NULL;
    write_or_fail(model_path("a.keras"), &model);
    model.state.m = m;
    float *average = malloc(bytes);
    memcpy(average, model.state.average, bytes);
    memset(model.state.average, 0xff, bytes);
    if (!tiny_model_read(&model, model_path("a.keras"), &has_slots, &rate, &error))
        fail_msg("%s", error.message);
    assert_false(has_slots);
    assert_true(rate == 0.25 && model.state.iterations == 0);
    assert_memory_equal(model.state.average, average, bytes);
    assert_memory_equal(model.state.weights, average, bytes);
    free(average);
    free(model.state.average);
    tiny_model_close(&model);
}

static void test_not_finite(void **unused)
{
    (void)unused;
    struct tiny_model model;
    struct error error = {""};
    struct keras_contents contents = {&model.spec, &model.table, &model.state, NULL, 0};
    open_averaged(&model);
    model.state.average[403] = NAN;
    assert_false(keras_file_write(model_path("a.keras"), &contents, &error));
    assert_non_null(strstr(error.message, "layers/lstm/cell/vars/0: element 3 is not finite"));
    model.state.average[403] = 0;
    model.state.weights[403] = INFINITY;
    assert_false(keras_file_write(model_path("a.keras"), &contents, &error));
    assert_non_null(strstr(error.message, "optimizer/vars/2: element 3 is not finite"));
    free(model.state.average);
    tiny_model_close(&model);
}

/* Of weights alone, for an Adam without an average: the moments are another's, and left out. A configuration that asks
 * for averages which the file has not is an error. */
static void test_another_optimizer(void **unused)
{
    (void)unused;
    struct tiny_model model, found;
    struct error error = {""};
    struct keras_file *file;
    bool has_slots = true;
    double rate = 0.25;
    open_averaged(&model);
    struct keras_contents contents = {&model.spec, &model.table, &model.state, NULL, 0};
    const char *path = model_path("a.weights.h5");
    if (!keras_weights_write(path, &contents, &error) || !keras_file_open(&file, path, &error))
        fail_msg("%s", error.message);
    tiny_model_open(&found);
    if (!keras_file_state(file, &found.spec, &found.table, &found.state, &has_slots, &rate, &error))
        fail_msg("%s", error.message);
    keras_file_close(file);
    assert_false(has_slots);
    assert_memory_equal(found.state.weights, model.state.average, model.table.total_count * sizeof(float));
    assert_true(found.state.m[0] == 0 && found.state.iterations == 0);

    if (!keras_file_open(&file, golden_path(), &error))
        fail_msg("%s", error.message);
    assert_false(keras_file_state(file, &model.spec, &model.table, &model.state, &has_slots, &rate, &error));
    assert_message(&error, golden_path(), "model.weights.h5: optimizer/vars/3: has shape (50,8)");
    keras_file_close(file);
    free(model.state.average);
    tiny_model_close(&model);
    tiny_model_close(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_bits_come_back),
        cmocka_unit_test(test_form_of_the_config),
        cmocka_unit_test(test_order_of_the_variables),
        cmocka_unit_test(test_without_slots),
        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_another_optimizer),
    };
    return cmocka_run_group_tests(tests, model_directory_open, model_directory_close);
}
