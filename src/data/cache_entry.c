#include "cache_entry.h"

#include "matinee/output_file.h"
#include "parallel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1, BYTE_ORDER = 0x01020304 };

void cache_header_mark(struct cache_header *header)
{
    static const char magic[sizeof header->magic] = "matinee reviews";
    memcpy(header->magic, magic, sizeof magic);
    header->version = VERSION;
    header->byte_order = BYTE_ORDER;
}

static uint64_t whole_pages(uint64_t bytes)
{
    return (bytes + CACHE_PAGE_BYTES - 1) / CACHE_PAGE_BYTES * CACHE_PAGE_BYTES;
}

void cache_layout_open(struct cache_layout *layout, const uint64_t bytes[SECTION_COUNT])
{
    layout->blocks = 0;
    for (int i = 0; i < SECTION_COUNT; i++) {
        layout->first_blocks[i] = layout->blocks;
        layout->blocks += (bytes[i] + CACHE_BLOCK_BYTES - 1) / CACHE_BLOCK_BYTES;
    }
    uint64_t at = sizeof(struct cache_header) + layout->blocks * sizeof(uint64_t);
    for (int i = 0; i < SECTION_COUNT; i++) {
        layout->offsets[i] = bytes[i] > 0 ? whole_pages(at) : at;
        at = layout->offsets[i] + bytes[i];
    }
    layout->file_bytes = at;
}

struct writing {
    const void *data[SECTION_COUNT];
    struct cache_header header;
    struct cache_layout layout;
    uint64_t *blocks; /* (layout.blocks) */
};

static void describe(struct writing *writing, const struct hash128 *key, const char *source,
                     const struct ranked_corpus *ranked)
{
    struct cache_header *header = &writing->header;
    uint64_t *bytes = header->bytes;
    const void **data = writing->data;
    int32_t words = ranked->words.count;
    cache_header_mark(header);
    header->key = *key;
    header->words = words;
    header->ranked = ranked->ranked;
    data[SECTION_SOURCE] = source;
    bytes[SECTION_SOURCE] = strlen(source);
    data[SECTION_WORD_TEXT] = ranked->words.text;
    bytes[SECTION_WORD_TEXT] = words > 0 ? (uint64_t)ranked->words.ends[words - 1] : 0;
    data[SECTION_WORD_ENDS] = ranked->words.ends;
    bytes[SECTION_WORD_ENDS] = (uint64_t)words * sizeof *ranked->words.ends;
    data[SECTION_COUNTS] = ranked->counts;
    bytes[SECTION_COUNTS] = (uint64_t)ranked->ranked * sizeof *ranked->counts;
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++) {
        const struct ranked_reviews *reviews = &ranked->splits[split];
        int first = split == CORPUS_TRAIN ? SECTION_LABELS : SECTION_TEST_LABELS;
        header->splits[split] = (struct cache_split){.count = reviews->count,
                                                     .positive = reviews->positive,
                                                     .largest = reviews->largest,
                                                     .skipped = ranked->skipped[split],
                                                     .rows = ranked->rows[split]};
        if (reviews->starts == NULL)
            continue;
        data[first] = reviews->labels;
        bytes[first] = (uint64_t)reviews->count;
        data[first + 1] = reviews->starts;
        bytes[first + 1] = ((uint64_t)reviews->count + 1) * sizeof *reviews->starts;
        data[first + 2] = reviews->ranks;
        bytes[first + 2] = (uint64_t)reviews->starts[reviews->count] * sizeof *reviews->ranks;
    }
    cache_layout_open(&writing->layout, bytes);
    header->file_bytes = writing->layout.file_bytes;
}

static void check_block(void *context, int block)
{
    struct writing *writing = context;
    int section = SECTION_COUNT - 1;
    while (writing->layout.first_blocks[section] > (uint64_t)block)
        section--;
    uint64_t offset = ((uint64_t)block - writing->layout.first_blocks[section]) * CACHE_BLOCK_BYTES,
             left = writing->header.bytes[section] - offset;
    writing->blocks[block] = checksum_of((const char *)writing->data[section] + offset,
                                         left < CACHE_BLOCK_BYTES ? left : CACHE_BLOCK_BYTES);
}

/* Zero bytes up to an offset, then data. */
static bool put(FILE *stream, uint64_t *at, uint64_t offset, const void *data, uint64_t bytes)
{
    static const char zeros[CACHE_PAGE_BYTES];
    if (bytes == 0)
        return true;
    size_t gap = (size_t)(offset - *at);
    *at = offset + bytes;
    return fwrite(zeros, 1, gap, stream) == gap && fwrite(data, 1, (size_t)bytes, stream) == bytes;
}

static bool write_all(const struct writing *writing, FILE *stream)
{
    uint64_t at = 0, blocks_bytes = writing->layout.blocks * sizeof *writing->blocks;
    bool written = put(stream, &at, 0, &writing->header, sizeof writing->header) &&
                   put(stream, &at, at, writing->blocks, blocks_bytes);
    for (int i = 0; written && i < SECTION_COUNT; i++)
        written = put(stream, &at, writing->layout.offsets[i], writing->data[i], writing->header.bytes[i]);
    return written;
}

bool cache_entry_write(const char *path, const struct hash128 *key, const char *source,
                       const struct ranked_corpus *ranked, int threads, struct error *error)
{
    struct writing writing = {.blocks = NULL};
    struct output_file file;
    describe(&writing, key, source, ranked);
    size_t blocks_bytes = (size_t)writing.layout.blocks * sizeof *writing.blocks;
    writing.blocks = malloc(blocks_bytes + 1);
    if (writing.blocks == NULL)
        return error_memory(error, "the cache", blocks_bytes);
    parallel_for(threads, (int)writing.layout.blocks, check_block, &writing);
    writing.header.blocks_checksum = checksum_of(writing.blocks, blocks_bytes);
    writing.header.checksum = checksum_of(&writing.header, offsetof(struct cache_header, checksum));
    bool ok = output_file_open(&file, path, error);
    if (ok && !write_all(&writing, file.stream)) {
        ok = error_set(error, "%s: cannot write the file: %s", path, strerror(errno));
        output_file_abandon(&file);
    }
    ok = ok && output_file_commit(&file, error);
    free(writing.blocks);
    return ok;
}
