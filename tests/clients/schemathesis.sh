#!/usr/bin/env bash
# Tests the local service against the description that it serves, with requests that Schemathesis generates from it.
# Needs the Rust toolchain and Python 3, and the package index once. Ends with the summary of Schemathesis.
set -euo pipefail
export NO_PROXY=localhost,127.0.0.1 no_proxy=localhost,127.0.0.1
cd "$(dirname "$0")/../.."

readonly REQUIREMENTS=tests/clients/schemathesis/requirements.txt
readonly VENV=target/venv-schemathesis
# The longest time until the service listens, in tenths of a second.
readonly START_TENTHS=600
# Makes every run send the same requests.
readonly SEED=20261121
# Generated requests for each operation in the fuzzing phase. Take 2000 before a release.
readonly EXAMPLES=${SCHEMATHESIS_EXAMPLES:-300}

if ! cmp -s "$REQUIREMENTS" "$VENV/installed.txt" || ! "$VENV/bin/python" -c '' 2>/dev/null; then
    python3 -m venv --clear "$VENV"
    "$VENV/bin/pip" install --quiet --disable-pip-version-check -r "$REQUIREMENTS"
    cp "$REQUIREMENTS" "$VENV/installed.txt"
fi

cargo build --locked --quiet -p local
work=$(mktemp -d)
running=()
finish() {
    [ "${#running[@]}" -eq 0 ] || kill "${running[@]}" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

# Otherwise the limits by source network and by account would refuse most requests of a single client.
cat >"$work/policy.json" <<'JSON'
{"beginsPerSource": {"count": 1000000, "seconds": 600}, "beginsPerSourceAndName": {"count": 1000000, "seconds": 600},
 "sends": [{"count": 100, "seconds": 1}], "freshSignInMinutes": 1440,
 "methods": ["mobileSms", "mobileCall", "officeCall", "email", "securityQuestions"]}
JSON

start() { # name: sets url
    local name=$1
    : >"$work/$name.out"
    "${CARGO_TARGET_DIR:-target}/debug/local" --port 0 --policy "$work/policy.json" \
        >"$work/$name.out" 2>"$work/$name.log" &
    running+=($!)
    local service=$!
    for _ in $(seq "$START_TENTHS"); do
        url=$(sed -n 's/^listening on //p' "$work/$name.out")
        [ -z "$url" ] && kill -0 "$service" 2>/dev/null || break
        sleep 0.1
    done
    [ -n "$url" ] || { cat "$work/$name.log" >&2; echo "schemathesis: the service did not start" >&2; exit 1; }
}

token() { # JSON
    curl --silent --fail "$url/_local/tokens" -H 'Content-Type: application/json' -d "$1" |
        sed 's/.*"accessToken":"\([^"]*\)".*/\1/'
}
application() {
    token '{"permissions": ["User.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All",
        "RoleManagement.ReadWrite.Directory", "OnPremDirectorySynchronization.ReadWrite.All", "Credentials.Check",
        "Policy.ReadWrite.AuthenticationMethod", "AuditLog.Read.All"]}'
}
export SCHEMATHESIS_HOOKS=formats PYTHONPATH=tests/clients/schemathesis PYTHONDONTWRITEBYTECODE=1

hold() { # options...
    "$VENV/bin/schemathesis" --config-file tests/clients/schemathesis/schemathesis.toml --no-color run "$url/openapi.json" \
        --checks all --phases examples,coverage,fuzzing --max-examples "$EXAMPLES" --seed "$SEED" --workers 1 \
        --generation-database none "$@"
}

# Schemathesis uses one core, and the service hardly any, so Graph's routes and Rekey's own are tested in parallel, each
# with a service of its own: Graph's routes delete and disable the people who reset.
# Responses to refused codes, answers and passwords leave at a fixed time, so their operations mostly wait. They run in
# parallel to both. The policy comes last, because changing it changes the right responses of other routes.
readonly POLICY=/graph/v1.0/policies/passwordReset
readonly WAITING='^/v1/(?:resets/[^/]+/verifications|credentials/verifications)$'
verdict=0

start own
REKEY_APPLICATION=$(application)
REKEY_PERSON=$(token '{"userName": "lena@contoso.example"}')
REKEY_RESET=$(curl --silent --fail "$url/v1/resets" -H 'Content-Type: application/json' \
    -d '{"userName": "lena@contoso.example", "method": "email"}' | sed 's/.*"resetId":"\([^"]*\)".*/\1/')
export REKEY_APPLICATION REKEY_PERSON REKEY_RESET
hold --include-path-regex "$WAITING" >"$work/waiting" 2>&1 &
waiting=$!
running+=("$waiting")
hold --include-path-regex '^/v1/' --exclude-path-regex "$WAITING" >"$work/own" 2>&1 &
own=$!
running+=("$own")

start graph
REKEY_APPLICATION=$(application)
hold --exclude-path-regex '^/v1/' --exclude-path "$POLICY" || verdict=1
wait "$own" || verdict=1
wait "$waiting" || verdict=1
cat "$work/own" "$work/waiting"
hold --include-path "$POLICY" || verdict=1
exit "$verdict"
