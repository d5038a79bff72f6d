#include "small_set.h"

#include "matinee/output_file.h"
#include "scratch.h"

#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static size_t member_bytes(const struct member *member)
{
    return member->bytes > 0 ? member->bytes : strlen(member->text);
}

void small_set_directory(const char *directory, const struct member *members, int count)
{
    for (int i = 0; i < count; i++) {
        struct error error;
        char *path = scratch_path(directory, members[i].path);
        char *slash = strrchr(path, '/');
        *slash = '\0';
        assert_true(make_directories(path, &error));
        *slash = '/';
        scratch_write(path, members[i].text, member_bytes(&members[i]));
        free(path);
    }
}

static void open_for_writing(struct archive *archive, const char *path, enum small_set_filter filter)
{
    if (filter == SMALL_SET_GZIP) {
        assert_int_equal(archive_write_add_filter_gzip(archive), ARCHIVE_OK);
        assert_int_equal(archive_write_set_filter_option(archive, "gzip", "timestamp", NULL), ARCHIVE_OK);
    }
    if (filter == SMALL_SET_XZ)
        assert_int_equal(archive_write_add_filter_xz(archive), ARCHIVE_OK);
    if (filter == SMALL_SET_BZIP2)
        assert_int_equal(archive_write_add_filter_bzip2(archive), ARCHIVE_OK);
    if (filter == SMALL_SET_ZSTD)
        assert_int_equal(archive_write_add_filter_zstd(archive), ARCHIVE_OK);
    /* No padding beyond the format's own end, so that a test knows where the file ends. */
    archive_write_set_bytes_in_last_block(archive, 1);
    assert_int_equal(archive_write_open_filename(archive, path), ARCHIVE_OK);
}

static void write_member(struct archive *archive, const char *path, const void *data, size_t bytes)
{
    struct archive_entry *entry = archive_entry_new();
    assert_non_null(entry);
    archive_entry_set_pathname(entry, path);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)bytes);
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(archive, data, bytes), bytes);
    archive_entry_free(entry);
}

void small_set_archive(const char *path, const char *folder, enum small_set_filter filter,
                       const struct member *members, int count)
{
    struct archive *archive = archive_write_new();
    assert_non_null(archive);
    if (filter == SMALL_SET_ZIP)
        archive_write_set_format_zip(archive);
    else
        archive_write_set_format_ustar(archive);
    open_for_writing(archive, path, filter);
    for (int i = 0; i < count; i++) {
        char *name = scratch_path(folder, members[i].path);
        write_member(archive, name, members[i].text, member_bytes(&members[i]));
        free(name);
    }
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
}

void small_set_compress(const char *path, enum small_set_filter filter, const void *data, size_t bytes)
{
    struct archive *archive = archive_write_new();
    assert_non_null(archive);
    archive_write_set_format_raw(archive);
    open_for_writing(archive, path, filter);
    write_member(archive, "data", data, bytes);
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
}
