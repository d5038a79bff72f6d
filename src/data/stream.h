/* The bytes of a file with its compression undone, block by block, each with its own checksum compared at the end. */
#ifndef MATINEE_DATA_STREAM_H
#define MATINEE_DATA_STREAM_H

#include "gzip_checksum.h"
#include "matinee/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct archive;

enum { ARCHIVE_REASON_BYTES = 256 };

/* Why libarchive's last call failed, on one line: some of its texts end in a line feed. */
const char *archive_reason(struct archive *archive, char reason[ARCHIVE_REASON_BYTES]);

struct stream {
    const char *path;
    struct archive *archive;
    int64_t bytes; /* that have come so far */
    bool is_compressed, is_gzip;
    struct gzip_checksum checksum; /* of these bytes, if is_gzip */
};

/* Opens a plain file or one that gzip, bzip2, xz or zstd compressed, told by its first bytes. `remedy` ends the message
 * about a file that cannot be read. The path must outlive the stream, which can be closed after a failure too. */
bool stream_open(struct stream *stream, const char *path, const char *remedy, struct error *error);

/* The next block, valid until the next call; *bytes is 0 at the end. False if the data are damaged or cut off, with
 * the library's reason alone for a message. */
bool stream_next(struct stream *stream, const void **block, size_t *bytes, struct error *error);

/* At the end: false for a gzip file whose checksum differs. */
bool stream_check(const struct stream *stream, struct error *error);

void stream_close(struct stream *stream);

#endif
