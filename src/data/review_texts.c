#include "review_texts.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Texts are read a few at a time: they wait in a file that has no name, so that none is left whatever happens. */
struct review_texts {
    enum corpus_split split;
    int32_t *order; /* (count) row of the encoded reviews -> review of the corpus */
    int count;
    char *path;       /* of data whose reviews are to be read yet; NULL: none are */
    pthread_t reader; /* that reads them meanwhile */
    bool has_reader, is_read;
    struct error problem; /* unless it is read */
    struct table_options table;
    bool is_npz, is_table;         /* names of a table are whole: "line 7"  */
    struct corpus_review *reviews; /* (count) NULL: they have numbers alone */
    char *names;
    FILE *file; /* NULL: no texts */
};

struct kept_corpus_texts review_texts_file(enum kept_texts which)
{
    return (struct kept_corpus_texts){.file = tmpfile(),
                                      .split = which == KEEP_TEST_TEXTS ? CORPUS_TEST : CORPUS_TRAIN};
}

static void *copy(const void *from, size_t bytes)
{
    void *to = malloc(bytes);
    return to != NULL ? memcpy(to, from, bytes) : NULL;
}

/* Takes what is to stay of a corpus that has the reviews. */
static bool take(struct review_texts *texts, struct corpus *corpus, struct error *error)
{
    const struct corpus_part *part = &corpus->parts[texts->split];
    if (part->skipped || part->count == 0)
        return true;
    texts->is_table = part->table != NULL;
    texts->reviews = copy(part->reviews, (size_t)part->count * sizeof *part->reviews);
    texts->names = copy(corpus->names, corpus->names_bytes);
    if (texts->reviews == NULL || texts->names == NULL) {
        free(texts->reviews);
        texts->reviews = NULL;
        return error_memory(error, "the names of the reviews", corpus->names_bytes);
    }
    if (corpus->kept.file != NULL && fflush(corpus->kept.file) == 0) {
        texts->file = corpus->kept.file;
        corpus->kept.file = NULL;
    }
    return true;
}

static void *read_again(void *context)
{
    struct review_texts *texts = context;
    struct error *error = &texts->problem;
    const bool is_test = texts->split == CORPUS_TEST;
    struct corpus corpus = {.names_only = true,
                            .kept = review_texts_file(is_test ? KEEP_TEST_TEXTS : KEEP_TRAINING_TEXTS)};
    bool ok = corpus_open(&corpus, texts->path, is_test, &texts->table, error);
    if (ok && corpus.parts[texts->split].count != texts->count)
        ok = error_set(error, "%s: has changed meanwhile; its reviews have numbers alone", texts->path);
    texts->is_read = ok && take(texts, &corpus, error);
    corpus_close(&corpus);
    return NULL;
}

static void end_reader(struct review_texts *texts)
{
    if (texts->has_reader)
        pthread_join(texts->reader, NULL);
    texts->has_reader = false;
}

bool review_texts_open(struct review_texts **texts, const struct review_texts_options *options,
                       struct corpus *corpus, struct error *error)
{
    struct review_texts *opened = *texts = calloc(1, sizeof *opened);
    if (opened == NULL) {
        free(options->order);
        return error_memory(error, "the names of the reviews", sizeof *opened);
    }
    *opened = (struct review_texts){.split = options->split,
                                    .order = options->order,
                                    .count = options->count,
                                    .table = *options->table,
                                    .is_npz = options->path == NULL};
    if (corpus != NULL)
        return take(opened, corpus, error);
    if (options->path == NULL)
        return true;
    opened->path = strdup(options->path);
    if (opened->path == NULL)
        return error_memory(error, "a path", strlen(options->path) + 1);
    opened->has_reader = pthread_create(&opened->reader, NULL, read_again, opened) == 0;
    return true;
}

bool review_texts_prepare(struct review_texts *texts, struct error *error)
{
    if (texts->path == NULL)
        return true;
    if (texts->has_reader)
        end_reader(texts);
    else
        read_again(texts);
    free(texts->path);
    texts->path = NULL; /* not tried again */
    if (!texts->is_read)
        *error = texts->problem;
    return texts->is_read;
}

void review_texts_name(const struct review_texts *texts, int row, char name[static REVIEW_NAME_BYTES])
{
    const int32_t i = texts->order[row];
    const char *split = corpus_split_name(texts->split);
    if (texts->reviews == NULL) {
        snprintf(name, REVIEW_NAME_BYTES, "%s%s[%d]", texts->is_npz ? "x_" : "", split, (int)i);
        return;
    }
    const struct corpus_review *review = &texts->reviews[i];
    const char *of_corpus = texts->names + review->name;
    if (texts->is_table)
        snprintf(name, REVIEW_NAME_BYTES, "%s", of_corpus);
    else
        snprintf(name, REVIEW_NAME_BYTES, "%s/%s/%s", split, review->positive ? "pos" : "neg", of_corpus);
}

bool review_texts_read(const struct review_texts *texts, int row, char **text, size_t *bytes,
                       struct error *error)
{
    *text = NULL;
    if (texts->file == NULL)
        return true;
    const struct corpus_review *review = &texts->reviews[texts->order[row]];
    *bytes = review->text_bytes;
    *text = malloc(*bytes);
    if (*text == NULL)
        return error_memory(error, "the text of a review", *bytes);
    errno = 0;
    if (fseeko(texts->file, (off_t)review->text_start, SEEK_SET) == 0 &&
        fread(*text, 1, *bytes, texts->file) == *bytes)
        return true;
    free(*text);
    *text = NULL;
    return error_set(error, "the temporary file of the reviews: cannot read: %s; check the disk",
                     strerror(errno ? errno : EIO));
}

void review_texts_close(struct review_texts *texts)
{
    if (texts == NULL)
        return;
    end_reader(texts);
    if (texts->file != NULL)
        fclose(texts->file);
    free(texts->order);
    free(texts->path);
    free(texts->reviews);
    free(texts->names);
    free(texts);
}
