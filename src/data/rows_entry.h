/* One file of the cache: the encoded rows of one split, which are mapped and not read into memory. The machine's byte
 * order; of a newer or older program, of another machine or damaged it counts as none.
 *
 *     header       what it is, in ROWS_HEADER_BYTES with zeros behind it
 *     tokens       uint16 or int32 (count,T)
 *     pads         int32 (count), from a multiple of 8 on
 *     labels       uint8 (count)
 *     checksums    uint64 of each block of CACHE_BLOCK_BYTES between the header and here; from a multiple of 8 on
 */
#ifndef MATINEE_DATA_ROWS_ENTRY_H
#define MATINEE_DATA_ROWS_ENTRY_H

#include "cache_entry.h"
#include "hash128.h"

#include "matinee/data.h"
#include "matinee/output_file.h"

enum { ROWS_HEADER_BYTES = CACHE_PAGE_BYTES };

/* What rows are of. */
struct rows_shape {
    int32_t split; /* enum corpus_split */
    int32_t count, T;
    int32_t num_words; /* ids are below it */
};

struct rows_header {
    char magic[16];
    uint32_t version, byte_order;
    struct hash128 key; /* the file's name without .rows */
    uint64_t file_bytes;
    struct rows_shape shape;
    struct split_statistics statistics;
    char source[1024];        /* where the data lay, for people */
    uint64_t blocks_checksum; /* of the checksums of all blocks */
    uint64_t checksum;        /* of all above                   */
};

/* Where things lie, in bytes from the beginning of the file. */
struct rows_layout {
    int token_bytes;
    uint64_t tokens_bytes;
    uint64_t pads, labels, checksums, file_bytes;
    uint64_t blocks;
};
void rows_layout_open(struct rows_layout *layout, const struct rows_shape *shape);

/* The magic bytes, version and byte order of this program's entries. */
void rows_header_mark(struct rows_header *header);

/* Writes DIRECTORY/KEY.rows, whole or not at all, as rows come. */
struct rows_writer {
    struct output_file file;
    struct rows_header header;
    struct rows_layout layout;
    unsigned char *block; /* what is left of less than a block */
    size_t used;
    uint64_t *checksums, count; /* (layout.blocks) of them so many are known */
};

/* Fills the struct, which rows_writer_abandon closes after a failure, too. */
bool rows_writer_open(struct rows_writer *writer, const char *path, const struct hash128 *key,
                      const struct rows_shape *shape, const char *source, struct error *error);
bool rows_writer_add(struct rows_writer *writer, const int32_t *rows, int count, struct error *error);
/* After all rows: the rest of the reviews. Nothing is left to close. */
bool rows_writer_commit(struct rows_writer *writer, const struct reviews *reviews,
                        const struct split_statistics *statistics, struct error *error);
void rows_writer_abandon(struct rows_writer *writer);

/* Fills zeroed reviews, whose tokens are mapped, from an entry of this shape. All of it is read once and checked, block
 * by block, and does not stay in memory. The message is that of CACHE_DAMAGED. */
enum cache_answer rows_entry_open(struct reviews *reviews, struct split_statistics *statistics,
                                  const char *path, const struct hash128 *key, const struct rows_shape *shape,
                                  int threads, struct error *error);

/* What an entry says of itself, for people; false if that cannot be read. */
bool rows_entry_summary(struct rows_header *header, const char *path);

#endif
