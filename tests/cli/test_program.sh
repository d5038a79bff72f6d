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
says '^Device: cpu, 1 thread, .* kernels(;|$)'
says '^2/2 - [0-9]+s - [0-9]+[mu]?s/step - accuracy: .* - loss: .* - val_accuracy: .* - val_loss: [^ ]+$'
says '^Wrote run: model.keras, history.csv, predictions.csv, run.json, report.html$'
holds run history.csv model.keras predictions.csv report.html run.json
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

echo "the processor's kernels by name"
others=$("$program" doctor | grep '^CPU kernels:' | grep -Eo '[a-z0-9]+ \(runs\)' | cut -d' ' -f1 || true)
for name in auto $others; do
    expect 0 train --data sample --train-limit 128 "${small[@]}" --out kernels-$name --cpu-kernels $name
    mv stdout device-$name
    grep -q "\"cpu-kernels\": \"$name\"" kernels-$name/run.json || fail "run.json does not name the kernels $name"
    [ "$name" = auto ] || ! cmp -s <(grep '^Device: ' device-auto) <(grep '^Device: ' device-$name) ||
        fail "--cpu-kernels $name: the device is that of auto"
done
[[ " $others " != *" sse2 "* ]] || ! cmp -s kernels-auto/model.keras kernels-sse2/model.keras ||
    fail "kernels without fused products give the bits of others"
refuse 2 '^matinee train: --cpu-kernels mmx: must be auto, avx512, avx2, sse2 or native$' train --cpu-kernels mmx
[ -z "$others" ] || refuse 1 '^matinee: --cpu-kernels native: this build has no such kernels; use .*sse2 or auto$' \
    train --data sample --train-limit 128 "${small[@]}" --cpu-kernels native

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
! grep -q '^Note: ' stdout || fail "a model that says nothing of its reviews gets a note on them"
says '^Data: reviews, 4 test reviews$'

expect 0 evaluate run/model.keras --data reviews
says '^Note: the model was trained on the built-in sample, and these reviews are real$'
expect 0 evaluate run/model.keras --data reviews --json
says '"trained_on_sample": true'
expect 0 data words --data sample --count 100000
cp -r reviews wide && awk 'NR > 1 { print $4 }' stdout >wide/train/pos/0_9.txt # all words of the sample
expect 0 train --data wide "${small[@]}" --out real --quiet
expect 0 evaluate real/model.keras --data sample
says '^Note: the model was trained on real reviews, and these are the built-in sample$'
expect 0 evaluate real/model.keras --data reviews
! grep -q '^Note: ' stdout || fail "real reviews after real reviews get a note"

echo "converting"
expect 0 convert run/model.keras copy.keras
says '^Read run/model.keras: a .keras file of Keras 3\.0\.0$'
says '^Optimizer: Adam after 2 updates, learning rate 0\.001'
says '^Vocabulary: [0-9]+ ids$'
! grep -q '^Left out' stdout || fail "a copy leaves something out"
cmp run/model.keras copy.keras || fail "a copy is another file"
expect 0 convert run/model.keras part.weights.h5
says '^Left out, as \.weights\.h5 has no place for it: architecture, matinee/vocabulary\.json, matinee/settings\.json, matinee/trainer\.json$'
expect 0 convert part.weights.h5 back.keras --model lstm "${small[@]:0:6}"
says '^Read part\.weights\.h5: weights in Keras 3.s HDF5$'
expect 0 evaluate back.keras --data sample --json
same "$(value stdout loss)" "$(column run/history.csv val_loss 1)" 1e-8
expect 0 convert part.weights.h5 again.keras --model copy.keras --json
says '"iterations": 2,$'
says '"vocabulary": null,$'
expect 0 convert copy.keras part.safetensors
says '^Left out, .* architecture, optimizer state, matinee/vocabulary\.json'
[ "$(head -c 9 part.safetensors | tail -c 1)" = "{" ] || fail "part.safetensors has no header"
rm copy.keras back.keras again.keras part.*

