#include "source_mark.h"

#include "corpus.h"
#include "parallel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const int64_t SECOND = 1000000000;

static int64_t nanoseconds(struct timespec time)
{
    return (int64_t)time.tv_sec * SECOND + time.tv_nsec;
}

/* What a status says of a file's contents. Written whole, so that no padding is hashed. */
struct status_record {
    uint64_t device, inode, size, kind;
    int64_t changed, touched;
};

static struct status_record record_of(const struct stat *status)
{
    return (struct status_record){.device = (uint64_t)status->st_dev,
                                  .inode = (uint64_t)status->st_ino,
                                  .size = (uint64_t)status->st_size,
                                  .kind = (uint64_t)(status->st_mode & S_IFMT),
                                  .changed = nanoseconds(status->st_mtim),
                                  .touched = nanoseconds(status->st_ctim)};
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

struct folder {
    char path[4096];
    bool failed;
    struct hash128 sum; /* of the records of its reviews, whatever order the system lists them in */
    int64_t newest;
};

/* A review's record: its status, then its name. */
static bool add_review(struct folder *folder, int directory, const char *name)
{
    struct stat status;
    unsigned char bytes[sizeof(struct status_record) + NAME_MAX + 1];
    size_t name_bytes = strnlen(name, NAME_MAX + 1);
    if (fstatat(directory, name, &status, 0) != 0 || name_bytes > NAME_MAX)
        return false;
    struct status_record record = record_of(&status);
    record.device = record.inode = 0; /* names, sizes and times */
    memcpy(bytes, &record, sizeof record);
    memcpy(bytes + sizeof record, name, name_bytes);
    struct hash128 hash = hash128_of(bytes, sizeof record + name_bytes);
    hash128_add(&folder->sum, &hash);
    folder->newest = later(folder->newest, later(record.changed, record.touched));
    return true;
}

static void list_folder(void *context, int i)
{
    struct folder *folder = (struct folder *)context + i;
    DIR *directory = opendir(folder->path);
    if (directory == NULL) {
        folder->failed = errno != ENOENT; /* of reviews that are not asked for */
        return;
    }
    const struct dirent *entry;
    errno = 0;
    while (!folder->failed && (entry = readdir(directory)) != NULL)
        folder->failed =
            corpus_is_review_name(entry->d_name) && !add_review(folder, dirfd(directory), entry->d_name);
    folder->failed = folder->failed || errno != 0;
    closedir(directory);
}

static bool mark_directory(struct source_mark *mark, const char *path, int threads)
{
    enum { FOLDERS = 4 };
    static const char *const names[FOLDERS] = {"train/pos", "train/neg", "test/pos", "test/neg"};
    struct folder folders[FOLDERS] = {{.failed = false}};
    struct hash128 sums[FOLDERS];
    for (int i = 0; i < FOLDERS; i++)
        if ((size_t)snprintf(folders[i].path, sizeof folders[i].path, "%s/%s", path, names[i]) >=
            sizeof folders[i].path)
            return false;
    parallel_for(threads, FOLDERS, list_folder, folders);
    for (int i = 0; i < FOLDERS; i++) {
        if (folders[i].failed)
            return false;
        sums[i] = folders[i].sum;
        mark->newest = later(mark->newest, folders[i].newest);
    }
    mark->hash = hash128_of(sums, sizeof sums);
    return true;
}

bool source_mark_take(struct source_mark *mark, const char *path, int threads)
{
    struct timespec now;
    struct stat status;
    *mark = (struct source_mark){.newest = 0};
    if (clock_gettime(CLOCK_REALTIME, &now) != 0 || stat(path, &status) != 0)
        return false;
    mark->taken = nanoseconds(now);
    mark->is_directory = S_ISDIR(status.st_mode);
    if (mark->is_directory)
        return mark_directory(mark, path, threads);
    struct status_record record = record_of(&status);
    mark->hash = hash128_of(&record, sizeof record);
    mark->newest = later(record.changed, record.touched);
    return S_ISREG(status.st_mode);
}

bool source_mark_is_sure(const struct source_mark *mark)
{
    return mark->newest + 2 * SECOND < mark->taken;
}

bool source_mark_equals(const struct source_mark *a, const struct source_mark *b)
{
    return a->is_directory == b->is_directory && hash128_equals(&a->hash, &b->hash);
}
