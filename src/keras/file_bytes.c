#include "file_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads until the bytes are complete or the file ends. */
static ssize_t read_fully(int descriptor, char *to, size_t bytes)
{
    size_t done = 0;
    while (done < bytes) {
        ssize_t got = read(descriptor, to + done, bytes - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

/* Not blocking: a pipe without a writer would make open wait. */
static int open_regular(const char *path, struct stat *status)
{
    int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor >= 0 && fstat(descriptor, status) == 0)
        return descriptor;
    if (descriptor >= 0)
        close(descriptor);
    return -1;
}

static bool named_hdf5(const char *path)
{
    size_t bytes = strlen(path);
    return (bytes >= 3 && strcmp(path + bytes - 3, ".h5") == 0) ||
           (bytes >= 5 && strcmp(path + bytes - 5, ".hdf5") == 0);
}

bool file_is_hdf5(const char *path)
{
    char begin[4] = "";
    struct stat status;
    int descriptor = open_regular(path, &status);
    if (descriptor < 0)
        return named_hdf5(path);
    if (S_ISREG(status.st_mode))
        read_fully(descriptor, begin, sizeof begin);
    close(descriptor);
    return memcmp(begin, "\x89HDF", 4) == 0 || (named_hdf5(path) && memcmp(begin, "PK", 2) != 0);
}

bool file_bytes_read(char **bytes, size_t *count, const char *path, size_t bytes_max, struct error *error)
{
    struct stat status;
    *bytes = NULL;
    int descriptor = open_regular(path, &status);
    if (descriptor < 0)
        return error_set(error, "%s: cannot read the file: %s; name a model file that can be read", path,
                         strerror(errno));
    bool read = false;
    if (!S_ISREG(status.st_mode)) {
        error_set(error, "%s: not a regular file; name a model file", path);
        goto close;
    }
    if ((uintmax_t)status.st_size > bytes_max) {
        error_set(error, "%s: has more than %zu bytes; this is not a model file", path, bytes_max);
        goto close;
    }
    *bytes = malloc((size_t)status.st_size + 1);
    if (!*bytes) {
        error_memory(error, path, (unsigned long long)status.st_size);
        goto close;
    }
    ssize_t got = read_fully(descriptor, *bytes, (size_t)status.st_size);
    if (got < 0) {
        error_set(error, "%s: cannot read the file: %s; name a model file that can be read", path,
                  strerror(errno));
        goto close;
    }
    *count = (size_t)got;
    read = true;
close:
    close(descriptor);
    if (!read) {
        free(*bytes);
        *bytes = NULL;
    }
    return read;
}
