"""Settings: each function gets the environment variables that it reads, no others, and the values that they are for."""

import json

from . import sources
from .document import at, name

# The level of the log is read outside `settings.rs`, and has a default.
LOG_LEVEL = "RUST_LOG"


def check(template):
    everything = at(template.globals, "Environment", "Variables") or {}
    values = {}
    for function, properties in template.functions.items():
        ignored = "Environment" in (template.resources[function].get("IgnoreGlobals") or [])
        variables = ({} if ignored else everything) | (at(properties, "Environment", "Variables") or {})
        binary = template.binaries[function]
        template.same(f"settings of {binary}", set(variables) - {LOG_LEVEL}, sources.settings_of(binary))
        for variable, value in variables.items():
            check_value(template, function, variable, value)
            # If two functions disagree, one accepts what the other refuses, or derives other codes.
            first = values.setdefault(variable, value)
            same = json.dumps(value, sort_keys=True) == json.dumps(first, sort_keys=True)
            template.expect(same, f"{function} gets another {variable} than other functions")


def check_value(template, function, variable, value):
    """A value refers to what its variable is called after. Two that are exchanged look right otherwise."""
    # A value that is composed of several parts is not exchanged by accident.
    referred = name(value)
    if referred is None or referred.startswith(camel_case(variable)):
        return
    others = [one for one in sources.settings().values() if referred.startswith(camel_case(one))]
    template.expect(not others, f"{variable} of {function} gets the value of {', '.join(others)}")


def camel_case(variable):
    """The template calls `REKEY_NAME_KEYS` `NameKeys`, with or without something after it."""
    return "".join(part.capitalize() for part in variable.removeprefix("REKEY_").split("_"))
