#include "matinee/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char suffix[] = ".XXXXXX";

/* As mkstemp, which makes files private; these have the mode of any new file. To give it to one of mkstemp's, the
 * umask would have to be known, and to ask for it is to change it, for all threads. */
static int open_new(char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    enum { ATTEMPTS = 100 };
    char *end = name + strlen(name);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t number = ((uint64_t)now.tv_sec << 30 | (uint64_t)now.tv_nsec) ^ (uint64_t)getpid() << 40 ^
                      (uint64_t)(uintptr_t)name;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        number = number * 6364136223846793005u + 1442695040888963407u;
        uint64_t rest = number >> 16;
        for (char *letter = end - (sizeof suffix - sizeof "."); letter < end; letter++) {
            *letter = letters[rest % (sizeof letters - 1)];
            rest /= sizeof letters - 1;
        }
        int descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0 || errno != EEXIST)
            return descriptor;
    }
    return -1;
}

bool output_file_open(struct output_file *file, const char *path, struct error *error)
{
    *file = (struct output_file){0};
    file->path = strdup(path);
    file->temporary = malloc(strlen(path) + sizeof suffix);
    if (!file->path || !file->temporary) {
        output_file_abandon(file);
        return error_memory(error, "a file name", strlen(path));
    }
    strcpy(file->temporary, path);
    strcat(file->temporary, suffix);
    int descriptor = open_new(file->temporary);
    if (descriptor < 0) {
        error_set(error, "%s: cannot create the file: %s; choose another place", path, strerror(errno));
        free(file->temporary);
        file->temporary = NULL;
        output_file_abandon(file);
        return false;
    }
    file->stream = fdopen(descriptor, "wb");
    if (!file->stream) {
        error_set(error, "%s: cannot create the file: %s; choose another place", path, strerror(errno));
        close(descriptor);
        output_file_abandon(file);
        return false;
    }
    return true;
}

static void sync_directory_of(const char *path)
{
    char *copy = strdup(path);
    if (!copy)
        return;
    int descriptor = open(dirname(copy), O_RDONLY | O_DIRECTORY);
    if (descriptor >= 0) {
        (void)fsync(descriptor);
        close(descriptor);
    }
    free(copy);
}

bool output_file_commit(struct output_file *file, struct error *error)
{
    bool failed_before = ferror(file->stream);
    errno = failed_before ? EIO : 0; /* unless the next flush knows better */
    bool written = fflush(file->stream) == 0 && fsync(fileno(file->stream)) == 0 && !failed_before;
    int reason = errno;
    if (fclose(file->stream) != 0 && written) {
        written = false;
        reason = errno;
    }
    file->stream = NULL;
    if (written && rename(file->temporary, file->path) != 0) {
        written = false;
        reason = errno;
    }
    if (!written) {
        error_set(error, "%s: cannot write the file: %s; make room or choose another place", file->path,
                  strerror(reason));
        output_file_abandon(file);
        return false;
    }
    sync_directory_of(file->path);
    free(file->temporary);
    file->temporary = NULL;
    output_file_abandon(file);
    return true;
}

void output_file_abandon(struct output_file *file)
{
    if (file->stream)
        fclose(file->stream);
    if (file->temporary)
        unlink(file->temporary);
    free(file->temporary);
    free(file->path);
    *file = (struct output_file){0};
}

bool output_file_write(const char *path, const void *data, size_t bytes, struct error *error)
{
    struct output_file file;
    if (!output_file_open(&file, path, error))
        return false;
    if (fwrite(data, 1, bytes, file.stream) == bytes)
        return output_file_commit(&file, error);
    error_set(error, "%s: cannot write the file: %s; make room or choose another place", path,
              strerror(errno));
    output_file_abandon(&file);
    return false;
}

bool output_file_would_replace(const char *path, const char *other)
{
    struct stat a, b;
    return path && other && stat(path, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

static bool make_directory(const char *path, struct error *error)
{
    struct stat status;
    if (mkdir(path, 0777) == 0)
        return true;
    if (errno == EEXIST && stat(path, &status) == 0) {
        if (S_ISDIR(status.st_mode))
            return true;
        return error_set(error, "%s: is not a directory; choose another place", path);
    }
    return error_set(error, "%s: cannot make the directory: %s; choose another place", path, strerror(errno));
}

bool make_directories(const char *path, struct error *error)
{
    char *copy = strdup(path);
    if (!copy)
        return error_memory(error, "a path", strlen(path));
    bool made = true;
    for (char *slash = strchr(copy + (*copy == '/'), '/'); made && slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        made = make_directory(copy, error);
        *slash = '/';
    }
    made = made && make_directory(copy, error);
    free(copy);
    return made;
}
