#!/usr/bin/env bash
# matinee compare: what it trains and writes, and what it refuses.
source "$(dirname "${BASH_SOURCE[0]}")/campaign.sh"
pair=(compare "${tiny[@]}" --models lstm,cnn-lstm --epochs 2)

# identity RUN: changes as soon as its model is written again.
identity() {
    stat -c '%i %y' "$1/model.keras"
}

echo "two models from two seeds"
expect 0 "${pair[@]}" --seeds 2 --out both --commit abc123
says '^Runs: 4 in both, seeds 7 to 8$'
says '^\[4/4\] cnn-lstm, seed 8: accuracy 0\.[0-9]{4}, [0-9.]+ s an epoch, [0-9.]+ s in all$'
says '^lstm +2 +[0-9.]+ '
says '^(supported|contradicted|undecided) with 2 seeds: convolution is faster\. cnn-lstm against lstm, '
says '^Wrote both: compare.json, compare.csv, compare.md, report.html$'
holds both campaign.json compare.csv compare.json compare.md report.html runs
holds both/runs cnn-lstm-7 cnn-lstm-8 lstm-7 lstm-8
[ -s both/runs/lstm-7/model.keras ] && [ -s both/runs/lstm-7/history.csv ] && [ -s both/runs/lstm-7/run.json ] ||
    fail "lstm-7 is no run directory"
[ "$(wc -l <both/compare.csv)" -eq 9 ] || fail "compare.csv has not a line for each of 8 epochs"
grep -q '^| lstm | 2 |' both/compare.md || fail "compare.md has no row of lstm"
grep -q '^Validation accuracy after 2 epochs; seeds 7 to 8; ' both/compare.md || fail "compare.md does not say of what"
grep -q '<svg' both/report.html || fail "report.html has no plot"
python3 -c 'import sys, xml.dom.minidom as x; x.parse(sys.argv[1])' both/report.html || fail "report.html is not well-formed"
json both/compare.json 'j["commit"] == "abc123" and j["seeds"] == 2 and len(j["devices"]) == 1 and "--units=4" in j["options"]'
json both/compare.json '[m["model"] for m in j["models"]] == ["lstm", "cnn-lstm"] and len(j["claims"]) == 2'
# The figures are those of the runs: of the last epoch, validated, paired by seed.
accuracy() {
    tail -n 1 "both/runs/$1/history.csv" | cut -d, -f4
}
json both/compare.json "abs(j['models'][0]['accuracy']['mean'] - ($(accuracy lstm-7) + $(accuracy lstm-8)) / 2) < 1e-6"
json both/compare.json "abs(j['models'][1]['accuracy_difference']['mean'] -
    ($(accuracy cnn-lstm-7) - $(accuracy lstm-7) + $(accuracy cnn-lstm-8) - $(accuracy lstm-8)) / 2) < 1e-6"
json both/compare.json 'j["models"][0]["accuracy_difference"] is None and j["models"][0]["runs"][1]["seed"] == 8'
json both/compare.json 'all(r["wall_seconds"] > 0 and r["cpu_seconds"] > 0 for m in j["models"] for r in m["runs"])'
! grep -rq "$scratch" both/compare.* both/report.html || fail "a table names this machine's folders"

echo "a run of a campaign is a run of train"
expect 0 train "${tiny[@]}" --epochs 2 --model cnn-lstm --seed 8 --out alone --quiet
cmp alone/model.keras both/runs/cnn-lstm-8/model.keras || fail "cnn-lstm-8 is another model than train makes"

echo "the same command again, and one for more seeds"
before=$(identity both/runs/lstm-7)
expect 0 "${pair[@]}" --seeds 2 --out both
says '^Runs: 4 in both, seeds 7 to 8; 4 done already$'
expect 0 "${pair[@]}" --seeds 3 --out both --baseline cnn-lstm --quiet
[ ! -s stdout ] || fail "--quiet printed"
[ "$(identity both/runs/lstm-7)" = "$before" ] || fail "a run that was done was made again"
json both/compare.json 'j["baseline"] == "cnn-lstm" and j["models"][0]["accuracy"]["count"] == 3'

