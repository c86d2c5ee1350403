#!/usr/bin/env bash
# Deploys infra/template.yaml with infra/deploy to an emulator of AWS that enforces permissions, drives what was
# deployed, and asks the deployed roles what they may do. Nothing leaves this machine. Needs the Rust toolchain,
# Python 3.11 with venv, curl, and the package index once. Takes four minutes beside the build of the functions.
# BINARIES=FOLDER takes programs that are built already. `deployment.sh --slow` takes two minutes more: it also breaks
# the table for more than a minute, and lets an update and a first deployment fail. The last line counts the checks.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly HERE=tests/clients/deployment
readonly INSTALLED=target/deployment
readonly VENV=$INSTALLED/venv
# The longest time until a process listens, in tenths of a second.
readonly START_TENTHS=300

work=
started=()

finish() {
    local process
    for process in "${started[@]}"; do
        kill "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
    [ -z "$work" ] || rm -rf "$work"
}
trap finish EXIT

give_up() { # why
    echo "deployment: $1" >&2
    echo "0 passed, 1 failed"
    exit 1
}

# Starts a process that prints its address, and stores that in `address`.
start() { # name, command...
    local name=$1
    shift
    : >"$work/$name.out"
    "$@" >"$work/$name.out" 2>"$work/$name.log" &
    started+=("$!")
    for _ in $(seq "$START_TENTHS"); do
        address=$(sed -n 's/^listening on //p' "$work/$name.out")
        [ -z "$address" ] || return 0
        kill -0 "${started[-1]}" 2>/dev/null || break
        sleep 0.1
    done
    tail -n 20 "$work/$name.log" >&2
    give_up "the $name did not start"
}

command -v curl >/dev/null || give_up "curl is needed"
python3 -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' || give_up "Python 3.11 with venv is needed"
if ! cmp -s "$HERE/requirements.txt" "$VENV/installed.txt" || ! "$VENV/bin/python" -c '' 2>/dev/null; then
    rm -rf "$VENV"
    python3 -m venv "$VENV" || give_up "no virtual environment can be made at $VENV"
    "$VENV/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$HERE/requirements.txt" ||
        give_up "the packages of $HERE/requirements.txt cannot be installed"
    cp "$HERE/requirements.txt" "$VENV/installed.txt"
fi

if [ -z "${BINARIES:-}" ]; then
    mapfile -t functions < <(sed -n 's|^ *CodeUri: .*/\([a-z-]*\)$|\1|p' infra/template.yaml)
    cargo build --locked --quiet "${functions[@]/#/--package=}" --package=rekeyctl ||
        give_up "the functions cannot be built"
    BINARIES=${CARGO_TARGET_DIR:-target}/debug
fi

work=$(mktemp -d "$PWD/$INSTALLED/run.XXXXXX")
mkdir "$work/issuer" "$work/tmp" "$work/package"
export PYTHONDONTWRITEBYTECODE=1 NO_PROXY=localhost,127.0.0.1 no_proxy=localhost,127.0.0.1
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-central-1
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_REGION

start issuer "$VENV/bin/python" "$HERE/issuer.py" "$work/issuer"
issuer=$address
# The functions inherit this environment, so it holds nothing else.
start emulator env -i PATH="$PATH" HOME="$work" TMPDIR="$work/tmp" PYTHONDONTWRITEBYTECODE=1 NO_PROXY="$NO_PROXY" \
    AWS_DEFAULT_REGION="$AWS_DEFAULT_REGION" AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test \
    SSL_CERT_FILE="$work/issuer/authority.pem" "$VENV/bin/python" "$HERE/emulator"

export AWS_ENDPOINT_URL=$address HOME=$work CURL_CA_BUNDLE=$work/issuer/authority.pem
export PATH=$PWD/$VENV/bin:$PATH
status=0
python "$HERE/run.py" --emulator "$address" --issuer "$issuer" --issuer-folder "$work/issuer" --binaries "$BINARIES" \
    --work "$work/package" "$@" || status=$?
[ "$status" -eq 0 ] || { echo "what the emulator logged last:" >&2; tail -n 20 "$work/emulator.log" >&2; }
exit "$status"
