#include "stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <string.h>

enum { FILE_BLOCK_BYTES = 1 << 16 };

/* Whether the failure to open is that of data that a filter had taken for its own. libarchive forgets its filters when
 * the one that it chose fails on the first bytes, and keeps the one that passes bytes on when none is chosen. */
static bool is_damaged(struct archive *archive)
{
    if (archive_filter_count(archive) == 0)
        return archive_errno(archive) <= 0; /* not the system's: the file can be read */
    return archive_filter_code(archive, 0) != ARCHIVE_FILTER_NONE;
}

const char *archive_reason(struct archive *archive, char reason[ARCHIVE_REASON_BYTES])
{
    const char *why = archive_error_string(archive);
    snprintf(reason, ARCHIVE_REASON_BYTES, "%s", why == NULL ? "no reason given" : why);
    reason[strcspn(reason, "\n")] = '\0';
    return reason;
}

bool stream_open(struct stream *stream, const char *path, const char *remedy, struct error *error)
{
    *stream = (struct stream){.path = path, .archive = archive_read_new()};
    struct archive *archive = stream->archive;
    if (archive == NULL)
        return error_set(error, "%s: out of memory for reading a file", path);
    archive_read_support_filter_gzip(archive);
    archive_read_support_filter_bzip2(archive);
    archive_read_support_filter_xz(archive);
    archive_read_support_filter_zstd(archive);
    archive_read_support_format_raw(archive);

    struct archive_entry *whole;
    char reason[ARCHIVE_REASON_BYTES];
    if (archive_read_open_filename(archive, path, FILE_BLOCK_BYTES) != ARCHIVE_OK ||
        archive_read_next_header(archive, &whole) != ARCHIVE_OK) {
        if (is_damaged(archive))
            return error_set(error, "%s: the archive is damaged or cut off (%s); get it again", path,
                             archive_reason(archive, reason));
        return error_set(error, "%s: cannot read as an archive: %s; %s", path,
                         archive_reason(archive, reason), remedy);
    }
    stream->is_compressed = archive_filter_code(archive, 0) != ARCHIVE_FILTER_NONE;
    stream->is_gzip = archive_filter_code(archive, 0) == ARCHIVE_FILTER_GZIP;
    return true;
}

bool stream_next(struct stream *stream, const void **block, size_t *bytes, struct error *error)
{
    int64_t offset;
    char reason[ARCHIVE_REASON_BYTES];
    *bytes = 0;
    int status;
    do
        status = archive_read_data_block(stream->archive, block, bytes, &offset);
    while ((status == ARCHIVE_OK || status == ARCHIVE_WARN) && *bytes == 0);
    if (status == ARCHIVE_EOF) {
        *bytes = 0;
        return true;
    }
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
        return error_set(error, "%s", archive_reason(stream->archive, reason));
    stream->bytes += (int64_t)*bytes;
    if (stream->is_gzip)
        gzip_checksum_add(&stream->checksum, *block, *bytes);
    return true;
}

bool stream_check(const struct stream *stream, struct error *error)
{
    if (!stream->is_gzip || gzip_checksum_agrees(&stream->checksum, stream->path))
        return true;
    return error_set(error,
                     "%s: the archive is damaged, or made of several gzip files (the checksum at its end "
                     "differs); get it again, or unpack it",
                     stream->path);
}

void stream_close(struct stream *stream)
{
    archive_read_free(stream->archive);
    *stream = (struct stream){0};
}
