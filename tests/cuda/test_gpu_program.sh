#!/usr/bin/env bash
# The built program on a GPU that is played: PROGRAM FIXTURES PLUGIN_DIRECTORY. Devices that cannot be used, and devices
# that fail while they work, end in one line; what was saved before stays whole.
source "$(dirname "${BASH_SOURCE[0]}")/../cli/program.sh"
make_reviews reviews
mkdir -p bin lib/matinee
cp "$program" bin/matinee
cp "$3"/* lib/matinee/
program=$PWD/bin/matinee
export LD_LIBRARY_PATH=$PWD/lib/matinee # where the driver's library is played
tiny=(--data reviews --vocabulary 30 --units 4 --embedding 4 --maxlen 12 --batch-size 8 --validation none)
try=(train "${tiny[@]}" --out out --device cuda)

untouched() {
    [ ! -e out ] || fail "out was made: $(ls -A out)"
}

echo "a GPU that works"
expect 0 train "${tiny[@]}" --epochs 2 --out gpu
says '^Device: cuda:0, Emulated device, compute capability 9\.0, CUDA [0-9.]+ \(driver for [0-9.]+\), cuDNN 9\.[0-9]+; LSTM: fused, one row a block$'
loss=$(sed -nE 's/^ *"loss": ([0-9.]+),?$/\1/p' gpu/run.json | tail -1)
grep -q '"graph": true,' gpu/run.json || fail "run.json has no graph"
grep -q '"engine": "fused, one row a block",' gpu/run.json || fail "run.json does not name the engine"
expect 0 train "${tiny[@]}" --epochs 2 --out eager --no-graph --engine generic
says '; LSTM: generic$'
grep -q '"graph": false,' eager/run.json || fail "run.json has a graph with --no-graph"
expect 0 train "${tiny[@]}" --epochs 2 --out cpu --device cpu
for run in eager cpu; do
    other=$(sed -nE 's/^ *"loss": ([0-9.]+),?$/\1/p' $run/run.json | tail -1)
    awk -v a="$loss" -v b="$other" 'BEGIN { d = a - b; exit !(a > 0 && d < 1e-5 && -d < 1e-5) }' ||
        fail "losses $loss and $other of gpu and $run"
done
expect 0 evaluate gpu/model.keras --data reviews --precision tf32
says '^Device: cuda:0, .*; LSTM: fused, one row a block$'
expect 0 train "${tiny[@]}" --units 109 --layers 2 --epochs 1 --out large
says '; LSTM: cudnn, '
expect 0 predict gpu/model.keras "A wonderful film." --engine generic
# A run goes on with the device and the engine that it had, and the bits are those of one without a break.
expect 0 train "${tiny[@]}" --epochs 1 --out broken --device cuda --engine generic --no-graph
expect 0 train --resume broken --epochs 2
says '^Device: cuda:0, .*; LSTM: generic$'
! grep -q '^Note: ' stdout || fail "a run on the same device gets a note"
cmp broken/model.keras eager/model.keras || fail "a run that went on is not the one without a break"
expect 0 train --resume broken --epochs 3 --device cpu
says '^Note: until now the device was: cuda:0, '
expect 0 train "${tiny[@]}" --model lstm-dropout --epochs 1 --out drawn --dropout-masks cudnn
expect 0 train --resume drawn --epochs 2
says '^Note: cuDNN draws its masks from the beginning again: '
refuse 1 '^matinee: --dropout-masks cudnn: needs a GPU, ' train --resume drawn --epochs 3 --device cpu
# What cuDNN cannot train it can still evaluate: nothing is dropped then.
expect 0 train "${tiny[@]}" --model lstm-gate-dropout --units 109 --epochs 1 --out gate
says '; LSTM: generic$'
expect 0 evaluate gate/model.keras --data reviews --engine cudnn
says '; LSTM: cudnn, '
expect 0 doctor
says '^GPU 0: +Emulated device, compute capability 9\.0, 2\.0 GiB, 1\.0 free$'
says '^Would run on: +cuda:0, Emulated device, '
says '^LSTM: +fused, one row a block$'

echo "GPUs that cannot be used"
does='; --device cpu does without$'
MATINEE_STANDIN_DRIVER=0 refuse 1 "^matinee: --device cuda: no NVIDIA driver found$does" "${try[@]}"
MATINEE_STANDIN_DRIVER=11080 refuse 1 \
    "^matinee: --device cuda: the NVIDIA driver is too old: it serves CUDA 11\.8, and this build needs .*$does" "${try[@]}"
MATINEE_STANDIN_DEVICES=0 refuse 1 "^matinee: --device cuda: the NVIDIA driver shows no GPU; .*$does" "${try[@]}"
MATINEE_STANDIN_CAPABILITY=61 refuse 1 \
    "^matinee: --device cuda: Emulated device has compute capability 6\.1, and this build is for .*$does" "${try[@]}"
refuse 1 "^matinee: --device cuda:7: this machine has one GPU, cuda:0$does" "${try[@]}" --device cuda:7
MATINEE_STANDIN_MEMORY=1000000 refuse 1 \
    "^matinee: --device cuda: cuda:0: out of memory: 32\.0 MiB are needed for .*, and 1\.0 MiB are free; end what else .*$does" "${try[@]}"
MATINEE_STANDIN_MEMORY=60000000 refuse 1 \
    "^matinee: training needs .* of the GPU's memory and .* are free; take fewer --units or --layers$" \
    "${try[@]}" --units 1000
refuse 1 '^matinee: layer lstm: cuDNN has no recurrent dropout; use --engine generic or auto$' \
    "${try[@]}" --model lstm-gate-dropout --engine cudnn
refuse 1 '^matinee: layer lstm: cuDNN has no hard_sigmoid; use --engine generic or auto$' \
    "${try[@]}" --recurrent-activation hard_sigmoid --engine cudnn
refuse 1 '^matinee: layer lstm: the engine fused takes 1 to 108 units, not 109; use --engine cudnn$' \
    "${try[@]}" --units 109 --engine fused
untouched
MATINEE_STANDIN_CAPABILITY=61 expect 0 train "${tiny[@]}" --epochs 1 --out auto
says '^Device: cpu, .*; no GPU: Emulated device has compute capability 6\.1, and this build is for '
MATINEE_STANDIN_CAPABILITY=61 expect 0 doctor
says '^GPU 0: .* compute capability 6\.1, 2\.0 GiB, cannot be used: Emulated device has '
MATINEE_STANDIN_DEVICES=0 refuse 1 \
    '^matinee: --precision tf32: needs a GPU, and none can be used: the NVIDIA driver shows no GPU; ' \
    "${try[@]}" --device auto --precision tf32

# with_failure CALL: trains while the CALL-th call fails, and with "CALL+" all after it. Prints the exit status. Not by
# cuDNN, which may do without what fails in a trial.
with_failure() {
    local status=0
    rm -rf out
    MATINEE_STANDIN_FAIL=$1 timeout 120 "$program" "${try[@]}" --engine generic --epochs 4 --quiet >stdout 2>stderr || status=$?
    echo "$status"
}

# is_device_failure CALL: one line names a call and the library's words, and a model that was saved before is whole.
is_device_failure() {
    [ "$(wc -l <stderr)" -eq 1 ] || fail "call $1 fails: not one line on standard error"
    grep -Eq '^matinee: cuda:0: [A-Za-z_0-9]+\(.*\) in [a-z_]+\.c:[0-9]+: [A-Za-z_]+ \([0-9]+\): ' stderr ||
        fail "call $1 fails: the call and the library's words are not in the message"
    [ -e out/model.keras ] || return 0
    saved=$((saved + 1))
    grep -q '; the model as of epoch [1-3] is out/model\.keras$' stderr || fail "call $1 fails: what is saved is not said"
    grep -q '"status": "failed"' out/run.json || fail "call $1 fails: run.json does not say so"
    expect 0 predict out/model.keras "A wonderful film." --device cpu
}

echo "a GPU that fails while it works"
[ "$(with_failure 3)" -eq 1 ] || fail "a GPU that fails when it is opened is no input error"
untouched
saved=0
for ((call = 72; ; call += 23)); do
    status=$(with_failure $call)
    [ "$status" -ne 0 ] || break
    [ "$status" -eq 70 ] || fail "call $call fails: exit status $status"
    is_device_failure $call
    [ "$(with_failure $call+)" -eq 70 ] || fail "all calls from $call on fail: exit status $status"
    is_device_failure $call+
done
[ "$saved" -ge 2 ] || fail "no failure came after an epoch was saved"
