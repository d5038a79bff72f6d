# shellcheck shell=bash
# Sourced by tests that use mpirun; exit status 77, a skipped test, where there is no Open MPI.
if ! mpirun --version 2>/dev/null | grep -q 'Open MPI'; then
    echo "no Open MPI"
    exit 77
fi
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# Of a sanitized program: Open MPI leaves some memory, from components that are gone when leaks are looked for, so that
# only a whole stack shows whose it is.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:fast_unwind_on_malloc=0"
LSAN_OPTIONS="suppressions=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/mpi_leaks.txt:print_suppressions=0"
export LSAN_OPTIONS