echo "predicting"
expect 0 predict run/model.keras "A wonderful film." "It is awful, dull and bad."
[ "$(wc -l <stdout)" -eq 2 ] || fail "not one line a text"
says '^[01]\.[0-9]{4}  (positive|negative)  A wonderful film\.$'
cp stdout from_arguments
printf 'A wonderful film.\r\nIt is awful, dull and bad.' >texts
expect 0 predict run/model.keras --file texts
cmp stdout from_arguments || fail "a file of texts is predicted otherwise than arguments"
for text in "A wonderful film." "It is awful, dull and bad."; do
    expect 0 predict run/model.keras "$text"
    cat stdout >>one_by_one
done
cmp one_by_one from_arguments || fail "texts are predicted otherwise one by one, or in another order"
expect 0 predict run/model.keras --file - --json <texts
says '^\{"text":2,"probability":0\.[0-9]+,"label":"(positive|negative)"\}$'
printf '\r\nA wonderful film.\n\nIt is awful, dull and bad.\n\n' >texts
expect 0 predict run/model.keras - <texts
cmp stdout from_arguments || fail "empty lines change what is predicted"
expect 0 predict run/model.keras --file texts --json
says '^\{"text":4,'
expect 0 predict run/model.keras $'A\e[2J film\tof \xc2\x9b31m'
says '^[^ ]+  [a-z]+  A\?\[2J film of \?31m$'
expect 0 predict "$fixtures/golden/m1_step3.keras" --data reviews "wonderful film"
cp stdout from_option
MATINEE_DATA=reviews expect 0 predict "$fixtures/golden/m1_step3.keras" "wonderful film"
cmp stdout from_option || fail "predict does not take its words from \$MATINEE_DATA"
says '^[01]\.[0-9]{4}  '

echo "tables"
# make_table FILE SEPARATOR: 20 positive and then 20 negative reviews of two lines each.
make_table() {
    echo "id$2sentiment$2review" >"$1"
    for i in $(seq 40); do
        [ "$i" -le 20 ] && echo "$i$2Positive$2\"A \"\"wonderful\"\" film number $i," || echo "$i$2neg$2\"An awful film number $i,"
        echo 'and done."'
    done >>"$1"
}
make_table reviews.csv ,
make_table test.tsv $'\t'
expect 0 train --data reviews.csv "${small[@]}" --out tabled
says '^Data: reviews\.csv, 40 training reviews$'
says '^Validation: on the last fifth of the training reviews, as there are no test reviews; '
says ' - val_accuracy: '
grep -q '"validation": 0\.2[,0]' tabled/run.json || fail "run.json does not say what was validated on"
same "$(value tabled/run.json train_reviews)" 32 0
expect 0 train --data reviews.csv "${small[@]}" --out tabled --validation none
says '^Data: reviews\.csv, 40 training reviews$'
! grep -q '^Validation: ' stdout || fail "a validation that was not asked for is announced"
expect 0 train --data reviews.csv --test test.tsv "${small[@]}" --out tabled
says '^Data: reviews\.csv and test\.tsv, 40 training and 40 test reviews$'
expect 0 train --data reviews.csv --test 0.2 "${small[@]}" --out tabled
says '^Data: reviews\.csv, 32 training and 8 test reviews$'
loss=$(value tabled/run.json val_loss)
expect 0 evaluate tabled/model.keras --data reviews.csv --test 0.2 --json
same "$(value stdout loss)" "$loss" 1e-8
same "$(value stdout examples)" 8 0
expect 0 evaluate tabled/model.keras --data reviews.csv
says '^Data: reviews\.csv, 40 test reviews$'
says '^Note: the model was trained with --test 0\.2; '
expect 0 evaluate tabled/model.keras --data test.tsv --label-column 2 --json
same "$(value stdout examples)" 40 0
expect 0 evaluate "$fixtures/golden/m1_step3.keras" --data reviews.csv --test test.tsv
says '^Data: reviews\.csv and test\.tsv, 40 test reviews$'
expect 0 predict "$fixtures/golden/m1_step3.keras" --data reviews.csv "wonderful film"
expect 0 data info --data reviews.csv --test 0.5
says '^reviews +20 +20$'
expect 0 data words --data reviews.csv --count 1
says '^ +1 +4 +40  (and|done|film|number)$'
printf 'id,body\n1,"a wonderful\nfilm"\n2,and awful\n' >texts.csv
expect 0 predict tabled/model.keras --file texts.csv --text-column body --json
[ "$(grep -Eo '"text":[0-9]+' stdout | xargs)" = "text:2 text:4" ] || fail "rows of a table: $(cat stdout)"
mv stdout rows
printf '\na wonderful film\n\nand awful\n' >texts
expect 0 predict tabled/model.keras --file texts --json
cmp stdout rows || fail "a table and the lines of a file are predicted otherwise"
expect 0 predict "$fixtures/golden/m1_step3.keras" --data reviews --file texts.csv --text-column body
says '  and awful$'
awk 'BEGIN { print "text"; for (i = 0; i < 1025; i++) print "film" }' >texts.csv
expect 0 predict tabled/model.keras --file texts.csv
[ "$(wc -l <stdout)" -eq 1025 ] || fail "a table of 1025 texts has $(wc -l <stdout) predictions"
printf 'sentiment\treview\n1\t"\\"A" good film"\n0\tbad\n' >quotes.tsv
expect 0 data words --data quotes.tsv --no-quotes
says '  film$'

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

