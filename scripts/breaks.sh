#!/usr/bin/env bash
# Proves that the tests see faults: makes each deliberate fault of tests/breaks.txt in a scratch copy of the tree,
# rebuilds, and requires that the named test fails.
#
#   scripts/breaks.sh [PATTERN]     only records whose file, texts or test contain PATTERN
#
# A fault that does not compile, or that makes its test run out of time, is not caught. Exit status 1 if any fault is
# not caught, 2 if a record does not fit the tree.
set -euo pipefail

source_dir=$(cd "$(dirname "$0")/.." && pwd)
pattern=${1:-}
readonly source_dir pattern test_seconds=60

scratch=$(mktemp -d "${TMPDIR:-/tmp}/matinee-breaks.XXXXXX")
tree=$scratch/matinee
build=$tree/build/breaks
trap 'rm -rf "$scratch"' EXIT

die()
{
    printf 'breaks: %s\n' "$*" >&2
    exit 2
}

# The files that git knows or would know, as they are now.
copy_tree()
{
    mkdir "$tree"
    git -C "$source_dir" ls-files -z --cached --others --exclude-standard |
        tar -C "$source_dir" --null --ignore-failed-read -T - -cf - | tar -C "$tree" -xf -
    if [ -d "$source_dir/../shared" ]; then
        ln -s "$(cd "$source_dir/../shared" && pwd)" "$scratch/shared"
    fi
}

files=() olds=() news=() tests=()

# Fills the four arrays; records are separated by blank lines, lines that begin with # are comments.
read_records()
{
    local line file='' old='' new='' test='' number=0
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        case $line in
        '#'*) continue ;;
        'file: '*) file=${line#file: } ;;
        'old: '*) old=${line#old: } ;;
        'new:') new='' ;;
        'new: '*) new=${line#new: } ;;
        'test: '*) test=${line#test: } ;;
        '') ;;
        *) die "tests/breaks.txt: line $number: neither file:, old:, new: nor test:" ;;
        esac
        if [ -n "$test" ]; then
            if [ -z "$file" ] || [ -z "$old" ]; then
                die "tests/breaks.txt: line $number: the record lacks file: or old:"
            fi
            if [[ "$file $old $new $test" == *"$pattern"* ]]; then
                files+=("$file") olds+=("$old") news+=("$new") tests+=("$test")
            fi
            old='' new='' test=''
        fi
    done <"$source_dir/tests/breaks.txt"
    [ ${#files[@]} -gt 0 ] || die "no record contains \"$pattern\""
}

# A test program is a target of its own name; for a script everything is built.
target_of()
{
    if grep -qxF "$1" "$scratch/targets"; then
        printf '%s' "$1"
    else
        printf 'all'
    fi
}

run_test()
{
    (cd "$build" && ctest -R "^$1\$" --timeout "$test_seconds" --no-tests=error) >"$scratch/test.log" 2>&1
}

# Unbroken, every named test must pass and must not be skipped: otherwise its failure would mean nothing.
check_baseline()
{
    local test targets=()
    cmake -S "$tree" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo >"$scratch/build.log" 2>&1 ||
        { tail -20 "$scratch/build.log" >&2; die 'the tree does not configure'; }
    ninja -C "$build" -t targets all | sed 's/: .*//' >"$scratch/targets"
    for test in $(printf '%s\n' "${tests[@]}" | sort -u); do
        targets+=("$(target_of "$test")")
    done
    ninja -C "$build" "${targets[@]}" >"$scratch/build.log" 2>&1 ||
        { tail -20 "$scratch/build.log" >&2; die 'the tree does not build'; }
    for test in $(printf '%s\n' "${tests[@]}" | sort -u); do
        run_test "$test" || die "$test: fails or does not exist without a fault"
        ! grep -q 'Skipped' "$scratch/test.log" || die "$test: is skipped here"
    done
}

# Sets `content` of the file of record number $1, and what of it stands before and after the old text.
find_place()
{
    local path=$tree/${files[$1]} old=${olds[$1]}
    [ -f "$path" ] || die "${files[$1]}: no such file"
    content=$(cat "$path" && printf x)
    content=${content%x}
    before=${content%%"$old"*}
    [ "$before" != "$content" ] || die "${files[$1]}: does not contain: $old"
    after=${content#*"$old"}
    [[ "$after" != *"$old"* ]] || die "${files[$1]}: contains more than once: $old"
}

# Sets `verdict` for record number $1.
try_break()
{
    local i=$1 content before after
    find_place "$i"
    printf '%s' "$before${news[i]}$after" >"$tree/${files[i]}"
    if ! ninja -C "$build" "$(target_of "${tests[i]}")" >"$scratch/build.log" 2>&1; then
        verdict='NOT CAUGHT (does not build)'
    elif run_test "${tests[i]}"; then
        verdict='NOT CAUGHT'
    elif grep -qE '\*\*\*(Timeout|Not Run)' "$scratch/test.log"; then
        verdict='NOT CAUGHT (no result in time)'
    else
        verdict=caught
    fi
    printf '%s' "$content" >"$tree/${files[i]}"
}

copy_tree
read_records
for i in "${!files[@]}"; do
    find_place "$i"
done
check_baseline
missed=0
for i in "${!files[@]}"; do
    try_break "$i"
    [ "$verdict" = caught ] || missed=$((missed + 1))
    printf '%-10s  %s: %s -> %s (%s)\n' "$verdict" "${files[i]}" "${olds[i]}" "${news[i]}" "${tests[i]}"
done
printf '%d faults, %d caught, %d s\n' "${#files[@]}" $((${#files[@]} - missed)) "$SECONDS"
[ "$missed" -eq 0 ]
