#define _GNU_SOURCE /* mkostemp */
#include "spill.h"

#include "matinee/output_file.h"
#include "read_at.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const spill_name = "spill";

struct spill {
    const char *directory;
    int64_t memory_bytes, in_memory;
    uint64_t granted; /* that spill_map left in memory */
    pthread_mutex_t lock;
    int file; /* -1: not made yet */
    uint64_t file_bytes;
    bool failed;
    struct error failure;
};

struct spill *spill_open(const char *directory, int64_t memory_bytes, struct error *error)
{
    struct spill *spill = malloc(sizeof *spill);
    if (spill == NULL) {
        error_memory(error, "the words of the reviews", sizeof *spill);
        return NULL;
    }
    *spill = (struct spill){.directory = directory, .memory_bytes = memory_bytes, .file = -1};
    pthread_mutex_init(&spill->lock, NULL);
    return spill;
}

void spill_close(struct spill *spill)
{
    if (spill == NULL)
        return;
    if (spill->file >= 0)
        close(spill->file);
    pthread_mutex_destroy(&spill->lock);
    free(spill);
}

static bool complain(const struct spill *spill, int reason, struct error *error)
{
    return error_set(error,
                     "%s: more words than fit into memory cannot be written there: %s; make room or choose "
                     "another place with --cache DIR",
                     spill->directory, strerror(reason));
}

static int make_file(const struct spill *spill, struct error *error)
{
    char path[4096 + 64];
    if (!make_directories(spill->directory, error))
        return -1;
    if ((size_t)snprintf(path, sizeof path, "%s/%s.XXXXXX", spill->directory, spill_name) >= sizeof path) {
        complain(spill, ENAMETOOLONG, error);
        return -1;
    }
    int file = mkostemp(path, O_CLOEXEC);
    if (file < 0)
        complain(spill, errno, error);
    else
        (void)unlink(path);
    return file;
}

static bool write_at(int file, const void *data, size_t bytes, uint64_t offset)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t put = pwrite(file, (const char *)data + done, bytes - done, (off_t)(offset + done));
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        done += (size_t)put;
    }
    return true;
}

/* A place in the file, which is made for the first. False for what stays in memory. */
static bool take_place(struct spill *spill, size_t bytes, uint64_t *offset)
{
    if (spill->failed || spill->in_memory + (int64_t)bytes <= spill->memory_bytes) {
        spill->in_memory += (int64_t)bytes;
        return false;
    }
    if (spill->file < 0)
        spill->file = make_file(spill, &spill->failure);
    spill->failed = spill->file < 0;
    *offset = spill->file_bytes;
    spill->file_bytes += bytes;
    return !spill->failed;
}

bool spill_write(struct spill *spill, const void *data, size_t bytes, uint64_t *offset)
{
    pthread_mutex_lock(&spill->lock);
    bool has_place = take_place(spill, bytes, offset);
    pthread_mutex_unlock(&spill->lock);
    if (!has_place || write_at(spill->file, data, bytes, *offset))
        return has_place;
    const int reason = errno;
    pthread_mutex_lock(&spill->lock);
    spill->failed = true;
    complain(spill, reason, &spill->failure);
    pthread_mutex_unlock(&spill->lock);
    return false;
}

bool spill_has_file(struct spill *spill)
{
    if (spill == NULL)
        return false;
    pthread_mutex_lock(&spill->lock);
    bool has_file = spill->file >= 0;
    pthread_mutex_unlock(&spill->lock);
    return has_file;
}

bool spill_check(struct spill *spill, struct error *error)
{
    pthread_mutex_lock(&spill->lock);
    bool sound = !spill->failed;
    if (!sound)
        *error = spill->failure;
    pthread_mutex_unlock(&spill->lock);
    return sound;
}

bool spill_read(const struct spill *spill, void *data, size_t bytes, uint64_t offset, struct error *error)
{
    return read_at(spill->file, data, bytes, offset) ||
           error_set(error,
                     "%s: words that were written there cannot be read again: %s; choose another place "
                     "with --cache DIR",
                     spill->directory, strerror(errno));
}

static bool make_mapped(const struct spill *spill, uint64_t bytes, struct mapped_file **mapped,
                        struct error *error)
{
    int file = make_file(spill, error);
    if (file < 0)
        return false;
    int reason = posix_fallocate(file, 0, (off_t)bytes);
    if (reason == 0) {
        *mapped = mapped_file_writable(file, bytes);
        reason = errno;
    }
    close(file);
    return *mapped != NULL || complain(spill, reason, error);
}

bool spill_map(struct spill *spill, uint64_t bytes, struct mapped_file **mapped, struct error *error)
{
    *mapped = NULL;
    if (spill == NULL || bytes == 0)
        return true;
    const uint64_t most = (uint64_t)spill->memory_bytes, all = spill->granted + bytes;
    if (all > most && make_mapped(spill, bytes, mapped, error))
        return true;
    if (all / 2 > most)
        return false;
    spill->granted = all;
    return true;
}
