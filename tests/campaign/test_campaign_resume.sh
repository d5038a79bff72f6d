#!/usr/bin/env bash
# Campaigns that end early and go on.
source "$(dirname "${BASH_SOURCE[0]}")/campaign.sh"

# begin ARGUMENT...: a campaign in the background, whose first run has saved something; its process is then $campaign.
begin() {
    "$program" "$@" >stdout 2>stderr &
    campaign=$!
    for _ in $(seq 600); do
        [ ! -e "$first/history.csv" ] || return 0
        sleep 0.05
    done
    fail "matinee $*: its first run has saved nothing in 30 seconds"
}

echo "interrupted, and gone on with"
long=(compare "${tiny[@]}" --validation 0.2 --models lstm,cnn-lstm --seeds 1 --epochs 80)
expect 0 "${long[@]}" --out straight --quiet
first=stopped/runs/lstm-7
begin "${long[@]}" --out stopped
kill -TERM "$campaign"
status=0
wait "$campaign" || status=$?
[ "$status" -eq 130 ] || fail "interrupted: exit status $status"
grep -q '^matinee: interrupted after 0 of 2 runs; the same command goes on with them in stopped$' stderr ||
    fail "the message does not say how to go on"
grep -q '"status": "interrupted"' $first/run.json || fail "the run was not interrupted, but ended"
[ ! -e stopped/runs/cnn-lstm-7 ] || fail "another run was begun after the signal"
expect 0 "${long[@]}" --out stopped --quiet
for run in lstm-7 cnn-lstm-7; do
    cmp "stopped/runs/$run/model.keras" "straight/runs/$run/model.keras" || fail "$run is not the model of an unbroken run"
done
[ "$(cut -d, -f1-5 $first/history.csv)" = "$(cut -d, -f1-5 straight/runs/lstm-7/history.csv)" ] ||
    fail "lstm-7 has another history than an unbroken run"

echo "killed, and gone on with after its last run has ended"
first=killed/runs/lstm-7
begin "${long[@]}" --epochs 100000 --out killed
child=$(cat "/proc/$campaign/task/$campaign/children")
kill -KILL "$campaign"
wait "$campaign" 2>/dev/null || true
refuse 1 '^matinee: killed: another process works in it; ' "${long[@]}" --epochs 100000 --out killed
kill -KILL $child
for _ in $(seq 100); do
    [ -e "/proc/${child% }" ] || break
    sleep 0.05
done
sed -i 's/--epochs=100000/--epochs=80/' killed/campaign.json
rm -rf killed/runs/lstm-7
cp -r straight/runs/lstm-7 killed/runs/ && rm killed/runs/lstm-7/cost.json # as if killed before the last file
expect 0 "${long[@]}" --out killed --quiet
json killed/compare.json 'j["models"][0]["runs"][0]["wall_seconds"] is None and j["models"][1]["runs"][0]["wall_seconds"] > 0'
cmp killed/runs/lstm-7/model.keras straight/runs/lstm-7/model.keras || fail "a run that was done is another"

echo "times of a run that is gone on with add up"
sed -i 's/"status": "done"/"status": "interrupted"/' killed/runs/cnn-lstm-7/run.json
sed -i 's/"wall_seconds": [0-9.e+-]*/"wall_seconds": 1000000.0/' killed/runs/cnn-lstm-7/cost.json
expect 0 "${long[@]}" --out killed --quiet
json killed/compare.json '1000000 < j["models"][1]["runs"][0]["wall_seconds"] < 1000100'

echo "an unfinished run is not begun anew with other reviews"
for i in $(seq 20); do
    printf 'A wonderful film %s,1\nAn awful film %s,0\n' "$i" "$i"
done >table.csv
table=(compare --data table.csv --text-column 1 --label-column 2 "${small[@]}" --models lstm --seeds 1 --out tabled)
expect 0 "${table[@]}"
sed -i 's/"status": "done"/"status": "interrupted"/' tabled/runs/lstm-7/run.json
sed -i 's/wonderful/splendid/' table.csv
refuse 1 'are not the reviews that .*; remove tabled/runs/lstm-7 to begin this run anew$' "${table[@]}"
rm -rf tabled/runs/lstm-7
expect 0 "${table[@]}"
