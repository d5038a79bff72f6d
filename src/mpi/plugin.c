/* A communicator over MPI. Nothing else of Matinee knows of MPI, and a process that no launcher has started never loads
 * it. Open MPI loads its own components at run time; each names libmpi as what it needs, so they find its symbols
 * although this plugin is loaded with RTLD_LOCAL. */
#include "matinee/mpi_plugin.h"

#include <ctype.h>
#include <mpi.h>
#include <stdio.h>

/* MPI counts in int, and a chunk is far below its limit. */
enum { CHUNK_FLOATS = 1 << 20, CHUNK_BYTES = 1 << 22 };

/* Errors are fatal in MPI unless it is told otherwise: the calls below return in good order or not at all. */
static void mpi_sum(const struct communicator *communicator, float *values, size_t count)
{
    (void)communicator;
    if (count == 0)
        MPI_Barrier(MPI_COMM_WORLD);
    for (size_t done = 0, chunk; done < count; done += chunk) {
        chunk = count - done < CHUNK_FLOATS ? count - done : CHUNK_FLOATS;
        MPI_Allreduce(MPI_IN_PLACE, values + done, (int)chunk, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
    }
}

static void mpi_gather(const struct communicator *communicator, const void *own, size_t bytes, void *all)
{
    (void)communicator;
    if (bytes == 0)
        MPI_Barrier(MPI_COMM_WORLD);
    for (size_t done = 0, chunk; done < bytes; done += chunk) {
        MPI_Datatype contiguous, spaced; /* so that the chunks of two ranks lie `bytes` apart */
        chunk = bytes - done < CHUNK_BYTES ? bytes - done : CHUNK_BYTES;
        MPI_Type_contiguous((int)chunk, MPI_BYTE, &contiguous);
        MPI_Type_create_resized(contiguous, 0, (MPI_Aint)bytes, &spaced);
        MPI_Type_commit(&spaced);
        MPI_Allgather((const unsigned char *)own + done, (int)chunk, MPI_BYTE, (unsigned char *)all + done, 1,
                      spaced, MPI_COMM_WORLD);
        MPI_Type_free(&spaced);
        MPI_Type_free(&contiguous);
    }
}

/* "Open MPI 4.1.4" of "Open MPI v4.1.4, package: ...": the first words of what the library calls itself. */
static void name_library(char name[static MPI_NAME_BYTES])
{
    char words[MPI_MAX_LIBRARY_VERSION_STRING];
    int length, used = 0;
    MPI_Get_library_version(words, &length);
    for (const char *c = words; *c && *c != ',' && *c != '\n' && used < MPI_NAME_BYTES - 1; c++) {
        if (isspace((unsigned char)*c) && (used == 0 || name[used - 1] == ' '))
            continue;
        if (*c == 'v' && used > 0 && name[used - 1] == ' ' && isdigit((unsigned char)c[1]))
            continue;
        name[used++] = isspace((unsigned char)*c) ? ' ' : *c;
    }
    name[used] = '\0';
}

static void describe(struct communicator *communicator, const char library[static MPI_NAME_BYTES])
{
    int first = communicator->local_rank == 0, machines;
    MPI_Allreduce(&first, &machines, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    snprintf(communicator->description, sizeof communicator->description,
             "%d processes of %.63s on %d machine%s", communicator->ranks, library, machines,
             machines == 1 ? "" : "s");
}

static void find_place(struct communicator *communicator)
{
    MPI_Comm machine;
    MPI_Comm_rank(MPI_COMM_WORLD, &communicator->rank);
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, communicator->rank, MPI_INFO_NULL, &machine);
    MPI_Comm_rank(machine, &communicator->local_rank);
    MPI_Comm_size(machine, &communicator->local_ranks);
    MPI_Comm_free(&machine);
}

static bool mpi_join(struct communicator *communicator, int launched, struct error *error)
{
    char library[MPI_NAME_BYTES];
    int threads, ranks;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &threads) != MPI_SUCCESS)
        return error_set(error, "MPI could not be started");
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    name_library(library);
    if (ranks != launched || threads < MPI_THREAD_FUNNELED) {
        MPI_Finalize();
        return ranks != launched
                   ? error_set(
                         error,
                         "the launcher has started %d processes, but %s, which Matinee was built with, "
                         "knows of %d; use that MPI's own mpirun, or build Matinee with the launcher's MPI",
                         launched, library, ranks)
                   : error_set(error,
                               "%s does not serve programs with threads; build Matinee with one that does",
                               library);
    }
    *communicator = (struct communicator){.ranks = ranks, .sum = mpi_sum, .gather = mpi_gather};
    find_place(communicator);
    describe(communicator, library);
    return true;
}

static void mpi_leave(void)
{
    MPI_Finalize();
}

static void mpi_end_all(int status)
{
    MPI_Abort(MPI_COMM_WORLD, status);
}

__attribute__((visibility("default"))) const struct mpi_plugin *matinee_mpi_plugin(uint64_t layout)
{
    static const struct mpi_plugin plugin = {
        .name = name_library, .join = mpi_join, .leave = mpi_leave, .end_all = mpi_end_all};
    return layout == mpi_plugin_layout() ? &plugin : NULL;
}