says '^  layer +activations  for backward$'
says '^  lstm +[0-9.]+ [KM]?B +[0-9.]+ [KM]B$'
says '^  parameters, gradients, Adam +3\.25 MB$'
awk '{ unit["B"] = 1; unit["KB"] = 1024; unit["MB"] = 1024 ^ 2
       for (i = 2; i <= NF; i++) if ($i in unit && $(i - 1) + 0 > 0) sum += $(i - 1) * unit[$i] * ($1 == "Memory:" ? -1 : 1)
       if ($1 == "Memory:") all = $2 * unit[$3] }
     END { exit !(all > 0 && sum < 0.01 * all && -sum < 0.01 * all) }' <(grep -E '^(Memory:|  )' stdout) ||
    fail "the parts of the memory are not the whole"

echo "every preset"
for model in lstm-dropout lstm-gate-dropout bilstm bilstm-gate-dropout cnn-lstm cnn-lstm-dropout lstm-reversed \
    lstm-embedding-dropout; do
    for threads in 1 2; do
        expect 0 train --model $model --data sample --train-limit 96 "${small[@]}" --validation none \
            --threads $threads --out presets/$model-$threads
    done
    cmp presets/$model-1/model.keras presets/$model-2/model.keras || fail "$model: threads change the bits"
done
grep -q '"engine": "[^"]+",' -E presets/cnn-lstm-1/run.json || fail "run.json does not name what computed the LSTM"
grep -q '"graph": null,' presets/cnn-lstm-1/run.json || fail "run.json has a graph of the processor"
grep -q '"precision": "fp32",' presets/cnn-lstm-1/run.json || fail "run.json does not have the precision"
grep -q '"dropout_masks": "counter",' presets/cnn-lstm-1/run.json || fail "run.json does not say whose masks"
grep -q '"class": "Conv1D",' presets/cnn-lstm-1/run.json || fail "run.json does not list the layers"
grep -q '"recurrent_dropout": 0.2,' presets/bilstm-gate-dropout-1/run.json || fail "run.json does not have the rates"
expect 0 evaluate presets/bilstm-gate-dropout-1/model.keras --data sample
says ' Bidirectional\(LSTM\(8, dropout=0\.2, recurrent_dropout=0\.2\)\), '
expect 0 predict presets/cnn-lstm-dropout-1/model.keras "A wonderful film."

echo "the seed decides what is dropped"
# One review and the same weights: the loss before the first update depends on nothing but the masks.
for seed in 1 2; do
    expect 0 train --model presets/lstm-dropout-1/model.keras --data sample --train-limit 1 --epochs 1 \
        --validation none --seed $seed --out dropped-$seed --quiet
done
awk -v a="$(column dropped-1/history.csv loss 1)" -v b="$(column dropped-2/history.csv loss 1)" \
    'BEGIN { d = a - b; exit !(d > 1e-6 || d < -1e-6) }' || fail "two seeds drop the same"

