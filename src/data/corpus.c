#include "corpus.h"

#include "spill.h"
#include "text_block.h"
#include "utf8.h"
#include "word_finder.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

const char *corpus_split_name(enum corpus_split split)
{
    return split == CORPUS_TRAIN ? "train" : "test";
}

const char *corpus_review_name(const struct corpus *corpus, enum corpus_split split, int review)
{
    return corpus->names + corpus->parts[split].reviews[review].name;
}

const char *corpus_review_text(const struct corpus *corpus, enum corpus_split split, int review,
                               size_t *bytes)
{
    const struct corpus_review *place = &corpus->parts[split].reviews[review];
    const struct text_block *block = corpus->blocks[place->block];
    uint32_t start = text_block_text_start(block, place->place);
    *bytes = block->text_ends[place->place] - start;
    return block->text + start;
}

bool corpus_error_within(const struct corpus *corpus, enum corpus_split split, bool positive,
                         const char *name, struct error *error)
{
    if (corpus->parts[split].table != NULL)
        return error_within(error, "%s: %s", corpus->parts[split].table, name);
    return error_within(error, "%s: %s/%s/%s", corpus->source, corpus_split_name(split),
                        positive ? "pos" : "neg", name);
}

bool corpus_check_text(const char *text, size_t bytes, struct error *error)
{
    if (bytes == 0)
        return error_set(error, "the review is empty; remove it or restore its text");
    if (bytes > REVIEW_MAX_BYTES)
        return error_set(error, "the review is larger than %d bytes; remove or shorten it", REVIEW_MAX_BYTES);
    size_t valid = utf8_valid_bytes(text, bytes);
    if (valid != bytes)
        return error_set(error, "the review is not UTF-8 at byte %zu (0x%02X); convert it to UTF-8", valid,
                         (unsigned)(unsigned char)text[valid]);
    return true;
}

/* Of a review whose text and words are elsewhere: its name, its places in lists that grow by doubling. */
enum { REVIEW_MEMORY_BYTES = 200 };

/* Texts that fit are taken whatever their number, as they are without a spill. */
static bool check_room(const struct corpus *corpus, size_t more, struct error *error)
{
    const double GB = 1 << 30;
    struct error why = {.message = ""};
    int64_t count = 0;
    if (corpus->bytes_max == 0 || corpus->text_bytes + (int64_t)more <= corpus->bytes_max)
        return true;
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++)
        count += corpus->parts[split].skipped ? 0 : corpus->parts[split].count;
    if (corpus->spill != NULL && spill_check(corpus->spill, &why))
        return count < corpus->bytes_max / REVIEW_MEMORY_BYTES ||
               error_set(error,
                         "%s: more than %lld reviews take %.3g GB without their texts, and no more memory is "
                         "free for that; take fewer reviews",
                         corpus->source, (long long)count, (double)corpus->bytes_max / GB);
    return error_set(
        error, "%s: the texts take more than %.3g GB, for which memory is free; take fewer reviews%s%.600s",
        corpus->source, (double)corpus->bytes_max / GB, why.message[0] == '\0' ? "" : "; ", why.message);
}

static bool add_name(struct corpus *corpus, const char *name, struct error *error)
{
    size_t bytes = strlen(name) + 1;
    if (corpus->names_room - corpus->names_bytes < bytes) {
        size_t room = 2 * corpus->names_room + bytes;
        char *names = realloc(corpus->names, room);
        if (names == NULL)
            return error_memory(error, "the names of the reviews", room);
        corpus->names = names;
        corpus->names_room = room;
    }
    memcpy(corpus->names + corpus->names_bytes, name, bytes);
    corpus->names_bytes += bytes;
    return true;
}

/* Begins a block with room for so many bytes; the one before is complete. */
static bool begin_block(struct corpus *corpus, size_t bytes, struct error *error)
{
    if (corpus->block_count > 0 && corpus->finder != NULL)
        word_finder_take(corpus->finder, corpus->blocks[corpus->block_count - 1]);
    if (corpus->block_count == corpus->block_room) {
        size_t room = corpus->block_room == 0 ? 64 : 2 * (size_t)corpus->block_room;
        size_t room_bytes = room * sizeof(struct text_block *);
        struct text_block **blocks = realloc(corpus->blocks, room_bytes);
        if (blocks == NULL)
            return error_memory(error, "the reviews", room_bytes);
        corpus->blocks = blocks;
        corpus->block_room = (int)room;
    }
    struct text_block *block = text_block_open(bytes, error);
    if (block != NULL)
        corpus->blocks[corpus->block_count++] = block;
    return block != NULL;
}

bool corpus_part_append(struct corpus_part *part, const struct corpus_review *review, struct error *error)
{
    if (part->count == part->room) {
        int room = part->room == 0 ? 1024 : 2 * part->room;
        struct corpus_review *reviews = realloc(part->reviews, (size_t)room * sizeof *reviews);
        if (reviews == NULL)
            return error_memory(error, "the reviews", (size_t)room * sizeof *reviews);
        part->reviews = reviews;
        part->room = room;
    }
    part->reviews[part->count++] = *review;
    part->positive += review->positive;
    return true;
}

/* Texts that find no place on the disk, which may be memory, are done without. */
static void keep_text(struct corpus *corpus, const struct corpus_part *part, struct corpus_review *review,
                      const char *text, size_t bytes)
{
    enum { KEPT_BYTES_MAX = 256 << 20 };
    struct kept_corpus_texts *kept = &corpus->kept;
    review->text_start = kept->bytes;
    review->text_bytes = (uint32_t)bytes;
    if (kept->file == NULL || (part->table == NULL && part != &corpus->parts[kept->split]))
        return;
    kept->bytes += (int64_t)bytes;
    if (kept->bytes <= KEPT_BYTES_MAX && fwrite(text, 1, bytes, kept->file) == bytes)
        return;
    fclose(kept->file);
    kept->file = NULL;
}

