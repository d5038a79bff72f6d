#!/usr/bin/env bash
# The same through mpirun and the MPI plugin. Skipped without mpirun or plugin.
program=$1 matinee=$2
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"
source "$(dirname "${BASH_SOURCE[0]}")/mpi_environment.sh"
if [ ! -e "$(dirname "$program")/../lib/matinee/matinee_mpi.so" ]; then
    echo "no MPI plugin"
    exit 77
fi
job=(mpirun --oversubscribe -np)

echo "together"
for ranks in 1 2 3 4; do
    run 0 "${job[@]}" "$ranks" "$program" join exercise
    if [ "$ranks" -eq 1 ]; then # a job of one needs no MPI
        grep -qx '; 0 of 1 here' "$work/output" || fail "alone"
    else
        grep -qxE "$ranks processes of Open MPI [0-9.a-z]+ on 1 machine; 0 of $ranks here" "$work/output" || fail "description"
    fi
done

echo "failures"
run 3 "${job[@]}" 3 "$program" join fail
told "no such luck"
run 3 "${job[@]}" 3 "$program" join fail-last
told "rank 2 of 3: no such luck"
run 137 "${job[@]}" 3 "$program" join crash
run 2 "${job[@]}" 3 "$program" no thing
told "not joined"

echo "interruption of one rank"
start "${job[@]}" 3 "$program" join steps
wait_for 1 '^ready$'
kill -INT "$(pgrep -P "$started" | tail -n 1)"
ends 130
told "interrupted"

echo "a launcher of another kind"
run 1 env PMI_SIZE=3 PMI_RANK=1 "$program" join exercise
told "rank 1 of 3: the launcher has started 3 processes, but Open MPI .*, which Matinee was built with, knows of 1; .*"

echo "the program"
run 2 "${job[@]}" 3 "$matinee" train --nonsense
[ "$(grep -c '^matinee train: --nonsense: ' "$work/output")" -eq 1 ] || fail "a wrong command line is not told once"
