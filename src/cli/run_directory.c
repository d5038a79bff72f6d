#include "run_directory.h"

#include "matinee/output_file.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char remedy[] = "choose another place with --out";

/* The file name without folder and without its ending; of such an ending alone nothing is taken. */
static void model_stem(const char *model, char *stem, size_t bytes)
{
    const char *slash = strrchr(model, '/');
    snprintf(stem, bytes, "%s", slash ? slash + 1 : model);
    char *ending = strrchr(stem, '.');
    bool known = ending && (strcmp(ending, ".keras") == 0 || strcmp(ending, ".json") == 0 ||
                            strcmp(ending, ".h5") == 0 || strcmp(ending, ".hdf5") == 0);
    if (known && ending != stem)
        *ending = '\0';
}

/* The first of runs/MODEL-SEED, runs/MODEL-SEED-2 ... that does not exist. */
static bool default_path(struct run_directory *directory, struct error *error)
{
    enum { TRIES = 10000 };
    char stem[256], number[16] = "";
    struct stat status;
    model_stem(directory->model, stem, sizeof stem);
    for (int i = 1; i < TRIES; i++) {
        if (i > 1)
            snprintf(number, sizeof number, "-%d", i);
        snprintf(directory->path, sizeof directory->path, "runs/%s-%" PRIu64 "%s", stem, directory->seed,
                 number);
        if (lstat(directory->path, &status) != 0)
            return true;
    }
    return error_set(error, "%s: so many runs exist already; %s", directory->path, remedy);
}

/* Cuts off the last component: "a/b" -> "a", "a" -> "", "/a" -> "/". */
static void cut_component(char *path)
{
    char *slash = strrchr(path, '/');
    if (!slash)
        path[0] = '\0';
    else
        slash[slash == path] = '\0';
}

/* The path, or the nearest folder above it that exists; "" is the current one. False with errno. */
static bool nearest_existing(const char *path, char ancestor[RUN_PATH_BYTES], struct stat *status)
{
    snprintf(ancestor, RUN_PATH_BYTES, "%s", path);
    while (stat(ancestor[0] ? ancestor : ".", status) != 0) {
        if (errno != ENOENT || !ancestor[0])
            return false;
        cut_component(ancestor);
    }
    return true;
}

static bool check_writable(const char *path, struct error *error)
{
    char found[RUN_PATH_BYTES];
    struct stat status;
    if (!nearest_existing(path, found, &status))
        return error_set(error, "%s: cannot be used as the run directory: %s; %s", path, strerror(errno),
                         remedy);
    const char *ancestor = found[0] ? found : ".";
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
    *directory = (struct run_directory){.is_default = !out, .model = model, .seed = seed};
    if (!out) {
        if (!default_path(directory, error))
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

/* Another run of the same model and seed may take the default path at any time: it is ours only if this mkdir makes
 * it. */
static bool make_default(struct run_directory *directory, struct error *error)
{
    char parents[RUN_PATH_BYTES];
    snprintf(parents, sizeof parents, "%s", directory->path);
    cut_component(parents);
    if (!make_directories(parents, error))
        return false;
    while (mkdir(directory->path, 0777) != 0) {
        if (errno != EEXIST)
            return error_set(error, "%s: cannot make the directory: %s; %s", directory->path, strerror(errno),
                             remedy);
        if (!default_path(directory, error))
            return false;
    }
    return true;
}

bool run_directory_make(struct run_directory *directory, struct error *error)
{
    char existing[RUN_PATH_BYTES];
    struct stat status;
    if (!nearest_existing(directory->path, existing, &status))
        return error_set(error, "%s: cannot be used as the run directory: %s; %s", directory->path,
                         strerror(errno), remedy);
    directory->made = true;
    directory->existing_bytes = strlen(existing);
    bool made =
        directory->is_default ? make_default(directory, error) : make_directories(directory->path, error);
    return made && prove_writable(directory, error);
}

void run_directory_file(const struct run_directory *directory, const char *name, char path[RUN_PATH_BYTES])
{
    snprintf(path, RUN_PATH_BYTES, "%s/%.24s", directory->path, name);
}

static bool is_left_over(const char *name)
{
    static const char *const files[] = {"model.keras",     "best.keras", "history.csv",
                                        "predictions.csv", "run.json",   "report.html"};
    static const char suffix[] = ".XXXXXX";
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        size_t bytes = strlen(files[i]);
        if (strncmp(name, files[i], bytes) == 0 && name[bytes] == '.' &&
            strlen(name) == bytes + sizeof suffix - 1)
            return true;
    }
    return false;
}

void run_directory_tidy(const struct run_directory *directory)
{
    char path[RUN_PATH_BYTES];
    DIR *listing = opendir(directory->path);
    if (!listing)
        return;
    for (const struct dirent *entry = readdir(listing); entry; entry = readdir(listing)) {
        if (!is_left_over(entry->d_name))
            continue;
        run_directory_file(directory, entry->d_name, path);
        (void)unlink(path);
    }
    closedir(listing);
}

void run_directory_close(struct run_directory *directory)
{
    /* rmdir leaves a directory with files alone. One that is missing may be a doubled slash in the path. */
    while (directory->made && strlen(directory->path) > directory->existing_bytes &&
           (rmdir(directory->path) == 0 || errno == ENOENT))
        cut_component(directory->path);
    directory->made = false;
}
