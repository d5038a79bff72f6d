#!/usr/bin/env bash
# What the built program trains, prints and writes.
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
make_reviews reviews

# column FILE NAME ROW: a field of a CSV file.
column() {
    awk -F, -v name="$2" -v row="$3" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) field = i }
                                      NR == row + 1 { print $field }' "$1"
}

# value FILE KEY: a number in JSON with one member a line.
value() {
    sed -nE "s/^ *\"$2\": ([-0-9.e]+),?$/\1/p" "$1" | tail -1
}

# same A B TOLERANCE
same() {
    awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN { d = a - b; exit !(a != "" && b != "" && d <= t && -d <= t) }' ||
        fail "$1 and $2 differ by more than $3"
}

echo "training on the sample"
expect 0 train --data sample --train-limit 128 "${small[@]}" --out run --log log.jsonl --threads 1
says '^Data: the built-in sample, .*scripts/fetch_imdb.sh'
says '^Model: sequential, 20,425 parameters: Embedding\(5000, 4\), LSTM\(8\), Dense\(1\)'
says '^Device: cpu, 1 thread'
says '^2/2 - [0-9]+s - [0-9]+[mu]?s/step - accuracy: .* - loss: .* - val_accuracy: .* - val_loss: [^ ]+$'
says '^Wrote run: model.keras, history.csv, run.json$'
holds run history.csv model.keras run.json
[ "$(wc -l <run/history.csv)" -eq 2 ] || fail "history.csv has not one line for its epoch"
for pair in accuracy loss val_accuracy val_loss; do
    shown=$(grep -Eo " $pair: [^ ]+" stdout | cut -d' ' -f3)
    same "$shown" "$(column run/history.csv $pair 1)" 5.1e-5
    same "$(value run/run.json $pair)" "$(column run/history.csv $pair 1)" 1e-8
done
grep -q '"status": "done"' run/run.json || fail "run.json does not say that the run is done"
same "$(value run/run.json iterations)" 2 0
[ "$(grep -Eo '^\{"event":"[a-z]+"' log.jsonl | cut -d'"' -f4 | xargs)" = "start epoch end" ] ||
    fail "the log holds: $(cat log.jsonl)"

echo "the same seed gives the same file, with any number of threads"
expect 0 train --data sample --train-limit 128 "${small[@]}" --out again --threads 2 --quiet
[ ! -s stdout ] || fail "--quiet printed"
cmp run/model.keras again/model.keras || fail "two runs of one seed differ"
expect 0 train --data sample --train-limit 128 "${small[@]}" --out other --seed 8 --quiet
! cmp -s run/model.keras other/model.keras || fail "two seeds give the same file"

echo "evaluating"
expect 0 evaluate run/model.keras --data sample --json
same "$(value stdout loss)" "$(column run/history.csv val_loss 1)" 1e-8
same "$(value stdout accuracy)" "$(column run/history.csv val_accuracy 1)" 1e-8
loss=$(value stdout loss)
expect 0 evaluate run/model.keras --data sample
says "^accuracy: [01]\\.[0-9]+ - loss: $(printf %.4f "$loss") - [0-9]+ reviews in "
expect 0 evaluate "$fixtures/golden/m1_step3.keras" --data reviews
says '^Vocabulary: .*m1_step3.keras has none'
says '^Data: reviews, 4 test reviews$'

echo "predicting"
expect 0 predict run/model.keras "A wonderful film." "It is awful, dull and bad."
[ "$(wc -l <stdout)" -eq 2 ] || fail "not one line a text"
says '^[01]\.[0-9]{4}  (positive|negative)  A wonderful film\.$'
cp stdout from_arguments
printf 'A wonderful film.\r\nIt is awful, dull and bad.' >texts
expect 0 predict run/model.keras --file texts
cmp stdout from_arguments || fail "a file of texts is predicted otherwise than arguments"
expect 0 predict run/model.keras --file - --json <texts
says '^\{"text":2,"probability":0\.[0-9]+,"label":"(positive|negative)"\}$'
expect 0 predict "$fixtures/golden/m1_step3.keras" --data reviews "wonderful film"
says '^[01]\.[0-9]{4}  '

echo "other data is read with the model's own vocabulary"
cat reviews/test/pos/*.txt reviews/test/neg/*.txt >texts
expect 0 predict run/model.keras --file texts --json
loss=$(sed -E 's/.*"probability":([0-9.e-]+).*/\1/' stdout |
    awk '{ sum -= log(NR <= 2 ? $1 : 1 - $1) } END { printf "%.9f", sum / NR }')