echo "a Keras configuration"
sed 's/"learning_rate": 0.001/"learning_rate": 0.002/' "$fixtures/golden/config_m1.json" >mine.json
expect 0 train --model mine.json --data reviews --epochs 1 --validation none --initializers keras1 --quiet
same "$(value runs/mine-7/run.json learning_rate)" 0.002 1e-12
grep -q '"initializers": "keras1"' runs/mine-7/run.json || fail "run.json does not name the initialisers"
expect 0 summary mine.json
says '^ Total params: 213,301 '
expect 0 summary runs/mine-7/model.keras --json
same "$(value stdout trainable_parameters)" 213301 0

echo "describing"
expect 0 summary bilstm-gate-dropout
says '^│ bidirectional \(Bidirectional\)   │ \(None, 200\)            │       106,400 │$'
expect 0 summary cnn-lstm --json
same "$(value stdout trainable_parameters)" 216405 0
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
holds exported imdb.npz imdb_word_index.json
grep -q '"and": 1[,}]' exported/imdb_word_index.json || fail "the word index lacks its first word"
expect 0 doctor
says '^Would run on: +cpu, .*; no GPU: .'
says '^GPU: +none can be used, and none is needed: '
says '^CPU kernels: +([a-z0-9]+ \((runs|not on this processor)\), )*[a-z0-9]+ \(chosen\)'
expect 0 doctor --json
says '"data_from": "sample"'
[ "$(grep -c '"chosen": true' stdout)" -eq 1 ] || fail "not exactly one set of kernels is chosen"
says '"data": null'
MATINEE_DATA=nowhere expect 0 doctor
says '^Data: +nowhere, named by MATINEE_DATA, does not exist; '
MATINEE_DATA=nowhere expect 0 doctor --json
says '"missing": "nowhere"'
says '"data": null'
MATINEE_DATA=reviews expect 0 doctor --json
says '"data": "reviews"'
MATINEE_DATA=sample expect 0 doctor
says '^Data: +the built-in sample, named by MATINEE_DATA$'
expect 0 --version
says '^matinee [0-9]+\.[0-9]+\.[0-9]+$'
expect 0 --help
says '^  evaluate '
expect 0 train --help
says '^ +--batch-size=N '

for help in help -h; do
    expect 0 $help
    says '^  evaluate '
done
expect 0 train --help
cp stdout train_help
for help in "help train" "train -h"; do
    expect 0 $help
    cmp stdout train_help || fail "matinee $help does not print what train --help does"
done

echo "runs at once"
children=()
for i in 1 2 3; do
    "$program" train --data reviews "${small[@]}" --seed 77 --threads 1 --quiet 2>>stderr &
    children+=($!)
done
for child in "${children[@]}"; do
    wait "$child" || fail "one of three runs at once failed"
done
for run in lstm-77 lstm-77-2 lstm-77-3; do
    holds runs/$run history.csv model.keras predictions.csv report.html run.json
done

echo "a batch of all reviews"
expect 0 train --data sample --train-limit 64 --batch-size 65536 --maxlen 40 --epochs 1 --validation none --out all
says '^1/1 - '
expect 0 train --data sample --train-limit 64 --batch-size 64 --maxlen 40 --epochs 1 --validation none --out whole
expect 0 evaluate all/model.keras --data sample --json
loss=$(value stdout loss)
expect 0 evaluate whole/model.keras --data sample --json
same "$(value stdout loss)" "$loss" 0
expect 0 train --data sample --train-limit 64 --batch-size 64 --dry-run
memory=$(grep '^Memory: ' stdout)
expect 0 train --data sample --train-limit 64 --batch-size 65536 --dry-run
[ "$(grep '^Memory: ' stdout)" = "$memory" ] || fail "memory is planned for reviews that are not there"

echo "a reader that leaves"
# closed COMMAND...: runs it with a standard output that nobody reads, and ends as it does.
closed() {
    mkfifo pipe
    sleep 30 <pipe >/dev/null 2>&1 &
    local reader=$! status=0
    exec 9>pipe
    kill $reader
    wait $reader 2>/dev/null || true
    "$program" "$@" >&9 2>stderr || status=$?
    exec 9>&-
    rm pipe
    return $status
}
for command in "summary lstm" "data words --data reviews --count 100000" "predict run/model.keras film" --help; do
    status=0
    closed $command || status=$?
    [ "$status" -eq 1 ] && [ ! -s stderr ] || fail "matinee $command | head: exit status $status"
