/* Maps an entry of encoded rows. Before that it is read with read(2) and checked, so that what is damaged, or what the
 * disk cannot give, is told here. */
#include "rows_entry.h"

#include "imdb.h"
#include "mapped_file.h"
#include "parallel.h"
#include "read_at.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct reading {
    int file;
    struct rows_header header;
    struct rows_layout layout;
    uint64_t *checksums;
    struct reviews *reviews;
    atomic_bool damaged, lacks_memory;
};

static enum cache_answer read_header(struct reading *reading)
{
    struct rows_header *header = &reading->header, expected;
    const struct rows_shape *shape = &header->shape;
    struct stat status;
    rows_header_mark(&expected);
    if (fstat(reading->file, &status) != 0 || !read_at(reading->file, header, sizeof *header, 0))
        return CACHE_DAMAGED;
    if (memcmp(header->magic, expected.magic, sizeof header->magic) != 0 ||
        header->version != expected.version || header->byte_order != expected.byte_order)
        return CACHE_NONE;
    if (header->checksum != checksum_of(header, offsetof(struct rows_header, checksum)) || shape->count < 1 ||
        shape->count > INT_MAX / 4 || shape->T < 1 || shape->T > REVIEW_MAX_BYTES ||
        memchr(header->source, '\0', sizeof header->source) == NULL)
        return CACHE_DAMAGED;
    rows_layout_open(&reading->layout, shape);
    const bool sound = header->file_bytes == (uint64_t)status.st_size &&
                       reading->layout.file_bytes == header->file_bytes && reading->layout.blocks <= INT_MAX;
    return sound ? CACHE_READ : CACHE_DAMAGED;
}

static bool is_wanted(const struct rows_header *header, const struct hash128 *key,
                      const struct rows_shape *shape)
{
    return hash128_equals(&header->key, key) && header->shape.split == shape->split &&
           header->shape.count == shape->count && header->shape.T == shape->T &&
           header->shape.num_words == shape->num_words && header->statistics.reviews == shape->count;
}

static bool read_checksums(struct reading *reading, struct error *error)
{
    size_t bytes = (size_t)reading->layout.blocks * sizeof *reading->checksums;
    reading->checksums = malloc(bytes + 1);
    if (reading->checksums == NULL)
        return error_memory(error, "the cache", bytes);
    return (read_at(reading->file, reading->checksums, bytes, reading->layout.checksums) &&
            checksum_of(reading->checksums, bytes) == reading->header.blocks_checksum) ||
           error_set(error, "its checksums differ");
}

/* The bytes that a block, which begins at an offset in the file, and a part have in common. */
static size_t common(uint64_t at, uint64_t bytes, uint64_t part, uint64_t part_bytes, uint64_t *first)
{
    const uint64_t end = at + bytes < part + part_bytes ? at + bytes : part + part_bytes;
    *first = at > part ? at : part;
    return *first < end ? (size_t)(end - *first) : 0;
}

/* Ids below num_words; the network looks them up in a table. */
static bool ids_are_sound(const unsigned char *data, size_t bytes, int token_bytes, int32_t num_words)
{
    int32_t low = 0, high = 0;
    if (token_bytes == (int)sizeof(uint16_t)) {
        const uint16_t *ids = (const uint16_t *)(const void *)data;
        for (size_t i = 0; i < bytes / sizeof *ids; i++)
            high = ids[i] > high ? ids[i] : high;
        return high < num_words;
    }
    const int32_t *ids = (const int32_t *)(const void *)data;
    for (size_t i = 0; i < bytes / sizeof *ids; i++) {
        low = ids[i] < low ? ids[i] : low;
        high = ids[i] > high ? ids[i] : high;
    }
    return low == 0 && high < num_words;
}

/* Compares a block's checksum, looks at its ids, and keeps its pads and labels. */
static bool take_block(struct reading *reading, int block, unsigned char *data)
{
    const struct rows_layout *layout = &reading->layout;
    const uint64_t at = ROWS_HEADER_BYTES + (uint64_t)block * CACHE_BLOCK_BYTES,
                   left = layout->checksums - at, bytes = left < CACHE_BLOCK_BYTES ? left : CACHE_BLOCK_BYTES,
                   count = (uint64_t)reading->header.shape.count;
    struct reviews *reviews = reading->reviews;
    uint64_t first;
    if (!read_at(reading->file, data, bytes, at) ||
        checksum_of(data, (size_t)bytes) != reading->checksums[block])
        return false;
    size_t part = common(at, bytes, ROWS_HEADER_BYTES, layout->tokens_bytes, &first);
    if (!ids_are_sound(data, part, layout->token_bytes, reading->header.shape.num_words))
        return false;
    part = common(at, bytes, layout->pads, count * sizeof *reviews->pads, &first);
    if (part > 0)
        memcpy((unsigned char *)reviews->pads + (first - layout->pads), data + (first - at), part);
    part = common(at, bytes, layout->labels, count * sizeof *reviews->labels, &first);
    if (part > 0)
        memcpy(reviews->labels + (first - layout->labels), data + (first - at), part);
    return true;
}

