#include "mapped_file.h"

#include "matinee/data.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct mapped_file {
    unsigned char *start; /* of a page */
    size_t bytes, before; /* of them those before what was asked for */
};

static struct mapped_file *map(int file, uint64_t offset, uint64_t bytes, int protection)
{
    const uint64_t before = offset % (uint64_t)sysconf(_SC_PAGESIZE), all = before + bytes;
    struct mapped_file *mapped = malloc(sizeof *mapped);
    if (mapped == NULL)
        return NULL;
    void *start = MAP_FAILED;
    if (all <= SIZE_MAX)
        start = mmap(NULL, (size_t)all, protection, MAP_SHARED, file, (off_t)(offset - before));
    else
        errno = ENOMEM;
    if (start == MAP_FAILED) {
        free(mapped);
        return NULL;
    }
    *mapped = (struct mapped_file){.start = start, .bytes = (size_t)all, .before = (size_t)before};
    return mapped;
}

struct mapped_file *mapped_file_open(int file, uint64_t offset, uint64_t bytes)
{
    return map(file, offset, bytes, PROT_READ);
}

struct mapped_file *mapped_file_writable(int file, uint64_t bytes)
{
    return map(file, 0, bytes, PROT_READ | PROT_WRITE);
}

void mapped_file_shuffle(const struct mapped_file *mapped)
{
    if (mapped != NULL)
        (void)posix_madvise(mapped->start, mapped->bytes, POSIX_MADV_RANDOM);
}

void *mapped_file_data(const struct mapped_file *mapped)
{
    return mapped->start + mapped->before;
}

void mapped_file_close(struct mapped_file *mapped)
{
    if (mapped == NULL)
        return;
    munmap(mapped->start, mapped->bytes);
    free(mapped);
}

void mapped_tokens_close(struct reviews *reviews)
{
    if (reviews->mapped == NULL) {
        free(reviews->tokens);
        free(reviews->short_tokens);
    }
    mapped_file_close(reviews->mapped);
    reviews->mapped = NULL;
    reviews->tokens = NULL;
    reviews->short_tokens = NULL;
}

void reviews_take_any_order(const struct reviews *reviews)
{
    const bool is_short = reviews->tokens == NULL;
    const size_t each = is_short ? sizeof *reviews->short_tokens : sizeof *reviews->tokens,
                 bytes = (size_t)reviews->count * (size_t)reviews->T * each;
    char *start = is_short ? (char *)reviews->short_tokens : (char *)reviews->tokens;
    if (reviews->mapped == NULL || bytes == 0)
        return;
    const size_t before = (uintptr_t)start % (size_t)sysconf(_SC_PAGESIZE);
    (void)posix_madvise(start - before, before + bytes, POSIX_MADV_RANDOM);
}
