#!/usr/bin/env bash
# Tests the pages in a real browser: resets and changes of passwords as people do them, accessibility, and what a page
# must never do. Needs Node.js 20 with npm, the package index once, Chromium (root on Debian installs one if there is
# none), and the Rust toolchain, unless SERVICE names a built local service. Screenshots are in target/pages. The last
# line counts the checks. With PAGES=built the pages are those of functions/pages/built, whatever the service embeds.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly HERE=tests/clients/pages
readonly SOURCES=functions/pages/web
readonly INSTALLED=$PWD/target/pages

give_up() { # why
    echo "pages: $1" >&2
    echo "0 passed, 1 failed"
    exit 1
}

install_chromium() {
    CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
    [ -z "$CHROMIUM" ] || return 0
    [ "$(id -u)" -eq 0 ] || give_up "Chromium is needed, and there is none"
    { apt-get update && apt-get install -y --no-install-recommends chromium; } >/dev/null 2>&1 ||
        give_up "chromium cannot be installed"
    CHROMIUM=$(command -v chromium)
}

install_modules() { # folder with the lock file, where to
    cmp -s "$1/package-lock.json" "$2/node_modules/installed.json" && return
    mkdir -p "$2"
    rm -rf "$2/node_modules"
    [ "$1" = "$2" ] || cp "$1/package.json" "$1/package-lock.json" "$2"
    (cd "$2" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null) ||
        give_up "the packages of $1/package-lock.json cannot be installed"
    cp "$1/package-lock.json" "$2/node_modules/installed.json"
}

node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' || give_up "Node.js 20 is needed"
install_chromium
install_modules "$HERE" "$INSTALLED/node"
install_modules "$SOURCES" "$SOURCES"
if [ -z "${SERVICE:-}" ]; then
    cargo build --locked --quiet -p local --bin local || give_up "the service cannot be built"
    SERVICE=${CARGO_TARGET_DIR:-target}/debug/local
fi

# Requests to this machine must not go through the network's proxy.
export NO_PROXY=localhost,127.0.0.1 no_proxy=localhost,127.0.0.1
export CHROMIUM SERVICE MODULES="$INSTALLED/node" SCREENSHOTS="$INSTALLED/screenshots"
rm -rf "$SCREENSHOTS"
exec node "$HERE/run.mjs" "$@"