static void read_block(void *context, int block)
{
    struct reading *reading = context;
    if (reading->damaged || reading->lacks_memory)
        return;
    unsigned char *data = malloc(CACHE_BLOCK_BYTES);
    if (data == NULL)
        reading->lacks_memory = true;
    else if (!take_block(reading, block, data))
        reading->damaged = true;
    free(data);
}

static bool labels_are_sound(const struct reading *reading)
{
    const struct reviews *reviews = reading->reviews;
    int positive = 0;
    for (int i = 0; i < reviews->count; i++) {
        if (reviews->pads[i] < 0 || reviews->pads[i] > reviews->T || reviews->labels[i] > 1)
            return false;
        positive += reviews->labels[i];
    }
    return positive == reading->header.statistics.positive;
}

static bool read_all(struct reading *reading, int threads, struct error *error)
{
    struct reviews *reviews = reading->reviews;
    const size_t count = (size_t)reading->header.shape.count;
    *reviews = (struct reviews){.count = (int)count, .T = reading->header.shape.T};
    reviews->pads = malloc(count * sizeof *reviews->pads);
    reviews->labels = malloc(count * sizeof *reviews->labels);
    if (reviews->pads == NULL || reviews->labels == NULL)
        return error_memory(error, "the labels of the reviews", count);
    if (!read_checksums(reading, error))
        return false;
    parallel_for(threads, (int)reading->layout.blocks, read_block, reading);
    if (reading->lacks_memory)
        return error_memory(error, "the cache", CACHE_BLOCK_BYTES);
    return (!reading->damaged || error_set(error, "its checksums differ")) &&
           (labels_are_sound(reading) || error_set(error, "it contradicts itself"));
}

static bool map(struct reading *reading, struct error *error)
{
    struct reviews *reviews = reading->reviews;
    reviews->mapped = mapped_file_open(reading->file, ROWS_HEADER_BYTES, reading->layout.tokens_bytes);
    if (reviews->mapped == NULL)
        return error_set(error, "it cannot be mapped: %s", strerror(errno));
    if (reading->layout.token_bytes == (int)sizeof *reviews->tokens)
        reviews->tokens = mapped_file_data(reviews->mapped);
    else
        reviews->short_tokens = mapped_file_data(reviews->mapped);
    return true;
}

enum cache_answer rows_entry_open(struct reviews *reviews, struct split_statistics *statistics,
                                  const char *path, const struct hash128 *key, const struct rows_shape *shape,
                                  int threads, struct error *error)
{
    struct reading reading = {.file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), .reviews = reviews};
    struct error why;
    if (reading.file < 0 && errno == ENOENT)
        return CACHE_NONE;
    if (reading.file < 0) {
        error_set(error, "%s: %s", path, strerror(errno));
        return CACHE_DAMAGED;
    }
    const enum cache_answer header = read_header(&reading);
    if (header == CACHE_NONE) {
        close(reading.file);
        return CACHE_NONE;
    }
    bool sound = (header == CACHE_READ && is_wanted(&reading.header, key, shape)) ||
                 error_set(&why, "it is not what its name says");
    sound = sound && read_all(&reading, threads, &why) && map(&reading, &why);
    if (sound) {
        *statistics = reading.header.statistics;
        (void)futimens(reading.file, NULL); /* the entry that was used last goes last */
    } else {
        error_set(error, "%s: the encoded reviews are damaged: %s", path, why.message);
        imdb_reviews_close(reviews);
    }
    free(reading.checksums);
    close(reading.file);
    return sound ? CACHE_READ : CACHE_DAMAGED;
}

bool rows_entry_summary(struct rows_header *header, const char *path)
{
    struct reading reading = {.file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (reading.file < 0)
        return false;
    bool sound = read_header(&reading) == CACHE_READ;
    *header = reading.header;
    close(reading.file);
    return sound;
}
