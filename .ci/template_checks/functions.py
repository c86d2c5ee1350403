"""Functions: there is one for each folder, built for one architecture, with enough memory and time, and a log."""

import re

from . import sources
from .document import at, branches, name

# `infra/deploy` refuses a binary that needs a newer C library than this runtime has.
RUNTIME = "provided.al2023"
ARCHITECTURE = "arm64"
DEPLOY = "infra/deploy"
# Lambda assigns a share of a core with the memory: a whole one with 1,769 MB, a fourteenth with 128. Each start opens
# connections over TLS, and the caller waits for it.
LEAST_MB = 512
# A hash of a password or an answer takes 30 milliseconds of a whole core: 50 with this memory, 400 with 128 MB.
HASHING_MB = 1024
# API Gateway must wait longer than the function, or its own 503 arrives instead of the contract's problem.
GATEWAY_WAITS_SECONDS = 5


def check(template):
    check_build(template)
    check_memory(template)
    check_times(template)
    check_concurrency(template)
    check_logs(template)


def check_build(template):
    template.same("functions", template.binaries.values(), sources.folders())
    for function, binary in template.binaries.items():
        folder = f"../{sources.stage()}/{binary}"
        right = template.functions[function].get("CodeUri") == folder
        template.expect(right, f"{function} does not run what {DEPLOY} puts into {folder}")
        called = "".join(part.capitalize() for part in binary.split("-"))
        template.expect(function == called, f"{function} runs the program {binary}")
        # A function that differs runs a program that was built for another machine, and fails at every start.
        for key in "Runtime", "Handler", "Architectures":
            template.expect(key not in template.functions[function], f"{function} has its own {key}")
    template.expect(template.globals.get("Runtime") == RUNTIME, f"the runtime is not {RUNTIME}")
    # The name of the program in each function's folder.
    template.expect(template.globals.get("Handler") == "bootstrap", "the handler is not bootstrap")
    check_architecture(template, template.globals.get("Architectures"))


def check_architecture(template, value):
    """The functions run on the processor that they are built for. `infra/deploy` passes it as a parameter."""
    parameter = name(value)
    default = at(template.parameters, parameter, "Default")
    one = parameter in template.parameters and value == [{"Ref": parameter}]
    template.expect(one, f"the architecture {value} is not what {DEPLOY} builds for")
    template.expect(default == ARCHITECTURE, f"the architecture is {default} by default, not {ARCHITECTURE}")
    script = sources.read(DEPLOY)
    template.expect(f"--{ARCHITECTURE}" in script, f"{DEPLOY} does not build for {ARCHITECTURE}")
    # Without cargo-lambda it builds for the processor of its machine, and must say so.
    passed = f"parameters[{parameter}]=" in script
    template.expect(passed, f"{DEPLOY} does not pass the architecture that it built for")


def check_memory(template):
    for function in template.functions:
        hashes = "REKEY_PEPPER_KEYS" in sources.settings_of(template.binaries[function])
        least = HASHING_MB if hashes else LEAST_MB
        memory = template.number_of_function(function, "MemorySize")
        template.expect(memory >= least, f"{function} has {memory} MB of memory, {least} are needed")


def check_times(template):
    request = sources.number("infra/aws/src/config/sdk.rs", "OPERATION_TIMEOUT")
    margin = sources.number("infra/aws/src/lambda/gateway.rs", "MARGIN_MILLIS") / 1000
    # Most routes read and then write. If the table is slow at both, the function must still respond with 503 by itself.
    least = 2 * request + margin
    integrations = template.of_type("AWS::ApiGatewayV2::Integration")
    for integration, function in template.integrations.items():
        timeout = template.number_of_function(function, "Timeout")
        template.expect(timeout > least, f"{function} ends after {timeout} s: two slow requests take {least:g} s")
        # 30 seconds are API Gateway's default, and its maximum.
        waits = integrations[integration].get("TimeoutInMillis", 30_000)
        enough = waits >= (timeout + GATEWAY_WAITS_SECONDS) * 1000
        template.expect(enough, f"{integration} waits {waits} ms for {function}, which may take {timeout} s")


def check_concurrency(template):
    total = 0
    for function, properties in template.functions.items():
        shares = [one for one in branches(properties.get("ReservedConcurrentExecutions")) if at(one, "Ref") is None]
        # Without a share of its own, a function stops when callers flood another one.
        template.expect(shares and None not in shares, f"{function} has no share of the concurrency")
        for share in shares:
            template.expect(share is None or share > 0, f"{function} may not run at all")
            total += share or 0
    # An account with less than this sum, and 100 for all else, cannot deploy the template.
    text = str(at(template.parameters, "ReserveConcurrency", "Description"))
    # Lambda keeps a hundred runs for all other functions.
    limit = sources.number("infra/rekeyctl/src/commands/doctor/account.rs", "CONCURRENCY")
    template.expect(limit == total + 100, f"rekeyctl doctor asks for {limit} runs, not {total + 100}")
    for told in re.findall(r"(\d+) in all", text):
        template.expect(int(told) == total, f"ReserveConcurrency promises {told} runs in all, not {total}")


def check_logs(template):
    groups = template.of_type("AWS::Logs::LogGroup")
    for function, properties in template.functions.items():
        logging = properties.get("LoggingConfig") or {}
        # The metric filters read JSON. They count nothing in text.
        template.expect(logging.get("LogFormat") == "JSON", f"the log of {function} is not JSON")
        # A level of Lambda's own would drop lines that alarms count.
        template.expect(set(logging) <= {"LogFormat", "LogGroup"}, f"Lambda filters the log of {function}")
        # A group that Lambda creates by itself is stored forever.
        template.expect(name(logging.get("LogGroup")) in groups, f"{function} has no log group")
    for group, properties in groups.items():
        # A log without a retention is stored forever, with masked contacts and correlation ids in it.
        template.expect(properties.get("RetentionInDays"), f"{group} is stored forever")
