/* What is written comes back to the bit, equal contents make equal bytes, and the form is the one that
 * every Keras 3 release reads. */
#include "config.h"
#include "edited_model.h"
#include "hdf5_image.h"
#include "layer_names.h"
#include "scratch.h"
#include "tiny_model.h"
#include "weights.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const struct keras_member extras[] = {{"matinee/vocabulary.json", "{\"a\": 1}", 8},
                                             {"matinee/empty", "", 0},
                                             {"matinee/bytes", "\0\r\n\x1a\xff", 5}};
enum { EXTRAS = sizeof extras / sizeof *extras };

static void write_or_fail(const char *path, const struct tiny_model *model, int member_count)
{
    struct keras_contents contents = {&model->spec, &model->table, &model->state, extras, member_count};
    struct error error = {""};
    if (!keras_file_write(path, &contents, &error))
        fail_msg("%s", error.message);
}

static void read_or_fail(struct tiny_model *model, const char *path, bool *has_slots, double *learning_rate)
{
    struct error error = {""};
    if (!tiny_model_read(model, path, has_slots, learning_rate, &error))
        fail_msg("%s", error.message);
}

static void test_bits_come_back(void **unused)
{
    (void)unused;
    struct tiny_model written, found;
    tiny_model_open(&written);
    tiny_model_open(&found);
    tiny_model_fill(&written);
    strcpy(written.spec.name, "na\"me \xc3\xa9");
    strcpy(written.spec.layers[1].name, "lstm_7");
    memset(&found.spec, 0xff, sizeof found.spec);
    const char *path = model_path("a.keras");
    write_or_fail(path, &written, EXTRAS);
    bool has_slots = false;
    double learning_rate = 0;
    read_or_fail(&found, path, &has_slots, &learning_rate);
    assert_true(tiny_model_equal(&written, &found));
    assert_true(has_slots);
    assert_true(learning_rate == (double)0.1f);
    tiny_model_close(&written);
    tiny_model_close(&found);
}

/* The variable is a float32. config.json's double stays where it rounds to the variable, and gives way elsewhere. */
static void test_learning_rate_keeps_its_digits(void **unused)
{
    (void)unused;
    struct tiny_model model;
    tiny_model_open(&model);
    model.spec.adam.learning_rate = 0.001;
    const char *path = model_path("a.keras");
    write_or_fail(path, &model, 0);
    struct keras_file *file;
    struct error error = {""};
    if (!keras_file_open(&file, path, &error))
        fail_msg("%s", error.message);
    static const double rates[][2] = {{0.001, 0.001}, {0.002, (double)0.001f}, {0, (double)0.001f}};
    for (int i = 0; i < 3; i++) {
        bool has_slots;
        double rate = rates[i][0];
        if (!keras_file_state(file, &model.spec, &model.table, &model.state, &has_slots, &rate, &error))
            fail_msg("%s", error.message);
        assert_true(rate == rates[i][1]);
    }
    keras_file_close(file);
    tiny_model_close(&model);
}

static void test_members_come_back(void **unused)
{
    (void)unused;
    struct tiny_model model;
    tiny_model_open(&model);
    const char *path = model_path("a.keras");
    write_or_fail(path, &model, EXTRAS);
    struct keras_file *file;
    struct error error = {""};
    if (!keras_file_open(&file, path, &error))
        fail_msg("%s", error.message);
    for (int i = 0; i < EXTRAS; i++) {
        size_t bytes = 99;
        const char *data = keras_file_member(file, extras[i].name, &bytes);
        assert_non_null(data);
        assert_int_equal(bytes, extras[i].bytes);
        assert_memory_equal(data, extras[i].data, bytes);
    }
    size_t bytes;
    assert_null(keras_file_member(file, "matinee/vocabulary", &bytes));
    keras_file_close(file);
    keras_file_close(NULL);
    tiny_model_close(&model);
}

