"""What CloudFormation makes of a template."""

import string

from gaps import gap
from ministack.services import cloudformation, secretsmanager
from ministack.services.cloudformation import provisioners, stacks

HANDLERS = provisioners._RESOURCE_HANDLERS


@gap
def alarms():
    """ministack refuses an alarm over an expression of metrics. Here it is stored, and never evaluated."""
    plain = provisioners._cw_metric_alarm_record

    def record(name, properties):
        if properties.get("Metrics"):
            properties = {**properties, "MetricName": "Expression", "Namespace": "Expression"}
            del properties["Metrics"]
        return plain(name, properties)

    provisioners._cw_metric_alarm_record = record


@gap
def drawn_secrets():
    """ministack draws punctuation too for a secret of a template that excludes it."""
    plain = provisioners._sm_secret_string

    def draw(properties):
        wanted = properties.get("GenerateSecretString") or {}
        if str(wanted.get("ExcludePunctuation", "")).lower() == "true":
            excluded = wanted.get("ExcludeCharacters", "") + string.punctuation
            properties = {**properties, "GenerateSecretString": {**wanted, "ExcludeCharacters": excluded}}
        return plain(properties)

    provisioners._sm_secret_string = draw


@gap
def secret_references():
    """In a template, `Ref` of a secret is its ARN. In ministack it is its name, which no policy of a role matches."""
    plain = HANDLERS["AWS::SecretsManager::Secret"]

    def create(logical_id, properties, stack):
        _name, attributes = plain["create"](logical_id, properties, stack)
        return attributes["Arn"], attributes

    def update(arn, before, after, stack, logical_id=None):
        _name, attributes = plain["update"](secretsmanager._resolve(arn)[0], before, after, stack, logical_id)
        return attributes["Arn"], attributes

    def delete(arn, properties):
        plain["delete"](secretsmanager._resolve(arn)[0], properties)

    HANDLERS["AWS::SecretsManager::Secret"] = {**plain, "create": create, "update": update, "delete": delete}


@gap
def mail_identities():
    """ministack's identities of SES lack the attributes with their DNS records for DKIM."""
    plain = HANDLERS["AWS::SES::EmailIdentity"]

    def with_records(made):
        name, attributes = made
        for number in "123":
            attributes[f"DkimDNSTokenName{number}"] = f"token{number}._domainkey.{name}"
            attributes[f"DkimDNSTokenValue{number}"] = f"token{number}.dkim.amazonses.com"
        return name, attributes

    def create(*given):
        return with_records(plain["create"](*given))

    def update(*given):
        return with_records(plain["update"](*given))

    HANDLERS["AWS::SES::EmailIdentity"] = {**plain, "create": create, "update": update}


@gap
def saved_queries():
    """ministack knows no saved queries of logs. Here they are taken, and never run."""

    def create(logical_id, properties, stack):
        return f"{stack}-{logical_id}", {}

    def update(physical_id, before, after, stack, logical_id=None):
        return physical_id, {}

    HANDLERS["AWS::Logs::QueryDefinition"] = {"create": create, "update": update, "delete": lambda *given: None}


@gap
def left_resources():
    """AWS lists what a failed first deployment has left, such as a retained table. ministack forgets it."""
    plain = stacks._add_event

    def add(stack_id, stack_name, name, kind, status, reason="", physical_id="", **named):
        plain(stack_id, stack_name, name, kind, status, reason, physical_id, **named)
        stack = cloudformation._stacks.get(stack_name) or {}
        if status == "DELETE_SKIPPED" and stack.get("StackStatus") == "ROLLBACK_IN_PROGRESS":
            left = {"LogicalResourceId": name, "PhysicalResourceId": physical_id, "ResourceType": kind}
            stack.setdefault("left", {})[name] = {**left, "ResourceStatus": status, "Properties": {}}
        if status == "ROLLBACK_COMPLETE":
            stack["_resources"].update(stack.pop("left", {}))
        if name == stack_name and status == "DELETE_IN_PROGRESS":
            resources = stack["_resources"]
            for kept in [key for key, one in resources.items() if one["ResourceStatus"] == "DELETE_SKIPPED"]:
                del resources[kept]

    stacks._add_event = add