static bool append(struct corpus *corpus, struct corpus_part *part, bool positive, const char *name,
                   const char *text, size_t bytes, struct error *error)
{
    struct corpus_review review = {.name = corpus->names_bytes, .positive = positive};
    int last = corpus->block_count - 1;
    bool fits = last >= 0 && text_block_has_room(corpus->blocks[last], bytes);
    keep_text(corpus, part, &review, text, bytes);
    if (corpus->names_only)
        return add_name(corpus, name, error) && corpus_part_append(part, &review, error);
    if (!add_name(corpus, name, error) || (!fits && !begin_block(corpus, bytes, error)))
        return false;
    review.block = corpus->block_count - 1;
    struct text_block *block = corpus->blocks[review.block];
    review.place = block->count;
    corpus->text_bytes += (int64_t)bytes;
    return text_block_add(block, text, bytes, error) && corpus_part_append(part, &review, error);
}

bool corpus_add(struct corpus *corpus, enum corpus_split split, bool positive, const char *name,
                const char *text, size_t bytes, struct error *error)
{
    struct corpus_part *part = &corpus->parts[split];
    if (part->count > INT_MAX / 4)
        return error_set(error, "%s: more than %d reviews in %s; split the data", corpus->source, part->count,
                         corpus_split_name(split));
    if (part->skipped) {
        part->count++;
        part->positive += positive;
        return true;
    }
    if (!corpus_check_text(text, bytes, error))
        return corpus_error_within(corpus, split, positive, name, error);
    return check_room(corpus, bytes, error) && append(corpus, part, positive, name, text, bytes, error);
}

struct sort_key {
    const char *name;
    struct corpus_review review;
};

static int by_place(const void *left, const void *right)
{
    const struct sort_key *a = left, *b = right;
    if (a->review.positive != b->review.positive)
        return a->review.positive ? -1 : 1;
    return strcmp(a->name, b->name);
}

static bool sort(struct corpus *corpus, enum corpus_split split, struct error *error)
{
    struct corpus_part *part = &corpus->parts[split];
    size_t count = (size_t)part->count;
    struct sort_key *keys = malloc(count * sizeof *keys);
    if (keys == NULL)
        return error_memory(error, "the order of the reviews", count * sizeof *keys);
    for (int i = 0; i < part->count; i++)
        keys[i] = (struct sort_key){.name = corpus_review_name(corpus, split, i), .review = part->reviews[i]};
    qsort(keys, count, sizeof *keys, by_place);
    for (int i = 0; i < part->count; i++)
        part->reviews[i] = keys[i].review;

    const struct sort_key *twin = NULL;
    for (size_t i = 1; i < count && twin == NULL; i++)
        if (by_place(&keys[i - 1], &keys[i]) == 0)
            twin = &keys[i];
    if (twin != NULL) {
        error_set(error, "the review occurs twice; keep one of the two");
        corpus_error_within(corpus, split, twin->review.positive, twin->name, error);
    }
    free(keys);
    return twin == NULL;
}

/* The test reviews of a table may be all of one kind: an accuracy has a meaning then, too. */
static bool check_table(const struct corpus *corpus, enum corpus_split split, struct error *error)
{
    const struct corpus_part *part = &corpus->parts[split];
    if (split == CORPUS_TEST || (part->positive > 0 && part->positive < part->count))
        return true;
    return error_set(error, "%s: no label is %s; training needs reviews of both kinds", part->table,
                     part->positive == 0 ? "positive (1)" : "negative (0)");
}

static bool finish_part(struct corpus *corpus, enum corpus_split split, struct error *error)
{
    const struct corpus_part *part = &corpus->parts[split];
    if (part->skipped)
        return true;
    if (part->table != NULL)
        return check_table(corpus, split, error);
    if (part->positive == 0 || part->positive == part->count)
        return error_set(error,
                         "%s: no reviews (*.txt) in %s/%s; the data needs train/pos, train/neg, test/pos "
                         "and test/neg: scripts/fetch_imdb.sh gets a complete set",
                         corpus->source, corpus_split_name(split), part->positive == 0 ? "pos" : "neg");
    return sort(corpus, split, error);
}

bool corpus_finish(struct corpus *corpus, struct error *error)
{
    if (corpus->finder != NULL && corpus->block_count > 0)
        word_finder_take(corpus->finder, corpus->blocks[corpus->block_count - 1]);
    bool finished = true;
    for (enum corpus_split split = CORPUS_TRAIN; finished && split < CORPUS_SPLITS; split++)
        finished = finish_part(corpus, split, error);
    if (corpus->finder == NULL || word_finder_wait(corpus->finder, finished ? error : NULL))
        return finished;
    return finished && error_within(error, "%s", corpus->source);
}

void corpus_close_texts(struct corpus *corpus)
{
    if (corpus->finder != NULL)
        word_finder_wait(corpus->finder, NULL);
    corpus->finder = NULL;
    for (int i = 0; i < corpus->block_count; i++)
        text_block_close(corpus->blocks[i]);
    free(corpus->blocks);
    corpus->blocks = NULL;
    corpus->block_count = corpus->block_room = 0;
}

void corpus_close(struct corpus *corpus)
{
    if (corpus->kept.file != NULL)
        fclose(corpus->kept.file);
    corpus_close_texts(corpus);
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++) {
        free(corpus->parts[split].reviews);
        free(corpus->parts[split].table);
    }
    free(corpus->names);
    *corpus = (struct corpus){0};
}
