#include "matinee/communicator.h"

#include <limits.h>
#include <stdlib.h>

/* A number from 0 to INT_MAX in the environment; -1 without one. */
static int number(const char *name)
{
    const char *text = getenv(name);
    if (!text || text[0] < '0' || text[0] > '9')
        return -1;
    char *end;
    long value = strtol(text, &end, 10);
    return *end == '\0' && value <= INT_MAX ? (int)value : -1;
}

/* What launchers tell the processes that they start. */
int communicator_launched(int *rank)
{
    static const struct {
        const char *ranks, *rank;
    } names[] = {
        {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"}, /* mpirun of Open MPI */
        {"PMI_SIZE", "PMI_RANK"},                         /* that of MPICH and Intel MPI; srun --mpi=pmi2 */
        /* srun, with --mpi=pmix or without. Batch scripts, too, have SLURM_PROCID and SLURM_NTASKS, but not this. */
        {"SLURM_STEP_NUM_TASKS", "SLURM_PROCID"},
    };
    *rank = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const int ranks = number(names[i].ranks), own = number(names[i].rank);
        if (ranks > 0 && own >= 0 && own < ranks) {
            *rank = own;
            return ranks;
        }
    }
    return 0;
}
