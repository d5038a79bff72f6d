/* Reads an entry of the cache. Its checksums tell chance damage; what memory depends on (sizes, offsets, ranks) is
 * looked at besides. What is mapped is read before, too: a page that the disk cannot give would end the program. */
#include "cache_entry.h"

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
    struct cache_header header;
    struct cache_layout layout;
    uint64_t *blocks;
    unsigned char *data[SECTION_COUNT]; /* NULL: not wanted, or mapped */
    struct mapped_file *mapped[SECTION_COUNT];
    atomic_bool damaged, lacks_memory;
};

/* The sections have the sizes that the counts ask for. */
static bool sizes_agree(const struct cache_header *header)
{
    const uint64_t *bytes = header->bytes;
    if (header->words < 0 || header->ranked < 0 || header->ranked > header->words ||
        bytes[SECTION_WORD_ENDS] != (uint64_t)header->words * sizeof(int64_t) ||
        bytes[SECTION_COUNTS] != (uint64_t)header->ranked * sizeof(int64_t))
        return false;
    for (int i = 0; i < CORPUS_SPLITS; i++) {
        const struct cache_split *split = &header->splits[i];
        const uint64_t *of_split = bytes + (i == CORPUS_TRAIN ? SECTION_LABELS : SECTION_TEST_LABELS);
        if (split->count < 0 || split->count > INT_MAX / 4 || split->skipped > 1 || split->rows > 1 ||
            split->largest < 0 || of_split[2] % sizeof(int32_t) != 0 ||
            of_split[0] != (split->skipped ? 0 : (uint64_t)split->count) ||
            of_split[1] != (split->skipped ? 0 : ((uint64_t)split->count + 1) * sizeof(int64_t)))
            return false;
    }
    return true;
}

static enum cache_answer read_header(struct reading *reading, const struct hash128 *key)
{
    struct cache_header *header = &reading->header, expected;
    struct stat status;
    cache_header_mark(&expected);
    if (fstat(reading->file, &status) != 0 || !read_at(reading->file, header, sizeof *header, 0))
        return CACHE_DAMAGED;
    if (memcmp(header->magic, expected.magic, sizeof header->magic) != 0 ||
        header->version != expected.version || header->byte_order != expected.byte_order)
        return CACHE_NONE;
    if (header->checksum != checksum_of(header, offsetof(struct cache_header, checksum)) ||
        (key != NULL && !hash128_equals(&header->key, key)) || header->file_bytes != (uint64_t)status.st_size)
        return CACHE_DAMAGED;
    for (int i = 0; i < SECTION_COUNT; i++)
        if (header->bytes[i] > header->file_bytes)
            return CACHE_DAMAGED;
    cache_layout_open(&reading->layout, header->bytes);
    const bool sound = sizes_agree(header) && reading->layout.file_bytes == header->file_bytes &&
                       reading->layout.blocks <= INT_MAX;
    return sound ? CACHE_READ : CACHE_DAMAGED;
}

static bool read_checksums(struct reading *reading, struct error *error)
{
    size_t bytes = (size_t)reading->layout.blocks * sizeof *reading->blocks;
    reading->blocks = malloc(bytes + 1);
    if (reading->blocks == NULL)
        return error_memory(error, "the cache", bytes);
    return (read_at(reading->file, reading->blocks, bytes, sizeof reading->header) &&
            checksum_of(reading->blocks, bytes) == reading->header.blocks_checksum) ||
           error_set(error, "its checksums differ");
}

static bool ranks_are_sound(const int32_t *ranks, uint64_t count, int32_t largest)
{
    int32_t low = 1, high = 1;
    for (uint64_t i = 0; i < count; i++) {
        low = ranks[i] < low ? ranks[i] : low;
        high = ranks[i] > high ? ranks[i] : high;
    }
    return low == 1 && high <= largest;
}

