#include "corpus.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One byte more than a review may have, so that a longer one is noticed without being read. */
enum { BUFFER_BYTES = REVIEW_MAX_BYTES + 1 };

/* Reads until the end or until the buffer is full. */
static bool read_all(int file, char *buffer, size_t *bytes, struct error *error)
{
    *bytes = 0;
    while (*bytes < BUFFER_BYTES) {
        ssize_t got = read(file, buffer + *bytes, BUFFER_BYTES - *bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(error, "cannot read: %s; check the disk", strerror(errno));
        if (got == 0)
            break;
        *bytes += (size_t)got;
    }
    return true;
}

static bool read_review(int directory, const char *name, char *buffer, size_t *bytes, struct error *error)
{
    /* Non-blocking, so that a pipe of this name is refused below instead of waited for. */
    int file = openat(directory, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return error_set(error, "cannot open: %s; restore the file or its permissions", strerror(errno));
    struct stat status;
    bool ok;
    if (fstat(file, &status) != 0)
        ok = error_set(error, "cannot examine: %s; check the disk", strerror(errno));
    else if (!S_ISREG(status.st_mode))
        ok = error_set(error, "not a regular file; remove it");
    else
        ok = read_all(file, buffer, bytes, error);
    close(file);
    return ok;
}

/* Files that are no reviews, hidden ones included, are left alone. */
bool corpus_is_review_name(const char *name)
{
    size_t bytes = strlen(name);
    return name[0] != '.' && bytes > 4 && strcmp(name + bytes - 4, ".txt") == 0;
}

struct place {
    enum corpus_split split;
    bool positive;
};

static bool read_folder(struct corpus *corpus, DIR *folder, struct place place, char *buffer,
                        struct error *error)
{
    bool skipped = corpus->parts[place.split].skipped;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry == NULL && errno != 0)
            return error_set(error, "%s: cannot list %s/%s: %s; check the disk", corpus->source,
                             corpus_split_name(place.split), place.positive ? "pos" : "neg", strerror(errno));
        if (entry == NULL)
            return true;
        if (!corpus_is_review_name(entry->d_name))
            continue;
        size_t bytes = 0;
        if (!skipped && !read_review(dirfd(folder), entry->d_name, buffer, &bytes, error))
            return corpus_error_within(corpus, place.split, place.positive, entry->d_name, error);
        if (!corpus_add(corpus, place.split, place.positive, entry->d_name, buffer, bytes, error))
            return false;
    }
}

static bool open_and_read(struct corpus *corpus, const char *path, struct place place, char *buffer,
                          struct error *error)
{
    size_t bytes = strlen(path) + sizeof "/train/pos";
    char *name = malloc(bytes);
    if (name == NULL)
        return error_memory(error, "a path", bytes);
    snprintf(name, bytes, "%s/%s/%s", path, corpus_split_name(place.split), place.positive ? "pos" : "neg");
    bool ok = true;
    DIR *folder = opendir(name);
    if (folder != NULL) {
        ok = read_folder(corpus, folder, place, buffer, error);
        closedir(folder);
    } else if (!(errno == ENOENT && corpus->parts[place.split].skipped)) {
        ok = error_set(
            error,
            "%s: %s; name a directory that holds train/pos, train/neg, test/pos and test/neg, or run "
            "scripts/fetch_imdb.sh to get one",
            name, strerror(errno));
    }
    free(name);
    return ok;
}

bool corpus_directory_read(struct corpus *corpus, const char *path, struct error *error)
{
    char *buffer = malloc(BUFFER_BYTES);
    if (buffer == NULL)
        return error_memory(error, "a review", BUFFER_BYTES);
    bool ok = true;
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS && ok; split++)
        for (int negative = 0; negative < 2 && ok; negative++)
            ok = open_and_read(corpus, path, (struct place){split, negative == 0}, buffer, error);
    free(buffer);
    return ok;
}
