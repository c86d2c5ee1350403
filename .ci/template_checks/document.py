"""The template as the checks read it."""

from cfnlint.decode.cfn_yaml import loads

from . import sources


def at(value, *path):
    """What stands at a path of keys, or `None`."""
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return value


def each(value):
    """The elements of a list. Any other value counts as a list of one."""
    return value if isinstance(value, list) else [value]


def names(value):
    """The names of the resources and parameters that a value refers to."""
    if isinstance(value, list):
        return set().union(*map(names, value))
    if not isinstance(value, dict):
        return set()
    found = set()
    for key, of in value.items():
        if key == "Ref":
            found.add(str(of))
        elif key == "Fn::GetAtt":
            found.add(each(of)[0].split(".")[0])
        elif key == "Fn::Sub":
            text, *values = each(of)
            found |= set(sources.VARIABLE.findall(text)) | names(values)
        else:
            found |= names(of)
    return {name for name in found if not name.startswith("AWS::")}


def name(value):
    """The only name that a value refers to, or `None`."""
    found = names(value)
    return found.pop() if len(found) == 1 else None


def branches(value):
    """The values that a condition selects from. Any other value counts as the only one."""
    choice = at(value, "Fn::If")
    return [value] if choice is None else [one for branch in choice[1:] for one in branches(branch)]


class Template:
    """A template, and the objections to it."""

    def __init__(self, text):
        self.document = loads(text)
        self.resources = self.document["Resources"]
        self.parameters = at(self.document, "Parameters") or {}
        self.globals = at(self.document, "Globals", "Function") or {}
        self.objections = []
        self.functions = self.of_type("AWS::Serverless::Function")
        # The folder of `functions/` that each function is built from.
        code = {function: str(properties.get("CodeUri")) for function, properties in self.functions.items()}
        self.binaries = {function: path.rpartition("/")[2] for function, path in code.items()}

    def expect(self, holds, objection):
        if not holds:
            self.objections.append(objection)

    def same(self, what, template, code, place="the code"):
        """Compares in both directions: what the code lacks, and what the template lacks."""
        for one in sorted(set(template) - set(code), key=str):
            self.objections.append(f"{what}: {one} stands in the template, not in {place}")
        for one in sorted(set(code) - set(template), key=str):
            self.objections.append(f"{what}: {one} stands in {place}, not in the template")

    def of_type(self, kind):
        """The properties of all resources of a type, by name."""
        return {name: at(one, "Properties") or {} for name, one in self.resources.items() if one["Type"] == kind}

    def only(self, kind):
        """The name and the properties of the only resource of a type."""
        found = self.of_type(kind)
        self.expect(len(found) == 1, f"there are {len(found)} resources of the type {kind}, not one")
        return next(iter(found.items()), (kind, {}))

    def of_function(self, function, key):
        """A property of a function: its own, or that of all functions."""
        own = self.functions.get(function, {})
        return own[key] if key in own else self.globals.get(key)

    def number_of_function(self, function, key):
        """A property of a function that is a number; 0 if it is anything else."""
        value = self.of_function(function, key)
        return value if isinstance(value, int) else 0

    @property
    def worker(self):
        """The function that delivers codes and notices."""
        return next((function for function, binary in self.binaries.items() if binary == "deliver-code"), None)

    @property
    def log_groups(self):
        """The log group of each function."""
        return {f: name(at(properties, "LoggingConfig", "LogGroup")) for f, properties in self.functions.items()}

    @property
    def integrations(self):
        """The function that each integration of the API invokes."""
        found = self.of_type("AWS::ApiGatewayV2::Integration")
        return {key: name(at(one, "IntegrationUri")) for key, one in found.items()}

    @property
    def routes(self):
        """The key and the function of each route."""
        found = self.of_type("AWS::ApiGatewayV2::Route").values()
        return [(at(one, "RouteKey"), self.integrations.get(name(at(one, "Target")))) for one in found]
