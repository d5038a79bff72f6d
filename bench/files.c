/* bench_files: how long a model file takes to load and to save, its members' checksums included.
 *
 *     bench_files MODEL.keras DIRECTORY [TIMES]
 *
 * The text of the vocabulary is made once, as a run makes it. Saves go to a file in the directory, which is removed at the end. A save ends with a sync: in a directory in memory
 * (/dev/shm) that costs nothing, and what is timed is the program. One line of JSON each, in milliseconds.
 */
#include "matinee/clock.h"
#include "matinee/trainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TIMES_MAX = 1000 };

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print(const char *what, double *ms, int count)
{
    qsort(ms, (size_t)count, sizeof *ms, ascending);
    printf("{\"what\": \"%s\", \"times\": %d, \"min_ms\": %.2f, \"median_ms\": %.2f, \"max_ms\": %.2f}\n",
           what, count, ms[0], ms[count / 2], ms[count - 1]);
}

static bool time_load(const char *path, double *ms, struct error *error)
{
    struct checkpoint model;
    double began = clock_seconds();
    if (!checkpoint_load(&model, path, error))
        return false;
    *ms = 1e3 * (clock_seconds() - began);
    checkpoint_close(&model);
    return true;
}

static bool time_save(const struct checkpoint *model, const char *path, double *ms, struct error *error)
{
    double began = clock_seconds();
    bool saved = checkpoint_save(model, path, error);
    *ms = 1e3 * (clock_seconds() - began);
    return saved;
}

static bool measure(const char *model_path, const char *directory, int times, struct error *error)
{
    static double load_ms[TIMES_MAX], save_ms[TIMES_MAX];
    struct checkpoint model;
    char path[4096];
    snprintf(path, sizeof path, "%s/bench_files.keras", directory);
    if (!checkpoint_load(&model, model_path, error))
        return false;
    bool good = checkpoint_prepare_saves(&model, error); /* as a run does */
    for (int i = 0; good && i < times; i++)
        good = time_save(&model, path, &save_ms[i], error) && time_load(path, &load_ms[i], error);
    unlink(path);
    checkpoint_close(&model);
    if (!good)
        return false;
    print("load", load_ms, times);
    print("save", save_ms, times);
    return true;
}

int main(int argc, char **argv)
{
    struct error error;
    int times = argc > 3 ? atoi(argv[3]) : 20;
    if (argc < 3 || argc > 4 || times < 1 || times > TIMES_MAX) {
        fprintf(stderr, "usage: bench_files MODEL.keras DIRECTORY [TIMES, 1 to %d]\n", TIMES_MAX);
        return 2;
    }
    if (measure(argv[1], argv[2], times, &error))
        return 0;
    fprintf(stderr, "bench_files: %s\n", error.message);
    return 1;
}
