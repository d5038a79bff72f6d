#!/usr/bin/env bash
# n-grams beside the words: training, and all that reads reviews or texts afterwards.
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
make_reviews reviews
tiny=(--data sample --train-limit 320 --batch-size 32 --units 4 --embedding 4 --maxlen 30)

# value FILE KEY: a number in JSON with one member a line.
value() {
    sed -nE "s/^ *\"$2\": ([-0-9.e]+),?$/\1/p" "$1" | tail -1
}

# part KEY: the values of a member in JSON of one line, one a line.
part() {
    grep -Eo "\"$1\":[^,}]+" stdout | cut -d: -f2- | tr -d '"'
}

# close A B TOLERANCE
close() {
    awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN { d = a - b; exit !(a != "" && b != "" && d <= t && -d <= t) }' ||
        fail "$1 and $2 differ by more than $3"
}

# member FILE NAME: a member of a .keras file.
member() {
    bsdtar -xOf "$1" "$2" 2>/dev/null || unzip -p "$1" "$2"
}
command -v bsdtar >/dev/null || command -v unzip >/dev/null || exit 77

echo "training and evaluating"
for n in 1 2 3; do
    expect 0 train "${tiny[@]}" --ngrams $n --epochs 1 --out run$n --threads 1
    says '^N-grams: [0-9]+ of .*, each in 2 training reviews or more$'
    says "^Model: .*: Embedding\\($((5000 + 35 * n)), 4\\), .*; reads the last 30 words of a review, each with "
    [ "$(value run$n/run.json ngrams) $(value run$n/run.json maxlen) $(value run$n/run.json vocabulary)" = \
        "$n 30 5000" ] || fail "run.json does not say what the model reads"
    expect 0 evaluate run$n/model.keras --data sample --json
    close "$(value stdout loss)" "$(value run$n/run.json val_loss)" 1e-12
    close "$(value stdout accuracy)" "$(value run$n/run.json val_accuracy)" 1e-12
    expect 0 summary run$n/model.keras --json
    [ "$(value stdout ngrams)" = $n ] || fail "the summary does not say the n-grams"
done
expect 0 train "${tiny[@]}" --ngrams 3 --epochs 1 --out again --threads 2 --quiet
cmp run3/model.keras again/model.keras || fail "the number of threads changes the model"
expect 0 train "${tiny[@]}" --epochs 1 --out plain --quiet
expect 0 train "${tiny[@]}" --ngrams 0 --epochs 1 --out none --quiet
cmp plain/model.keras none/model.keras || fail "--ngrams 0 is not a model of words"
expect 0 train "${tiny[@]}" --ngrams 2 --dry-run
says '\(None, 90, 4\)'
expect 0 evaluate run2/model.keras --data sample --predictions predictions.csv
tail -n +2 predictions.csv | cut -d, -f1-3 | cmp - <(tail -n +2 run2/predictions.csv | cut -d, -f1-3) ||
    fail "evaluate predicts otherwise than train validates"

echo "a text is read as a review is"
expect 0 train --data reviews --validation test --vocabulary 20 --units 4 --embedding 3 --maxlen 9 --ngrams 3 \
    --epochs 20 --learning-rate 0.02 --batch-size 4 --out small --quiet
for file in pos/0_9 neg/1_2; do
    expect 0 predict small/model.keras --json "$(cat reviews/test/$file.txt)"
    close "$(part probability)" "$(sed -n "s|^test/$file.txt,[01],\([-0-9.e]*\),.*|\1|p" small/predictions.csv)" 1e-8
done

echo "explaining"
# Replacing a word is what the same text with a rare word in its place gives, n-grams and all.
expect 0 data words --data reviews --json
mapfile -t words < <(sed -nE 's/^ *"word": "(.*)"$/\1/p' stdout)
rare=${words[18]}
expect 0 predict small/model.keras --json --explain "${words[0]} ${words[3]} ${words[2]} ${words[5]}"
mapfile -t without < <(part without)
[ "${#without[@]}" -eq 4 ] || fail "not a push for each of four words"
texts=("$rare ${words[3]} ${words[2]} ${words[5]}" "${words[0]} $rare ${words[2]} ${words[5]}"
    "${words[0]} ${words[3]} $rare ${words[5]}" "${words[0]} ${words[3]} ${words[2]} $rare")
expect 0 predict small/model.keras --json "${texts[@]}"
mapfile -t replaced < <(part probability)
for i in 0 1 2 3; do
    close "${without[$i]}" "${replaced[$i]}" 1e-6
done
expect 0 neighbors small/model.keras "${words[0]}"
[ "$(wc -l <stdout)" -eq $((2 + 15)) ] || fail "neighbors lists other rows than those of the 16 words"

