#include "matinee/ranks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* The driver's version changes no kernel: "CUDA 13.0 (driver for 13.1), cuDNN 9.19". */
static void leave_out_driver(char *kernels)
{
    char *begin = strstr(kernels, " (driver for");
    const char *end = begin ? strchr(begin, ')') : NULL;
    if (end)
        memmove(begin, end + 1, strlen(end + 1) + 1);
}

/* "cpu, 2 threads, avx2 kernels" and "cuda:1, NVIDIA H100, ...". */
struct rank_mark rank_mark_of(const struct backend *backend)
{
    struct rank_mark mark = {.version = MATINEE_VERSION};
    const char *rest = strchr(backend->description, ',');
    if (rest && strcmp(backend->name, "cpu") == 0)
        rest = strchr(rest + 1, ',');
    snprintf(mark.kernels, sizeof mark.kernels, "%s%.240s", backend->name, rest ? rest : "");
    leave_out_driver(mark.kernels);
    return mark;
}

void rank_mark_text(char mark[static RANK_MARK_BYTES], const char *text)
{
    snprintf(mark, RANK_MARK_BYTES, "%08lx", crc32_z(0, (const Bytef *)text, strlen(text)));
}

void rank_mark_state(char mark[static RANK_MARK_BYTES], const struct parameter_table *table,
                     const struct training_state *state)
{
    const float *const arenas[] = {state->weights, state->m, state->v, state->average};
    uLong crc = crc32_z(0, (const Bytef *)&state->iterations, sizeof state->iterations);
    for (size_t i = 0; i < sizeof arenas / sizeof *arenas; i++)
        if (arenas[i])
            crc = crc32_z(crc, (const Bytef *)arenas[i], table->total_count * sizeof *arenas[i]);
    snprintf(mark, RANK_MARK_BYTES, "%08lx", crc);
}

static bool differ(const char *what, const char *own, const char *first, int rank, int ranks,
                   const char *remedy, struct error *error)
{
    return error_set(error, "rank %d of %d has other %s than rank 0, %.240s and not %.240s; %s", rank, ranks,
                     what, own, first, remedy);
}

static bool compare(const struct rank_mark *mark, const struct rank_mark *first, int rank, int ranks,
                    struct error *error)
{
    const struct {
        const char *what, *own, *first, *remedy;
    } marks[] = {
        {"code", mark->version, first->version, "start the same program on all machines"},
        {"options", mark->options, first->options, "give all processes the same"},
        {"reviews", mark->reviews, first->reviews, "give all machines the same data"},
        {"kernels", mark->kernels, first->kernels,
         "take GPUs of one kind, or name kernels that all processors have with --cpu-kernels"},
        {"weights", mark->weights, first->weights, "give all machines the same model file"},
    };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strcmp(marks[i].own, marks[i].first) != 0)
            return differ(marks[i].what, marks[i].own, marks[i].first, rank, ranks, marks[i].remedy, error);
    return true;
}

bool ranks_agree(const struct options *options, const struct rank_mark *own, struct error *error)
{
    const struct communicator *communicator = options->communicator;
    const int ranks = ranks_count(options);
    if (ranks == 1)
        return true;
    struct rank_mark *all = malloc((size_t)ranks * sizeof *all);
    if (!all)
        return error_memory(error, "the marks of all ranks", (size_t)ranks * sizeof *all);
    communicator->gather(communicator, own, sizeof *own, all);
    bool agree = true;
    for (int rank = 1; rank < ranks && agree; rank++)
        agree = compare(&all[rank], &all[0], rank, ranks, error);
    free(all);
    return agree;
}
