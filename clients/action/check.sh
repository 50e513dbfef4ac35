#!/usr/bin/env bash
# What does the action run? `tidegate check` with the action's inputs; its exit code is told to the steps that follow.
#
# TIDEGATE       the binary                           IN_*            the inputs of action.yml
# FROM_FORK      `true` for a pull request of a fork  BASE_REF        the branch that it wants to go to
# REPORTS        the folder for reports               GITHUB_OUTPUT, GITHUB_STEP_SUMMARY as GitHub gives them
set -euo pipefail

mkdir -p "$REPORTS"
arguments=(check --format text --format "json=$REPORTS/report.json" --format "markdown=$REPORTS/report.md")
[ "${IN_SARIF:-false}" != true ] || arguments+=(--format "sarif=$REPORTS/report.sarif")
[ -z "${IN_FAIL_ON:-}" ] || arguments+=(--fail-on "$IN_FAIL_ON")
[ -z "${IN_CONFIG:-}" ] || arguments+=(--config "$IN_CONFIG")

# The commit that a pull request wants to go to. A checkout is usually too shallow to have it.
fetch_base() {
    git rev-parse --quiet --verify "refs/remotes/origin/$BASE_REF" >/dev/null ||
        git fetch --quiet --no-tags --depth=1 origin "+refs/heads/$BASE_REF:refs/remotes/origin/$BASE_REF"
}

# Secrets are not given to pull requests of forks, so that the registry can't be asked. What can be compared with is what was
# merged before, and the snapshot as it was there: that of the fork may say anything.
compare_offline() {
    fetch_base
    arguments+=(--offline --against "git:origin/$BASE_REF")
    local told="the branch $BASE_REF"
    if git show "refs/remotes/origin/$BASE_REF:./$IN_SNAPSHOT" > "$REPORTS/snapshot.json" 2>/dev/null; then
        arguments+=(--against "snapshot:$REPORTS/snapshot.json")
        told+=" and its $IN_SNAPSHOT"
    fi
    echo "::notice title=tidegate::This pull request comes from a fork, which gets no secrets. It is compared with $told, not with the registry."
}

# Without word splitting's other half: a `*` in it is no pattern.
set -f
# shellcheck disable=SC2206
wanted=(${IN_AGAINST:-})
set +f
case " ${wanted[*]-} " in
    "  " | *" registry"*) needs_registry=true ;;
    *) needs_registry=false ;;
esac
if [ "${FROM_FORK:-false}" = true ] && [ -z "${TIDEGATE_TOKEN:-}" ] && [ "$needs_registry" = true ]; then
    compare_offline
else
    for against in ${wanted[@]+"${wanted[@]}"}; do
        if [ -n "${BASE_REF:-}" ] && [ "$against" = "git:origin/$BASE_REF" ]; then fetch_base; fi
        arguments+=(--against "$against")
    done
fi
if [[ ${IN_PATHS:-} == *[![:space:]]* ]]; then
    arguments+=(--)
    while IFS= read -r path; do
        [ -z "$path" ] || arguments+=("$path")
    done <<< "$IN_PATHS"
fi

summary=${GITHUB_STEP_SUMMARY:-/dev/null}
before=$(wc -c < "$summary")
code=0
"$TIDEGATE" "${arguments[@]}" || code=$?
# In GitHub Actions `tidegate` writes the summary itself.
if [ "$(wc -c < "$summary")" = "$before" ] && [ -s "$REPORTS/report.md" ]; then
    cat "$REPORTS/report.md" >> "$summary"
fi
echo "exit-code=$code" >> "$GITHUB_OUTPUT"
for kind in json md sarif; do
    [ ! -s "$REPORTS/report.$kind" ] || echo "report-$kind=$REPORTS/report.$kind" >> "$GITHUB_OUTPUT"
done
# Whoever wrote the workflow is heard before the project file.
comment=${IN_COMMENT:-}
if [ -z "$comment" ] && [ -s "$REPORTS/report.json" ]; then
    comment=$(python3 -c 'import json, sys; print(str(json.load(open(sys.argv[1])).get("comment") == "update").lower())' \
        "$REPORTS/report.json" 2>/dev/null) || comment=false
fi
[ "$comment" != true ] || echo "comment=true" >> "$GITHUB_OUTPUT"
