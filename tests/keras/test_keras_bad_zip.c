/* Damaged, hostile and foreign files: refused in one line, or read as if nothing had happened; never a crash. */
#include "scratch.h"
#include "tiny_model.h"
#include "zip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void test_no_zip(void **unused)
{
    (void)unused;
    const char *path = scratch_path("bad.keras");
    assert_refused(path, "No such file");
    write_bytes(path, "", 0);
    assert_refused(path, "not a whole .keras file");
    write_bytes(path, "hello\n", 6);
    assert_refused(path, "not a whole .keras file");
    size_t bytes;
    char *weights = golden_member("model.weights.h5", &bytes);
    write_bytes(path, weights, bytes);
    assert_refused(path, "not a whole .keras file");
    free(weights);
    assert_int_equal(remove(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_refused(path, "not a regular file");
    assert_int_equal(rmdir(path), 0);
}

static void test_every_truncation_is_refused(void **unused)
{
    (void)unused;
    size_t bytes;
    char *golden = read_bytes(golden_path(), &bytes);
    const char *path = scratch_path("truncated.keras");
    write_bytes(path, golden, bytes);
    assert_same_as_golden(path);
    for (size_t length = bytes; length > 0;) {
        length -= length + 300 > bytes || length <= 100 ? 1 : length < 300 ? 7 : 211;
        assert_int_equal(truncate(path, (off_t)length), 0);
        assert_refused(path, path);
    }
    free(golden);
}

/* Changes one byte in place. */
static void put_byte(const char *path, size_t place, char byte)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, (long)place, SEEK_SET), 0);
    assert_int_equal(fwrite(&byte, 1, 1, file), 1);
    assert_int_equal(fclose(file), 0);
}

static void check_flipped(const char *path)
{
    struct tiny_model model;
    tiny_model_open(&model);
    struct error error = {""};
    bool has_slots;
    double learning_rate;
    bool read = tiny_model_read(&model, path, &has_slots, &learning_rate, &error);
    tiny_model_close(&model);
    if (read)
        assert_same_as_golden(path);
    else
        assert_true(strncmp(error.message, path, strlen(path)) == 0);
}

/* Two bits of every byte of the zip's own structures at both ends, one bit of every 67th byte between them. */
static void test_every_flip_is_refused_or_harmless(void **unused)
{
    (void)unused;
    size_t bytes;
    char *golden = read_bytes(golden_path(), &bytes);
    const char *path = scratch_path("flipped.keras");
    write_bytes(path, golden, bytes);
    for (size_t i = 0; i < bytes;) {
        bool structure = i < 64 || i + 256 >= bytes;
        for (size_t k = 0; k < (structure ? 2 : 1); k++) {
            char flip = (char)(1 << (i + 3 * k) % 8);
            put_byte(path, i, golden[i] ^ flip);
            check_flipped(path);
            put_byte(path, i, golden[i]);
        }
        i += structure ? 1 : 67;
    }
    free(golden);
}

/* No bit of a member's data may change unseen. */
static void test_flips_in_data_fail_the_checksum(void **unused)
{
    (void)unused;
    size_t bytes, weights_bytes;
    char *golden = read_bytes(golden_path(), &bytes);
    char *weights = golden_member("model.weights.h5", &weights_bytes);
    size_t begin = 0;
    while (memcmp(golden + begin, weights, weights_bytes) != 0)
        begin++;
    const char *path = scratch_path("flipped.keras");
    write_bytes(path, golden, bytes);
    for (size_t i = 0; i < weights_bytes; i += 331) {
        put_byte(path, begin + i, golden[begin + i] ^ (char)(1 << i % 8));
        assert_refused(path, "model.weights.h5 is damaged");
        put_byte(path, begin + i, golden[begin + i]);
    }
    free(golden);
    free(weights);
}

static void test_missing_members(void **unused)
{
    (void)unused;
    assert_refused(golden_with("config.json", NULL, 0), "member config.json is missing");
    assert_refused(golden_with("model.weights.h5", NULL, 0), "member model.weights.h5 is missing");
    assert_same_as_golden(golden_with("metadata.json", NULL, 0));
    assert_same_as_golden(golden_with("assets/x", "x", 1));
}

static void test_unsafe_names(void **unused)
{
    (void)unused;
    static const char *const names[] = {"../x", "a/../../x", "/etc/x", "a/..", "a\nb"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_refused(golden_with(names[i], "x", 1), "not a plain relative path");
    char name[300];
    memset(name, 'n', sizeof name);
    name[ZIP_NAME_BYTES_MAX + 1] = '\0';
    assert_refused(golden_with(name, "x", 1), "not a plain relative path");
    name[ZIP_NAME_BYTES_MAX] = '\0';
    assert_same_as_golden(golden_with(name, "x", 1));
    assert_same_as_golden(golden_with("..a/b..", "x", 1));
}

static void test_twice_the_same_member(void **unused)
{
    (void)unused;
    const struct keras_member members[] = {{"config.json", "{}", 2}, {"config.json", "{}", 2}};
    const char *path = scratch_path("twice.keras");
    struct error error = {""};
    if (!zip_write(path, members, 2, &error))
        fail_msg("%s", error.message);
    assert_refused(path, "config.json twice");
}

/* The writer keeps to the limit, so the count in the file is raised by hand: two archives in one. */
static void test_too_many_members(void **unused)
{
    (void)unused;
    enum { COUNT = ZIP_MEMBERS_MAX + 1 };
    struct keras_member members[COUNT];
    char names[COUNT][16];
    for (int i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "matinee/%d", i);
        members[i] = (struct keras_member){names[i], "x", 1};
    }
    const char *path = scratch_path("many.keras");
    struct error error = {""};
    assert_false(zip_write(path, members, COUNT, &error));
    assert_non_null(strstr(error.message, "at most 64"));
    assert_int_equal(access(path, F_OK), -1);
    assert_true(zip_write(path, members, COUNT - 1, &error));
    assert_refused(path, "member config.json is missing");
}

static void test_empty_and_foreign_members(void **unused)
{
    (void)unused;
    assert_refused(golden_with("model.weights.h5", "", 0), "more weights than model.weights.h5 has room for");
    static const char zeros[40000];
    assert_refused(golden_with("model.weights.h5", zeros, sizeof zeros),
                   "model.weights.h5: not a readable HDF5 file");
    assert_refused(golden_with("config.json", "", 0), "config.json: ");
    assert_refused(golden_with("config.json", "[1]", 3), "config.json: ");
    assert_refused(golden_with("config.json", "\xff\xfe", 2), "config.json: ");
}

/* A valid checksum over a truncated HDF5 file. */
static void test_truncated_weights(void **unused)
{
    (void)unused;
    size_t bytes;
    char *weights = golden_member("model.weights.h5", &bytes);
    for (size_t length = 0; length < bytes; length += 977)
        assert_refused(golden_with("model.weights.h5", weights, length), "model.weights.h5");
    assert_refused(golden_with("model.weights.h5", weights, bytes - 1), "model.weights.h5");
    free(weights);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_zip),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_every_flip_is_refused_or_harmless),
        cmocka_unit_test(test_flips_in_data_fail_the_checksum),
        cmocka_unit_test(test_missing_members),
        cmocka_unit_test(test_unsafe_names),
        cmocka_unit_test(test_twice_the_same_member),
        cmocka_unit_test(test_too_many_members),
        cmocka_unit_test(test_empty_and_foreign_members),
        cmocka_unit_test(test_truncated_weights),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
