"""Compares infra/template.yaml with the code that it deploys, one module for each concern.

| module | compares |
|---|---|
| `functions` | build, memory, time limits, concurrency and logs of the functions |
| `settings` | environment variables with what each `main.rs` reads |
| `roles` | permissions with `infra/access.json`, which `tests/promises/permissions.rs` compares with real requests |
| `invocations` | who may invoke a function |
| `api` | routes, cross-origin headers, limits and the access log with `infra/local/src/gateway` |
| `storage` | the table, the keys and the queue with what must never be lost |
| `delivery` | the stream, the schedule, the sender of emails |
| `counts` | metric filters with the texts of the logs |
| `alarms` | alarms with the metrics that exist, and with the runbook |
| `operation` | names in `infra/restore`, `infra/deploy` and the documents with the template |

`mutations` lists mistakes, and `mutate` tests that the checks notice each of them.
"""

from . import alarms, api, counts, delivery, functions, invocations, operation, roles, settings, storage
from .document import Template

CHECKS = (functions, settings, roles, invocations, api, storage, delivery, counts, alarms, operation)


def checked(text):
    """The template of that text, with all objections to it."""
    template = Template(text)
    for module in CHECKS:
        module.check(template)
    return template
