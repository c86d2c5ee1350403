#!/usr/bin/env bash
# Drives the local service with third-party clients. Microsoft's client for Python (msgraph-sdk) uses plain http.
# Microsoft's client for JavaScript (@microsoft/microsoft-graph-client) sends a token over TLS only, so it goes through
# a proxy that terminates TLS. Needs the Rust toolchain, Python 3.11, Node.js 20 with npm, openssl, and both package
# indexes once. Each client runs the same named checks against its own service. Python also does administrators' tasks
# and sends the requests that Microsoft's pages publish. The last line counts all checks.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly HERE=tests/clients/graph-clients
readonly INSTALLED=target/graph-clients
readonly VENV=$INSTALLED/venv
readonly MODULES=$INSTALLED/node
readonly SERVICE=${CARGO_TARGET_DIR:-target}/debug/local
# The longest time until a process listens, in tenths of a second.
readonly START_TENTHS=200
# The names of the checks that only Python makes.
readonly PYTHON_ONLY='^(tasks|published): '

work=
started=()
passed=0
failed=0

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
    echo "graph-clients: $1" >&2
    echo "$passed passed, $((failed + 1)) failed"
    exit 1
}

need() { # what is needed, the command, the arguments that test it
    command -v "$2" >/dev/null || give_up "$1 is needed, and there is no $2"
    "${@:2}" >/dev/null 2>&1 || give_up "$1 is needed, and this $2 is older or broken"
}

install_python() {
    if cmp -s "$HERE/requirements.txt" "$VENV/installed.txt" && "$VENV/bin/python" -c '' 2>/dev/null; then
        return
    fi
    rm -rf "$VENV"
    python3 -m venv "$VENV" || give_up "no virtual environment can be made at $VENV"
    "$VENV/bin/pip" install --quiet --disable-pip-version-check -r "$HERE/requirements.txt" ||
        give_up "the packages of $HERE/requirements.txt cannot be installed"
    cp "$HERE/requirements.txt" "$VENV/installed.txt"
}

install_javascript() {
    if cmp -s "$HERE/package-lock.json" "$MODULES/installed.json"; then
        return
    fi
    rm -rf "$MODULES"
    mkdir -p "$MODULES"
    cp "$HERE/package.json" "$HERE/package-lock.json" "$MODULES"
    (cd "$MODULES" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null) ||
        give_up "the packages of $HERE/package-lock.json cannot be installed"
    cp "$HERE/package-lock.json" "$MODULES/installed.json"
}

# Starts a process that prints its address on its first line, and stores that in `address`.
start() { # name, command...
    local name=$1 process
    shift
    # The file must exist before it is read. The process opens it only once it runs.
    : >"$work/$name.out"
    "$@" >"$work/$name.out" 2>"$work/$name.log" &
    process=$!
    started+=("$process")
    for _ in $(seq "$START_TENTHS"); do
        address=$(sed -n '1s/^listening on //p' "$work/$name.out")
        [ -z "$address" ] || return 0
        kill -0 "$process" 2>/dev/null || break
        sleep 0.1
    done
    cat "$work/$name.log" >&2
    give_up "the $name did not start"
}

# Runs a client's checks, shows them, and counts them. A client that stops before it has counted them is one failure.
hold() { # client, the service's log, command...
    local client=$1 log=$2 counts
    shift 2
    printf '\n%s\n' "$client"
    "$@" 2>&1 | tee "$work/checks.out" || true
    grep -E '^(ok|FAILED) ' "$work/checks.out" | sed -E 's/^(ok|FAILED) +//' >"$work/$client.names" || true
    counts=$(sed -nE '$s/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$work/checks.out")
    if [ -z "$counts" ]; then
        echo "FAILED  $client: the checks did not come to an end"
        counts="0 1"
    fi
    passed=$((passed + ${counts% *}))
    failed=$((failed + ${counts#* }))
    if [ "${counts#* }" -ne 0 ]; then
        echo "what the service says, besides its requests:"
        grep -v '^ *INFO ' "$work/$log.log" | tail -n 20 || true
    fi
}

need "Python 3.11 with venv" python3 -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))'
need "Node.js 20" node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)'
need npm npm --version
need openssl openssl version
need "the Rust toolchain" cargo --version

install_python
install_javascript
cargo build --locked --quiet -p local || give_up "the service cannot be built"

work=$(mktemp -d "$INSTALLED/run.XXXXXX")
# An empty directory: the checks create every user.
echo userPrincipalName >"$work/nobody.csv"
# Requests to this machine must not go through the network's proxy.
export PYTHONDONTWRITEBYTECODE=1 NO_PROXY=localhost,127.0.0.1 no_proxy=localhost,127.0.0.1

start service "$SERVICE" --port 0 --users "$work/nobody.csv"
hold python service "$VENV/bin/python" "$HERE/python/run.py" "$address"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$work/key.pem" -out "$work/certificate.pem" 2>"$work/openssl.log" ||
    give_up "openssl made no certificate: $(cat "$work/openssl.log")"
start proxy node "$HERE/javascript/proxy.cjs" "$work/key.pem" "$work/certificate.pem" "$work/service-behind.out"
proxy=$address
start service-behind "$SERVICE" --port 0 --users "$work/nobody.csv" --public-url "$proxy"
hold javascript service-behind env NODE_PATH="$MODULES/node_modules" NODE_EXTRA_CA_CERTS="$work/certificate.pem" \
    node "$HERE/javascript/run.cjs" "$address" "$proxy"

# Both clients must run the same checks, but for those that only Python makes.
if ! diff <(grep -vE "$PYTHON_ONLY" "$work/python.names" | sort) <(sort "$work/javascript.names"); then
    echo "FAILED  the two clients made different checks"
    failed=$((failed + 1))
fi

printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
