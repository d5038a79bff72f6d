#!/usr/bin/env bash
# Completion: bash is asked what it would offer; zsh's functions, where there is a zsh, say what they hand to _arguments.
set -euo pipefail
make_manual=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$make_manual" bash >"$work/matinee.bash"
"$make_manual" zsh >"$work/_matinee"
# shellcheck source=/dev/null
source "$work/matinee.bash"
mkdir -p "$work/here/runs"
cd "$work/here"
touch 'my model.keras' my.csv

failures=0

# offers LINE WORD...: behind LINE, whose words have one blank between them, exactly these are offered. bash takes an '='
# for a word of its own.
offers() {
    local line=$1
    shift
    read -ra COMP_WORDS <<<"${line//=/ = }"
    [[ $line != *' ' ]] || COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMPREPLY=()
    _matinee || true # compopt fails where nobody completes
    if [ "$(printf '%s\n' "${COMPREPLY[@]}" | sort)" != "$(printf '%s\n' "$@" | sort)" ]; then
        echo "\"$line\": offered ${COMPREPLY[*]}, expected $*" >&2
        failures=$((failures + 1))
    fi
}

offers 'matinee tr' train
offers 'matinee --v' --version
offers 'matinee help su' summary
offers 'matinee help summary '
offers 'matinee nonsense '
offers 'matinee train --devi' --device
offers 'matinee train --device ' auto cpu cuda
offers 'matinee train --device c' cpu cuda
offers 'matinee train --device=c' cpu cuda
offers 'matinee train --device=' auto cpu cuda
offers 'matinee train --epochs '
offers 'matinee train --epochs=3 --epo' --epochs
offers 'matinee train --validation ' none test
offers 'matinee train --model bil' bilstm bilstm-gate-dropout
offers 'matinee train --model my' 'my model.keras' my.csv
offers 'matinee train --out ' runs
offers 'matinee train --data=sam' sample
offers 'matinee train --quiet --dry' --dry-run
offers 'matinee evaluate --threads 2 my' 'my model.keras' my.csv
offers 'matinee evaluate --threads=2 --json my' 'my model.keras' my.csv
offers 'matinee neighbors x.keras --far' --farthest
offers 'matinee data ' cache clear-cache export info words
offers 'matinee data --data my.csv w' words
offers 'matinee data words --cou' --count
offers 'matinee data words --count='
offers 'matinee convert my.csv my.' my.csv
offers 'matinee report ' runs
offers 'matinee bench ' documents
offers 'matinee compare --models lstm,bil' lstm,bilstm lstm,bilstm-gate-dropout
offers 'matinee compare --models al' all
offers 'matinee doctor ' --json --help

if command -v zsh >/dev/null; then
    zsh -f -c '
        _arguments() { print -rl -- "$@"; return 1 }
        line=(doctor) state=
        source $1
        _matinee_predict
        _matinee_train
        true' zsh "$work/_matinee" >"$work/specifications"
    while IFS= read -r line; do
        if ! grep -Fxq -e "$line" "$work/specifications"; then
            echo "zsh: there is no specification $line" >&2
            failures=$((failures + 1))
        fi
    done <<'END'
1:command:_matinee_commands
1:MODEL:_files
*:TEXT: 
--quiet[Print only errors]
--threads=[Processor threads]:N: 
--train-limit=[Train on the first N training reviews in Keras' order]:N: 
--cpu-kernels=[Instruction set of the processor's kernels\: auto, the fastest that it runs]:WHICH:(auto avx512 avx2 sse2 native)
--out=[Where to write]:DIRECTORY:_files -/
--word-index=[Keras' imdb_word_index.json, by which words are numbered where neither the model nor the data say]:FILE:_files
--data=[aclImdb directory or its .tar.gz, .tar.xz or .zip]:PATH: _matinee_words_or_files sample
(- *)-h[Print this help]
END
fi
[ "$failures" -eq 0 ]
