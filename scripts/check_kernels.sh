#!/usr/bin/env bash
# What each kernel takes of a multiprocessor, as the compiler reports it, against kernels/resources.txt.
#     scripts/check_kernels.sh            builds the kernels for one architecture (build/kernels) and compares
#     scripts/check_kernels.sh --update   writes the table anew
#     scripts/check_kernels.sh --all      builds the whole plugin for every architecture of a release (build/kernels-all)
# A kernel that takes more than the table says, or that one of the two does not know, is an error. Another toolkit
# allocates other registers: with one that is not the table's, only spills count. CUB's own kernels are left out.
# Without a CUDA toolkit there is nothing to check.
#     scripts/check_kernels.sh [--update] LOG TABLE    takes what the compiler said from a file: for the tests
set -euo pipefail
export LC_ALL=C
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
architecture=90
script=scripts/check_kernels.sh

action=compare
case "${1:-}" in
--update) action=update && shift ;;
--all) action=all && shift ;;
esac
if [[ "${1:-}" == -* || ($# -ne 0 && $# -ne 2) || ($action == all && $# -ne 0) ]]; then
    echo "usage: $script [--update | --all]" >&2
    exit 2
fi
table=${2:-$root/kernels/resources.txt}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run LOG COMMAND...: a step whose output is of interest if it fails.
run() {
    local log=$1
    shift
    if ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        echo "kernels: $1 failed; its output is above" >&2
        exit 1
    fi
}

# configure DIRECTORY OPTION...: sets `toolkit` and `architectures`; ends the script where there is none.
configure() {
    local build=$1 missing
    shift
    run "$work/configure" cmake -S "$root" -B "$build" -G Ninja -DMATINEE_CUDA=AUTO -DBUILD_TESTING=OFF \
        -DMATINEE_OUTPUT_DIR="$build" "$@"
    missing=$(sed -n 's/^-- No CUDA plugin: //p' "$work/configure")
    if [ -n "$missing" ]; then
        echo "kernels: skipped: $missing"
        exit 0
    fi
    toolkit=$(sed -nE 's/^-- CUDA toolkit ([0-9.]+) .*/\1/p' "$work/configure")
    architectures=$(sed -nE 's/^-- CUDA toolkit .* for //p' "$work/configure")
}

build_all() {
    local build=$root/build/kernels-all began=$SECONDS
    configure "$build" -DCMAKE_BUILD_TYPE=Release -DMATINEE_CUDA_ARCHITECTURES=release
    run "$work/build" cmake --build "$build" --target matinee_cuda
    echo "kernels: toolkit $toolkit, built in $((SECONDS - began)) seconds for $architectures; bytes:"
    (
        cd "$build"
        find kernels/CMakeFiles -name '*.o' -printf '%10s  %f\n' | sort -rn
        find lib -name '*.so' -printf '%10s  %p\n'
    )
}

# What the compiler says of every kernel, freshly built; the toolkit's version above it.
build_log() {
    local build=$root/build/kernels
    configure "$build" -DMATINEE_CUDA_ARCHITECTURES=$architecture -DCMAKE_CUDA_FLAGS=-Xptxas=-v
    run "$work/clean" cmake --build "$build" --target clean
    run "$work/build" cmake --build "$build" --target matinee_device_kernels
    echo "toolkit $toolkit"
    cat "$work/build"
}

# "KERNEL REGISTERS SPILL SHARED" for each kernel of a log, sorted. What a function takes that the compiler did not put
# inline counts for its kernel. Before CUDA 13 a static kernel's name carries its file's.
figures() {
    sed -E "s/'__nv_static_[0-9]+__.*_(_Z)/'\1/" "$1" | c++filt | awk '
        # The name without its type, its namespace of the file, and its parameters.
        function plain(text,    i, depth, letter) {
            sub(/^void /, "", text)
            sub(/^_INTERNAL_[^:]*::/, "", text)
            for (i = 1; i <= length(text); i++) {
                letter = substr(text, i, 1)
                depth += (letter == "<") - (letter == ">")
                if (letter == "(" && depth == 0)
                    break
            }
            text = substr(text, 1, i - 1)
            gsub(/ /, "", text)
            return text
        }
        /Compiling entry function/ {
            sub(/^[^\047]*\047/, "")
            sub(/\047 for .*/, "")
            name = plain($0)
            own = name !~ /^cub::/
            if (own && name in registers)
                registers[name] = "twice"
            else if (own)
                registers[name] = spill[name] = shared[name] = 0
        }
        own && /bytes stack frame/ { spill[name] += $1 + $5 + $9 }
        own && /Used [0-9]+ registers/ {
            match($0, /Used [0-9]+/)
            if (registers[name] != "twice")
                registers[name] = substr($0, RSTART + 5, RLENGTH - 5)
            if (match($0, /[0-9]+ bytes smem/))
                shared[name] = substr($0, RSTART, RLENGTH) + 0
        }
        END {
            for (name in registers)
                print name, registers[name], spill[name], shared[name]
        }' | sort
}

write_table() {
    echo "# What each kernel takes on sm_$architecture; $script compares, $script --update writes it."
    echo "# spill: bytes of stack, spill stores and spill loads; shared: bytes of static shared memory of a block"
    echo "toolkit $toolkit"
    awk 'BEGIN { printf "%-44s %9s %5s %6s\n", "# kernel", "registers", "spill", "shared" }
         { printf "%-44s %9s %5s %6s\n", $1, $2, $3, $4 }' "$work/figures"
}

# Complaints on standard error; the status says whether there were any.
compare() {
    awk -v toolkit="$toolkit" -v script="$script" '
        function complain(text) {
            print "kernels: " text >"/dev/stderr"
            failed = 1
        }
        function check(name, what, now, before, counts) {
            if (now > before && counts)
                complain(name ": " now " " what ", " before " in the table; take less, or accept it: " script " --update")
            else if (now < before && counts)
                print "kernels: " name ": only " now " " what ", " before " in the table; keep the gain: " script " --update"
        }
        /^#/ || NF == 0 { next }
        NR == FNR && $1 == "toolkit" { of_table = $2; next }
        NR == FNR { registers[$1] = $2; spill[$1] = $3; shared[$1] = $4; next }
        { seen[$1] = 1 }
        !($1 in registers) { complain($1 " is not in the table; add it: " script " --update"); next }
        {
            check($1, "registers", $2 + 0, registers[$1] + 0, toolkit == of_table)
            check($1, "bytes of spill", $3 + 0, spill[$1] + 0, 1)
            check($1, "bytes of shared memory", $4 + 0, shared[$1] + 0, toolkit == of_table)
        }
        END {
            for (name in registers)
                if (!(name in seen))
                    complain(name " is in the table and no longer a kernel; remove it: " script " --update")
            if (toolkit != of_table)
                print "kernels: toolkit " toolkit ", the table is of " of_table ": only spills are compared"
            exit failed
        }' "$table" "$work/figures"
}

if [ $action = all ]; then
    build_all
    exit 0
fi
if [ $# -eq 2 ]; then
    cp "$1" "$work/log"
else
    (build_log) >"$work/log"
fi
toolkit=$(sed -n 's/^toolkit //p' "$work/log")
if [ -z "$toolkit" ]; then # build_log has skipped
    cat "$work/log"
    exit 0
fi
figures "$work/log" >"$work/figures"
if [ ! -s "$work/figures" ]; then
    echo "kernels: the compiler reported no kernel; does it know -Xptxas -v?" >&2
    exit 1
fi
if grep ' twice ' "$work/figures" >&2; then
    echo "kernels: names above are of two kernels each; give one of them another" >&2
    exit 1
fi
if [ $action = update ]; then
    write_table >"$table"
elif [ ! -f "$table" ]; then
    echo "kernels: there is no $table; write it: $script --update" >&2
    exit 1
elif ! compare; then
    exit 1
fi
echo "kernels: $(wc -l <"$work/figures") kernels of toolkit $toolkit: $table"
