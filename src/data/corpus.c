#include "corpus.h"

#include "utf8.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

const char *corpus_split_name(enum corpus_split split)
{
    return split == CORPUS_TRAIN ? "train" : "test";
}

const char *corpus_review_name(const struct corpus_part *part, int review)
{
    return part->names + part->reviews[review].name;
}

char *corpus_review_text(const struct corpus_part *part, int review)
{
    return part->text + part->reviews[review].text;
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

/* Makes room for `more` bytes after the first `used` ones. */
static bool reserve(char **bytes, size_t *room, size_t used, size_t more, struct error *error)
{
    if (*room - used >= more)
        return true;
    size_t wanted = 2 * *room + more;
    char *larger = realloc(*bytes, wanted);
    if (larger == NULL)
        return error_memory(error, "the reviews", wanted);
    *bytes = larger;
    *room = wanted;
    return true;
}

static bool check_room(const struct corpus *corpus, size_t more, struct error *error)
{
    const double GB = 1 << 30;
    size_t held = more;
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++)
        held += corpus->parts[split].text_bytes;
    if (corpus->bytes_max == 0 || (int64_t)held <= corpus->bytes_max)
        return true;
    return error_set(error,
                     "%s: the texts take more than %.3g GB, for which memory is free; take fewer reviews",
                     corpus->source, (double)corpus->bytes_max / GB);
}

static bool append(struct corpus_part *part, bool positive, const char *name, const char *text, size_t bytes,
                   struct error *error)
{
    size_t name_bytes = strlen(name) + 1;
    if (part->count == part->room) {
        int room = part->room == 0 ? 1024 : 2 * part->room;
        struct corpus_review *reviews = realloc(part->reviews, (size_t)room * sizeof *reviews);
        if (reviews == NULL)
            return error_memory(error, "the reviews", (size_t)room * sizeof *reviews);
        part->reviews = reviews;
        part->room = room;
    }
    if (!reserve(&part->names, &part->names_room, part->names_bytes, name_bytes, error) ||
        !reserve(&part->text, &part->text_room, part->text_bytes, bytes, error))
        return false;
    memcpy(part->names + part->names_bytes, name, name_bytes);
    memcpy(part->text + part->text_bytes, text, bytes);
    part->reviews[part->count] = (struct corpus_review){
        .name = part->names_bytes, .text = part->text_bytes, .bytes = (uint32_t)bytes, .positive = positive};
    part->names_bytes += name_bytes;
    part->text_bytes += bytes;
    return true;
}

bool corpus_add(struct corpus *corpus, enum corpus_split split, bool positive, const char *name,
                const char *text, size_t bytes, struct error *error)
{
    struct corpus_part *part = &corpus->parts[split];
    if (part->count > INT_MAX / 4)
        return error_set(error, "%s: more than %d reviews in %s; split the data", corpus->source, part->count,
                         corpus_split_name(split));
    if (!part->skipped) {
        if (!corpus_check_text(text, bytes, error))
            return corpus_error_within(corpus, split, positive, name, error);
        if (!check_room(corpus, bytes, error) || !append(part, positive, name, text, bytes, error))
            return false;
    }
    part->count++;
    part->positive += positive;
    return true;
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
        keys[i] = (struct sort_key){.name = corpus_review_name(part, i), .review = part->reviews[i]};
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

bool corpus_finish(struct corpus *corpus, struct error *error)
{
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++) {
        const struct corpus_part *part = &corpus->parts[split];
        if (part->skipped)
            continue;
        if (part->table != NULL) {
            if (!check_table(corpus, split, error))
                return false;
            continue;
        }
        if (part->positive == 0 || part->positive == part->count)
            return error_set(error,
                             "%s: no reviews (*.txt) in %s/%s; the data needs train/pos, train/neg, test/pos "
                             "and test/neg: scripts/fetch_imdb.sh gets a complete set",
                             corpus->source, corpus_split_name(split), part->positive == 0 ? "pos" : "neg");
        if (!sort(corpus, split, error))
            return false;
    }
    return true;
}

void corpus_part_close(struct corpus_part *part)
{
    free(part->text);
    part->text = NULL;
    part->text_bytes = part->text_room = 0;
}

void corpus_close(struct corpus *corpus)
{
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++) {
        struct corpus_part *part = &corpus->parts[split];
        free(part->reviews);
        free(part->names);
        free(part->text);
        free(part->table);
    }
    *corpus = (struct corpus){0};
}
