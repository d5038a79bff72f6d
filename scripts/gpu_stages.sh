#!/usr/bin/env bash
# One stage of scripts/gpu_check.sh, which calls it under a time limit with what it needs in GPU_*.
set -uo pipefail
presets=(lstm cnn-lstm lstm-dropout lstm-gate-dropout bilstm bilstm-gate-dropout cnn-lstm-dropout lstm-reversed
    lstm-embedding-dropout best-words best)
engines=(fused cudnn generic)
# Where the programs are found: the rehearsal has copies of them beside its plugin.
programs=$GPU_PROGRAMS
[ -z "$GPU_REHEARSE" ] || programs=$GPU_WORK/rehearsal
export MATINEE_NEED_GPU=1
[ -z "$GPU_REHEARSE" ] || export MATINEE_DEVICE_SHAPES=tiny

# Runs one of our programs. In a rehearsal a library of the driver's name stands beside the plugin.
ours() {
    local program=$1
    shift
    if [ -n "$GPU_REHEARSE" ]; then
        LD_LIBRARY_PATH=$programs/lib/matinee "$programs/bin/$program" "$@"
    else
        "$programs/bin/$program" "$@"
    fi
}

# At least one: to timeout, 0 would be no limit.
seconds_left() {
    local left=$((GPU_DEADLINE - $(date +%s)))
    echo $((left > 0 ? left : 1))
}

json_text() {
    printf '%s' "$1" | tr '\n\t' '  ' | tr -d '\000-\037' | sed 's/\\/\\\\/g; s/"/\\"/g'
}

stage_env() {
    local nvcc torch smi
    nvcc=$(nvcc --version 2>/dev/null | grep -o 'V[0-9.]*$')
    torch=$(python3 -c 'from importlib.metadata import version; print(version("torch"))' 2>/dev/null)
    smi=$(nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,clocks.max.mem,compute_cap,mig.mode.current \
        --format=csv,noheader 2>/dev/null | head -n 1)
    printf '{"commit": "%s", "mode": "%s", "rehearsal": %s, "gpu": "%s", "nvcc": "%s", "torch": "%s", "processor": "%s", "processors": %d}\n' \
        "$(json_text "$GPU_COMMIT")" "$GPU_MODE" "$([ -n "$GPU_REHEARSE" ] && echo true || echo false)" \
        "$(json_text "$smi")" "$(json_text "$nvcc")" "$(json_text "$torch")" \
        "$(json_text "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)")" "$(nproc)" | tee "$GPU_OUT/env.json"
}

# The bundle's programs are there, and only the plugin is built; a rehearsal has all.
stage_build() {
    if [ -n "$GPU_REHEARSE" ]; then
        mkdir -p "$programs/bin" "$programs/lib/matinee"
        cp "$GPU_PROGRAMS"/bin/{matinee,bench_step,bench_gpu,test_device_*} "$programs/bin/" &&
            cp "$GPU_PROGRAMS"/lib/rehearsal/* "$programs/lib/matinee/" || return 1
        if [ -d "$GPU_PROGRAMS/lib/bundled" ]; then
            ln -s "$GPU_PROGRAMS/lib/bundled" "$programs/lib/bundled"
        fi
    elif [ -f "$GPU_ROOT/COMMIT" ]; then
        "$GPU_ROOT/scripts/build_plugin.sh" "$GPU_ROOT/lib/matinee"
    else
        cmake --preset cuda -S "$GPU_ROOT" -B "$GPU_PROGRAMS" -DCMAKE_BUILD_TYPE=Release \
            -DMATINEE_CUDA_ARCHITECTURES=native && cmake --build "$GPU_PROGRAMS" --target gpu_programs
    fi >"$GPU_OUT/build.txt" 2>&1 || {
        tail -n 20 "$GPU_OUT/build.txt"
        return 1
    }
    # It tries cuDNN's algorithms at the tutorials' size, for which an emulated one would take minutes.
    [ -n "$GPU_REHEARSE" ] || ours matinee doctor | tee -a "$GPU_OUT/build.txt"
}

# run_test PROGRAM LIMIT: a line of parity.json; the end of its output, with the engines' choices, goes to the log. Only
# NCCL may be missing: one GPU needs none.
run_test() {
    local output status=0 began=$SECONDS verdict=passed
    output=$(timeout "$2" "$programs/bin/$1" 2>&1) || status=$?
    case "$status" in
    0) ;;
    77) verdict=skipped ;;
    124) verdict="not done in $2 s" ;;
    *) verdict=failed ;;
    esac
    printf '%s\n%s\n' "== $1: status $status" "$(tail -n 40 <<<"$output")" >&2
    printf '{"name": "%s", "result": "%s", "seconds": %d}\n' "$1" "$verdict" $((SECONDS - began)) |
        tee -a "$GPU_OUT/parity.json"
    [ "$status" -eq 0 ] || [ "$1 $status" = 'test_device_nccl 77' ]
}

# Every test on the device; test_device_presets, the slowest, is the next but one stage's. A rehearsal does without
# test_device_lstm: test_device_lstm_forms has small shapes of the same.
stage_parity() {
    local program bad=0 count=0
    [ -z "$GPU_REHEARSE" ] || export LD_LIBRARY_PATH=$programs/lib/matinee
    for program in "$programs"/bin/test_device_*; do
        case "$GPU_REHEARSE ${program##*/}" in *' test_device_presets' | 'yes test_device_lstm') continue ;; esac
        count=$((count + 1))
        run_test "${program##*/}" "$(($(seconds_left) < 60 ? $(seconds_left) : 60))" || bad=$((bad + 1))
    done
    [ "$bad" -eq 0 ] && [ "$count" -gt 0 ]
}

