#!/usr/bin/env bash
# Processes of communicator_fork: what they compute together, and that all end, with the right status and one line,
# whatever ends one of them.
program=$1
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"

echo "together"
run 0 "$program" fork 2 exercise
grep -qx '2 processes on this machine; 0 of 2 here' "$work/output" || fail "description"
run 0 "$program" fork 1 exercise
run 0 "$program" join exercise
grep -qx '; 0 of 1 here' "$work/output" || fail "alone"

echo "failures"
run 3 "$program" fork 4 fail
told "no such luck"
run 3 "$program" fork 4 fail-last
told "rank 3 of 4: no such luck"
run 1 "$program" fork 4 crash
told "rank 3 of 4 was killed by signal 9 \(Killed\); what was saved before is whole"

echo "a rank is killed while the others wait for it, deaf to SIGTERM"
start "$program" fork 3 stuck
wait_for 3 '^process '
kill -KILL "$(sed -n 's/^process 2 //p' "$work/output")"
ends 1
told "rank 2 of 3 was killed by signal 9 \(Killed\); what was saved before is whole"
gone

echo "a rank that is stopped"
start "$program" fork 3 stuck
wait_for 3 '^process '
kill -STOP "$(sed -n 's/^process 1 //p' "$work/output")"
kill -KILL "$(sed -n 's/^process 0 //p' "$work/output")"
ends 1
told "rank 0 of 3 was killed by .*"
gone

echo "a parent that is killed"
start "$program" fork 3 stuck
wait_for 3 '^process '
kill -KILL "$started"
ends 137
gone

echo "interruptions"
for signal in INT TERM; do
    start "$program" fork 3 steps
    wait_for 1 '^ready$'
    kill -"$signal" "$started"
    ends 130
    told "interrupted"
done
start "$program" fork 3 stuck
wait_for 3 '^process '
kill -INT "$started"
sleep 0.5
kill -0 "$started" 2>/dev/null || fail "the first SIGINT is not an end"
kill -INT "$started"
ends 130
grep -q '^ranks: ' "$work/output" && fail "a word after the second SIGINT"

# A shell's background jobs ignore SIGINT, which the program does not; what nohup ignores stays ignored.
: >"$work/output"
(
    trap '' HUP
    exec "$program" fork 2 steps
) >"$work/output" 2>&1 </dev/null &
started=$!
wait_for 1 '^ready$'
kill -HUP "$started"
sleep 0.5
kill -0 "$started" 2>/dev/null || fail "SIGHUP ends it in spite of nohup"
kill -INT "$started"
ends 130

echo "a launcher whose plugin is not there"
mkdir "$work/bin"
cp "$program" "$work/bin/ranks"
run 1 env OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0 "$work/bin/ranks" join exercise
told "started as one of 2 processes by mpirun or srun, which takes MPI: .*/matinee_mpi.so: no MPI plugin: .*"
run 0 env OMPI_COMM_WORLD_SIZE=1 OMPI_COMM_WORLD_RANK=0 "$work/bin/ranks" join exercise

echo "processes that cannot be started"
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then # root alone has no limit of its own to disturb
    chmod 755 "$work" "$work/bin"
    run 1 setpriv --reuid 64999 --clear-groups bash -c 'ulimit -u 4; exec "$1" fork 8 steps' _ "$work/bin/ranks"
    told "cannot start 8 processes: Resource temporarily unavailable"
    grep -q ready "$work/output" && fail "some went on"
    pgrep -u 64999 && fail "some are left"
fi
exit 0
