#!/usr/bin/env bash
# The cache as users meet it: where it is, what is said of it, and that it is never a reason to fail.
source "$(dirname "$0")/program.sh"

make_reviews reviews
tar cf reviews.tar reviews
printf 'text,label\ngood warm film,1\nbad dull film,0\ngood,1\nbad,0\n' >table.csv
sleep 2.1 # a directory that has just changed is not kept
cache=$XDG_CACHE_HOME/matinee/encoded

# Read, kept, and from the cache the next time; the weights are the same to the last bit.
expect 0 train "${small[@]}" --data reviews.tar --out first
says '^Data: reviews\.tar, 12 training and 4 test reviews$'
says '^Read: in [0-9.]+ s, and from the cache the next time$'
expect 0 train "${small[@]}" --data reviews.tar --out second
says '^Read: in [0-9.]+ s, from the cache$'
expect 0 train "${small[@]}" --data reviews.tar --no-cache --out third
says '^Read: in [0-9.]+ s$'
for run in first second third; do
    "$program" convert "$run/model.keras" "$run.safetensors" >/dev/null
    cmp first.safetensors "$run.safetensors" || fail "$run: other weights"
    cut -d, -f1-5 "$run/history.csv" | cmp - <(cut -d, -f1-5 first/history.csv) || fail "$run: another history"
done
expect 0 train "${small[@]}" --data reviews --dry-run
says '^Read: in [0-9.]+ s, and from the cache the next time$'
expect 0 train "${small[@]}" --data reviews --dry-run
says '^Read: in [0-9.]+ s, from the cache$'
expect 0 train "${small[@]}" --data sample --train-limit 64 --dry-run
! grep -q '^Read: ' stdout || fail "the sample is not read"
expect 0 evaluate second/model.keras --data reviews.tar --json
cp stdout cached
expect 0 evaluate second/model.keras --data reviews.tar --json --no-cache
diff <(grep -v seconds cached) <(grep -v seconds stdout) || fail "another score"
expect 0 data info --data reviews
cp stdout cached
expect 0 data info --data reviews --no-cache
cmp cached stdout
expect 0 data export --data reviews --out with
expect 0 data export --data reviews --out without --no-cache
cmp with/imdb.npz without/imdb.npz
cmp with/imdb_word_index.json without/imdb_word_index.json

# What is there.
holds "$cache" "$(cd "$cache" && echo *)"
[ "$(ls "$cache"/*.reviews | wc -l)" -eq 2 ] || fail "not two entries: $(ls "$cache")"
expect 0 data cache
says "^$cache: 2 data sets, .* of at most 1\.00 GB\$"
says "^ +[0-9.]+ KB  20.*Z +12 +4  $PWD/reviews\.tar\$"
expect 0 data cache --json
says '"train_reviews": 12,'
says "\"data\": \"$PWD/reviews\""
expect 0 data clear-cache
says "^Removed 2 data sets, .* from $cache\$"
holds "$cache" ""
expect 0 data cache
says ': 0 data sets'

# Where it is: --cache, MATINEE_CACHE, XDG_CACHE_HOME, HOME, nowhere.
expect 0 data info --data table.csv --cache named/here
[ "$(ls named/here/*.reviews | wc -l)" -eq 1 ] || fail "--cache is not used"
MATINEE_CACHE=$PWD/by_name expect 0 data info --data table.csv
[ "$(ls by_name/*.reviews | wc -l)" -eq 1 ] || fail "MATINEE_CACHE is not used"
(
    unset XDG_CACHE_HOME
    expect 0 data info --data table.csv
    [ "$(ls .cache/matinee/encoded/*.reviews | wc -l)" -eq 1 ] || fail "HOME is not used"
    unset HOME
    expect 0 data info --data table.csv
    refuse 2 '^matinee data: there is no cache, as neither MATINEE_CACHE ' data cache
)
holds "$cache" ""
expect 0 data info --data table.csv --no-cache
holds "$cache" ""

# Trouble with it is a line on standard error, and no more.
warns() {
    local pattern=$1
    shift
    "$program" "$@" >stdout 2>stderr || fail "matinee $*: failed"
    [ "$(wc -l <stderr)" -eq 1 ] || fail "matinee $*: not exactly one line on standard error"
    grep -Eq -- "$pattern" stderr || fail "matinee $*: the message does not match '$pattern'"
}
expect 0 data info --data table.csv
cp stdout good
entry=$(ls "$cache"/*.reviews)
printf 'X' | dd of="$entry" bs=1 seek=100 conv=notrunc status=none
warns "^matinee: $entry: the cached reviews are damaged: .*; the data are read again\$" data info --data table.csv
cmp good stdout
expect 0 data info --data table.csv
cmp good stdout
printf 'X' | dd of="$entry" bs=1 seek=100 conv=notrunc status=none
expect 0 data cache
says '\(damaged, or of another version\)$'
expect 0 data clear-cache
holds "$cache" ""
warns '^matinee: the reviews are not cached: table\.csv: is not a directory' data info --data table.csv --cache table.csv/x
cmp good stdout
(
    ulimit -f 8 # no file of more than 8 KiB
    warns '^matinee: the reviews are not cached: .*cannot write the file' data info --data table.csv
)
holds "$cache" ""

# A run goes on with or without it.
expect 0 train "${small[@]}" --data reviews.tar --out run
expect 0 train --resume run --epochs 2 --no-cache
expect 0 train --resume run --epochs 3 --cache named/here

refuse 2 '^matinee train: --no-cache: contradicts --cache x; leave one of them out$' train --cache x --no-cache
refuse 2 '^matinee data: --data: cache is about the cache alone' data cache --data reviews
refuse 2 '^matinee data: --no-cache: clear-cache is about the cache alone' data clear-cache --no-cache
refuse 1 '^matinee: table\.csv: cannot be read as a cache: ' data cache --cache table.csv
refuse 1 '^matinee: table\.csv: cannot be read as a cache: ' data clear-cache --cache table.csv
refuse 2 'must be info, words, export, cache or clear-cache$' data other
