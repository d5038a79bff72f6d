#include "run_directory.h"

#include "matinee/output_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char remedy[] = "choose another place with --out";

/* The file name without folder and ".keras". */
static void model_stem(const char *model, char *stem, size_t bytes)
{
    static const char ending[] = ".keras";
    const char *slash = strrchr(model, '/');
    snprintf(stem, bytes, "%s", slash ? slash + 1 : model);
    size_t length = strlen(stem), ending_length = sizeof ending - 1;
    if (length > ending_length && strcmp(stem + length - ending_length, ending) == 0)
        stem[length - ending_length] = '\0';
}

static bool default_path(struct run_directory *directory, const char *model, uint64_t seed,
                         struct error *error)
{
    enum { TRIES = 10000 };
    char stem[256], number[16] = "";
    struct stat status;
    model_stem(model, stem, sizeof stem);
    for (int i = 1; i < TRIES; i++) {
        if (i > 1)
            snprintf(number, sizeof number, "-%d", i);
        snprintf(directory->path, sizeof directory->path, "runs/%s-%" PRIu64 "%s", stem, seed, number);
        if (lstat(directory->path, &status) != 0)
            return true;
    }
    return error_set(error, "%s: so many runs exist already; %s", directory->path, remedy);
}

/* Looks at the path, or at the nearest folder above it that exists. */
static bool check_writable(const char *path, struct error *error)
{
    char ancestor[RUN_PATH_BYTES];
    struct stat status;
    snprintf(ancestor, sizeof ancestor, "%s", path);
    while (stat(ancestor, &status) != 0) {
        if (errno != ENOENT)
            return error_set(error, "%s: cannot be used as the run directory: %s; %s", path, strerror(errno),
                             remedy);
        char *slash = strrchr(ancestor, '/');
        if (!slash)
            strcpy(ancestor, ".");
        else if (slash == ancestor)
            strcpy(ancestor, "/");
        else
            *slash = '\0';
    }
    if (!S_ISDIR(status.st_mode))
        return error_set(error, "%s: cannot be used as the run directory: %s is not a directory; %s", path,
                         ancestor, remedy);
    if (access(ancestor, W_OK | X_OK) != 0)
        return error_set(error, "%s: cannot be used as the run directory: %s is not writable: %s; %s", path,
                         ancestor, strerror(errno), remedy);
    return true;
}

bool run_directory_choose(struct run_directory *directory, const char *out, const char *model, uint64_t seed,
                          struct error *error)
{
    *directory = (struct run_directory){.made = false};
    if (!out) {
        if (!default_path(directory, model, seed, error))
            return false;
    } else {
        if (strlen(out) >= sizeof directory->path)
            return error_set(error, "%s: the path is too long; %s", out, remedy);
        strcpy(directory->path, out);
    }
    return check_writable(directory->path, error);
}

static bool prove_writable(struct run_directory *directory, struct error *error)
{
    char path[RUN_PATH_BYTES];
    struct output_file probe;
    run_directory_file(directory, "model.keras", path);
    if (!output_file_open(&probe, path, error))
        return false;
    output_file_abandon(&probe);
    return true;
}

bool run_directory_make(struct run_directory *directory, struct error *error)
{
    struct stat status;
    struct error cause;
    bool existed = stat(directory->path, &status) == 0;
    bool made = make_directories(directory->path, &cause);
    directory->made = made && !existed;
    if (made && prove_writable(directory, &cause))
        return true;
    return error_set(error, "%.900s; %s", cause.message, remedy);
}

void run_directory_file(const struct run_directory *directory, const char *name, char path[RUN_PATH_BYTES])
{
    snprintf(path, RUN_PATH_BYTES, "%s/%.24s", directory->path, name);
}

void run_directory_close(struct run_directory *directory)
{
    if (directory->made)
        (void)rmdir(directory->path); /* which leaves a directory with files alone */
    directory->made = false;
}
