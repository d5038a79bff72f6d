#!/usr/bin/env bash
# report.html and predictions.csv: of runs of every kind, and of what is left of a run.
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
checker=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/report_page.py
if ! command -v python3 >/dev/null; then
    echo "no python3 to read the pages with"
    exit 77
fi

# page RUN [PAGE]: the page says what the files of the run say.
page() {
    python3 "$checker" "$@" || exit 1
}

# shows PATTERN PAGE
shows() {
    grep -Eq -- "$1" "$2" || fail "$2 does not show '$1'"
}

tiny=(--units 4 --embedding 3 --maxlen 40)
make_reviews reviews
# Called what they are not, and full of what a page must not take for its own.
evil='<script>alert("1")</script> & '"'"'quotes'"'"' <br /><br />wonderful warm good film, never dull &lt;b&gt; caf'$'\xc3\xa9'
printf '%s \x01\x1b[7m\t\r\n' "$evil" >'reviews/test/neg/7<&,"_1.txt'
for i in $(seq 300); do printf 'awful <b>film</b> bad, dull and far too long; '; done >long
# Where the page cuts the text there is a blank, and it is that of a line break.
{ head -c 417 long; printf '<br /><br />'; tail -c +418 long; } >reviews/test/pos/7_9.txt

echo "a run"
expect 0 train --data reviews "${tiny[@]}" --epochs 30 --learning-rate 0.05 --out run --log run.jsonl
says '^Wrote run: model.keras, history.csv, predictions.csv, run.json, report.html$'
page run
shows 'done, 30 epochs' run/report.html
shows 'Of 6 test reviews, as of epoch 30\.' run/report.html
shows '>test/neg/7&lt;&amp;,&quot;_1\.txt<' run/report.html
shows '<li><b>0\.[5-9]' run/report.html
shows '&lt;script&gt;alert\(&quot;1&quot;\)&lt;/script&gt; &amp; &#39;quotes&#39; <br /><br />wonderful' run/report.html
shows '<details><summary>awful &lt;b&gt;film&lt;/b&gt;' run/report.html
[ "$(head -1 run/predictions.csv)" = review,label,probability,text ] || fail "the columns of predictions.csv"
[ "$(sed 1d run/predictions.csv | grep -Ec '^"?test/(pos/.*,1,|neg/.*,0,)0?[.0-9e-]+,')" -eq 6 ] || fail "the rows of predictions.csv"
cp run/report.html made_by_train.html
expect 0 report run
says '^Wrote run/report.html$'
cmp run/report.html made_by_train.html || fail "the page that report makes is another"
expect 0 evaluate run/model.keras --data reviews --predictions again.csv
cmp run/predictions.csv again.csv || fail "the predictions of evaluate are others"
expect 0 report run --output elsewhere.html
cmp elsewhere.html made_by_train.html || fail "--output changes the page"

echo "one epoch, no validation"
expect 0 train --data reviews "${tiny[@]}" --epochs 1 --validation none --out blind
says '^Wrote blind: model.keras, history.csv, run.json, report.html$'
page blind
shows 'There is no predictions.csv, and so' blind/report.html
shows "matinee evaluate blind/model.keras --data $PWD/reviews --predictions blind/predictions.csv" blind/report.html
expect 0 evaluate blind/model.keras --data reviews --predictions blind/predictions.csv
expect 0 report blind
page blind
shows 'predictions.csv has 6 reviews, and its accuracy is that of no epoch' blind/report.html

echo "reports within epochs"
expect 0 train --data sample "${tiny[@]}" --epochs 2 --train-limit 600 --batch-size 8 --out logged --log logged.jsonl --quiet
page logged
shows '>training, every 50 steps<' logged/report.html
mv logged.jsonl away
expect 0 report logged
page logged
! grep -q 'every 50 steps' logged/report.html || fail "a log that is gone is shown"

echo "other data"
for i in $(seq 20); do
    printf 'A wonderful film %s,1\nAn awful film %s,0\n' "$i" "$i"
done >table.csv
expect 0 train --data table.csv "${tiny[@]}" --epochs 2 --out tabled --quiet
page tabled
shows '^<h1>lstm: [0-9.]+ % of 8 validation reviews right</h1>$' tabled/report.html
sed 1d tabled/predictions.csv | grep -qv '^line [0-9]*,[01],' && fail "a row of a table has another name"
cut -d, -f1-2 tabled/predictions.csv | sed -nE 's/^line ([0-9]+),(.)$/\1 \2/p' | while read -r line label; do
    [ "$(sed -n "${line}p" table.csv | cut -d, -f2)" = "$label" ] || fail "line $line has another label"
done
expect 0 data export --data reviews --out exported
expect 0 train --data exported/imdb.npz "${tiny[@]}" --epochs 1 --out ranked --quiet
page ranked
[ "$(sed 1d ranked/predictions.csv | grep -c '^x_test\[[0-5]\],')" -eq 6 ] || fail "the reviews of an .npz have other names"
echo 'text,label' >positive.csv
for i in 1 2 3; do echo "A film $i,1"; done >>positive.csv
expect 0 train --data table.csv --test positive.csv "${tiny[@]}" --epochs 1 --out positive --quiet
page positive
shows 'There is no ROC curve' positive/report.html

echo "names"
odd='<a> & "b'
expect 0 train --data reviews "${tiny[@]}" --epochs 1 --validation none --out "$odd" --quiet
page "$odd"
shows '&#39;&lt;a&gt; &amp; &quot;b&#39;/model.keras' "$odd/report.html"

echo "what is left of a run"
cp -r run left
rm left/model.keras left/history.csv
expect 0 report left
cp run/history.csv left/
page left
sed -i 's/"status": "done"/"status": "interrupted"/' left/run.json
expect 0 report left
page left
shows 'interrupted after 30 of 30 epochs; matinee train --resume left goes on' left/report.html
sed -i 's/"status": "interrupted"/"status": "running"/; s/"val_loss": [0-9.e-]*/"val_loss": null/; s/"loss": [0-9.e-]*/"loss": null/' left/run.json
expect 0 report left
page left
shows 'if it is not at work any more' left/report.html
cp left/predictions.csv whole.csv
printf 'review,label,probability,text\n%s%s' "$(printf 'a,1,0.25,b\n%.0s' 1 2 3)" $'\n' >left/predictions.csv
printf 'c,0,0.75,d\n%.0s' 1 2 3 >>left/predictions.csv # all wrong
expect 0 report left
page left
shows 'has 6 reviews, and its accuracy is that of no epoch' left/report.html
cp whole.csv left/predictions.csv
echo 'test/pos/0_9.txt,3,0.5,' >>left/predictions.csv
expect 0 report left
page left
shows 'left/predictions.csv: row 8: the label is neither 0 nor 1' left/report.html
{ head -1 whole.csv; printf 'line 2,0,0.9,"%0209d' 0; printf '\xc3\xa9%.0s' $(seq 300); echo '"'; } >left/predictions.csv
expect 0 report left
page left
head -1 whole.csv >left/predictions.csv
expect 0 report left
page left
shows 'predictions.csv has no reviews' left/report.html
printf '{"settings": {"batch_size": 64, "seed": 7, "learning_rate": 0.1}, "epochs": [], "device": "cpu"}' >left/run.json
expect 0 report left
page left
shows 'No epoch has ended yet' left/report.html
cp -r left 'left; here'
expect 0 report 'left; here'
shows 'is not at work any more, matinee train --resume &#39;left; here&#39; goes on' 'left; here/report.html'
shows 'No epoch has ended yet; matinee train --resume &#39;left; here&#39; goes on' 'left; here/report.html'
for text in '{"settings": [], "epochs": [7, {"epoch": "x", "seconds": -1e400}], "wall": 3, "options": {"log": 9}}' \
    '{"epochs": {"a": 1}, "status": 1}' '{}' '{"epochs": [{"val_accuracy": 1e300, "seconds": 1e300}], "validation_reviews": 1e300}'; do
    echo "${text//-1e400/-1e308}" >left/run.json
    expect 0 report left
    python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' left/report.html || fail "the page of $text"
done

echo "a run in the place of another"
cp -r run replaced
expect 0 train --data reviews "${tiny[@]}" --epochs 1 --validation none --out replaced --quiet
[ ! -e replaced/predictions.csv ] || fail "the predictions of another run are left"
page replaced

echo "a run whose predictions cannot be written"
mkdir -p stuck/predictions.csv/taken
refuse 1 '^matinee: stuck/predictions\.csv: cannot write the file: ' \
    train --data reviews "${tiny[@]}" --epochs 2 --out stuck --quiet
grep -q '"status": "failed"' stuck/run.json || fail "run.json does not tell of the model.keras that is there"
rm -r stuck/predictions.csv
expect 0 train --resume stuck --quiet
page stuck

echo "refused"
refuse 1 '^matinee: nowhere/run\.json: No such file or directory; name the directory of a run$' report nowhere
refuse 1 '^matinee: run/model\.keras: is no directory; name the one of the run$' report run/model.keras
mkdir damaged
printf '{"epochs":\n[' >damaged/run.json
refuse 1 '^matinee: damaged/run\.json: line [23]: .*; use the file as it was written$' report damaged
echo '[]' >damaged/run.json
refuse 1 '^matinee: damaged/run\.json: line 1: is no object; ' report damaged
rm damaged/run.json
mkfifo damaged/run.json
refuse 1 '^matinee: damaged/run\.json: is no file that a run has written; ' report damaged
for file in run.json history.csv predictions.csv model.keras; do
    cp run/$file before
    refuse 2 "^matinee report: --output run/./$file: is a file of the run; " report run --output run/./$file
    cmp run/$file before || fail "the page took the place of $file"
done
refuse 1 '^matinee: nowhere/page\.html: cannot create ' report run --output nowhere/page.html
refuse 1 '^matinee: nowhere/p\.csv: cannot create ' evaluate run/model.keras --data reviews --predictions nowhere/p.csv
refuse 2 '^matinee evaluate: --predictions run/model.keras: is a file that is read' \
    evaluate run/model.keras --data reviews --predictions run/model.keras
refuse 2 '^matinee report: an argument is missing' report
cp run/report.html before
file_limit=4
refuse 1 '^matinee: run/report\.html: cannot write ' report run
file_limit=unlimited
cmp run/report.html before || fail "a page that cannot be written has harmed the one that was there"
rm -r run/report.html && mkdir run/report.html
refuse 1 '^matinee: the run is saved, but not its report: run/report\.html: ' \
    train --resume run --epochs 31 --quiet
[ "$(grep -c . run/history.csv)" -eq 32 ] || fail "a run without a report is not saved"
echo "all as reported"
