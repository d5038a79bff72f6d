#!/usr/bin/env bash
# Several processes that end early, or never begin: PROGRAM FIXTURES [KILLS].
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"
kills=${3:-3}
make_reviews reviews
tiny=(--data sample --device cpu --train-limit 320 --validation 0.2 --batch-size 16 --threads 1)
tiny+=(--vocabulary 300 --units 5 --embedding 4 --maxlen 16)

echo "what is refused, and said once"
export ranks=3
refuse_once 2 '^matinee train: --epochs x: must be a whole number ' train --epochs x
refuse_once 2 '^matinee train: --gpus 2: mpirun has started 3 processes already; leave --gpus out$' train --gpus 2
refuse_once 2 '^matinee train: --exact-ranks: .*, and there are 3$' train --exact-ranks
refuse_once 2 '^matinee train: --dropout-masks cudnn: ' train --dropout-masks cudnn
refuse_once 2 '^matinee predict: mpirun has started 3 processes, and predict is the work of one; ' predict model.keras text
refuse_once 1 '^matinee: nowhere: ' train --data nowhere
touch file
refuse_once 1 '^matinee: file/run: cannot be used as the run directory: ' train "${tiny[@]}" --out file/run
refuse_once 1 '^matinee: --resume nowhere: ' train --resume nowhere
refuse_once 1 '^matinee: nowhere.keras: ' evaluate nowhere.keras --data sample

echo "ranks that are not alike"
for option in --epochs --seed; do
    status=0
    timeout 60 mpirun --oversubscribe -np 1 "$single" train "${tiny[@]}" $option 3 --out unlike : \
        -np 1 "$single" train "${tiny[@]}" $option 4 --out unlike </dev/null >stdout 2>stderr || status=$?
    [ $status -eq 1 ] || fail "ranks with another $option: exit status $status"
    [ "$(grep -c '^matinee: rank 1 of 2 has other options than rank 0, ' stderr)" -eq 1 ] || fail "$option is not named once"
done
[ ! -e unlike ] || fail "a run that is refused has written something"

# begin RUN OPTION...: trains there in the background, as $child, until it is told to stop; waits for its first save.
begin() {
    local run=$1 i
    shift
    rm -rf "$run"
    "$program" train "${tiny[@]}" --epochs 100000 --out "$run" --quiet "$@" 2>stderr &
    child=$!
    for i in $(seq 600); do
        [ ! -e "$run/model.keras" ] || break
        sleep 0.05
    done
}

# ends STATUS WHAT: it does, with this status or, of "failed", with any but 0 and 130; of "any", with any.
ends() {
    local status=0 i
    for i in $(seq 300); do
        kill -0 "$child" 2>/dev/null || break
        sleep 0.1
    done
    ! kill -KILL "$child" 2>/dev/null || fail "$2: does not end"
    wait "$child" || status=$?
    case $1 in
    any) ;;
    failed) [ "$status" -ne 0 ] && [ "$status" -ne 130 ] || fail "$2: exit status $status" ;;
    *) [ "$status" -eq "$1" ] || fail "$2: exit status $status" ;;
    esac
}

# lives PROCESS: and is no zombie, for which nobody may be there.
lives() {
    [ -e "/proc/$1/stat" ] && ! grep -q ') Z ' "/proc/$1/stat" 2>/dev/null
}

echo "a save that fails"
begin lost --save-every 5
mv lost found
touch lost
ends 1 "a save that fails"
[ "$(grep -c '^matinee' stderr)" -eq 1 ] || fail "not exactly one message"
grep -q '^matinee: lost/' stderr || fail "the message does not name the file"
ranks=0 expect 0 train --resume found --epochs $(($(wc -l <found/history.csv) + 1)) --quiet

echo "interrupted by a signal"
for signal in INT TERM; do
    begin stopped
    mapfile -t processes < <(pgrep -P "$child")
    if [ $signal = INT ]; then
        kill "-$signal" "${processes[RANDOM % 3]}"
        ends 130 "$signal"
        [ "$(grep -c '^matinee' stderr)" -eq 1 ] || fail "$signal: not exactly one message"
        grep -q '^matinee: interrupted after ' stderr || fail "$signal: no word of the interruption"
        grep -q '"status": "interrupted"' stopped/run.json || fail "run.json does not say that $signal interrupted the run"
    else
        # The launcher tells all and kills them a second later, whether or not they have saved.
        kill "-$signal" "$child"
        ends any "$signal"
    fi
    ranks=2 expect 0 train --resume stopped --epochs $(($(wc -l <stopped/history.csv) + 1)) --quiet
    for file in stopped/*.??????; do
        [ ! -e "$file" ] || fail "$signal: left $file"
    done
done

echo "a rank that is killed"
for kill in $(seq "$kills"); do
    begin killed --save-every 5
    sleep 0.$((RANDOM % 10))$((RANDOM % 10))
    mapfile -t processes < <(pgrep -P "$child")
    [ ${#processes[@]} -eq 3 ] || fail "kill $kill: there are ${#processes[@]} processes"
    kill -KILL "${processes[RANDOM % 3]}"
    SECONDS=0
    ends failed "kill $kill"
    [ $SECONDS -lt 10 ] || fail "kill $kill: the job ends after $SECONDS s"
    for process in "${processes[@]}"; do
        while lives "$process"; do
            [ $SECONDS -lt 10 ] || fail "kill $kill: a process is still there"
            sleep 0.05
        done
    done
    ranks=$((kill % 2 * 2)) expect 0 train --resume killed --epochs $(($(wc -l <killed/history.csv) + 1)) --quiet
done
echo "all as expected"