/* Reads a block and checks it while it is in the processor's cache. */
static void read_block(void *context, int block)
{
    struct reading *reading = context;
    const struct cache_layout *layout = &reading->layout;
    int section = SECTION_COUNT - 1;
    while (layout->first_blocks[section] > (uint64_t)block)
        section--;
    const bool keeps = reading->data[section] != NULL;
    if ((!keeps && reading->mapped[section] == NULL) || reading->damaged || reading->lacks_memory)
        return;
    uint64_t offset = ((uint64_t)block - layout->first_blocks[section]) * CACHE_BLOCK_BYTES,
             left = reading->header.bytes[section] - offset,
             bytes = left < CACHE_BLOCK_BYTES ? left : CACHE_BLOCK_BYTES;
    unsigned char *data = keeps ? reading->data[section] + offset : malloc(CACHE_BLOCK_BYTES);
    if (data == NULL) {
        reading->lacks_memory = true;
        return;
    }
    bool sound = read_at(reading->file, data, bytes, layout->offsets[section] + offset) &&
                 checksum_of(data, (size_t)bytes) == reading->blocks[block];
    bool train = section == SECTION_RANKS;
    if (sound && (train || section == SECTION_TEST_RANKS))
        sound = ranks_are_sound((const int32_t *)(const void *)data, bytes / sizeof(int32_t),
                                reading->header.words > 0
                                    ? reading->header.words
                                    : reading->header.splits[train ? CORPUS_TRAIN : CORPUS_TEST].largest);
    if (!sound)
        reading->damaged = true;
    if (!keeps)
        free(data);
}

/* The sections that are mapped, and the bytes of all others. */
static void choose_mapped(const struct reading *reading, const struct cache_wish *wish,
                          bool mapped[SECTION_COUNT], uint64_t *bytes)
{
    const uint64_t train = reading->header.bytes[SECTION_RANKS],
                   test = reading->header.bytes[SECTION_TEST_RANKS],
                   ranks = test + (wish->test_only ? 0 : train);
    *bytes = reading->header.file_bytes;
    if (wish->ranks_bytes < 0 || ranks <= (uint64_t)wish->ranks_bytes)
        return;
    mapped[SECTION_RANKS] = train > 0;
    mapped[SECTION_TEST_RANKS] = test > 0;
    *bytes -= train + test;
}

static bool read_sections(struct reading *reading, const struct cache_wish *wish,
                          const bool mapped[SECTION_COUNT], struct error *error)
{
    for (int i = SECTION_WORD_TEXT; i < SECTION_COUNT; i++) {
        if (wish->test_only && i >= SECTION_LABELS && i <= SECTION_RANKS)
            continue;
        size_t bytes = (size_t)reading->header.bytes[i];
        if (mapped[i]) {
            reading->mapped[i] = mapped_file_open(reading->file, reading->layout.offsets[i], bytes);
            if (reading->mapped[i] == NULL)
                return error_set(error, "it cannot be mapped: %s", strerror(errno));
            continue;
        }
        reading->data[i] = malloc(bytes + 1);
        if (reading->data[i] == NULL)
            return error_memory(error, "the cache", bytes);
    }
    parallel_for(wish->threads, (int)reading->layout.blocks, read_block, reading);
    if (reading->lacks_memory)
        return error_memory(error, "the cache", CACHE_BLOCK_BYTES);
    return !reading->damaged || error_set(error, "its checksums differ");
}

static bool ends_are_sound(const int64_t *ends, int64_t count, uint64_t last, int64_t smallest_step)
{
    for (int64_t i = 0; i < count; i++)
        if (ends[i] < (i == 0 ? 0 : ends[i - 1]) + smallest_step)
            return false;
    return count == 0 ? last == 0 : (uint64_t)ends[count - 1] == last;
}

/* Gives a split its sections, which are sound, or false. */
static bool take_split(struct ranked_reviews *reviews, struct reading *reading, enum corpus_split split)
{
    const struct cache_split *header = &reading->header.splits[split];
    unsigned char **data = reading->data + (split == CORPUS_TRAIN ? SECTION_LABELS : SECTION_TEST_LABELS);
    const enum cache_section ranks = split == CORPUS_TRAIN ? SECTION_RANKS : SECTION_TEST_RANKS;
    uint64_t rank_count = reading->header.bytes[ranks] / sizeof(int32_t);
    *reviews = (struct ranked_reviews){
        .count = header->count, .positive = header->positive, .largest = header->largest};
    if (header->skipped || data[0] == NULL)
        return true;
    int positive = 0;
    for (int32_t i = 0; i < header->count; i++) {
        if (data[0][i] > 1)
            return false;
        positive += data[0][i];
    }
    const int64_t *starts = (const int64_t *)(const void *)data[1];
    if (positive != header->positive || starts[0] != 0 ||
        !ends_are_sound(starts + 1, header->count, rank_count, 0))
        return false;
    for (int32_t i = 0; i < header->count; i++)
        if (starts[i + 1] - starts[i] >= INT32_MAX)
            return false;
    reviews->labels = data[0];
    reviews->starts = (int64_t *)(void *)data[1];
    reviews->mapped = reading->mapped[ranks];
    reviews->ranks = reviews->mapped != NULL ? mapped_file_data(reviews->mapped) : (int32_t *)(void *)data[2];
    reading->mapped[ranks] = NULL;
    data[0] = data[1] = data[2] = NULL;
    return true;
}

