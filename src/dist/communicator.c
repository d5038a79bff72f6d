#include "matinee/communicator.h"

#include "alone.h"
#include "local.h"
#include "matinee/plugin.h"
#include "process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

enum {
    /* Of a rank that has failed, for rank 0 to fail, write what it has to and be heard first. Longer than the second
     * after which mpirun kills who does not follow its SIGTERM. */
    WAIT_MS = 1500,
    INTERRUPTED = 130
};

typedef const struct mpi_plugin *mpi_plugin_ask(uint64_t layout);

struct process this_process;

static const struct mpi_plugin *load_mpi(struct error *error)
{
    static const struct plugin mpi = {.kind = "MPI",
                                      .file = "matinee_mpi.so",
                                      .function = "matinee_mpi_plugin",
                                      .package = "matinee-mpi",
                                      .needs = "an MPI with its C headers is installed"};
    mpi_plugin_ask *ask = (mpi_plugin_ask *)plugin_function(&mpi, error);
    const struct mpi_plugin *plugin = ask ? ask(mpi_plugin_layout()) : NULL;
    if (ask && !plugin)
        plugin_other_version(&mpi, error);
    return plugin;
}

bool communicator_library(char name[COMMUNICATOR_TEXT_BYTES], struct error *error)
{
    char own[MPI_NAME_BYTES];
    const struct mpi_plugin *mpi = load_mpi(error);
    if (!mpi)
        return false;
    mpi->name(own);
    snprintf(name, COMMUNICATOR_TEXT_BYTES, "%s", own);
    return true;
}

static bool join_launched(int ranks, struct error *error)
{
    static struct communicator communicator;
    const struct mpi_plugin *mpi = load_mpi(error);
    if (!mpi)
        return error_within(error, "started as one of %d processes by mpirun or srun, which takes MPI",
                            ranks);
    if (!mpi->join(&communicator, ranks, error))
        return false;
    this_process.mpi = mpi;
    this_process.communicator = &communicator;
    return true;
}

bool communicator_join(const struct communicator **communicator, struct error *error)
{
    int rank;
    const int ranks = communicator_launched(&rank);
    this_process.communicator = &alone_communicator;
    if (ranks > 1 && !join_launched(ranks, error))
        return false;
    *communicator = this_process.communicator;
    return true;
}

static void wait_for(long milliseconds)
{
    struct timespec left = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

/* The place of this process among those that were started with it, whether or not it has joined them. */
static int place(int *rank)
{
    if (!this_process.area)
        return communicator_launched(rank);
    *rank = this_process.communicator->rank;
    return this_process.communicator->ranks;
}

void communicator_prepare_failure(int status, struct error *error)
{
    int rank;
    const int ranks = place(&rank);
    if (ranks < 2 || !error->message[0])
        return;
    if (status == INTERRUPTED) {
        if (rank > 0)
            error->message[0] = '\0';
        return;
    }
    if (rank > 0) {
        signal(SIGTERM, SIG_DFL); /* in case it asked for an end after the present step: there is none */
        wait_for(WAIT_MS);
    }
    if (this_process.area && !local_area_claim_message(this_process.area))
        error->message[0] = '\0';
    else if (rank > 0)
        error_prefix(error, "rank %d of %d", rank, ranks);
}

void communicator_leave(int status)
{
    if (!this_process.mpi)
        return;
    if (status == 0 || status == INTERRUPTED)
        this_process.mpi->leave();
    else
        this_process.mpi->end_all(status);
}
