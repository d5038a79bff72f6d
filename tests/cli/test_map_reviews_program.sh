#!/usr/bin/env bash
# Reviews that stay in files of the cache: the same numbers, and memory that does not grow with the data.
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
cache=$XDG_CACHE_HOME/matinee/encoded

# table FILE REVIEWS: of 1 to 60 words each
table() {
    awk -v reviews="$2" 'BEGIN {
        srand(5)
        print "text,label"
        for (i = 0; i < reviews; i++) {
            words = 1 + int(rand() * 60)
            for (k = 0; k < words; k++)
                printf "w%d ", int(rand() * rand() * 2000)
            print (i % 2 ? "good,1" : "bad,0")
        }
    }' >"$1"
}
table table.csv 1000
train=(train "${small[@]}" --data table.csv --test 0.2)

# same_run A B: weights, history and predictions are the same to the last bit.
same_run() {
    "$program" convert "$1/model.keras" a.safetensors >/dev/null
    "$program" convert "$2/model.keras" b.safetensors >/dev/null
    cmp a.safetensors b.safetensors || fail "$2: other weights than $1"
    cmp "$1/predictions.csv" "$2/predictions.csv"
    cmp <(cut -d, -f1-3 "$1/history.csv") <(cut -d, -f1-3 "$2/history.csv") || fail "$2: another history than $1"
}

# Small data are read into memory, and no rows are written.
expect 0 "${train[@]}" --out plain
says '^Read: in [0-9.]+ s, and from the cache the next time$'
[ "$(ls "$cache"/*.rows 2>/dev/null | wc -l)" -eq 0 ] || fail "rows of small data"

expect 0 "${train[@]}" --map-reviews always --out mapped
says '^Read: in [0-9.]+ s, from the cache; mapped, not in memory$'
[ "$(ls "$cache"/*.rows | wc -l)" -eq 2 ] || fail "not the rows of two splits: $(ls "$cache")"
same_run plain mapped
expect 0 data clear-cache
says '^Removed 1 data sets, '
holds "$cache" ""
expect 0 "${train[@]}" --map-reviews always --threads 3 --out first
says '^Read: in [0-9.]+ s, and from the cache the next time; mapped, not in memory$'
same_run plain first

# A part of the reviews, other parts, and n-grams of their words.
for options in "--train-limit 90 --validation 0.3" "--validation none" "--ngrams 2" "--vocabulary 70000"; do
    # shellcheck disable=SC2086
    expect 0 "${train[@]}" $options --out x
    # shellcheck disable=SC2086
    expect 0 "${train[@]}" $options --map-reviews always --out y
    [ -e x/predictions.csv ] || touch x/predictions.csv y/predictions.csv
    same_run x y
    rm -r x y
done

# A run goes on with the reviews where they were not, and its data are the same data.
expect 0 "${train[@]}" --epochs 2 --out straight
expect 0 train --resume mapped --epochs 2 --map-reviews never
same_run straight mapped
expect 0 train --resume plain --epochs 2 --map-reviews always
same_run straight plain

# The test reviews alone.
expect 0 evaluate straight/model.keras --data table.csv --test 0.2 --json --map-reviews never
grep -v seconds stdout >never
expect 0 evaluate straight/model.keras --data table.csv --test 0.2 --json --map-reviews always
grep -v seconds stdout | diff never - || fail "another score"

# What is there, and what is amiss with it.
expect 0 data clear-cache
expect 0 "${train[@]}" --map-reviews always --out x
expect 0 data cache
says ': 1 data sets, '
says "^ +[0-9.]+ KB  20.*Z +800 +0  $PWD/table\.csv, encoded: --vocabulary 5000 --maxlen 40\$"
says "^ +[0-9.]+ KB  20.*Z +0 +200  $PWD/table\.csv, encoded: --vocabulary 5000 --maxlen 40\$"
expect 0 data cache --json
says '"maxlen": 40'
rows=$(ls -S "$cache"/*.rows | head -1)
printf 'X' | dd of="$rows" bs=1 seek=5000 conv=notrunc status=none
"$program" "${train[@]}" --map-reviews always --out y >stdout 2>stderr || fail "damaged rows are a reason to fail"
[ "$(wc -l <stderr)" -eq 1 ] || fail "not one line about damaged rows"
grep -q "^matinee: $rows: the encoded reviews are damaged: .*; they are encoded again\$" stderr ||
    fail "damaged rows: $(cat stderr)"
same_run x y
expect 0 "${train[@]}" --map-reviews always --out y
printf 'X' | dd of="$rows" bs=1 seek=3 conv=notrunc status=none
expect 0 data cache
says '\(damaged, or of another version\)$'

# Two programs at once.
rm -r x y
expect 0 data clear-cache
"$program" "${train[@]}" --map-reviews always --quiet --out x &
expect 0 "${train[@]}" --map-reviews always --quiet --out y
wait $! || fail "the other one failed"
same_run x y
expect 0 data clear-cache
holds "$cache" ""

refuse 2 '^matinee train: --map-reviews sometimes: must be auto, always or never' train --map-reviews sometimes
refuse 1 '^matinee: the reviews cannot be mapped: there is no cache' "${train[@]}" --map-reviews always --no-cache
refuse 1 '^matinee: the reviews cannot be mapped: the built-in sample ' train --data sample --map-reviews always

# 20,000 reviews of 1,000 ids are 80 MB, of which 30 MB of memory need no more than what is in use.
(
    ulimit -d 30000
    "$program" --version >/dev/null 2>&1
) || exit 0 # a program that is watched by a sanitizer needs more for itself
table large.csv 20000
large=(train --data large.csv --train-limit 64 --validation none --units 8 --embedding 4 --maxlen 1000 --epochs 1
    --threads 1)
(
    ulimit -d 30000
    refuse 1 '^matinee: out of memory: 20000 reviews of 1000 ids; ' "${large[@]}" --map-reviews never --out x
    expect 0 "${large[@]}" --map-reviews always --out small_memory
)
expect 0 "${large[@]}" --map-reviews never --out large_memory
touch small_memory/predictions.csv large_memory/predictions.csv
same_run large_memory small_memory
