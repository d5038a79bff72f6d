#!/usr/bin/env bash
# The built program on several GPUs that are played: PROGRAM FIXTURES PLUGIN_DIRECTORY.
source "$(dirname "${BASH_SOURCE[0]}")/../cli/program.sh"
make_reviews reviews
mkdir -p bin lib/matinee
cp "$program" bin/matinee
cp "$3"/* lib/matinee/
program=$PWD/bin/matinee
export LD_LIBRARY_PATH=$PWD/lib/matinee # where the driver's library and NCCL are played
export MATINEE_STANDIN_DEVICES=8
tiny=(--data reviews --vocabulary 30 --units 4 --embedding 4 --maxlen 12 --batch-size 8 --validation 0.25)

# last_loss RUN: of its last epoch.
last_loss() {
    tail -1 "$1/history.csv" | cut -d, -f3
}

# is_near RUN: its loss is that of one GPU.
is_near() {
    awk -v a="$(last_loss one)" -v b="$(last_loss "$1")" 'BEGIN { d = a - b; exit !(a > 0 && d < 1e-5 && -d < 1e-5) }' ||
        fail "losses $(last_loss one) and $(last_loss "$1") of one and $1"
}

echo "any number of GPUs"
expect 0 train "${tiny[@]}" --epochs 2 --out one --device cuda
for gpus in 2 3 8; do
    expect 0 train "${tiny[@]}" --epochs 2 --out "several-$gpus" --gpus $gpus
    says '^Device: cuda:0, Emulated device, '
    says "^Ranks: $gpus processes on this machine; "
    grep -q "\"ranks\": $gpus," "several-$gpus/run.json" || fail "run.json does not have the ranks"
    grep -q '"graph": true,' "several-$gpus/run.json" || fail "the sums are not in the graph"
    is_near "several-$gpus"
done
expect 0 train "${tiny[@]}" --epochs 2 --out parts --virtual-ranks 3 --device cuda
is_near parts

echo "the same bits"
for gpus in 1 2 4 8; do
    expect 0 train "${tiny[@]}" --model cnn-lstm-dropout --filters 4 --epochs 2 --out "exact-$gpus" --exact-ranks --gpus $gpus
    cmp exact-1/model.keras "exact-$gpus/model.keras" || fail "exact ranks of 1 and $gpus GPUs differ"
done

echo "evaluation"
expect 0 evaluate one/model.keras --data reviews --gpus 3 --json
cp stdout shared
expect 0 evaluate one/model.keras --data reviews --device cuda --json
cmp <(grep -E '"(loss|accuracy|examples)"' shared) <(grep -E '"(loss|accuracy|examples)"' stdout) ||
    fail "three GPUs evaluate otherwise than one"

echo "GPUs that are not there, or fail"
refuse 2 '^matinee train: --gpus 9: this machine has 8 GPUs$' train "${tiny[@]}" --out out --gpus 9
refuse 2 '^matinee train: --gpus 2: contradicts --device cpu; ' train "${tiny[@]}" --out out --gpus 2 --device cpu
MATINEE_STANDIN_DEVICES=0 refuse 2 '^matinee train: --gpus 2: the NVIDIA driver shows no GPU; ' \
    train "${tiny[@]}" --out out --gpus 2
[ ! -e out ] || fail "out was made"
touch file
SECONDS=0
refuse 1 '^matinee: file/run: cannot be used as the run directory: ' train "${tiny[@]}" --gpus 2 --out file/run
[ $SECONDS -lt 20 ] || fail "a run directory that cannot be: the ranks end after $SECONDS s"
for call in 40 150+ 400; do
    status=0
    MATINEE_STANDIN_FAIL=$call timeout 60 "$program" train "${tiny[@]}" --epochs 4 --out failing --gpus 3 >stdout 2>stderr || status=$?
    [ "$status" -eq 70 ] || [ "$status" -eq 1 ] || fail "call $call fails: exit status $status"
    [ "$(wc -l <stderr)" -eq 1 ] || fail "call $call fails: not one line on standard error"
    rm -rf failing
done

echo "interrupted"
"$program" train "${tiny[@]}" --epochs 100000 --out stopped --gpus 3 --save-every 5 --quiet >stdout 2>stderr &
child=$!
for _ in $(seq 600); do
    [ ! -e stopped/model.keras ] || break
    sleep 0.05
done
kill -INT "$child"
for _ in $(seq 300); do
    kill -0 "$child" 2>/dev/null || break
    sleep 0.1
done
! kill -KILL "$child" 2>/dev/null || fail "an interruption: the ranks do not end"
status=0
wait "$child" || status=$?
[ "$status" -eq 130 ] || fail "an interruption: exit status $status"
[ "$(grep -c '^matinee' stderr)" -eq 1 ] || fail "an interruption: not exactly one message"
grep -q '^matinee: interrupted after ' stderr || fail "no word of the interruption"
grep -q '"status": "interrupted"' stopped/run.json || fail "run.json does not say that the run was interrupted"
expect 0 train --resume stopped --epochs $(($(wc -l <stopped/history.csv) + 1)) --gpus 2 --quiet
