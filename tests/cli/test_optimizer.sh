#!/usr/bin/env bash
# Schedules of the learning rate and the average of the weights: what is trained, said, recorded and gone on with.
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
tiny=(--data sample --train-limit 320 --batch-size 16 --units 8 --embedding 4 --maxlen 40 --validation 0.2)
averaged=("${tiny[@]}" --learning-rate 0.02 --schedule cosine --warmup 0.1 --ema 0.95)

setting() {
    grep -m 1 "\"$2\":" "$1/run.json" | sed 's/^[^:]*: //; s/,$//'
}

# recorded RUN SCHEDULE WARMUP_STEPS DECAY_STEPS EMA
recorded() {
    local found
    found=$(for key in schedule warmup_steps decay_steps ema_momentum; do setting "$1" $key; done | xargs)
    [ "$found" = "$2 $3 $4 $5" ] || fail "run.json of $1 has: $found"
}

score_of() {
    tail -n 1 "$1/history.csv" | cut -d, -f4,5
}

echo "what is said before a run"
expect 0 train "${averaged[@]}" --epochs 4 --dry-run
says '^Optimizer: Adam, learning rate 0\.02 after 6 updates from 0, then along a cosine to 0 in 58 updates; weights averaged with momentum 0\.95$'
says '^Steps: 4 epochs of 16 steps on 256 reviews'
with=$(grep '^  parameters, gradients, Adam' stdout | grep -o '[0-9.]* KB')
expect 0 train "${tiny[@]}" --epochs 4 --dry-run
says '^Optimizer: Adam, learning rate 0\.001$'
without=$(grep '^  parameters, gradients, Adam' stdout | grep -o '[0-9.]* KB')
awk -v a="${with% KB}" -v b="${without% KB}" 'BEGIN { exit !(a > 1.24 * b && a < 1.26 * b) }' ||
    fail "the average is not in the memory plan: $with, without it $without"

echo "what is recorded, and evaluated"
expect 0 train "${averaged[@]}" --epochs 4 --out run --threads 1
recorded run cosine 6.0 58.0 0.95
[ "$(setting run learning_rate)" = 0.02 ] || fail "run.json does not have the highest rate"
for what in 'schedule</th><td>cosine' 'warmup steps</th><td>6' 'ema momentum</th><td>0\.95'; do
    grep -q "$what" run/report.html || fail "the report does not say $what"
done
expect 0 train "${tiny[@]}" --learning-rate 0.02 --schedule cosine --warmup 0.1 --epochs 4 --out raw --threads 1
recorded raw cosine 6.0 58.0 null
cmp -s <(cut -d, -f2,3 run/history.csv) <(cut -d, -f2,3 raw/history.csv) || fail "the average changes what is trained"
[ "$(score_of run)" != "$(score_of raw)" ] || fail "the average is not what is validated"
expect 0 train "${tiny[@]}" --out plain
recorded plain constant null null null
# The last fifth of the sample's first 320 reviews is no split of its own: a run of no rate validates what the file has.
expect 0 train "${tiny[@]}" --model run/model.keras --schedule constant --learning-rate 1e-30 --epochs 1 --ema 0 --out again
[ "$(score_of again)" = "$(score_of run)" ] || fail "the saved model has $(score_of again), the run had $(score_of run)"

echo "interrupted and gone on with, to the bit"
epochs=300
expect 0 train "${averaged[@]}" --epochs $epochs --out straight --quiet --threads 1
"$program" train "${averaged[@]}" --epochs $epochs --out stopped --quiet 2>stderr &
child=$!
for i in $(seq 600); do
    [ ! -e stopped/model.keras ] || break
    sleep 0.01
done
sleep 0.1
kill -INT $child
status=0
wait $child || status=$?
[ "$status" -eq 130 ] || fail "exit status $status; too fast to be interrupted?"
recorded stopped cosine 480.0 4320.0 0.95
expect 0 train --resume stopped --dry-run
says '^Optimizer: Adam, learning rate 0\.02 after 480 updates from 0'
expect 0 train --resume stopped --quiet
cmp stopped/model.keras straight/model.keras || fail "the models differ"
cmp <(cut -d, -f1-5 stopped/history.csv) <(cut -d, -f1-5 straight/history.csv) || fail "the histories differ"
recorded stopped cosine 480.0 4320.0 0.95

echo "more epochs than the schedule has"
cp -r run before
expect 0 train --resume run --dry-run
says '^Going on with run: [0-9] of [0-9] epochs done; nothing is left to do, and its schedule is over; '
refuse 2 '^matinee train: --epochs 5: the learning rate of run is 0 after its 64 updates; leave the option out, or train on with --model run/model\.keras --schedule cosine$' \
    train --resume run --epochs 5
refuse 2 '^matinee train: run/model\.keras: the learning rate of its schedule is 0 after 64 updates, and the run would have it do 112; give --schedule' \
    train "${tiny[@]}" --model run/model.keras
refuse 2 '^matinee train: --schedule: ' train --resume run --schedule constant
cmp run/model.keras before/model.keras || fail "a refusal has changed the model"

echo "a file's optimizer, and another in its place"
refuse 2 '^matinee train: --learning-rate: the rate of run/model\.keras follows a schedule; ' \
    train "${tiny[@]}" --model run/model.keras --learning-rate 0.01
refuse 2 '^matinee train: --warmup: is of --schedule cosine; ' train "${tiny[@]}" --warmup 0.1
refuse 2 '^matinee train: --warmup 1: must be a number from 0 to below 1$' train --warmup 1
refuse 2 '^matinee train: --ema 1: must be a number from 0 to below 1$' train --ema 1
refuse 2 '^matinee train: --schedule linear: must be constant or cosine$' train --schedule linear
expect 0 train "${tiny[@]}" --model run/model.keras --schedule cosine --epochs 2 --out second
recorded second cosine 0.0 32.0 0.95
[ "$(setting second iterations)" = 32 ] || fail "the new schedule's Adam has done $(setting second iterations) updates"
[ "$(setting second learning_rate)" = 0.02 ] || fail "the rate of the file is lost"
expect 0 train "${tiny[@]}" --model run/model.keras --schedule constant --epochs 1 --out third
recorded third constant null null 0.95
[ "$(setting third iterations)" = 80 ] || fail "a constant rate has begun another Adam"
expect 0 convert run/model.keras run.weights.h5
says '^Optimizer: Adam after 64 updates, learning rate 0\.02 and a schedule, epsilon 1e-07, the weights averaged$'
expect 0 summary run/model.keras
says '^ Optimizer params: 61,276 '

echo "Keras' own files"
for file in start step12; do
    expect 0 summary "$fixtures/optimizer/$file.keras"
done
says '^ Optimizer params: 541 '
expect 0 convert "$fixtures/optimizer/step12.h5" old.keras
says '^Optimizer: Adam after 12 updates, learning rate 0\.008 and a schedule, epsilon 1e-07, the weights averaged$'
expect 0 convert "$fixtures/optimizer/step12.keras" new.keras
cmp old.keras new.keras || fail "the two forms of one model differ"