/* A fresh optimizer: no slots, and nothing but the weights on reading. */
static void test_without_slots(void **unused)
{
    (void)unused;
    struct tiny_model written, found;
    tiny_model_open(&written);
    tiny_model_open(&found);
    tiny_model_fill(&written);
    float *m = written.state.m, *v = written.state.v;
    written.state.m = written.state.v = NULL;
    const char *path = model_path("a.keras");
    write_or_fail(path, &written, 0);
    bool has_slots = true;
    double learning_rate = 0;
    read_or_fail(&found, path, &has_slots, &learning_rate);
    assert_false(has_slots);
    assert_memory_equal(found.state.weights, written.state.weights, found.table.total_count * sizeof(float));
    written.state.m = m;
    written.state.v = v;
    tiny_model_close(&written);
    tiny_model_close(&found);
}

/* Neither the clock, nor the time zone, nor the file's name is in the bytes. */
static void test_equal_contents_equal_bytes(void **unused)
{
    (void)unused;
    struct tiny_model model;
    tiny_model_open(&model);
    tiny_model_fill(&model);
    setenv("TZ", "UTC0", 1);
    tzset();
    write_or_fail(model_path("a.keras"), &model, EXTRAS);
    nanosleep(&(struct timespec){2, 100000000},
              NULL); /* more than the coarsest clock of the formats, zip's */
    setenv("TZ", "AAA+9", 1);
    tzset();
    write_or_fail(model_path("b.keras"), &model, EXTRAS);
    size_t a_bytes, b_bytes;
    char *a = scratch_read(model_path("a.keras"), &a_bytes),
         *b = scratch_read(model_path("b.keras"), &b_bytes);
    assert_int_equal(a_bytes, b_bytes);
    assert_memory_equal(a, b, a_bytes);
    free(a);
    free(b);
    tiny_model_close(&model);
}

/* What Keras wrote and we write again is the same model. */
static void test_golden_rewritten(void **unused)
{
    (void)unused;
    struct tiny_model model;
    tiny_model_open(&model);
    bool has_slots;
    double learning_rate = 0;
    read_or_fail(&model, golden_path(), &has_slots, &learning_rate);
    const char *path = model_path("a.keras");
    write_or_fail(path, &model, 0);
    assert_same_as_golden(path);
    tiny_model_close(&model);
}

static unsigned little_endian(const char *bytes, int count)
{
    unsigned value = 0;
    for (int i = count - 1; i >= 0; i--)
        value = value << 8 | (unsigned char)bytes[i];
    return value;
}

/* The zip's directory by hand: order, method 0, date 1980-01-01 00:00. */
static void test_form_of_the_zip(void **unused)
{
    (void)unused;
    struct tiny_model model;
    tiny_model_open(&model);
    write_or_fail(model_path("a.keras"), &model, 1);
    tiny_model_close(&model);
    static const char *const names[] = {"metadata.json", "config.json", "model.weights.h5",
                                        "matinee/vocabulary.json"};
    size_t bytes;
    char *data = scratch_read(model_path("a.keras"), &bytes);
    const char *end = data + bytes - 22;
    assert_memory_equal(end, "PK\5\6", 4);
    assert_int_equal(little_endian(end + 10, 2), 4);
    const char *entry = data + little_endian(end + 16, 4);
    for (int i = 0; i < 4; i++) {
        assert_memory_equal(entry, "PK\1\2", 4);
        assert_int_equal(little_endian(entry + 10, 2), 0);
        assert_int_equal(little_endian(entry + 12, 4), 0x210000);
        unsigned name_bytes = little_endian(entry + 28, 2);
        assert_int_equal(name_bytes, strlen(names[i]));
        assert_memory_equal(entry + 46, names[i], name_bytes);
        entry += 46 + name_bytes + little_endian(entry + 30, 2) + little_endian(entry + 32, 2);
    }
    free(data);
}

