#define ZLIB_CONST /* zlib then takes its input as const */
#include "npz_write.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    OUT_BYTES = 1 << 16,
    LOCAL_BYTES = 30,
    CENTRAL_BYTES = 46,
    END_BYTES = 22,
    VERSION = 20,      /* 2.0: deflate        */
    UNIX = 3 << 8,     /* where it was made   */
    DEFLATED = 8,      /* method              */
    DATE = 1 << 5 | 1, /* 1980-01-01, time 0  */
    MEMORY_LEVEL = 8,  /* zlib's default      */
    LEVEL = 6,         /* that of Keras' file */
};

struct npz_deflate {
    z_stream zlib;
    unsigned char out[OUT_BYTES];
};

static unsigned char *put16(unsigned char *out, uint32_t value)
{
    *out++ = (unsigned char)value;
    *out++ = (unsigned char)(value >> 8);
    return out;
}

static unsigned char *put32(unsigned char *out, uint32_t value)
{
    return put16(put16(out, value), value >> 16);
}

/* The ten bytes and four numbers that both headers of a member share. */
static unsigned char *put_common(unsigned char *out, const struct npz_writer_member *member)
{
    out = put16(out, VERSION);
    out = put16(out, 0); /* flags */
    out = put16(out, DEFLATED);
    out = put16(out, 0);
    out = put16(out, DATE);
    out = put32(out, member->crc);
    out = put32(out, (uint32_t)member->packed_bytes);
    out = put32(out, (uint32_t)member->bytes);
    out = put16(out, (uint32_t)strlen(member->name));
    return put16(out, 0); /* extra fields */
}

static bool write_error(struct error *error)
{
    return error_set(error, "cannot write the file: %s; make room or choose another place", strerror(errno));
}

static void write_local_header(struct npz_writer *writer, const struct npz_writer_member *member)
{
    unsigned char header[LOCAL_BYTES];
    put_common(put32(header, 0x04034b50), member);
    fwrite(header, 1, sizeof header, writer->stream);
    fwrite(member->name, 1, strlen(member->name), writer->stream);
}

bool npz_writer_begin(struct npz_writer *writer, const char *name, struct error *error)
{
    assert(writer->count < NPZ_WRITER_MEMBERS && writer->deflate == NULL);
    struct npz_writer_member *member = &writer->members[writer->count];
    off_t at = ftello(writer->stream);
    if (at < 0)
        return write_error(error);
    *member = (struct npz_writer_member){.name = name, .header = (uint64_t)at};
    writer->deflate = calloc(1, sizeof *writer->deflate);
    if (writer->deflate == NULL || deflateInit2(&writer->deflate->zlib, LEVEL, Z_DEFLATED, -MAX_WBITS,
                                                MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(writer->deflate);
        writer->deflate = NULL;
        return error_memory(error, "compressing", sizeof *writer->deflate);
    }
    write_local_header(writer, member);
    return true;
}

/* Deflates what zlib has been given, until it wants more or is finished. */
static void deflate_some(struct npz_writer *writer, int flush)
{
    struct npz_deflate *d = writer->deflate;
    do {
        d->zlib.next_out = d->out;
        d->zlib.avail_out = OUT_BYTES;
        (void)deflate(&d->zlib, flush); /* fails only for arguments that these are not */
        size_t bytes = OUT_BYTES - d->zlib.avail_out;
        fwrite(d->out, 1, bytes, writer->stream);
        writer->members[writer->count].packed_bytes += bytes;
    } while (d->zlib.avail_out == 0);
}

void npz_writer_add(struct npz_writer *writer, const void *data, size_t bytes)
{
    enum { PART_BYTES = 1 << 30 }; /* zlib counts in 32 bits */
    struct npz_writer_member *member = &writer->members[writer->count];
    member->crc = (uint32_t)crc32_z(member->crc, data, bytes);
    member->bytes += bytes;
    for (const unsigned char *next = data; bytes > 0;) {
        size_t part = bytes < PART_BYTES ? bytes : PART_BYTES;
        writer->deflate->zlib.next_in = next;
        writer->deflate->zlib.avail_in = (unsigned)part;
        deflate_some(writer, Z_NO_FLUSH);
        next += part;
        bytes -= part;
    }
}

bool npz_writer_end(struct npz_writer *writer, struct error *error)
{
    struct npz_writer_member *member = &writer->members[writer->count];
    deflate_some(writer, Z_FINISH);
    npz_writer_close(writer);
    off_t end = ftello(writer->stream);
    if (member->bytes > UINT32_MAX || end > (off_t)UINT32_MAX)
        return error_set(error, "%s would have more bytes than a zip can say; split the data", member->name);
    if (end < 0 || fseeko(writer->stream, (off_t)member->header, SEEK_SET) != 0)
        return write_error(error);
    write_local_header(writer, member);
    writer->count++;
    return fseeko(writer->stream, end, SEEK_SET) == 0 || write_error(error);
}

bool npz_writer_finish(struct npz_writer *writer, struct error *error)
{
    off_t start = ftello(writer->stream);
    if (start < 0)
        return write_error(error);
    for (int i = 0; i < writer->count; i++) {
        const struct npz_writer_member *member = &writer->members[i];
        unsigned char header[CENTRAL_BYTES];
        unsigned char *out = put16(put32(header, 0x02014b50), UNIX | VERSION);
        out = put_common(out, member);
        out = put32(out, 0);                       /* comment, disk       */
        out = put16(out, 0);                       /* internal attributes */
        out = put32(out, (uint32_t)0100644 << 16); /* a file's mode       */
        put32(out, (uint32_t)member->header);
        fwrite(header, 1, sizeof header, writer->stream);
        fwrite(member->name, 1, strlen(member->name), writer->stream);
    }
    off_t end = ftello(writer->stream);
    if (end < 0)
        return write_error(error);
    unsigned char last[END_BYTES];
    unsigned char *out = put32(put32(last, 0x06054b50), 0); /* disks */
    out = put16(put16(out, (uint32_t)writer->count), (uint32_t)writer->count);
    out = put32(put32(out, (uint32_t)(end - start)), (uint32_t)start);
    put16(out, 0); /* comment */
    return fwrite(last, 1, sizeof last, writer->stream) == sizeof last || write_error(error);
}

void npz_writer_close(struct npz_writer *writer)
{
    if (writer->deflate != NULL)
        (void)deflateEnd(&writer->deflate->zlib);
    free(writer->deflate);
    writer->deflate = NULL;
}
