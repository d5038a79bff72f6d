#include "table_file.h"

#include "stream.h"
#include "zip_archive.h"

#include <archive.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static const char remedy[] = "name a .csv or a .tsv with a row for each review";

static bool ends_with(const char *name, size_t bytes, const char *ending)
{
    size_t ending_bytes = strlen(ending);
    return bytes > ending_bytes && strncasecmp(name + bytes - ending_bytes, ending, ending_bytes) == 0;
}

/* Bytes of a name without the ending of a compressed file. */
static size_t uncompressed_bytes(const char *name)
{
    static const char *const endings[] = {".gz", ".bz2", ".xz", ".zst"};
    size_t bytes = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (ends_with(name, bytes, endings[i]))
            return bytes - strlen(endings[i]);
    return bytes;
}

bool corpus_is_table_name(const char *path)
{
    size_t bytes = uncompressed_bytes(path);
    return ends_with(path, bytes, ".csv") || ends_with(path, bytes, ".tsv");
}

static bool add_stream(struct csv_rows *rows, struct stream *stream, struct error *error)
{
    const void *block;
    size_t bytes;
    struct error reason;
    do {
        if (!stream_next(stream, &block, &bytes, &reason))
            return error_set(error, "%s: the file is damaged or cut off (%.512s); get it again", stream->path,
                             reason.message);
        if (!csv_rows_add(rows, block, bytes, error))
            return false;
    } while (bytes > 0);
    return stream_check(stream, error);
}

static bool add_file(struct csv_rows *rows, const char *path, struct error *error)
{
    struct stream stream;
    bool ok = stream_open(&stream, path, remedy, error);
    if (ok && !stream.is_compressed && path[uncompressed_bytes(path)] != '\0')
        ok = error_set(
            error, "%s: is not compressed as its name says, or damaged; rename it, or get it again", path);
    ok = ok && add_stream(rows, &stream, error);
    stream_close(&stream);
    return ok;
}

static bool add_blocks(struct csv_rows *rows, struct archive *zip, const char *path, struct error *error)
{
    for (;;) {
        const void *block;
        size_t bytes = 0;
        la_int64_t offset;
        char reason[ARCHIVE_REASON_BYTES];
        int status = archive_read_data_block(zip, &block, &bytes, &offset);
        if (status == ARCHIVE_EOF)
            return true;
        if (status != ARCHIVE_OK)
            return error_set(error, "%s: the archive is damaged or cut off (%s); get it again", path,
                             archive_reason(zip, reason));
        if (!csv_rows_add(rows, block, bytes, error))
            return false;
    }
}

static bool add_member(struct csv_rows *rows, const char *path, const char *wanted, struct error *error)
{
    struct archive *zip = NULL;
    struct archive_entry *entry;
    const char *member = NULL;
    bool ok = zip_open(&zip, path, error);
    do
        ok = ok && zip_next(zip, path, &entry, &member, error);
    while (ok && member != NULL && strcmp(member, wanted) != 0);
    if (ok)
        ok = member != NULL ? add_blocks(rows, zip, path, error)
                            : error_set(error, "%s: has changed while it was read; try again", path);
    archive_read_free(zip);
    return ok;
}

bool table_file_open(struct table_file *file, const char *path, struct error *error)
{
    *file = (struct table_file){.path = path};
    struct stat status;
    if (stat(path, &status) != 0)
        return error_set(error, "%s: %s; %s", path, strerror(errno), remedy);
    if (!S_ISREG(status.st_mode))
        return error_set(error, "%s: is not a file; %s", path, remedy);
    if (status.st_size == 0)
        return error_set(error, "%s: is empty; %s", path, remedy);
    if (zip_is_archive(path) && !zip_find_table(path, &file->member, error))
        return false;
    const char *member = file->member;
    size_t bytes = strlen(path) + (member != NULL ? strlen(member) : 0) + sizeof ": ";
    file->name = malloc(bytes);
    if (file->name == NULL)
        return error_memory(error, "a path", bytes);
    snprintf(file->name, bytes, "%s%s%s", path, member != NULL ? ": " : "", member != NULL ? member : "");
    return true;
}

bool table_file_read(const struct table_file *file, struct csv_rows_options options, struct error *error)
{
    const char *name = file->member != NULL ? file->member : file->path;
    struct csv_rows *rows = NULL;
    options.name = file->name;
    options.delimiter = ends_with(name, uncompressed_bytes(name), ".tsv") ? '\t' : ',';
    bool ok = csv_rows_open(&rows, &options, error) &&
              (file->member != NULL ? add_member(rows, file->path, file->member, error)
                                    : add_file(rows, file->path, error)) &&
              csv_rows_end(rows, error);
    csv_rows_close(rows);
    return ok;
}

bool table_file_is_empty(const struct table_file *file, struct error *error)
{
    return error_set(error, "%s: has no reviews; %s", file->name, remedy);
}

void table_file_close(struct table_file *file)
{
    free(file->member);
    free(file->name);
    *file = (struct table_file){.path = NULL};
}
