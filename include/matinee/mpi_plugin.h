/* What the MPI plugin, ../lib/matinee/matinee_mpi.so as seen from the running program's directory, offers. */
#ifndef MATINEE_MPI_PLUGIN_H
#define MATINEE_MPI_PLUGIN_H

#include "matinee/communicator.h"

#include <stdint.h>

enum { MPI_NAME_BYTES = 64 };

struct mpi_plugin {
    /* What the library calls itself: "Open MPI 4.1.4". Starts nothing. */
    void (*name)(char name[static MPI_NAME_BYTES]);
    /* Starts MPI in a process of which a launcher has started `launched`, and fills the communicator of this one. False
     * where this MPI does not serve programs with threads, or does not know of the others, as one of another kind than
     * the launcher does not. What MPI itself finds wrong ends the process, with MPI's own words. */
    bool (*join)(struct communicator *communicator, int launched, struct error *error);
    /* Once, after a join: waits for the others and ends MPI. */
    void (*leave)(void);
    /* Ends all processes of the job, this one too, with `status`. */
    void (*end_all)(int status);
};

/* The plugin's one exported function. NULL if `layout` is not what the plugin was built with. */
const struct mpi_plugin *matinee_mpi_plugin(uint64_t layout);

/* A number of the sizes of all structs that program and plugin share. */
static inline uint64_t mpi_plugin_layout(void)
{
    return (sizeof(struct communicator) * 1000003 + sizeof(struct error)) * 1000003 +
           sizeof(struct mpi_plugin);
}

#endif
