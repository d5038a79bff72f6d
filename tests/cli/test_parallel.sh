#!/usr/bin/env bash
# Several processes train and evaluate one model: the numbers are those of one process. PROGRAM FIXTURES ["1 2 3 4"
# [PRESETS]]: the numbers of ranks that each preset is trained on; without them it is one of 2, 3 and 4, in turn. Without
# presets, of which bilstm must be one, all are trained.
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"

# 10 steps an epoch, 60 reviews to train on, in batches that no number of ranks divides but 2 and 3.
sizes=(--vocabulary 300 --units 5 --embedding 4 --maxlen 16)
tiny=(--data sample --device cpu --train-limit 75 --validation 0.2 --batch-size 6 --threads 1)

echo "the losses of every preset"
turn=0
all="lstm lstm-dropout lstm-gate-dropout bilstm bilstm-gate-dropout cnn-lstm cnn-lstm-dropout lstm-reversed
    lstm-embedding-dropout best-words best"
for preset in ${4:-$all}; do
    options=("${sizes[@]}")
    case $preset in
    best-words) options=(--vocabulary 300 --embedding 4 --maxlen 16) ;;
    best) options=(--vocabulary 300 --embedding 4 --maxlen 16) ;;
    esac
    ranks=0 expect 0 train "${tiny[@]}" --model $preset "${options[@]}" --epochs 5 --out "$preset-0" --quiet
    for ranks in ${3:-$((turn % 3 + 2))}; do
        expect 0 train "${tiny[@]}" --model $preset "${options[@]}" --epochs 5 --out "$preset-$ranks" --quiet
        close_run "$preset-0" "$preset-$ranks" 1e-6 1e-4
    done
    turn=$((turn + 1))
done

echo "what is said and written"
ranks=3 expect 0 train "${tiny[@]}" "${sizes[@]}" --epochs 1 --batch-size 7 --out said --log said.jsonl
says '^Ranks: 3 processes of .* on 1 machine; at most 3 reviews of a batch each$'
[ "$(grep -c '^Device: ' stdout)" -eq 1 ] || fail "not one rank alone prints"
holds said history.csv model.keras predictions.csv report.html run.json
grep -q '"ranks": 3,' said/run.json || fail "run.json does not have the ranks"
grep -q '"communicator": "3 processes of .* on 1 machine",' said/run.json || fail "run.json does not name the communicator"
grep -q '<th scope="row">Ranks</th><td>3 processes of ' said/report.html || fail "the report does not tell of the ranks"
[ "$(grep -c '"event":"start"' said.jsonl)" -eq 1 ] || fail "not one rank alone writes the log"
ranks=2 expect 0 train "${tiny[@]}" "${sizes[@]}" --dry-run --out never
says '^Memory: .* for each process$'
[ ! -e never ] || fail "a dry run has made its directory"
ranks=2 expect 0 train --help
[ "$(grep -c '^Usage: ' stdout)" -eq 1 ] || fail "not one rank alone prints the help"
ranks=2 expect 0 doctor
says '^MPI: .*; a launcher has started this process as rank 1 of 2$'
ranks=0 expect 0 doctor --json
grep -Eq '"mpi": "Open MPI [0-9.a-z]+",$' stdout || fail "doctor does not name the MPI: $(cat stdout)"

echo "batches that do not divide"
for shape in "40 64 3" "5 5 8" "13 4 4"; do
    read -r reviews batch ranks <<<"$shape"
    shape=(--data sample --device cpu --train-limit "$reviews" --validation test --batch-size "$batch" --threads 1)
    shape+=("${sizes[@]}" --epochs 3 --quiet)
    expect 0 train "${shape[@]}" --out "uneven-$reviews"
    ranks=0 expect 0 train "${shape[@]}" --out "even-$reviews"
    close_run "even-$reviews" "uneven-$reviews" 1e-6 1e-5
done

echo "parts of one process"
ranks=0
for parts in 2 7; do
    expect 0 train "${tiny[@]}" "${sizes[@]}" --model bilstm --epochs 5 --virtual-ranks $parts --out parts-$parts
    says "^Ranks: one process; 6 reviews of a batch, in $parts parts\$"
    close_run bilstm-0 parts-$parts 1e-6 1e-4
done

echo "exact ranks"
for ranks in 0 1 2 4 8; do
    expect 0 train "${tiny[@]}" "${sizes[@]}" --model cnn-lstm-dropout --epochs 1 --exact-ranks --out exact-$ranks
    [ $ranks -le 1 ] || says "^Ranks: $ranks processes of .* on 1 machine; .* of a batch each.*, with exact sums\$"
    same_run exact-0 exact-$ranks
done
! cmp -s exact-0/model.keras cnn-lstm-dropout-0/model.keras || fail "the exact sum is no other than that of one batch"
refuse_once 2 '^matinee train: --exact-ranks: ' train --resume exact-0 --exact-ranks
ranks=3 refuse_once 2 '^matinee train: --exact-ranks: sums 8 parts, on 1, 2, 4 or 8 processes alike, and there are 3$' \
    train --resume exact-0 --epochs 2
for ranks in 4 1; do
    expect 0 train --resume exact-$ranks --epochs 2 --quiet
done
ranks=2 expect 0 train --resume exact-0 --epochs 2 --quiet
same_run exact-4 exact-1
same_run exact-4 exact-0

echo "other numbers of ranks go on"
ranks=3 expect 0 train "${tiny[@]}" "${sizes[@]}" --model bilstm --epochs 2 --out changing --quiet
ranks=2 expect 0 train --resume changing --epochs 4 --quiet
ranks=0 expect 0 train --resume changing --epochs 5 --quiet
close_run bilstm-0 changing 1e-6 1e-4

echo "evaluation"
for ranks in 0 3; do
    expect 0 evaluate bilstm-0/model.keras --data sample --device cpu --json --predictions predictions-$ranks.csv
    grep -Eo '"(accuracy|examples)": [0-9.]+' stdout >scores-$ranks
    grep -Eo '"loss": [0-9]\.[0-9]{1,10}' stdout >>scores-$ranks
done
cmp scores-0 scores-3 || fail "several ranks score otherwise than one: $(cat scores-0 scores-3)"
cmp predictions-0.csv predictions-3.csv || fail "several ranks predict otherwise than one"
echo "all as expected"
