/* Damaged, hostile and foreign files: refused in one line, or read as if nothing had happened; never a
 * crash. */
#include "edited_model.h"
#include "scratch.h"
#include "tiny_model.h"
#include "zip.h"

#include <archive.h>
#include <archive_entry.h>
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
    const char *path = model_path("bad.keras");
    assert_refused(path, "No such file");
    scratch_write(path, "", 0);
    assert_refused(path, "not a whole .keras file");
    scratch_write(path, "hello\n", 6);
    assert_refused(path, "neither a .keras nor a .h5 file");
    size_t bytes;
    char *weights = golden_member("model.weights.h5", &bytes);
    scratch_write(path, weights, bytes);
    assert_refused(path, "holds weights and no architecture; name that, too: matinee convert");
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
    char *golden = scratch_read(golden_path(), &bytes);
    const char *path = model_path("truncated.keras");
    scratch_write(path, golden, bytes);
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
    double learning_rate = 0;
    bool read = tiny_model_read(&model, path, &has_slots, &learning_rate, &error);
    tiny_model_close(&model);
    if (read)
        assert_same_as_golden(path);
    else
        assert_true(strncmp(error.message, path, strlen(path)) == 0);
}

/* Two bits of every byte of the zip's own structures at both ends, one bit of every 67th byte between
 * them. */
static void test_every_flip_is_refused_or_harmless(void **unused)
{
    (void)unused;
    size_t bytes;
    char *golden = scratch_read(golden_path(), &bytes);
    const char *path = model_path("flipped.keras");
    scratch_write(path, golden, bytes);
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
    char *golden = scratch_read(golden_path(), &bytes);
    char *weights = golden_member("model.weights.h5", &weights_bytes);
    size_t begin = 0;
    while (memcmp(golden + begin, weights, weights_bytes) != 0)
        begin++;
    const char *path = model_path("flipped.keras");
    scratch_write(path, golden, bytes);
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
    const char *path = model_path("twice.keras");
    struct error error = {""};
    if (!zip_write(path, members, 2, &error))
        fail_msg("%s", error.message);
    assert_refused(path, "config.json twice");
}

/* An entry of a foreign zip: what our own writer never makes. */
static void add_entry(struct archive *zip, const char *name, unsigned type, const struct zip_member *member)
{
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, 0755);
    archive_entry_set_size(entry, member ? (la_int64_t)member->bytes : 0);
    if (type == AE_IFLNK)
        archive_entry_set_symlink(entry, "/etc/passwd");
    assert_int_equal(archive_write_header(zip, entry), ARCHIVE_OK);
    if (member)
        assert_int_equal(archive_write_data(zip, member->data, member->bytes), member->bytes);
    archive_entry_free(entry);
}

/* A deflated copy of the golden file, still open. */
static struct archive *begin_foreign(const char *path)
{
    struct archive *zip = archive_write_new();
    assert_int_equal(archive_write_set_format_zip(zip), ARCHIVE_OK);
    assert_int_equal(archive_write_zip_set_compression_deflate(zip), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(zip, path), ARCHIVE_OK);
    struct zip_members golden;
    struct error error = {""};
    if (!zip_members_read(&golden, golden_path(), ZIP_BYTES_MAX, &error))
        fail_msg("%s", error.message);
    for (int i = 0; i < golden.count; i++)
        add_entry(zip, golden.items[i].name, AE_IFREG, &golden.items[i]);
    zip_members_close(&golden);
    return zip;
}

static void end_foreign(struct archive *zip)
{
    assert_int_equal(archive_write_close(zip), ARCHIVE_OK);
    archive_write_free(zip);
}

/* As other zip programs write: deflated, with entries for directories. */
static void test_foreign_zip(void **unused)
{
    (void)unused;
    const char *path = model_path("foreign.keras");
    struct archive *zip = begin_foreign(path);
    add_entry(zip, "assets/", AE_IFDIR, NULL);
    end_foreign(zip);
    assert_same_as_golden(path);
}

/* Somebody's asset with a name beyond ASCII, marked as UTF-8 as Python does it, in whatever locale. */
static void test_name_in_utf8(void **unused)
{
    (void)unused;
    const char *path = model_path("foreign.keras");
    struct archive *zip = begin_foreign(path);
    add_entry(zip, "assets/xyz", AE_IFREG, NULL);
    end_foreign(zip);
    size_t bytes;
    char *data = scratch_read(path, &bytes);
    int names = 0;
    for (size_t i = 0; i + 10 <= bytes; i++) {
        if (memcmp(data + i, "assets/xyz", 10) != 0)
            continue;
        memcpy(data + i + 7, "\xe6\xbc\xa2", 3);
        char *flags = names++ ? data + i - 46 + 9 : data + i - 30 + 7; /* directory : local header */
        *flags |= 8;                                                   /* bit 11: the name is UTF-8 */
    }
    assert_int_equal(names, 2);
    scratch_write(path, data, bytes);
    free(data);
    assert_same_as_golden(path);
}

