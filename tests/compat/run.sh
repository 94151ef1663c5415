#!/bin/sh
# run.sh SIGNALBOXD FOLDER SUITE: one folder of compatibility tests against that executable; its packages are installed
# under FOLDER.
# Exits with 77, which ctest takes for "skipped", where node or the package registry is out of reach.
set -eu
export SIGNALBOXD="$1"
here="$(cd "$(dirname "$0")" && pwd)"
source="$here/$3"
work="$2/$3"

skip() {
    echo "skipped: $1"
    exit 77
}

command -v node > /dev/null && command -v npm > /dev/null || skip "node or npm is not installed"
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ] || skip "node is older than 18"

mkdir -p "$work"
installed() { [ -d "$work/node_modules" ] && cmp -s "$source/package-lock.json" "$work/package-lock.json"; }
if ! installed; then
    version="$(node -p "require('$source/package.json').dependencies.openai")"
    npm view --fetch-retries=0 --fetch-timeout=15000 "openai@$version" version > /dev/null 2>&1 ||
        skip "npm is out of reach"
    cp "$source/package.json" "$source/package-lock.json" "$work"
    npm ci --prefix "$work" --no-audit --no-fund --ignore-scripts
fi
cp "$here"/openai_node/*.mjs "$work"  # what the suites share, and a test.mjs that the suite's own replaces
cp "$source"/*.mjs "$work"
cd "$work"
exec node --test test.mjs
