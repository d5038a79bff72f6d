/* One file of the cache: a ranked corpus. The machine's byte order; of a newer or older program, of another machine or
 * damaged it counts as none.
 *
 *     header       what it is, sizes of the sections, a checksum of itself
 *     checksums    of each block of CACHE_BLOCK_BYTES of each section
 *     sections     each from a multiple of 4096 bytes on, so that parts of it can be mapped; a review's ranks are
 *                  found, read and checked without the others
 */
#ifndef MATINEE_DATA_CACHE_ENTRY_H
#define MATINEE_DATA_CACHE_ENTRY_H

#include "hash128.h"
#include "ranked_corpus.h"

enum { CACHE_BLOCK_BYTES = 1 << 18, CACHE_PAGE_BYTES = 4096 };

enum cache_section {
    SECTION_SOURCE,    /* where the data lay, for people; no zero byte   */
    SECTION_WORD_TEXT, /* all words, one behind the other                */
    SECTION_WORD_ENDS, /* int64 (words) offsets in WORD_TEXT             */
    SECTION_COUNTS,    /* int64 (ranked)                                 */
    SECTION_LABELS,    /* uint8 (reviews); each of these three for train */
    SECTION_STARTS,    /* int64 (reviews + 1)                            */
    SECTION_RANKS,     /* int32 (all words of all reviews)               */
    SECTION_TEST_LABELS,
    SECTION_TEST_STARTS,
    SECTION_TEST_RANKS,
    SECTION_COUNT,
};

struct cache_header {
    char magic[16];
    uint32_t version, byte_order;
    struct hash128 key; /* the file's name without .reviews */
    uint64_t file_bytes;
    int32_t words, ranked;
    struct cache_split {
        int32_t count, positive, largest;
        uint8_t skipped, rows, zero[2];
    } splits[CORPUS_SPLITS];
    uint64_t bytes[SECTION_COUNT];
    uint64_t blocks_checksum; /* of the checksums of all blocks */
    uint64_t checksum;        /* of all above                   */
};

/* Where sections lie: a function of their sizes. */
struct cache_layout {
    uint64_t offsets[SECTION_COUNT], first_blocks[SECTION_COUNT], blocks, file_bytes;
};
void cache_layout_open(struct cache_layout *layout, const uint64_t bytes[SECTION_COUNT]);

/* The magic bytes, version and byte order of this program's entries. */
void cache_header_mark(struct cache_header *header);

/* Writes DIRECTORY/KEY.reviews, whole or not at all. */
bool cache_entry_write(const char *path, const struct hash128 *key, const char *source,
                       const struct ranked_corpus *ranked, int threads, struct error *error);

enum cache_answer { CACHE_NONE, CACHE_DAMAGED, CACHE_READ };

/* How an entry is read. */
struct cache_wish {
    bool test_only;      /* the training reviews are counted and not read */
    int64_t bytes_max;   /* that it may take in memory, or there is none; 0: any number */
    int64_t ranks_bytes; /* that the ranks may take in memory; more are mapped, and then take none */
    int threads;
};

/* Fills a zeroed struct from an entry. All that is wanted of it is read and checked, also what is mapped. The message is
 * that of CACHE_DAMAGED. */
enum cache_answer cache_entry_read(struct ranked_corpus *ranked, const char *path, const struct hash128 *key,
                                   const struct cache_wish *wish, struct error *error);

/* What an entry says of itself, for people. */
struct cache_summary {
    char source[1024];
    int reviews[CORPUS_SPLITS];
};
bool cache_entry_summary(struct cache_summary *summary, const char *path);

#endif
