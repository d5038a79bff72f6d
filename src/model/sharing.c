#include "matinee/network.h"

int sharing_rank(const struct sharing *sharing)
{
    return sharing->communicator ? sharing->communicator->rank : 0;
}

int sharing_ranks(const struct sharing *sharing)
{
    return sharing->communicator ? sharing->communicator->ranks : 1;
}

int sharing_rows(const struct sharing *sharing, int N)
{
    const int parts = sharing_ranks(sharing) * sharing->parts;
    return N / parts + (N % parts != 0);
}

int sharing_begin(const struct sharing *sharing, int N, int part)
{
    const int parts = sharing_ranks(sharing) * sharing->parts,
              number = sharing_rank(sharing) * sharing->parts + part;
    return (int)((long long)N * number / parts);
}
