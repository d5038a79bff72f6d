#include "word_finder.h"

#include "spill.h"
#include "tokenizer.h"

#include <pthread.h>
#include <stdlib.h>

enum { WAITING_MAX = 16 };

struct worker {
    struct word_finder *finder;
    int number;
    pthread_t thread;
    struct word_table table;
};

struct word_finder {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct text_block *waiting[WAITING_MAX]; /* a ring */
    int first, count;
    int busy;    /* threads at work on a block */
    bool ends;   /* no further block will come */
    bool failed; /* `failure` says why; what is taken then is only counted off */
    int threads; /* that run */
    int tables;  /* at least one */
    struct error failure;
    struct spill *spill;     /* NULL: numbers stay in memory */
    int64_t words_bytes_max; /* of all tables; 0: any */
    struct worker workers[];
};

/* Numbers the words of all texts of a block. */
static bool find_words(struct word_table *table, struct text_block *block, struct error *error)
{
    size_t most =
        ((size_t)block->text_bytes + (size_t)block->count) / 2 + 1; /* a word takes a letter and a space */
    int32_t *numbers = malloc(most * sizeof *numbers);
    uint32_t *ends = malloc(((size_t)block->count + 1) * sizeof *ends), count = 0;
    block->numbers = numbers;
    block->number_ends = ends;
    if (numbers == NULL || ends == NULL)
        return error_memory(error, "the words of the reviews", most * sizeof *numbers);
    for (int32_t i = 0; i < block->count; i++) {
        uint32_t start = text_block_text_start(block, i);
        struct tokenizer tokenizer = tokenizer_open(block->text + start, block->text_ends[i] - start);
        for (struct word word; tokenizer_next(&tokenizer, &word); count++) {
            numbers[count] = word_table_add(table, word, error);
            if (numbers[count] == WORD_UNKNOWN)
                return false;
        }
        ends[i] = count;
    }
    int32_t *smaller = realloc(numbers, ((size_t)count + 1) * sizeof *numbers);
    if (smaller != NULL)
        block->numbers = smaller;
    free(block->text);
    block->text = NULL;
    return true;
}

/* Keeps the numbers of a block where there is room for them. */
static void put_away(struct spill *spill, struct text_block *block)
{
    const size_t bytes = block->count > 0 ? block->number_ends[block->count - 1] * sizeof *block->numbers : 0;
    if (spill == NULL || !spill_write(spill, block->numbers, bytes, &block->numbers_offset))
        return;
    free(block->numbers);
    block->numbers = NULL;
}

/* Numbers that are in a file leave their memory to the tables and no more; those that all fit into memory are not asked
 * for more room than without a spill. The tables have much the same words. */
static bool check_table(const struct word_finder *finder, const struct word_table *table, struct error *error)
{
    const double GB = 1 << 30;
    const int64_t most = finder->words_bytes_max;
    return most == 0 || (int64_t)word_table_bytes(table) <= most / finder->tables ||
           !spill_has_file(finder->spill) ||
           error_set(error,
                     "the words that differ take more than %.3g GB of memory, and no more is free for them; "
                     "take fewer reviews, fewer --threads or, if the texts are smaller, --map-reviews never",
                     (double)most / GB);
}

/* Works on one block, with the lock held before and after. */
static void work(struct word_finder *finder, struct worker *worker, struct text_block *block)
{
    struct error error;
    if (finder->failed)
        return;
    finder->busy++;
    pthread_mutex_unlock(&finder->lock);
    block->finder = worker->number;
    bool found = find_words(&worker->table, block, &error);
    if (found)
        put_away(finder->spill, block);
    found = found && check_table(finder, &worker->table, &error);
    pthread_mutex_lock(&finder->lock);
    finder->busy--;
    if (!found && !finder->failed) {
        finder->failed = true;
        finder->failure = error;
    }
}

static void *run(void *context)
{
    struct worker *worker = context;
    struct word_finder *finder = worker->finder;
    pthread_mutex_lock(&finder->lock);
    for (;;) {
        while (finder->count == 0 && !finder->ends)
            pthread_cond_wait(&finder->changed, &finder->lock);
        if (finder->count == 0)
            break;
        struct text_block *block = finder->waiting[finder->first];
        finder->first = (finder->first + 1) % WAITING_MAX;
        finder->count--;
        work(finder, worker, block);
        pthread_cond_broadcast(&finder->changed);
    }
    pthread_mutex_unlock(&finder->lock);
    return NULL;
}

bool word_finder_open(struct word_finder **finder, int threads, struct error *error)
{
    int tables = threads > 1 ? threads : 1;
    struct word_finder *made = calloc(1, sizeof *made + (size_t)tables * sizeof *made->workers);
    if (made == NULL)
        return error_memory(error, "the words of the reviews", 0);
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->changed, NULL);
    *finder = made;
    for (int i = 0; i < tables; i++) {
        struct worker *worker = &made->workers[i];
        worker->finder = made;
        worker->number = i;
        made->tables++;
        if (!word_table_open(&worker->table, error)) {
            word_finder_close(made);
            *finder = NULL;
            return false;
        }
    }
    while (made->threads < threads && pthread_create(&made->workers[made->threads].thread, NULL, run,
                                                     &made->workers[made->threads]) == 0)
        made->threads++;
    return true;
}

void word_finder_set_spill(struct word_finder *finder, struct spill *spill, int64_t words_bytes_max)
{
    finder->spill = spill;
    finder->words_bytes_max = words_bytes_max;
}

void word_finder_take(struct word_finder *finder, struct text_block *block)
{
    pthread_mutex_lock(&finder->lock);
    if (finder->threads == 0) {
        work(finder, &finder->workers[0], block);
    } else {
        while (finder->count == WAITING_MAX)
            pthread_cond_wait(&finder->changed, &finder->lock);
        finder->waiting[(finder->first + finder->count++) % WAITING_MAX] = block;
        pthread_cond_broadcast(&finder->changed);
    }
    pthread_mutex_unlock(&finder->lock);
}

bool word_finder_wait(struct word_finder *finder, struct error *error)
{
    pthread_mutex_lock(&finder->lock);
    while (finder->count > 0 || finder->busy > 0)
        pthread_cond_wait(&finder->changed, &finder->lock);
    bool found = !finder->failed;
    if (!found && error != NULL)
        *error = finder->failure;
    pthread_mutex_unlock(&finder->lock);
    return found;
}

int word_finder_count(const struct word_finder *finder)
{
    return finder->tables;
}

const struct word_table *word_finder_table(const struct word_finder *finder, int number)
{
    return &finder->workers[number].table;
}

void word_finder_close(struct word_finder *finder)
{
    if (finder == NULL)
        return;
    pthread_mutex_lock(&finder->lock);
    finder->ends = true;
    pthread_cond_broadcast(&finder->changed);
    pthread_mutex_unlock(&finder->lock);
    for (int i = 0; i < finder->threads; i++)
        pthread_join(finder->workers[i].thread, NULL);
    for (int i = 0; i < finder->tables; i++)
        word_table_close(&finder->workers[i].table);
    pthread_cond_destroy(&finder->changed);
    pthread_mutex_destroy(&finder->lock);
    free(finder);
}
