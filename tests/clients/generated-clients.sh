#!/usr/bin/env bash
# Generates clients from the description that the local service serves, with third-party generators:
# openapi-typescript, openapi-python-client, and openapi-generator (TypeScript and Python). Compiles or imports each
# client, and resets a password with two of them. A generator's warning counts as a failure, such as one that it skipped
# an operation. Needs the Rust toolchain, Python 3.11, Node.js 20 with npm, Java 11 (root on Debian installs one if
# there is none), and both package indexes once. The last line counts the checks.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly HERE=tests/clients/generated-clients
readonly INSTALLED=$PWD/target/generated-clients
readonly VENV=$INSTALLED/venv
readonly MODULES=$INSTALLED/node
readonly SERVICE=${CARGO_TARGET_DIR:-target}/debug/local
# The longest time until the service listens, in tenths of a second.
readonly START_TENTHS=200
# Warnings that openapi-generator prints for every OpenAPI 3.1 description, and for every closed object.
readonly HARMLESS='OpenAPI 3\.1 support is still in beta|ModelUtils - Failed to get the schema name: null'

work=
service=
passed=0
failed=0

finish() {
    [ -z "$service" ] || kill "$service" 2>/dev/null || true
    [ -z "$work" ] || rm -rf "$work"
}
trap finish EXIT

give_up() { # why
    echo "generated-clients: $1" >&2
    echo "$passed passed, $((failed + 1)) failed"
    exit 1
}

need() { # what is needed, the command, the arguments that test it
    command -v "$2" >/dev/null || give_up "$1 is needed, and there is no $2"
    "${@:2}" >/dev/null 2>&1 || give_up "$1 is needed, and this $2 is older or broken"
}

install_java() {
    command -v java >/dev/null && return
    [ "$(id -u)" -eq 0 ] || give_up "Java 11 is needed, and there is no java"
    { apt-get update && apt-get install -y --no-install-recommends openjdk-17-jre-headless; } >/dev/null 2>&1 ||
        give_up "openjdk-17-jre-headless cannot be installed"
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

# Runs one check, and shows its output if it fails.
check() { # what, command...
    if "${@:2}" >"$work/said" 2>&1; then
        echo "ok      $1"
        passed=$((passed + 1))
    else
        echo "FAILED  $1"
        cat "$work/said"
        failed=$((failed + 1))
    fi
}

# Runs a generator, which must not print a warning.
without_warning() { # pattern of warnings, pattern of the harmless ones among them, command...
    local status=0
    "${@:3}" >"$work/generator" 2>&1 || status=$?
    cat "$work/generator"
    [ "$status" -eq 0 ] && ! grep -E "$1" "$work/generator" | grep -vE "$2" | grep -q .
}

generate() { # what, generator, folder, options...
    check "$1" without_warning ' (WARN|ERROR) |Exception' "$HARMLESS" "$VENV/bin/openapi-generator-cli" generate \
        -i "$work/openapi.json" -g "$2" -o "$3" "${@:4}"
}

need "Python 3.11 with venv" python3 -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))'
need "Node.js 20" node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)'
need npm npm --version
need curl curl --version
need "the Rust toolchain" cargo --version
install_java
install_python
install_javascript
cargo build --locked --quiet -p local || give_up "the service cannot be built"

work=$(mktemp -d "$INSTALLED/run.XXXXXX")
# Requests to this machine must not go through the network's proxy. The Python generator calls ruff, which is in the
# same folder.
export PYTHONDONTWRITEBYTECODE=1 NO_PROXY=localhost,127.0.0.1 no_proxy=localhost,127.0.0.1 PATH="$VENV/bin:$PATH"
: >"$work/out"
"$SERVICE" --port 0 >"$work/out" 2>"$work/log" &
service=$!
for _ in $(seq "$START_TENTHS"); do
    url=$(sed -n '1s/^listening on //p' "$work/out")
    [ -z "$url" ] && kill -0 "$service" 2>/dev/null || break
    sleep 0.1
done
[ -n "$url" ] || { cat "$work/log" >&2; give_up "the service did not start"; }
curl --silent --fail "$url/openapi.json" >"$work/openapi.json" || give_up "the service serves no description"

mkdir "$work/typescript" "$work/python"
cp "$HERE"/typescript/* "$work/typescript"
ln -s "$MODULES/node_modules" "$work/node_modules"
echo '{"type": "module"}' >"$work/package.json"

check "the description is OpenAPI" "$VENV/bin/openapi-spec-validator" "$work/openapi.json"
check "openapi-typescript makes types" without_warning 'warn|Warn|⚠|error' '^$' \
    "$MODULES/node_modules/.bin/openapi-typescript" "$work/openapi.json" -o "$work/typescript/api.ts"
check "openapi-python-client makes a client" without_warning 'Warning|WARNING|Error|Unable|missing' '^$' \
    "$VENV/bin/openapi-python-client" generate --meta none --path "$work/openapi.json" \
    --output-path "$work/python/rekey_client"
generate "openapi-generator makes a client in TypeScript" typescript-fetch "$work/typescript/client" \
    --additional-properties importFileExtension=.js
generate "openapi-generator makes a client in Python" python "$work/generated" \
    --additional-properties packageName=rekey_generated

check "the types and the client in TypeScript compile" \
    "$MODULES/node_modules/.bin/tsc" --project "$work/typescript/tsconfig.json"
check "openapi-python-client's client has every operation" env PYTHONPATH="$work/python" \
    "$VENV/bin/python" "$HERE/python/imports.py" rekey_client "$work/openapi.json"
check "openapi-generator's client in Python has every operation" env PYTHONPATH="$work/generated" \
    "$VENV/bin/python" "$HERE/python/imports.py" rekey_generated "$work/openapi.json"
check "openapi-python-client's client resets a password" env PYTHONPATH="$work/python" \
    "$VENV/bin/python" "$HERE/python/reset.py" "$url"
check "openapi-generator's client in TypeScript resets a password" node "$work/typescript/made/reset.js" "$url"

printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
