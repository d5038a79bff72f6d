#include "matinee/output_file.h"
#include "zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

static bool write_error(const char *path, struct archive *zip, struct error *error)
{
    int code = archive_errno(zip);
    const char *text = archive_error_string(zip);
    if (code > 0)
        text = strerror(code);
    return error_set(error, "%s: cannot write the file: %s; make room or choose another place", path,
                     text ? text : "unknown reason");
}

/* No time is set: libarchive then writes the zip format's own zero, 1980-01-01, in every time zone. */
static bool write_member(struct archive *zip, struct archive_entry *entry, const struct keras_member *member)
{
    archive_entry_set_pathname(entry, member->name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)member->bytes);
    if (archive_write_header(zip, entry) != ARCHIVE_OK)
        return false;
    return archive_write_data(zip, member->data, member->bytes) == (la_ssize_t)member->bytes;
}

static bool write_all(struct archive *zip, const struct keras_member *members, int count, FILE *stream)
{
    if (archive_write_set_format_zip(zip) != ARCHIVE_OK ||
        archive_write_zip_set_compression_store(zip) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(zip, 1) != ARCHIVE_OK ||
        archive_write_open_FILE(zip, stream) != ARCHIVE_OK)
        return false;
    for (int i = 0; i < count; i++) {
        struct archive_entry *entry = archive_entry_new();
        bool written = entry && write_member(zip, entry, &members[i]);
        archive_entry_free(entry);
        if (!written)
            return false;
    }
    return archive_write_close(zip) == ARCHIVE_OK;
}

static bool check_limits(const char *path, const struct keras_member *members, int count, struct error *error)
{
    size_t room = ZIP_BYTES_MAX;
    for (int i = 0; i < count; i++) {
        /* Names and directory entries are part of the file that has to be readable again. */
        size_t bytes = members[i].bytes + 1024;
        if (bytes > room)
            return error_set(error, "%s: the model needs more than %d bytes; make it smaller", path,
                             ZIP_BYTES_MAX);
        room -= bytes;
    }
    if (count > ZIP_MEMBERS_MAX)
        return error_set(error, "%s: %d members, but a model file holds at most %d; leave some out", path,
                         count, ZIP_MEMBERS_MAX);
    return true;
}

bool zip_write(const char *path, const struct keras_member *members, int count, struct error *error)
{
    if (!check_limits(path, members, count, error))
        return false;
    struct output_file file;
    if (!output_file_open(&file, path, error))
        return false;
    struct archive *zip = archive_write_new();
    if (!zip) {
        output_file_abandon(&file);
        return error_memory(error, "writing a zip file", 0);
    }
    bool written = write_all(zip, members, count, file.stream) || write_error(path, zip, error);
    archive_write_free(zip);
    if (!written) {
        output_file_abandon(&file);
        return false;
    }
    return output_file_commit(&file, error);
}