static bool take(struct ranked_corpus *ranked, struct reading *reading, bool test_only, struct error *error)
{
    const struct cache_header *header = &reading->header;
    ranked->words = (struct word_texts){.count = header->words,
                                        .text = (char *)reading->data[SECTION_WORD_TEXT],
                                        .ends = (int64_t *)(void *)reading->data[SECTION_WORD_ENDS]};
    ranked->counts = (int64_t *)(void *)reading->data[SECTION_COUNTS];
    ranked->ranked = header->ranked;
    reading->data[SECTION_WORD_TEXT] = reading->data[SECTION_WORD_ENDS] = reading->data[SECTION_COUNTS] =
        NULL;
    bool sound = ends_are_sound(ranked->words.ends, header->words, header->bytes[SECTION_WORD_TEXT], 1);
    for (enum corpus_split split = CORPUS_TRAIN; sound && split < CORPUS_SPLITS; split++) {
        ranked->skipped[split] = header->splits[split].skipped;
        ranked->rows[split] = header->splits[split].rows;
        sound = take_split(&ranked->splits[split], reading, split);
    }
    if (test_only) { /* what a reader of the data would have left out */
        ranked->skipped[CORPUS_TRAIN] = true;
        ranked->ranked = 0;
        ranked->splits[CORPUS_TRAIN].positive = ranked->splits[CORPUS_TRAIN].largest = 0;
    }
    return sound || error_set(error, "it contradicts itself");
}

static void reading_close(struct reading *reading)
{
    for (int i = 0; i < SECTION_COUNT; i++) {
        free(reading->data[i]);
        mapped_file_close(reading->mapped[i]);
    }
    free(reading->blocks);
    close(reading->file);
}

enum cache_answer cache_entry_read(struct ranked_corpus *ranked, const char *path, const struct hash128 *key,
                                   const struct cache_wish *wish, struct error *error)
{
    struct reading reading = {.file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct error why;
    bool mapped[SECTION_COUNT] = {false};
    uint64_t memory_bytes = 0;
    if (reading.file < 0 && errno == ENOENT)
        return CACHE_NONE;
    if (reading.file < 0) {
        error_set(error, "%s: %s", path, strerror(errno));
        return CACHE_DAMAGED;
    }
    const enum cache_answer header = read_header(&reading, key);
    bool sound = header == CACHE_READ || error_set(&why, "it is not what its name says");
    if (sound)
        choose_mapped(&reading, wish, mapped, &memory_bytes);
    if (header == CACHE_NONE || (sound && wish->bytes_max > 0 && memory_bytes > (uint64_t)wish->bytes_max)) {
        reading_close(&reading);
        return CACHE_NONE;
    }
    sound = sound && read_checksums(&reading, &why) && read_sections(&reading, wish, mapped, &why) &&
            take(ranked, &reading, wish->test_only, &why);
    if (sound)
        (void)futimens(reading.file, NULL); /* the entry that was used last goes last */
    else
        error_set(error, "%s: the cached reviews are damaged: %s", path, why.message);
    reading_close(&reading);
    if (!sound)
        ranked_corpus_close(ranked);
    return sound ? CACHE_READ : CACHE_DAMAGED;
}

bool cache_entry_summary(struct cache_summary *summary, const char *path)
{
    struct reading reading = {.file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    *summary = (struct cache_summary){.source = ""};
    if (reading.file < 0)
        return false;
    bool sound = read_header(&reading, NULL) == CACHE_READ;
    uint64_t bytes = reading.header.bytes[SECTION_SOURCE];
    sound = sound && bytes < sizeof summary->source &&
            read_at(reading.file, summary->source, bytes, reading.layout.offsets[SECTION_SOURCE]);
    for (int i = 0; i < CORPUS_SPLITS; i++)
        summary->reviews[i] = sound ? reading.header.splits[i].count : 0;
    reading_close(&reading);
    return sound;
}
