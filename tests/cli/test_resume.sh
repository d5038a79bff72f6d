#!/usr/bin/env bash
# Runs that end early and go on: what is written, what is said, what is refused.
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
make_reviews reviews
tiny=(--data sample --train-limit 320 --batch-size 16 --units 8 --embedding 4 --maxlen 40 --validation 0.2)

# same_run A B: model files to the byte, and histories but for their times.
same_run() {
    cmp "$1/model.keras" "$2/model.keras" || fail "$1 and $2: the models differ"
    cmp <(cut -d, -f1-5 "$1/history.csv") <(cut -d, -f1-5 "$2/history.csv") || fail "$1 and $2: the histories differ"
}

# state_of RUN: its trainer.json, which the model file stores as it is.
state_of() {
    grep -ao '{"version":1,.*]}' "$1/model.keras"
}


echo "more epochs after the end"
expect 0 train "${tiny[@]}" --epochs 3 --out straight --log straight.jsonl --threads 1
says '^Wrote straight: model.keras, history.csv, predictions.csv, run.json, report.html$'
expect 0 train "${tiny[@]}" --epochs 1 --out run --log run.jsonl --threads 2
mkdir elsewhere && cd elsewhere # --data sample holds anywhere
expect 0 train --resume ../run --epochs 3 --log ../run.jsonl --threads 1
cd ..
mv elsewhere/stdout elsewhere/stderr . && rmdir elsewhere
says '^Going on with ../run: 1 of 3 epochs done$'
says '^Note: until now the device was: cpu, 2 threads, '
says '^Epoch 2/3$'
! grep -q '^Epoch 1/3$' stdout || fail "an epoch that was done is trained again"
says '^Wrote ../run: '
same_run run straight
holds run history.csv model.keras predictions.csv report.html run.json
grep -q '"status": "done"' run/run.json || fail "run.json does not say that the run is done"
grep -q '"epochs": 3,' run/run.json || fail "run.json does not have the epochs of now"
[ "$(grep -Eo '^\{"event":"[a-z]+"' run.jsonl | cut -d'"' -f4 | xargs)" = "start epoch end resume epoch epoch end" ] ||
    fail "the log holds: $(cat run.jsonl)"
[ "$(sed 1d run/history.csv | cut -d, -f6 | grep -vc '^0\.000$')" -eq 3 ] || fail "an epoch has lost its seconds"

echo "nothing left to do"
cp -r run before
expect 0 train --resume run
says '^Going on with run: 3 of 3 epochs done; nothing is left to do, '
same_run run before
rm run/history.csv run/run.json
: >run/model.keras.aB3xYz # as a run leaves it that is killed while it writes
expect 0 train --resume run --quiet
[ ! -s stdout ] || fail "--quiet printed"
same_run run before
holds run history.csv model.keras predictions.csv report.html run.json
grep -q '"status": "done"' run/run.json || fail "run.json was not written again"

echo "a table without test reviews"
for i in $(seq 20); do
    printf 'A wonderful film %s,1\nAn awful film %s,0\n' "$i" "$i"
done >table.csv
expect 0 train --data table.csv --text-column 1 --label-column 2 "${small[@]}" --out tabled --quiet
expect 0 train --resume tabled --epochs 2 --quiet
expect 0 train --data table.csv --text-column 1 --label-column 2 "${small[@]}" --epochs 2 --out whole_table --quiet
same_run tabled whole_table
[ "$(cut -d, -f4 tabled/history.csv | grep -c '^[0-9.]*$')" -eq 2 ] || fail "an epoch was not validated"

echo "data that nobody named"
MATINEE_DATA=table.csv expect 0 train --text-column 1 --label-column 2 --test 0.25 "${small[@]}" --out found --quiet
mkdir elsewhere && cd elsewhere
expect 0 train --resume ../found --epochs 2
says "^Data: $scratch/table\.csv, 30 training and 10 test reviews\$"
cd ..
rm -r elsewhere
expect 0 train --train-limit 64 "${small[@]}" --out found --quiet
MATINEE_DATA=table.csv expect 0 train --resume found --epochs 2
says '^Data: the built-in sample, '

echo "killed within an epoch, without run.json and history.csv"
"$program" train "${tiny[@]}" --epochs 2000 --save-every 7 --out killed --quiet &
child=$!
for i in $(seq 600); do
    [ ! -e killed/model.keras ] || state_of killed | grep -q '"step":0,' || break
    sleep 0.05
done
kill -KILL $child && wait $child 2>/dev/null || true
grep -q '"status": "running"' killed/run.json || fail "run.json does not say that the run was running"
rm killed/run.json killed/history.csv
epochs=$(($(state_of killed | awk -F '"steps":' '{ print NF - 1 }') + 2)) # two more than it has done
expect 0 train --resume killed --data sample --epochs $epochs --quiet
expect 0 train "${tiny[@]}" --epochs $epochs --save-every 7 --out unkilled --quiet
same_run killed unkilled

echo "interrupted by a signal"
for signal in INT TERM; do
    rm -rf stopped
    "$program" train "${tiny[@]}" --epochs 100000 --out stopped --quiet 2>stderr &
    child=$!
    for i in $(seq 600); do
        [ ! -e stopped/model.keras ] || break
        sleep 0.05
    done
    sleep 0.0$((RANDOM % 10))
    kill "-$signal" $child
    status=0
    wait $child || status=$?
    [ "$status" -eq 130 ] || fail "$signal: exit status $status"
    grep -q '; go on with matinee train --resume stopped$' stderr || fail "$signal: no word of how to go on"
    grep -q '"status": "interrupted"' stopped/run.json || fail "run.json does not say that $signal interrupted the run"
    epochs=$(($(wc -l <stopped/history.csv) + 1)) # the one that has begun, and another
    expect 0 train --resume stopped --epochs $epochs
    expect 0 train "${tiny[@]}" --epochs $epochs --out never --quiet
    same_run stopped never
    rm -rf never
done

echo "from a directory of reviews"
expect 0 train --data reviews --batch-size 4 "${small[@]}" --out of_reviews --quiet
grep -q "\"data\": \"$PWD/reviews\"" of_reviews/run.json || fail "run.json does not say where the reviews are"
expect 0 train --resume of_reviews --epochs 2
says "^Data: $PWD/reviews, 12 training and 4 test reviews\$"
mv reviews moved
refuse 1 "^matinee: $PWD/reviews: " train --resume of_reviews --epochs 3
expect 0 train --resume of_reviews --epochs 3 --data moved --dry-run
says '^Going on with of_reviews: 2 of 3 epochs done$'
cp of_reviews/model.keras as_it_was
echo "A dull film." >moved/train/pos/0_9.txt
refuse 1 '^matinee: moved: are not the reviews that of_reviews began with; give the same with --data$' \
    train --resume of_reviews --epochs 3 --data moved
cmp of_reviews/model.keras as_it_was || fail "a refusal has changed the model"
mv moved reviews

echo "the best epoch"
rate=0.05 # so that the accuracy rises and falls
expect 0 train "${tiny[@]}" --learning-rate $rate --epochs 6 --keep-best --out best
says '^Wrote best: model.keras, best.keras, history.csv, predictions.csv, run.json, report.html$'
holds best best.keras history.csv model.keras predictions.csv report.html run.json
read -r epoch accuracy < <(awk -F, 'NR > 1 && $4 > a { a = $4; e = $1 } END { print e, a }' best/history.csv)
grep -q "\"best_epoch\": $epoch," best/run.json || fail "run.json does not name epoch $epoch as the best"
expect 0 train "${tiny[@]}" --learning-rate $rate --epochs "$epoch" --out upto --quiet
for file in best/best.keras upto/model.keras; do
    expect 0 predict $file "a wonderful film" "a dull film" "the plot is bad"
    mv stdout "$(dirname $file).predicted"
done
cmp best.predicted upto.predicted || fail "best.keras is not the model of epoch $epoch"
refuse 1 '^matinee: stray/model.keras: has no state of a run; .*--model$' train --resume \
    "$(mkdir stray && cp best/best.keras stray/model.keras && echo stray)"
rm best/best.keras
expect 0 train --resume best --quiet # restores it only if the run stands at it
[ "$epoch" -ne 6 ] || [ -e best/best.keras ] || fail "best.keras was not written again"
echo old >upto/best.keras
expect 0 train "${tiny[@]}" --epochs 1 --out upto --quiet
[ ! -e upto/best.keras ] || fail "best.keras of a run that was replaced is still there"

echo "patience"
# No step moves anything: the first epoch stays the best.
still=("${tiny[@]}" --learning-rate 1e-30 --epochs 50)
expect 0 train "${still[@]}" --patience 2 --out patient
says '^Ended after epoch 3: the validation accuracy was best in epoch 1, and --patience is 2$'
[ "$(wc -l <patient/history.csv)" -eq 4 ] || fail "a patience of 2 does not end after epoch 3"
grep -q '"status": "done"' patient/run.json || fail "a run that ran out of patience is not done"
expect 0 train --resume patient
says 'nothing is left to do'
expect 0 train --resume patient --patience 4
says '^Ended after epoch 5: '
expect 0 train "${still[@]}" --patience 4 --out straight_patience --quiet
same_run patient straight_patience

echo "what is refused"
cp -r straight kept
for option in "--batch-size 32" "--seed 7" "--units 8" "--learning-rate 1e-3" "--train-limit 64" "--model lstm" --fresh \
    "--validation test" "--out there" --keep-best "--precision tf32" "--dropout-masks cudnn" "--vocabulary 5000"; do
    # shellcheck disable=SC2086
    refuse 2 "^matinee train: ${option%% *}: straight goes on with what it began with; .*--model straight/model.keras\$" \
        train --resume straight $option
done
refuse 2 '^matinee train: --epochs 2: straight is in epoch 3 already; ask for more$' train --resume straight --epochs 2
refuse 2 '^matinee train: --save-every 0: must be ' train --save-every 0
refuse 2 '^matinee train: --patience 0: must be ' train --patience 0
for option in "--patience 1" --keep-best; do
    # shellcheck disable=SC2086
    refuse 2 "^matinee train: ${option% *}: .*; leave one of them out\$" \
        train --data reviews "${small[@]}" --validation none $option --out out
done
expect 0 train --data reviews "${small[@]}" --validation none --out out --quiet
refuse 2 '^matinee train: --patience: .*; leave the option out$' train --resume out --epochs 3 --patience 1
refuse 1 '^matinee: --resume nowhere: there is no model.keras; ' train --resume nowhere
mkdir hollow
refuse 1 '^matinee: --resume hollow: there is no model.keras; ' train --resume hollow
refuse 1 '^matinee: --resume straight/model.keras: is no directory; ' train --resume straight/model.keras
head -c 3000 straight/model.keras >hollow/model.keras
refuse 1 '^matinee: hollow/model.keras: ' train --resume hollow
sed 's/"step":0,/"step":1,/' straight/model.keras >hollow/model.keras # the zip's checksum sees it
refuse 1 '^matinee: hollow/model.keras: ' train --resume hollow
same_run straight kept

echo "a run.json that is no help"
for text in '' '[' '[]' '{"options": 7, "epochs": [1], "position": null, "started": 3}'; do
    printf '%s' "$text" >kept/run.json
    expect 0 train --resume kept --data sample --quiet
    grep -q '"status": "done"' kept/run.json || fail "run.json was not written again"
done
printf '{"options": {"device": "gpu"}}' >kept/run.json
refuse 1 '^matinee: kept/run.json: --device gpu: must be ' train --resume kept --data sample
same_run straight kept
echo "all as expected"