expect 0 evaluate run/model.keras --data reviews --json
same "$(value stdout loss)" "$loss" 1e-6

echo "going on from a file"
expect 0 train --model run/model.keras --data sample --train-limit 64 --epochs 2 --validation 0.25 --batch-size 16 \
    --out more
says '^Epoch 2/2$'
says '^3/3 - '
same "$(value more/run.json iterations)" 8 0
same "$(value more/run.json train_reviews)" 48 0
same "$(value more/run.json validation_reviews)" 16 0
expect 0 train --model run/model.keras --fresh --data sample --train-limit 128 --epochs 1 --out fresh --quiet
same "$(value fresh/run.json iterations)" 2 0
same "$(value fresh/run.json val_loss)" "$(value run/run.json val_loss)" 0
expect 0 train --model "$fixtures/golden/m1_step0.keras" --data reviews --epochs 1 --quiet
holds runs m1_step0-7
expect 0 train --model "$fixtures/golden/m1_step0.keras" --data reviews --epochs 1 --validation none
holds runs m1_step0-7 m1_step0-7-2
expect 0 predict runs/m1_step0-7/model.keras "a wonderful film"

echo "saying what would be done"
expect 0 train --data reviews --dry-run --out nowhere
says '^ Total params: 213,301 \(833\.21 KB\)$'
says '^Memory: '
says '^Steps: 3 epochs of 1 steps on 12 reviews, batches of 64, validated on 4 reviews$'
[ ! -e nowhere ] || fail "--dry-run made its --out"

echo "describing"
expect 0 summary lstm
says '^│ lstm \(LSTM\)                     │ \(None, 100\)            │        53,200 │$'
expect 0 summary run/model.keras
says '^ Optimizer params: 40,852 '
expect 0 summary run/model.keras --json
same "$(value stdout trainable_parameters)" 20425 0
expect 0 data info --data reviews
says '^reviews +12 +4$'
expect 0 data words --data reviews --count 2
says '^ +1 +4 +24  and$'
[ "$(wc -l <stdout)" -eq 3 ] || fail "--count 2 does not print two words"
expect 0 data export --data reviews --out exported
holds exported imdb_word_index.json
grep -q '"and": 1[,}]' exported/imdb_word_index.json || fail "the word index lacks its first word"
expect 0 doctor
says '^Would run on: +cpu, '
expect 0 doctor --json
says '"data_from": "sample"'
expect 0 --version
says '^matinee [0-9]+\.[0-9]+\.[0-9]+$'
expect 0 --help
says '^  evaluate '
expect 0 train --help
says '^ +--batch-size=N '

echo "stopping"
"$program" train --data sample "${small[@]}" --epochs 100000 --validation none --out stopped --log stopped.jsonl \
    >stdout 2>stderr &
child=$!
for _ in $(seq 600); do
    ! grep -q '"event":"epoch"' stopped.jsonl 2>/dev/null || break
    sleep 0.1
done
kill -INT $child
status=0
wait $child || status=$?
[ "$status" -eq 130 ] || fail "interrupted: exit status $status"
[ "$(wc -l <stderr)" -eq 1 ] || fail "interrupted: not exactly one line on standard error"
grep -q '^matinee: interrupted after [0-9]* of 100000 epochs; .* stopped/model.keras$' stderr || fail "interrupted"
grep -q '"status": "interrupted"' stopped/run.json || fail "run.json does not say that the run was interrupted"
holds stopped history.csv model.keras run.json
expect 0 summary stopped/model.keras
echo "all as expected"