echo "going on"
held=("${tiny[@]}" --validation 0.2 --ngrams 2)
expect 0 train "${held[@]}" --epochs 2 --out straight --threads 1 --quiet
expect 0 train "${held[@]}" --epochs 1 --out stopped --threads 2 --quiet
expect 0 train --resume stopped --epochs 2 --quiet
cmp straight/model.keras stopped/model.keras || fail "a run that goes on is another"
refuse 2 '^matinee train: --ngrams: stopped goes on with what it began with; ' train --resume stopped --ngrams 2
# Validated on what was held out: it must not be counted.
expect 0 train "${tiny[@]}" --ngrams 2 --epochs 1 --validation none --out all --quiet
! cmp -s <(member all/model.keras matinee/ngrams.bin) <(member straight/model.keras matinee/ngrams.bin) ||
    fail "reviews that are held out are counted"
expect 0 train --model run2/model.keras "${tiny[@]:0:6}" --epochs 1 --out more --quiet
cmp <(member run2/model.keras matinee/ngrams.bin) <(member more/model.keras matinee/ngrams.bin) ||
    fail "the same reviews give other n-grams"
expect 0 evaluate more/model.keras --data sample --json
close "$(value stdout loss)" "$(value more/run.json val_loss)" 1e-12
expect 0 train --model run2/model.keras --fresh "${tiny[@]:0:6}" --epochs 1 --out fresh --quiet
cmp <(member run2/model.keras model.weights.h5) <(member fresh/model.keras model.weights.h5) ||
    fail "--fresh is not what the preset gives"
refuse 2 '^matinee train: --ngrams 3: run2/model\.keras was made with 2; ' train --model run2/model.keras --ngrams 3
refuse 2 '^matinee train: --ngrams 1: plain/model\.keras was made with 0; ' train --model plain/model.keras --ngrams 1
refuse 2 '^matinee train: --maxlen 90: run2/model\.keras was made with 30; ' train --model run2/model.keras --maxlen 90
expect 0 train --model run2/model.keras --maxlen 30 --vocabulary 5000 --ngrams 2 --dry-run

echo "a configuration"
member run2/model.keras config.json >config.json
expect 0 train --model config.json "${tiny[@]:0:6}" --ngrams 2 --epochs 1 --out configured --quiet
cmp <(member run2/model.keras model.weights.h5) <(member configured/model.keras model.weights.h5) ||
    fail "a configuration with --ngrams is not what the preset gives"
refuse 2 '^matinee train: --ngrams 3: makes 4 tokens .* the 90 that config\.json reads .*; give it 88 or 92, for 22 or 23 words$' \
    train --model config.json --ngrams 3
refuse 2 '^matinee train: --vocabulary 5070: config\.json was made with 5000; ' \
    train --model config.json --ngrams 2 --vocabulary 5070
sed 's/"input_dim": *5070/"input_dim": 70/' config.json >few.json
! cmp -s few.json config.json || fail "the configuration has no input_dim of 5070"
refuse 2 '^matinee train: --ngrams 2: takes 70 ids .* few\.json has 70 in all; give its Embedding the input_dim 5070 ' \
    train --model few.json --ngrams 2

echo "ranks without words"
expect 0 data export --data reviews --out keras
mkdir alone && cp keras/imdb.npz alone
expect 0 train --data alone/imdb.npz --vocabulary 20 --units 4 --embedding 3 --maxlen 9 --ngrams 3 --epochs 1 \
    --out ranks --quiet
expect 0 evaluate ranks/model.keras --data alone/imdb.npz --json
close "$(value stdout loss)" "$(value ranks/run.json val_loss)" 1e-12
expect 0 train --data reviews --vocabulary 20 --units 4 --embedding 3 --maxlen 9 --ngrams 3 --epochs 1 \
    --out texts --quiet
cmp <(member ranks/model.keras matinee/ngrams.bin) <(member texts/model.keras matinee/ngrams.bin) ||
    fail "ranks give other n-grams than the words that they are of"
expect 0 predict ranks/model.keras --word-index keras/imdb_word_index.json "A wonderful film"

echo "converting"
expect 0 convert run3/model.keras copy.keras
says '^N-grams: [0-9]+, of 1 to 3 words$'
cmp run3/model.keras copy.keras || fail "a copy is another"
expect 0 convert run3/model.keras copy.weights.h5 --json
[ "$(value stdout ngrams)" = 3 ] || fail "convert does not say the n-grams"
says '"matinee/ngrams\.bin"'

echo "refused"
refuse 2 '^matinee train: --ngrams 4: must be a whole number from 0 to 3$' train --ngrams 4
refuse 2 '^matinee train: --ngrams 2: of 600000 ids of words; n-grams are made of 524288 at most$' \
    train --ngrams 2 --vocabulary 600000
