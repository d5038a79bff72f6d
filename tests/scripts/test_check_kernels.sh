#!/usr/bin/env bash
# check_kernels.sh passes what its table says, and names every way in which a kernel can differ from it.
set -euo pipefail
export LC_ALL=C
scripts=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# kernel MANGLED_NAME REGISTERS STACK STORES LOADS [SHARED]: what ptxas says of it.
kernel() {
    echo "ptxas info    : Compiling entry function '$1' for 'sm_90'"
    echo "ptxas info    : Function properties for $1"
    echo "    $3 bytes stack frame, $4 bytes spill stores, $5 bytes spill loads"
    echo "ptxas info    : Used $2 registers, used 1 barriers${6:+, $6 bytes smem}, 392 bytes cmem[0]"
    echo "ptxas info    : Compile time = 9.894 ms"
}

# log TOOLKIT: of kernels plain, templated<32,true> and one of CUB, and whatever standard input adds.
log() {
    echo "toolkit $1"
    kernel _Z5plain5thingi 56 0 0 0 22912
    kernel _Z9templatedILi32ELb1EEvPKfPf 40 0 0 0
    kernel _ZN3cub4sortEi 255 800 90 90 4096
    cat
}

check() {
    "$scripts/check_kernels.sh" "$@" "$work/log" "$work/table" >"$work/output" 2>&1
}

fail() {
    printf '%s:\n' "$1"
    cat "$work/output"
    exit 1
}

# passes TEXT, fails_with TEXT: the check's verdict, and what it says.
passes() {
    check || fail "must pass"
    grep -qF -- "$1" "$work/output" || fail "must say \"$1\""
}

fails_with() {
    ! check || fail "must fail"
    grep -qF -- "$1" "$work/output" || fail "must say \"$1\""
}

log 13.0.88 </dev/null >"$work/log"
fails_with "write it: scripts/check_kernels.sh --update"
check --update || fail "an update"
diff -b - <(grep -v '^#' "$work/table") <<'TABLE' || fail "the table"
toolkit 13.0.88
plain 56 0 22912
templated<32,true> 40 0 0
TABLE
passes "2 kernels of toolkit 13.0.88"

# A table that asks for less, or for more.
change() {
    check --update
    sed -i -E "$1" "$work/table"
}
change 's/^(plain +)56/\155/'
fails_with "plain: 56 registers, 55 in the table"
change 's/^(plain +)56/\157/'
passes "plain: only 56 registers, 57 in the table"
change 's/22912/22911/'
fails_with "plain: 22912 bytes of shared memory, 22911 in the table"
change '/^plain/d'
fails_with "plain is not in the table"
change '$a gone 1 0 0'
fails_with "gone is in the table and no longer a kernel"

# Spills count, of the kernel and of a function that it calls, whatever the toolkit; nothing else does with another one.
change ''
log 13.1.0 </dev/null | sed 's/Used 56/Used 99/' >"$work/log"
passes "only spills are compared"
for spill in "8 0 0" "0 8 0" "0 0 8"; do
    # shellcheck disable=SC2086
    kernel _Z7spillerv 20 $spill | log 13.1.0 >"$work/log"
    sed -i '$a spiller 20 4 0' "$work/table"
    fails_with "spiller: 8 bytes of spill, 4 in the table"
done

{
    kernel _Z7spillerv 20 0 0 0
    printf '%s\n' "ptxas info    : Function properties for _Z5calledv" \
        "    8 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads"
} | log 13.1.0 >"$work/log"
fails_with "spiller: 8 bytes of spill, 4 in the table"

# How CUDA 12 names what is static in a file.
{
    kernel _ZN38_INTERNAL_4c2ab2a0_7_batch_cu_3b2b1d6b16next_step_kernelE9next_step 18 0 0 0
    kernel __nv_static_37__4c2ab2a0_7_batch_cu_3b2b1d6b__Z10add_kernelPf 18 0 0 0
} | log 12.9.86 >"$work/log"
check --update || fail "names of CUDA 12"
grep -q '^next_step_kernel ' "$work/table" && grep -q '^add_kernel ' "$work/table" || {
    cat "$work/table"
    fail "names of CUDA 12"
}

kernel _Z5plain5thingf 8 0 0 0 | log 13.0.88 >"$work/log"
fails_with "names above are of two kernels each"
echo "toolkit 13.0.88" >"$work/log"
fails_with "the compiler reported no kernel"

# cmake TEXT STATUS: a CMake that says so.
mkdir "$work/bin"
cmake() {
    printf '#!/bin/sh\necho "%s"\nexit %s\n' "$1" "$2" >"$work/bin/cmake"
    chmod +x "$work/bin/cmake"
}

cmake "-- No CUDA plugin: no CUDA toolkit was found." 0
for option in "" --update --all; do
    # shellcheck disable=SC2086
    PATH=$work/bin:$PATH "$scripts/check_kernels.sh" $option >"$work/output" 2>&1 || fail "no toolkit, $option"
    grep -qx "kernels: skipped: no CUDA toolkit was found." "$work/output" || fail "no toolkit, $option"
done
cmake "CMake Error: no compiler" 1
! PATH=$work/bin:$PATH "$scripts/check_kernels.sh" >"$work/output" 2>&1 || fail "a configuration that fails"
grep -q "no compiler" "$work/output" || fail "a configuration that fails"
! "$scripts/check_kernels.sh" --all --update >"$work/output" 2>&1 || fail "two options"
grep -q "usage" "$work/output" || fail "two options"
