#!/usr/bin/env bash
# matinee bench documents, in small.
source "$(dirname "${BASH_SOURCE[0]}")/campaign.sh"

echo "the documents, in small"
expect 0 bench documents "${tiny[@]}" --quick --out documents
says '^Runs: 12 in documents, seed 7$'
says '^A REHEARSAL, of other sizes than the documents.'
says '^002-cnn-lstm +775 \* +86\.20 \* '
says '^002-cnn-lstm, as meant '
says '^\* 002-lstm-gate-dropout: The accuracy of 002-lstm.s model'
holds documents campaign.json documents.csv documents.json documents.md documents.svg runs
json documents/documents.json 'len(j["rows"]) == 13 and j["is_rehearsal"] and j["runs_done"] == 12 and j["seeds"] == 1'
json documents/documents.json '[len(r["wrong_figures"] or []) for r in j["rows"]] == [0, 0, 1, 1, 1, 3, 0, 0, 0, 0, 0, 0, 0]'
json documents/documents.json 'all(r["ours"]["accuracy"]["mean"] > 0 for r in j["rows"] if r["model"])'
# Without validation the accuracy is what evaluate says of the model.
expect 0 evaluate documents/runs/001-lstm-dropout-7/model.keras --data sample --threads 1 --json
json documents/documents.json "j['rows'][0]['ours']['accuracy']['mean'] == json.load(open('stdout'))['accuracy']"
# With the documents' own reviews: those that are held out.
held_out=$(tail -n 1 documents/runs/004-cnn-lstm-7/history.csv | cut -d, -f4)
json documents/documents.json "abs(j['rows'][11]['ours']['accuracy']['mean'] - $held_out) < 1e-6"
python3 -c 'import xml.dom.minidom as x; x.parse("documents/documents.svg")' || fail "documents.svg is not well-formed"
[ "$(wc -l <documents/documents.csv)" -eq 15 ] || fail "documents.csv has not a line for each experiment"

echo "a document's run that was interrupted begins anew"
run=documents/runs/003-cnn-lstm-7
sed -i 's/"status": "done"/"status": "interrupted"/' $run/run.json
sed -i 's/"wall_seconds": [0-9.e+-]*/"wall_seconds": 1000000.0/' $run/cost.json
MATINEE=$program "$root/bench/documents" "${tiny[@]}" --quick --out documents >stdout 2>stderr || fail "bench/documents"
says '; 11 done already$'
json documents/documents.json '0 < j["rows"][9]["ours"]["wall_seconds"]["mean"] < 1000 and j["commit"]'
