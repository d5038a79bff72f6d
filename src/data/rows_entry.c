#include "rows_entry.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1, BYTE_ORDER = 0x01020304 };

void rows_header_mark(struct rows_header *header)
{
    static_assert(sizeof *header <= ROWS_HEADER_BYTES, "the header has a page");
    static const char magic[sizeof header->magic] = "matinee rows";
    memcpy(header->magic, magic, sizeof magic);
    header->version = VERSION;
    header->byte_order = BYTE_ORDER;
}

static uint64_t eights(uint64_t bytes)
{
    return (bytes + 7) / 8 * 8;
}

void rows_layout_open(struct rows_layout *layout, const struct rows_shape *shape)
{
    const uint64_t count = (uint64_t)shape->count;
    const struct reviews *reviews = NULL;
    layout->token_bytes = shape->num_words <= UINT16_MAX + 1 ? (int)sizeof *reviews->short_tokens
                                                             : (int)sizeof *reviews->tokens;
    layout->tokens_bytes = count * (uint64_t)shape->T * (uint64_t)layout->token_bytes;
    layout->pads = eights(ROWS_HEADER_BYTES + layout->tokens_bytes);
    layout->labels = layout->pads + count * sizeof *reviews->pads;
    layout->checksums = eights(layout->labels + count * sizeof *reviews->labels);
    layout->blocks = (layout->checksums - ROWS_HEADER_BYTES + CACHE_BLOCK_BYTES - 1) / CACHE_BLOCK_BYTES;
    layout->file_bytes = layout->checksums + layout->blocks * sizeof(uint64_t);
}

static bool complain(const struct rows_writer *writer, struct error *error)
{
    return error_set(error, "%s: cannot write the file: %s; make room or choose another place",
                     writer->file.path, strerror(errno));
}

static bool put_block(struct rows_writer *writer, struct error *error)
{
    writer->checksums[writer->count++] = checksum_of(writer->block, writer->used);
    bool written = fwrite(writer->block, 1, writer->used, writer->file.stream) == writer->used;
    writer->used = 0;
    return written || complain(writer, error);
}

static bool put(struct rows_writer *writer, const void *data, size_t bytes, struct error *error)
{
    const unsigned char *from = data;
    while (bytes > 0) {
        size_t room = CACHE_BLOCK_BYTES - writer->used, part = bytes < room ? bytes : room;
        memcpy(writer->block + writer->used, from, part);
        writer->used += part;
        from += part;
        bytes -= part;
        if (writer->used == CACHE_BLOCK_BYTES && !put_block(writer, error))
            return false;
    }
    return true;
}

/* Zeros up to an offset in the file. */
static bool fill(struct rows_writer *writer, uint64_t offset, struct error *error)
{
    static const unsigned char zeros[8];
    const uint64_t at = ROWS_HEADER_BYTES + writer->count * CACHE_BLOCK_BYTES + writer->used;
    assert(at <= offset && offset - at < sizeof zeros);
    return put(writer, zeros, (size_t)(offset - at), error);
}

static bool put_header(const struct rows_writer *writer, struct error *error)
{
    unsigned char page[ROWS_HEADER_BYTES] = {0};
    memcpy(page, &writer->header, sizeof writer->header);
    return fwrite(page, 1, sizeof page, writer->file.stream) == sizeof page || complain(writer, error);
}

bool rows_writer_open(struct rows_writer *writer, const char *path, const struct hash128 *key,
                      const struct rows_shape *shape, const char *source, struct error *error)
{
    memset(writer, 0, sizeof *writer);
    rows_layout_open(&writer->layout, shape);
    writer->header.shape = *shape;
    writer->header.key = *key;
    writer->header.file_bytes = writer->layout.file_bytes;
    snprintf(writer->header.source, sizeof writer->header.source, "%s", source);
    size_t bytes = (size_t)writer->layout.blocks * sizeof *writer->checksums;
    writer->block = malloc(CACHE_BLOCK_BYTES);
    writer->checksums = malloc(bytes + 1);
    if (writer->block == NULL || writer->checksums == NULL)
        return error_memory(error, "the cache", bytes + CACHE_BLOCK_BYTES);
    return output_file_open(&writer->file, path, error) && put_header(writer, error);
}

bool rows_writer_add(struct rows_writer *writer, const int32_t *rows, int count, struct error *error)
{
    const size_t all = (size_t)count * (size_t)writer->header.shape.T;
    if (writer->layout.token_bytes == (int)sizeof *rows)
        return put(writer, rows, all * sizeof *rows, error);
    uint16_t cut[4096];
    for (size_t at = 0; at < all;) {
        size_t part = all - at < sizeof cut / sizeof *cut ? all - at : sizeof cut / sizeof *cut;
        for (size_t i = 0; i < part; i++)
            cut[i] = (uint16_t)rows[at + i];
        if (!put(writer, cut, part * sizeof *cut, error))
            return false;
        at += part;
    }
    return true;
}

static bool finish(struct rows_writer *writer, const struct reviews *reviews, struct error *error)
{
    const size_t count = (size_t)writer->header.shape.count,
                 checksums_bytes = (size_t)writer->layout.blocks * sizeof *writer->checksums;
    struct rows_header *header = &writer->header;
    FILE *stream = writer->file.stream;
    if (!fill(writer, writer->layout.pads, error) ||
        !put(writer, reviews->pads, count * sizeof *reviews->pads, error) ||
        !put(writer, reviews->labels, count * sizeof *reviews->labels, error) ||
        !fill(writer, writer->layout.checksums, error) || (writer->used > 0 && !put_block(writer, error)))
        return false;
    assert(writer->count == writer->layout.blocks);
    rows_header_mark(header);
    header->blocks_checksum = checksum_of(writer->checksums, checksums_bytes);
    header->checksum = checksum_of(header, offsetof(struct rows_header, checksum));
    return ((fwrite(writer->checksums, 1, checksums_bytes, stream) == checksums_bytes &&
             fseek(stream, 0, SEEK_SET) == 0) ||
            complain(writer, error)) &&
           put_header(writer, error);
}

bool rows_writer_commit(struct rows_writer *writer, const struct reviews *reviews,
                        const struct split_statistics *statistics, struct error *error)
{
    writer->header.statistics = *statistics;
    bool ok = finish(writer, reviews, error) && output_file_commit(&writer->file, error);
    rows_writer_abandon(writer);
    return ok;
}

void rows_writer_abandon(struct rows_writer *writer)
{
    output_file_abandon(&writer->file);
    free(writer->block);
    free(writer->checksums);
    writer->block = NULL;
    writer->checksums = NULL;
}
