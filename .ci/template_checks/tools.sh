# Names the tools of .ci/template and .ci/template-mutations, and installs them. Both scripts source this file, at the
# repository's root.

# This package installs cfn-lint too, in the version that it requires.
readonly SAM=aws-sam-cli==1.170.0
readonly SAM_VENV=target/venv-template
# In a folder of its own, so that neither tool decides on the versions of the other's dependencies.
readonly CHECKOV=checkov==3.3.30
readonly CHECKOV_VENV=target/venv-checkov

# Python would write its caches beside the checks.
export AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0 PYTHONDONTWRITEBYTECODE=1

ensure() { # folder, package with its version
    [ "$(cat "$1/installed.txt" 2>/dev/null)" != "$2" ] || return 0
    python3 -m venv --clear "$1"
    "$1/bin/pip" install --quiet --disable-pip-version-check "$2"
    echo "$2" >"$1/installed.txt"
}
