#!/usr/bin/env bash
# How does the action end? As `tidegate check` did, which EXIT_CODE tells; what that means is said.
set -euo pipefail

case "${EXIT_CODE:-}" in
    0) exit 0 ;;
    1) told="The change was judged, and has findings. See above and the job's summary." ;;
    2) told="The command line or tidegate.yaml makes no sense." ;;
    4)
        told="Nothing was judged: the registry, the network or the credentials made trouble."
        if [ "${IN_ON_UNREACHABLE:-fail}" = warn ]; then
            echo "::warning title=tidegate::$told"
            exit 0
        fi
        ;;
    5) told="Nothing stands in the way but an approval that tidegate.yaml asks for." ;;
    "") told="tidegate did not run." EXIT_CODE=4 ;;
    *) told="tidegate ended with $EXIT_CODE." ;;
esac
echo "::error title=tidegate::$told"
exit "$EXIT_CODE"
