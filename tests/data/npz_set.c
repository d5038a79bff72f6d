#include "npz_set.h"

#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void npz_set_write(const char *path, bool deflated, const struct npz_set_member *members, int count)
{
    struct archive *zip = archive_write_new();
    assert_non_null(zip);
    assert_int_equal(archive_write_set_format_zip(zip), ARCHIVE_OK);
    assert_int_equal(deflated ? archive_write_zip_set_compression_deflate(zip)
                              : archive_write_zip_set_compression_store(zip),
                     ARCHIVE_OK);
    assert_int_equal(archive_write_set_options(zip, "zip:compression-level=1"), ARCHIVE_OK);
    archive_write_set_bytes_in_last_block(zip, 1);
    assert_int_equal(archive_write_open_filename(zip, path), ARCHIVE_OK);
    for (int i = 0; i < count; i++) {
        struct archive_entry *entry = archive_entry_new();
        assert_non_null(entry);
        archive_entry_set_pathname(entry, members[i].name);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)members[i].bytes);
        assert_int_equal(archive_write_header(zip, entry), ARCHIVE_OK);
        assert_int_equal(archive_write_data(zip, members[i].data, members[i].bytes), members[i].bytes);
        archive_entry_free(entry);
    }
    assert_int_equal(archive_write_close(zip), ARCHIVE_OK);
    archive_write_free(zip);
}

int npz_set_read(const char *path, struct npz_set_member members[NPZ_SET_MEMBERS])
{
    struct archive *zip = archive_read_new();
    assert_non_null(zip);
    assert_int_equal(archive_read_support_format_zip_seekable(zip), ARCHIVE_OK);
    assert_int_equal(archive_read_open_filename(zip, path, 1 << 16), ARCHIVE_OK);
    int count = 0;
    for (struct archive_entry *entry; archive_read_next_header(zip, &entry) == ARCHIVE_OK; count++) {
        assert_true(count < NPZ_SET_MEMBERS);
        size_t bytes = (size_t)archive_entry_size(entry);
        struct npz_set_member *member = &members[count];
        *member = (struct npz_set_member){strdup(archive_entry_pathname(entry)), malloc(bytes + 1), bytes};
        assert_true(member->name && member->data);
        assert_int_equal(archive_read_data(zip, member->data, bytes), bytes);
    }
    archive_read_free(zip);
    return count;
}

void npz_set_close(struct npz_set_member *members, int count)
{
    for (int i = 0; i < count; i++) {
        free((char *)(uintptr_t)members[i].name);
        free(members[i].data);
    }
}

struct npz_set_member npz_set_array(const char *name, const char *type, const char *shape, const void *data,
                                    size_t bytes)
{
    enum { HEADER_BYTES = 128 };
    struct npz_set_member member = {strdup(name), calloc(1, HEADER_BYTES + bytes), HEADER_BYTES + bytes};
    assert_true(member.name && member.data);
    memcpy(member.data, "\x93NUMPY\1\0\x76", 10);
    int text = snprintf(member.data + 10, HEADER_BYTES - 10,
                        "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", type, shape);
    assert_true(text > 0 && text < HEADER_BYTES - 10);
    memset(member.data + 10 + text, ' ', HEADER_BYTES - 11 - (size_t)text);
    member.data[HEADER_BYTES - 1] = '\n';
    if (bytes > 0)
        memcpy(member.data + HEADER_BYTES, data, bytes);
    return member;
}