static void test_symbolic_link(void **unused)
{
    (void)unused;
    const char *path = model_path("foreign.keras");
    struct archive *zip = begin_foreign(path);
    add_entry(zip, "assets/x", AE_IFLNK, NULL);
    end_foreign(zip);
    assert_refused(path, "member assets/x is not a regular file");
}

static void test_too_many_members(void **unused)
{
    (void)unused;
    const char *path = model_path("many.keras");
    for (int count = ZIP_MEMBERS_MAX; count <= ZIP_MEMBERS_MAX + 1; count++) {
        struct archive *zip = begin_foreign(path);
        char name[32];
        for (int i = 3; i < count; i++) {
            snprintf(name, sizeof name, "assets/%d", i);
            add_entry(zip, name, AE_IFREG, NULL);
        }
        end_foreign(zip);
        if (count == ZIP_MEMBERS_MAX)
            assert_same_as_golden(path);
    }
    assert_refused(path, "holds more than 64 members");
}

static void test_too_many_directories(void **unused)
{
    (void)unused;
    const char *path = model_path("many.keras");
    struct archive *zip = begin_foreign(path);
    char name[32];
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "assets/%d/", i);
        add_entry(zip, name, AE_IFDIR, NULL);
    }
    end_foreign(zip);
    assert_refused(path, "holds more than 64 members");
}

/* A megabyte of zeros deflates to a kilobyte. The limit is for the members together. */
static void test_small_file_with_much_inside(void **unused)
{
    (void)unused;
    enum { MEBIBYTE = 1 << 20, GOLDEN_BYTES = 64 + 4090 + 32684 };
    const char *path = model_path("bomb.keras");
    struct archive *zip = begin_foreign(path);
    struct zip_member zeros = {.data = calloc(1, MEBIBYTE), .bytes = MEBIBYTE};
    assert_non_null(zeros.data);
    add_entry(zip, "assets/zeros", AE_IFREG, &zeros);
    end_foreign(zip);
    free(zeros.data);
    struct zip_members members;
    struct error error = {""};
    assert_true(zip_members_read(&members, path, MEBIBYTE + GOLDEN_BYTES, &error));
    zip_members_close(&members);
    assert_false(zip_members_read(&members, path, MEBIBYTE + GOLDEN_BYTES - 1, &error));
    assert_int_equal(members.count, 0);
    assert_non_null(strstr(error.message, "its members unpack to too many bytes"));
    assert_false(zip_members_read(&members, golden_path(), 1000, &error));
    assert_non_null(strstr(error.message, "has more than 1000 bytes"));
}

/* The writer makes nothing that the reader refuses. */
static void test_writer_keeps_to_the_limits(void **unused)
{
    (void)unused;
    enum { COUNT = ZIP_MEMBERS_MAX + 1 };
    struct keras_member members[COUNT];
    for (int i = 0; i < COUNT; i++)
        members[i] = (struct keras_member){"matinee/x", "x", 1};
    const char *path = model_path("never.keras");
    struct error error = {""};
    assert_false(zip_write(path, members, COUNT, &error));
    assert_non_null(strstr(error.message, "65 members, but a model file holds at most 64"));
    members[0].bytes = ZIP_BYTES_MAX;
    assert_false(zip_write(path, members, 1, &error));
    assert_non_null(strstr(error.message, "needs more than 1073741824 bytes"));
    assert_int_equal(access(path, F_OK), -1);
}

static void test_empty_and_foreign_members(void **unused)
{
    (void)unused;
    assert_refused(golden_with("model.weights.h5", "", 0), "model.weights.h5: not a readable HDF5 file");
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
        cmocka_unit_test(test_foreign_zip),
        cmocka_unit_test(test_name_in_utf8),
        cmocka_unit_test(test_symbolic_link),
        cmocka_unit_test(test_too_many_members),
        cmocka_unit_test(test_too_many_directories),
        cmocka_unit_test(test_small_file_with_much_inside),
        cmocka_unit_test(test_writer_keeps_to_the_limits),
        cmocka_unit_test(test_empty_and_foreign_members),
        cmocka_unit_test(test_truncated_weights),
    };
    return cmocka_run_group_tests(tests, model_directory_open, model_directory_close);
}