# sanitize TOOL PROGRAM: under compute-sanitizer, with the smallest shapes; status 99 is a finding, 124 that the time was
# over.
sanitize() {
    local status=0 left most=25
    left=$(seconds_left)
    if [ "$left" -lt 5 ] && [ -z "$GPU_REHEARSE" ]; then
        echo "== $1 $2: no time left"
        return 0
    fi
    echo "== $1 $2"
    MATINEE_DEVICE_SHAPES=tiny timeout $((left < most ? left : most)) \
        compute-sanitizer --tool "$1" --error-exitcode 99 "$programs/bin/$2" 2>&1 |
        grep -E '^=====' | tail -n 30
    status=${PIPESTATUS[0]}
    [ "$status" -eq 0 ] || echo "== $1 $2: status $status"
    [ "$status" -eq 0 ] || [ "$status" -eq 124 ]
}

# The fused LSTM first, whose threads wait for each other most; without the two that would take all the time, and
# without NCCL, whose kernels are not ours.
sanitized_programs() {
    local program
    echo test_device_lstm_fused
    for program in "$programs"/bin/test_device_*; do
        case "${program##*/}" in
        test_device_lstm_fused | test_device_large | test_device_presets | test_device_nccl) ;;
        *) echo "${program##*/}" ;;
        esac
    done
}

# memcheck and racecheck decide, as far as there is time. initcheck only reports: it also sees the libraries' own reads.
stage_sanitizer() {
    local tool program bad=0
    if ! command -v compute-sanitizer >/dev/null; then
        echo "compute-sanitizer is not installed: left out" | tee "$GPU_OUT/sanitizer.txt"
        return 0
    fi
    [ -z "$GPU_REHEARSE" ] || export LD_LIBRARY_PATH=$programs/lib/matinee
    {
        for program in $(sanitized_programs); do
            for tool in racecheck memcheck; do
                sanitize "$tool" "$program" || bad=$((bad + 1))
            done
        done
        for program in $(sanitized_programs); do
            sanitize initcheck "$program" || true
        done
    } >"$GPU_OUT/sanitizer.txt" 2>&1
    grep -E 'ERROR SUMMARY|RACECHECK SUMMARY|status|no time' "$GPU_OUT/sanitizer.txt" | sed 's/^=* *//' | sort | uniq -c
    [ "$bad" -eq 0 ]
}

# The least and the greatest test accuracy after three epochs: the CPU's over five seeds (docs/results.md), and 1.5 % each way.
accuracy_range() {
    case "$1" in
    lstm) echo 0.798 0.894 ;;
    lstm-dropout) echo 0.799 0.891 ;;
    lstm-gate-dropout) echo 0.794 0.871 ;;
    bilstm) echo 0.730 0.889 ;;
    bilstm-gate-dropout) echo 0.788 0.873 ;;
    cnn-lstm) echo 0.860 0.902 ;;
    cnn-lstm-dropout) echo 0.855 0.903 ;;
    lstm-reversed) echo 0.487 0.525 ;;
    lstm-embedding-dropout) echo 0.807 0.893 ;;
    best-words) echo 0.874 0.906 ;;
    best) echo 0.902 0.937 ;;
    esac
}

# train_preset NAME: a line of train.json with the accuracy on the test reviews and where it should lie.
train_preset() {
    local name=$1 began=$SECONDS low=0 high=1 accuracy verdict=passed run=$GPU_WORK/run-$1
    local options=(--model "$name" --device cuda --quiet --out "$run" --data "$GPU_DATA")
    [ -z "$GPU_REHEARSE" ] ||
        options+=(--epochs 1 --train-limit 32 --batch-size 8 --validation 0.5 --maxlen 8 --units 4 --embedding 4 --vocabulary 50)
    [ "$GPU_DATA" = sample ] || read -r low high < <(accuracy_range "$name")
    ours matinee train "${options[@]}" >&2 || verdict=failed
    accuracy=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "val_accuracy") column = i } END { print $column }' \
        "$run/history.csv" 2>/dev/null)
    if [ "$verdict" = passed ] &&
        ! awk -v a="$accuracy" -v low="$low" -v high="$high" 'BEGIN { exit !(a != "" && a >= low && a <= high) }'; then
        verdict="out of range"
    fi
    printf '{"name": "accuracy %s", "result": "%s", "accuracy": %s, "low": %s, "high": %s, "seconds": %d}\n' \
        "$name" "$verdict" "${accuracy:-null}" "$low" "$high" $((SECONDS - began)) | tee -a "$GPU_OUT/train.json"
    [ "$verdict" = passed ]
}