done
status=0
closed train --data reviews "${small[@]}" --out unread || status=$?
[ "$status" -eq 1 ] || fail "a run that nobody reads: exit status $status"
grep -q '^matinee: standard output: .*; the run is complete in unread$' stderr || fail "a run that nobody reads"
holds unread history.csv model.keras predictions.csv report.html run.json

echo "stopping"
# epochs: how many the log of the run in the background holds.
epochs() {
    cat stopped.jsonl 2>/dev/null | grep -c '"event":"epoch"' || true
}

# begin: starts a long run, $child, and waits until it has done an epoch.
begin() {
    rm -rf stopped stopped.jsonl
    "$program" train --data sample "${small[@]}" --epochs 100000 --validation none --out stopped \
        --log stopped.jsonl >stdout 2>stderr &
    child=$!
    wait_for_epoch 1
}

# wait_for_epoch N: until the run has done N epochs, a minute at most.
wait_for_epoch() {
    local i
    for i in $(seq 600); do
        [ "$(epochs)" -lt "$1" ] || return 0
        sleep 0.1
    done
    kill -KILL $child 2>/dev/null || true
    fail "the run does not come to epoch $1"
}

# ends SIGNAL: the signal ends the run after saving.
ends() {
    local status=0 i
    kill "-$1" $child || fail "the run has ended before $1"
    for i in $(seq 600); do
        kill -0 $child 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL $child 2>/dev/null || true
    wait $child || status=$?
    [ "$status" -eq 130 ] || fail "interrupted by $1: exit status $status"
    [ "$(wc -l <stderr)" -eq 1 ] || fail "interrupted by $1: not exactly one line on standard error"
    grep -q '^matinee: interrupted after [0-9]* of 100000 epochs; .* stopped/model.keras; .* --resume stopped$' stderr ||
        fail "interrupted by $1"
    grep -q '"status": "interrupted"' stopped/run.json || fail "run.json does not say that $1 interrupted the run"
    holds stopped history.csv model.keras report.html run.json
    expect 0 summary stopped/model.keras
}
for signal in INT TERM HUP; do
    begin
    ends $signal
done

echo "SIGHUP under nohup"
trap '' HUP
begin
trap - HUP
kill -HUP $child
wait_for_epoch $(($(epochs) + 2))
ends INT

echo "a run that can save no more"
begin
wait_for_epoch 2 # the log has an epoch before it is saved: now the first one is
until mkdir stopped/model.keras 2>/dev/null; do
    rm -rf stopped/model.keras
done
status=0
wait $child || status=$?
[ "$status" -eq 1 ] || fail "nowhere to save: exit status $status"
grep -q '^matinee: stopped/model.keras: cannot write the file: ' stderr || fail "nowhere to save"
grep -q '"status": "failed"' stopped/run.json || fail "run.json does not say that the run failed"
steps=63 # of an epoch of the sample
grep -q "\"iterations\": $((steps * ($(wc -l <stopped/history.csv) - 1)))," stopped/run.json ||
    fail "run.json is not of the epochs in history.csv"

if [ -n "$(command -v script)" ]; then
    echo "terminals"
    # shown COLUMNS VARIABLE...: what a run writes to a terminal of so many columns.
    shown() {
        local columns=$1
        shift
        script -qec "stty cols $columns; env $* '$program' train --data reviews ${small[*]} --batch-size 4 \
            --out shown" /dev/null </dev/null >stdout
    }
    escape=$(printf '\033\\[') back=$(printf '\b')
    shown 200 TERM=xterm
    says "$escape"
    says "$back.*3/3.*━━━━.* - accuracy: "
    shown 200 TERM=xterm NO_COLOR=1
    ! grep -q "$escape" stdout || fail "NO_COLOR is not heard"
    says "$back.*3/3 ━━━━.* - accuracy: "
    shown 200 TERM=dumb
    ! grep -Eq "$escape|$back|━" stdout || fail "TERM=dumb gets a bar"
    says '^3/3 - [0-9]+s - '
    shown 30 TERM=xterm
    says "1/3"
    ! tr '\r' '\n' <stdout | grep -q '1/3.*accuracy' || fail "a running line is wider than the terminal"
fi
echo "all as expected"