/* Key by key what all Keras 3 releases were seen to load. */
static void test_form_of_the_config(void **unused)
{
    (void)unused;
    const struct golden_sizes sizes = {
        .T = 500, .V = 5000, .E = 32, .H = 100, .C = 32, .rate = 0.2, .learning_rate = 0.001};
    for (int model = 1; model <= 5; model++) {
        struct spec spec;
        golden_spec(&spec, model, &sizes);
        char *text = config_write(&spec), path[512];
        assert_non_null(text);
        snprintf(path, sizeof path, MATINEE_FIXTURES "/golden/config_m%d.json", model);
        json_t *found = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        json_t *expected = json_load_file(path, 0, NULL);
        assert_non_null(found);
        assert_non_null(expected);
        if (!json_equal(found, expected))
            fail_msg("config.json of model %d is not as expected: %s", model, text);
        assert_non_null(strstr(text, "\"beta_1\": 0.9, \"beta_2\": 0.999"));
        json_decref(found);
        json_decref(expected);
        free(text);
    }
}

static herr_t append_name(hid_t file, const char *name, const H5O_info_t *info, void *list)
{
    (void)file;
    char *text = list;
    snprintf(text + strlen(text), 2048 - strlen(text), "%s%s\n", name,
             info->type == H5O_TYPE_GROUP ? "/" : "");
    return 0;
}

/* All groups, the empty ones too: old releases insist on them. */
static void test_form_of_the_weights(void **unused)
{
    (void)unused;
    struct tiny_model model;
    tiny_model_open(&model);
    void *image;
    size_t bytes;
    struct error error = {""};
    if (!weights_write(&image, &bytes, &model.spec, &model.table, &model.state, &error))
        fail_msg("%s", error.message);
    tiny_model_close(&model);
    hid_t file = hdf5_image_open(image, bytes);
    assert_true(file >= 0);
    char list[2048] = "";
    assert_true(H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, append_name, list, H5O_INFO_BASIC) >= 0);
    H5Fclose(file);
    free(image);
    assert_string_equal(list,
                        "./\nlayers/\n"
                        "layers/dense/\nlayers/dense/vars/\nlayers/dense/vars/0\nlayers/dense/vars/1\n"
                        "layers/embedding/\nlayers/embedding/vars/\nlayers/embedding/vars/0\n"
                        "layers/lstm/\nlayers/lstm/cell/\nlayers/lstm/cell/vars/\nlayers/lstm/cell/vars/0\n"
                        "layers/lstm/cell/vars/1\nlayers/lstm/cell/vars/2\nlayers/lstm/vars/\n"
                        "optimizer/\noptimizer/vars/\noptimizer/vars/0\noptimizer/vars/1\n"
                        "optimizer/vars/10\noptimizer/vars/11\noptimizer/vars/12\noptimizer/vars/13\n"
                        "optimizer/vars/2\noptimizer/vars/3\noptimizer/vars/4\noptimizer/vars/5\n"
                        "optimizer/vars/6\noptimizer/vars/7\noptimizer/vars/8\noptimizer/vars/9\nvars/\n");
}

/* Groups are named by class and order, whatever the layers are called. */
static void test_groups_of_equal_layers(void **unused)
{
    (void)unused;
    const struct spec spec = {.layer_count = 4,
                              .layers = {{.kind = LAYER_EMBEDDING},
                                         {.kind = LAYER_LSTM, .name = "lstm_9"},
                                         {.kind = LAYER_LSTM, .name = "x"},
                                         {.kind = LAYER_DENSE, .name = "lstm"}}};
    static const char *const paths[] = {"layers/embedding/vars/2", "layers/lstm/cell/vars/2",
                                        "layers/lstm_1/cell/vars/2", "layers/dense/vars/2"};
    for (int layer = 0; layer < spec.layer_count; layer++) {
        char path[DATASET_PATH_BYTES];
        keras_parameter_path(&spec, &(struct parameter){.layer = layer, .index = 2}, path);
        assert_string_equal(path, paths[layer]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bits_come_back),         cmocka_unit_test(test_members_come_back),
        cmocka_unit_test(test_without_slots),          cmocka_unit_test(test_equal_contents_equal_bytes),
        cmocka_unit_test(test_golden_rewritten),       cmocka_unit_test(test_form_of_the_zip),
        cmocka_unit_test(test_form_of_the_config),     cmocka_unit_test(test_form_of_the_weights),
        cmocka_unit_test(test_groups_of_equal_layers), cmocka_unit_test(test_learning_rate_keeps_its_digits),
    };
    return cmocka_run_group_tests(tests, model_directory_open, model_directory_close);
}
