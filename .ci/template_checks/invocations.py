"""Invocations: API Gateway may invoke the functions behind its routes, a rule its targets, a topic its subscribers, and
nobody else anything."""

import re

from .document import at, name

GATEWAY = "apigateway.amazonaws.com"
RULES = "events.amazonaws.com"
TOPICS = "sns.amazonaws.com"
# Every stage and route of one API, or some of them. A wider pattern admits the APIs of others.
OF_ONE_API = re.compile(
    r"arn:\$\{AWS::Partition\}:execute-api:\$\{AWS::Region\}:\$\{AWS::AccountId\}:\$\{(\w+)\}/\S+"
)
# Each of these opens a way to a function that leads around the API and its limits.
OTHER_WAYS = {"Events", "FunctionUrlConfig"}


def check(template):
    targets = {
        rule: {name(at(target, "Arn")) for target in properties.get("Targets", [])}
        for rule, properties in template.of_type("AWS::Events::Rule").items()
    }
    subscribers = {
        name(one.get("TopicArn")): {name(one.get("Endpoint"))}
        for one in template.of_type("AWS::SNS::Subscription").values()
        if one.get("Protocol") == "lambda"
    }
    wanted = {f"{function} by {GATEWAY}" for _, function in template.routes}
    wanted |= {f"{function} by {RULES}" for functions in targets.values() for function in functions}
    wanted |= {f"{function} by {TOPICS}" for functions in subscribers.values() for function in functions}
    permissions = template.of_type("AWS::Lambda::Permission")
    given = {f"{name(one.get('FunctionName'))} by {one.get('Principal')}" for one in permissions.values()}
    template.same("permitted invocations", given, wanted, "the routes and rules")
    for permission, properties in permissions.items():
        action = properties.get("Action")
        template.expect(action == "lambda:InvokeFunction", f"{permission} permits {action}")
        # Without a source, every API and every rule of every account may invoke the function.
        if properties.get("Principal") == GATEWAY:
            check_api(template, permission, properties.get("SourceArn"))
        else:
            source, function = name(properties.get("SourceArn")), name(properties.get("FunctionName"))
            invokers = targets if properties.get("Principal") == RULES else subscribers
            invoked = function in invokers.get(source, ())
            template.expect(invoked, f"{permission} is not for a rule or a topic that invokes {function}")
    for function, properties in template.functions.items():
        ways = OTHER_WAYS & ({*properties} | {*template.globals})
        template.expect(not ways, f"{function} can be invoked by its {', '.join(sorted(ways))}")
    template.expect(not template.of_type("AWS::Lambda::Url"), "a function has an address of its own")


def check_api(template, permission, source):
    found = OF_ONE_API.fullmatch(str(at(source, "Fn::Sub")))
    apis = template.of_type("AWS::ApiGatewayV2::Api")
    template.expect(found and found.group(1) in apis, f"{permission} is not for this API alone")
