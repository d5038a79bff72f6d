/* Every kind of model file, cut off and with bits flipped: refused in one line or read as stored, never more. A .h5 has
 * no checksum, so a flip in its numbers is read. Flips are drawn from a fixed stream: each run makes the same ones. */
#include "edited_model.h"
#include "legacy_file.h"
#include "scratch.h"

#include "matinee/trainer.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

enum { FLIPS = 1000, CUTS = 300 };

static const char training[] =
    "{\"optimizer_config\": {\"class_name\": \"Adam\", \"config\": {\"learning_rate\": 0.0625}}, \"loss\": "
    "\"binary_crossentropy\"}";

/* Weights alone are read into the network of the golden model. */
static bool read_file(const char *path, const struct spec *architecture, struct error *error)
{
    struct keras_file *file;
    struct checkpoint checkpoint;
    if (!keras_file_open(&file, path, error))
        return false;
    bool read = checkpoint_read(&checkpoint, file, architecture, path, error);
    if (read)
        checkpoint_close(&checkpoint);
    keras_file_close(file);
    return read;
}

static void assert_one_line(const struct error *error, const char *path)
{
    if (strncmp(error->message, path, strlen(path)) != 0 || strchr(error->message, '\n'))
        fail_msg("not one line that names the file: %s", error->message);
}

static uint32_t draw(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Shorter and shorter. */
static void cut(const char *path, size_t count, const struct spec *architecture)
{
    for (int i = CUTS; i-- > 0;) {
        struct error error = {""};
        size_t length = i < 100 ? (size_t)i : 100 + (size_t)(i - 100) * (count - 101) / (CUTS - 101);
        assert_int_equal(truncate(path, (off_t)length), 0);
        if (read_file(path, architecture, &error))
            fail_msg("%s: %zu bytes of %zu are read", path, length, count);
        assert_one_line(&error, path);
    }
}

/* Changes one byte in place. */
static void put_byte(int descriptor, size_t place, char byte)
{
    assert_int_equal(pwrite(descriptor, &byte, 1, (off_t)place), 1);
}

/* Returns how many are refused. */
static int flip(const char *path, const char *bytes, size_t count, const struct spec *architecture)
{
    uint32_t state = 2463534242u;
    int refused = 0, descriptor = open(path, O_WRONLY);
    assert_true(descriptor >= 0);
    for (int i = 0; i < FLIPS; i++) {
        struct error error = {""};
        size_t place = draw(&state) % count;
        put_byte(descriptor, place, bytes[place] ^ (char)(1 << draw(&state) % 8));
        if (!read_file(path, architecture, &error)) {
            assert_one_line(&error, path);
            refused++;
        }
        put_byte(descriptor, place, bytes[place]);
    }
    close(descriptor);
    return refused;
}

/* A hostile file must not take much more memory than the honest one. Sanitizers keep what was freed. */
static void assert_memory(long before)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
#ifndef __SANITIZE_ADDRESS__
    if (2 * usage.ru_maxrss > 3 * before)
        fail_msg("%ld kB were in use, and %ld kB with the honest file", usage.ru_maxrss, before);
#else
    (void)before;
#endif
}

static void attack(const char *path, const struct spec *architecture, int refused_min)
{
    size_t count;
    struct error error = {""};
    struct rusage usage;
    char *bytes = scratch_read(path, &count);
    if (!read_file(path, architecture, &error))
        fail_msg("%s", error.message);
    getrusage(RUSAGE_SELF, &usage);
    int refused = flip(path, bytes, count, architecture);
    cut(path, count, architecture);
    free(bytes);
    assert_memory(usage.ru_maxrss);
    if (refused < refused_min)
        fail_msg("%s: only %d of %d flips are refused", path, refused, FLIPS);
}

static void test_archive(void **unused)
{
    (void)unused;
    size_t count;
    char *bytes = scratch_read(golden_path(), &count);
    const char *path = model_path("a.keras");
    scratch_write(path, bytes, count);
    free(bytes);
    /* All but what lies between and beside the members' own bytes. */
    attack(path, NULL, FLIPS * 9 / 10);
}

static void attack_style(const char *name, const struct legacy_style *style, bool alone)
{
    struct tiny_model model;
    char path[512];
    snprintf(path, sizeof path, "%s", model_path(name));
    tiny_model_open(&model);
    tiny_model_fill(&model);
    legacy_file_write(path, &model, style);
    attack(path, alone ? &model.spec : NULL, 0);
    tiny_model_close(&model);
}

static void test_models_in_hdf5(void **unused)
{
    (void)unused;
    struct legacy_style style = {.version = "2.2.4",
                                 .fixed_texts = true,
                                 .backend = "theano",
                                 .training = training,
                                 .moments = MOMENTS_AMSGRAD};
    attack_style("k2.h5", &style, false);
    style = (struct legacy_style){
        .version = "3.15.1", .backend = "jax", .training = training, .moments = MOMENTS_KERAS3};
    attack_style("k3.h5", &style, false);
    style = (struct legacy_style){
        .version = "1.2.2", .training = training, .gates = true, .moments = MOMENTS_BY_NAME};
    attack_style("k1.h5", &style, false);
}

static void test_weights_alone(void **unused)
{
    (void)unused;
    struct legacy_style style = {.version = "2.15.0", .backend = "tensorflow", .config = ""};
    attack_style("old.hdf5", &style, true);
    struct tiny_model model;
    struct error error = {""};
    char path[512];
    snprintf(path, sizeof path, "%s", model_path("a.weights.h5"));
    tiny_model_open(&model);
    tiny_model_fill(&model);
    struct keras_contents contents = {.spec = &model.spec, .table = &model.table, .state = &model.state};
    if (!keras_weights_write(path, &contents, &error))
        fail_msg("%s", error.message);
    attack(path, &model.spec, 0);
    tiny_model_close(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_archive),
        cmocka_unit_test(test_models_in_hdf5),
        cmocka_unit_test(test_weights_alone),
    };
    return cmocka_run_group_tests(tests, model_directory_open, model_directory_close);
}
