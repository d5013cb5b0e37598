#!/bin/sh
# planted.sh FOLDER SEEDS NAME...: every planted bug must be caught by one of the first SEEDS seeds, and
# by what the simulator knows itself: the core is not asked whether it is broken (--blind).
folder=$1 seeds=$2
shift 2
missed=0 caught=0
for name in "$@"; do
    output=$("$folder/sim_plant_$name" --seeds "1..$seeds" --steps 1000 --blind 2>&1)
    status=$?
    line=$(printf '%s\n' "$output" | grep -E '^seed [0-9]+(,|: aborted|: .*requirement)' | grep -v ' steps, ' | head -n 1)
    if [ "$status" -ne 0 ] && [ -n "$line" ]; then
        printf '%s\n' "$line" | sed -E "s/^seed ([0-9]+), step ([0-9]+): /plant $name caught by seed \1 at step \2: /"
        caught=$((caught + 1))
    else
        echo "plant $name NOT caught by seeds 1..$seeds (exit $status)"
        missed=$((missed + 1))
    fi
done
echo "[==========] $((caught + missed)) plant(s) run."
if [ "$missed" -ne 0 ]; then
    echo "[  FAILED  ] $missed plant(s)."
    exit 1
fi
echo "[  PASSED  ] $caught plant(s)."
