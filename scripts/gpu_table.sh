#!/usr/bin/env bash
# The table at the end of scripts/gpu_check.sh, from its result files: scripts/gpu_table.sh DIRECTORY
# What takes more than 1.5 times what was predicted is marked with an asterisk.
set -euo pipefail
{ cat "$1/parity.json" "$1/train.json" "$1/bench.json" 2>/dev/null || true; } | awk '
    # The value of a member of a flat JSON object on one line; "" where there is none.
    function member(name, value) {
        if (!match($0, "\"" name "\": (\"([^\"\\\\]|\\\\.)*\"|[^,}]*)"))
            return ""
        value = substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 4)
        gsub(/^"|"$/, "", value)
        return value
    }
    function micros(value) {
        return value == "null" || value == "" ? "-" : sprintf("%.1f", value)
    }
    member("result") != "" {
        if (member("accuracy") != "")
            accuracies[++accuracy_count] = sprintf("%-32s %8s  of %s to %s  %s", member("name"), member("accuracy"),
                                                   member("low"), member("high"), member("result"))
        else if (member("result") != "passed")
            accuracies[++accuracy_count] = sprintf("%-32s %s", member("name"), member("result"))
        else
            passed++
        next
    }
    member("median_us") != "" {
        if (!header++)
            printf "\n%-34s %-8s %-6s %12s %12s %7s\n", "what", "engine", "", "median us", "predicted", "ratio"
        ratio = member("ratio")
        engine = member("engine")
        sub(/,.*/, "", engine)
        is_slow = (ratio != "null" && ratio + 0 > 1.5)
        slow += is_slow
        printf "%-34s %-8.8s %-6s %12s %12s %7s%s\n", member("name"), engine,
               (member("graph") == "false" ? "eager" : member("precision")), micros(member("median_us")),
               micros(member("predicted_us")), (ratio == "null" ? "-" : sprintf("%.2f", ratio)), (is_slow ? " *" : "")
    }
    END {
        if (accuracy_count)
            print ""
        for (i = 1; i <= accuracy_count; i++)
            print accuracies[i]
        printf "\n%d tests passed, %d figures more than 1.5 times the prediction (*)\n", passed, slow
    }'