# Twenty steps of every preset beside the CPU's, then three epochs of as many as there is time for.
stage_train() {
    local name bad=0 chosen=("${presets[@]}")
    [ "$GPU_MODE" = full ] || chosen=(lstm cnn-lstm)
    [ -z "$GPU_REHEARSE" ] || chosen=(lstm cnn-lstm)
    [ -z "$GPU_REHEARSE" ] || export LD_LIBRARY_PATH=$programs/lib/matinee
    run_test test_device_presets "$(seconds_left)" || bad=1
    for name in "${chosen[@]}"; do
        if [ "$(seconds_left)" -lt 30 ] && [ -z "$GPU_REHEARSE" ]; then
            printf '{"name": "accuracy %s", "result": "no time left"}\n' "$name" | tee -a "$GPU_OUT/train.json"
        else
            train_preset "$name" || bad=1
        fi
    done
    [ "$bad" -eq 0 ]
}

# bench_steps PRESETS ENGINE OPTION...: in one process, which reads the data once; an engine that fails spoils no other.
bench_steps() {
    local names=$1 engine=$2
    shift 2
    local options=(--device cuda --model "$names" --engine "$engine" --steps 200 --data "$GPU_DATA")
    [ -z "$GPU_REHEARSE" ] || { options+=(--tiny --steps 2 --group 1) && set -- "$@" --evaluations 0; }
    if [ "$(seconds_left)" -lt 10 ] && [ -z "$GPU_REHEARSE" ]; then
        echo "bench_step $names $engine $*: no time left" >&2
    else
        ours bench_step "${options[@]}" --commit "$GPU_COMMIT" "$@"
    fi
}

# presets_of ENGINE PRESETS: those that it takes. cuDNN has no masks inside a step.
presets_of() {
    if [ "$1" = cudnn ]; then
        tr , '\n' <<<"$2" | grep -v gate-dropout | paste -sd ,
    else
        echo "$2"
    fi
}

# What the project has set itself comes first: the plain model, and PyTorch's beside it.
stage_bench() {
    local engine others bad=0 options=() first=lstm
    others=$(printf ',%s' "${presets[@]:1}")
    others=${others:1}
    [ -z "$GPU_REHEARSE" ] || { options=(--tiny --samples 2) && first=cnn-lstm others=lstm-gate-dropout; }
    ours bench_gpu --commit "$GPU_COMMIT" "${options[@]}" || bad=1
    bench_steps "$first" fused --evaluations 5 || bad=1
    for engine in cudnn generic; do
        bench_steps "$first" "$engine" --evaluations 1 || bad=1
    done
    for engine in fused cudnn; do
        bench_steps "$first" "$engine" --evaluations 0 --no-graph || bad=1
        bench_steps "$first" "$engine" --evaluations 0 --precision tf32 || bad=1
    done
    if [ -z "$GPU_REHEARSE" ] && python3 -c 'from importlib.util import find_spec; exit(find_spec("torch") is None)'; then
        timeout "$(seconds_left)" "$GPU_ROOT/bench/peers/torch_lstm.py" --commit "$GPU_COMMIT" ||
            echo "torch_lstm.py: status $?" >&2
    fi
    for engine in "${engines[@]}"; do
        bench_steps "$(presets_of "$engine" "$others")" "$engine" --evaluations 0 || bad=1
    done
    [ "$bad" -eq 0 ]
}

# What the fused kernels wait for in the second step, by NVIDIA's profiler where it is and may count; it leaves the
# clocks as they are. Any reviews do: a step takes as long with all.
stage_ncu() {
    if ! command -v ncu >/dev/null; then
        echo "ncu is not installed: left out" | tee "$GPU_OUT/ncu.csv"
        return 0
    fi
    ncu --clock-control none --csv --page raw --section SpeedOfLight --section WarpStateStats \
        --section LaunchStats --kernel-name regex:lstm_fused_ --launch-skip 4 --launch-count 4 \
        "$programs/bin/bench_step" --device cuda --model lstm --engine fused --steps 8 --group 1 --evaluations 0 \
        --no-graph --data sample 2>&1 | grep -v '^{' >"$GPU_OUT/ncu.csv"
    if grep -q ERR_NVGPUCTRPERM "$GPU_OUT/ncu.csv"; then
        echo "ncu may not read the GPU's counters here: left out"
        return 0
    fi
    grep -q lstm_fused "$GPU_OUT/ncu.csv"
}

case "$1" in
env | build | parity | sanitizer | train | ncu) "stage_$1" ;;
bench) stage_bench >"$GPU_OUT/bench.json" ;;
esac