echo "what does not fit what is there"
refuse 1 '^matinee: both: its runs were made with --epochs=2, and are now asked for with --epochs=3; give the same' \
    "${pair[@]}" --epochs 3 --out both
refuse 1 '^matinee: both: its runs were made without --batch-size=32, and are now asked for with --batch-size=32;' \
    "${pair[@]}" --batch-size 32 --out both
refuse 1 '^matinee: both: holds runs of matinee compare; ' bench documents --data sample --out both
mkdir -p other/runs
refuse 1 '^matinee: other: has runs and no campaign.json; ' "${pair[@]}" --out other
holds other runs
echo '{' >both/campaign.json
refuse 1 '^matinee: both/campaign.json: cannot be read; ' "${pair[@]}" --out both

echo "what cannot be compared"
refuse 2 '^matinee compare: gru: no such model; presets: lstm, ' compare --models lstm,gru --out never
refuse 2 '^matinee compare: --models: lstm is there twice$' compare --models lstm,lstm --out never
refuse 2 '^matinee compare: --models: a name is missing between commas$' compare --models lstm, --out never
refuse 2 '^matinee compare: --baseline bilstm: is none of --models$' compare --models lstm --baseline bilstm --out never
refuse 2 '^matinee compare: --validation none: ' compare --validation none --out never
refuse 2 '^matinee bench: nothing: there is no such bench' bench nothing --out never
refuse 2 '^matinee bench: --quick: is --seeds 1; ' bench documents --quick --seeds 3 --out never
mkdir folder
cp both/runs/lstm-7/model.keras folder/m.keras
cp both/runs/lstm-7/model.keras folder_m.keras
refuse 1 '^matinee: folder/m\.keras and folder_m\.keras: would both have their runs in folder_m\.keras; ' \
    compare --data sample --models folder/m.keras,folder_m.keras --seeds 1 --epochs 1 --quiet --out twins
expect 0 "${pair[@]}" --models lstm --seeds 1 --no-cache --cpu-kernels auto --out uncached
json uncached/compare.json '"--no-cache" in j["options"] and "--cpu-kernels=auto" in j["options"]'
expect 0 compare "${tiny[@]}" --models lstm,best-words --seeds 1 --out uneven
says "^Validation accuracy after 2 to 3 epochs, each model's last; seed 7; "
refuse 2 '^matinee compare: --models lstm: --warmup: is of --schedule cosine; ' \
    compare "${tiny[@]}" --models best,lstm --warmup 0.1 --out never
[ ! -e never ] || fail "a command that was refused has made a directory"

echo "data that cannot be read"
refuse 1 '^matinee: 2 of 2 runs failed, the first of them: .*nowhere' \
    compare --data nowhere --models lstm,cnn-lstm --seeds 1 --out unread
says '^\[1/2\] lstm, seed 7: failed: .*nowhere: '
holds unread campaign.json runs
holds unread/runs

echo "one run fails and the others go on"
mkdir -p failing/runs
cp unread/campaign.json failing/
sed -i "s|--data=.*nowhere\"|--data=sample\", \"--train-limit=64\", \"--epochs=2\", \"--maxlen=20\", \"--units=4\", \"--embedding=4\", \"--threads=1\"|" \
    failing/campaign.json
echo "in the way" >failing/runs/lstm-8
refuse 1 '^matinee: 1 of 4 runs failed, the first of them: failing/runs/lstm-8: cannot be used as the run directory: ' \
    "${pair[@]}" --seeds 2 --out failing
says '^\[3/4\] lstm, seed 8: failed: failing/runs/lstm-8: '
json failing/compare.json 'j["runs_done"] == 3 and j["runs_failed"] == 1 and j["models"][0]["accuracy"]["count"] == 1'
json failing/compare.json '"lstm-8" in j["models"][0]["runs"][1]["message"]'
json failing/compare.json 'j["models"][1]["accuracy_difference"]["count"] == 1 and j["claims"][0]["verdict"] == "undecided"'
rm failing/runs/lstm-8
expect 0 "${pair[@]}" --seeds 2 --out failing
says '; 3 done already$'
json failing/compare.json 'j["runs_failed"] == 0 and j["models"][0]["accuracy"]["count"] == 2'
