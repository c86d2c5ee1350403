"""The API: routes, cross-origin headers, limits, its address, and what its log says."""

import json
import re

from . import sources
from .document import at, branches, name

# Routes that anybody may call, besides those of the pages.
ANYBODYS = ("ANY /v1/settings", "ANY /v1/resets", "ANY /v1/password")
LIMITS = ("ThrottlingRateLimit", "ThrottlingBurstLimit")
# Values of API Gateway that tell which person or which reset a request is about.
TELLING = re.compile("path|identity|authorizer|protocol", re.IGNORECASE)


def check(template):
    api, properties = template.only("AWS::ApiGatewayV2::Api")
    for kind in "Integration", "Route", "Stage":
        for one, of in template.of_type(f"AWS::ApiGatewayV2::{kind}").items():
            template.expect(name(of.get("ApiId")) == api, f"{one} is not of {api}")
    check_routes(template)
    check_cross_origin(template, properties)
    check_address(template, properties)
    check_limits(template)
    check_access_log(template)


def check_routes(template):
    """Routes are those of the local gateway, in the payload format that the functions read."""
    for integration, properties in template.of_type("AWS::ApiGatewayV2::Integration").items():
        template.expect(properties.get("IntegrationType") == "AWS_PROXY", f"{integration} does not invoke a function")
        version = properties.get("PayloadFormatVersion")
        template.expect(version == "2.0", f"{integration} sends events that no function can read")
    for properties in template.of_type("AWS::ApiGatewayV2::Route").values():
        # The functions verify tokens: an authorizer would refuse with other responses than the contract's.
        by_function = properties.get("AuthorizationType", "NONE") == "NONE"
        template.expect(by_function, f"{properties.get('RouteKey')} is authorized by API Gateway")
    # A function that reads nothing responds to every other path. The local gateway responds to these by itself.
    local = [*sources.routes(), ("$default", "", "AdminGetContact")]
    wanted = [f"{method} {path}".strip() + f" -> {function}" for method, path, function in local]
    template.same("routes", [f"{key} -> {function}" for key, function in template.routes], wanted)
    # The stream, the schedule and the providers' reports invoke the others.
    others = {"deliver-code", "record-delivery"}
    behind = [function for function, binary in template.binaries.items() if binary not in others]
    template.same("functions behind a route", {function for _, function in template.routes}, behind)


def check_cross_origin(template, api):
    """Cross-origin headers are those of the local gateway, for named origins alone."""
    # A star lets any page that somebody has open call the API.
    pattern = at(template.parameters, "AllowedOrigins", "AllowedPattern") or ".*"
    refused = not any(re.fullmatch(pattern, one) for one in ("*", "https://*", "https://a.example/path"))
    template.expect(refused, "a page of any origin may call the API")
    named = all(re.fullmatch(pattern, one) for one in ("", "https://a.example", "http://127.0.0.1:8080"))
    template.expect(named, "no page may call the API")
    code = sources.cross_origin()
    answered = {
        "AllowOrigins": {"Ref": "AllowedOrigins"},
        "AllowMethods": code["METHODS"].split(","),
        "AllowHeaders": code["HEADERS"].split(","),
        "ExposeHeaders": code["EXPOSED_HEADERS"].split(","),
        "MaxAge": int(code["MAX_AGE_SECONDS"]),
    }
    configured = at(api, "CorsConfiguration", "Fn::If")
    same = configured == ["HasOrigins", answered, {"Ref": "AWS::NoValue"}]
    template.expect(same, "API Gateway answers other origins than cors.rs does")
    # Every page could then call the API from its readers' browsers.
    default = at(template.parameters, "AllowedOrigins", "Default")
    template.expect("*" not in str(default), "pages of every origin may call the API by default")


def check_address(template, api):
    """API Gateway's own address is closed exactly if the API has another one, which links then lead to."""
    condition, *closed = at(api, "DisableExecuteApiEndpoint", "Fn::If") or [None]
    # Left open, it leads around whatever guards the domain. Closed without a domain, nobody reaches the API.
    template.expect(closed == [True, False], "API Gateway's own address is not closed exactly if there is another")
    for function, properties in template.functions.items():
        link = at(properties, "Environment", "Variables", "REKEY_PUBLIC_URL", "Fn::If")
        template.expect(link is None or link[0] == condition, f"{function} links to a closed address")
    for kind in "DomainName", "ApiMapping":
        for one, of in template.of_type(f"AWS::ApiGatewayV2::{kind}").items():
            when = template.resources[one].get("Condition")
            template.expect(when == condition, f"{one} exists under another condition than the closed address")
            # Links in responses begin with the host name alone.
            template.expect("ApiMappingKey" not in of, f"{one} puts a path before the routes")
            for domain in of.get("DomainNameConfigurations", []):
                modern = domain.get("SecurityPolicy") == "TLS_1_2"
                template.expect(modern, f"{one} takes connections with an outdated version of TLS")
    for one, test in (at(template.document, "Conditions") or {}).items():
        # "Has…" is for what a deployment may leave empty. Without `!Not`, it would hold exactly if it is left empty.
        right = not one.startswith("Has") or set(test) & {"Fn::Not", "Fn::And"}
        template.expect(right, f"the condition {one} holds if there is none")


def check_limits(template):
    stage, properties = template.only("AWS::ApiGatewayV2::Stage")
    # Routes and integrations would change in the template, and callers would still get the old ones.
    template.expect(properties.get("AutoDeploy") is True, f"nothing is deployed to {stage}")
    # Any other stage has its name at the head of every path.
    template.expect(properties.get("StageName") == "$default", f"{stage} moves every route under its name")
    default = properties.get("DefaultRouteSettings") or {}
    for limit in LIMITS:
        # Without it, a flood of one route takes the limit of the whole account from every other API.
        template.expect(is_limit(default.get(limit)), f"{stage} has no {limit} by default")
    routes = template.of_type("AWS::ApiGatewayV2::Route").items()
    anybodys = {one: of["RouteKey"] for one, of in routes if is_anybodys(template, of)}
    own = properties.get("RouteSettings") or {}
    # A flood of these must leave the routes of applications and administrators alone.
    template.same(f"limits of {stage}", own, anybodys.values(), "the routes that anybody may call")
    for route, limits in own.items():
        # What is left out here is not taken from the default.
        given = {"DetailedMetricsEnabled", *LIMITS}
        template.expect(set(limits) == given, f"{route}: its limits are incomplete")
        # This property is untyped, so CloudFormation would send a parameter as text, which API Gateway refuses.
        for limit in LIMITS:
            number = isinstance(limits.get(limit), int) and limits[limit] > 0
            template.expect(number, f"{route}: its {limit} is not a number above zero")
    # The settings of a route that does not exist yet are refused.
    first = template.resources.get(stage, {}).get("DependsOn", [])
    template.expect(set(anybodys) <= set(first), f"{stage} may be created before a route that it limits")


def is_anybodys(template, route):
    """Whether anybody may call a route."""
    of_pages = template.integrations.get(name(route.get("Target"))) == "Pages"
    return of_pages or str(route.get("RouteKey")).startswith(ANYBODYS)


def is_limit(value):
    """A limit is a number above zero, or a parameter."""
    return value > 0 if isinstance(value, int) else name(value) is not None


def access_log_format(template):
    """The fields of the access log, and the value of API Gateway that each of them holds."""
    _, stage = template.only("AWS::ApiGatewayV2::Stage")
    text = at(stage, "AccessLogSettings", "Format")
    return json.loads(text) if text else {}


def check_access_log(template):
    stage, properties = template.only("AWS::ApiGatewayV2::Stage")
    fields = access_log_format(template)
    telling = [value for value in fields.values() if TELLING.search(value)]
    # A path contains a reset's id or a user's name.
    route = fields.get("route") == "$context.routeKey"
    template.expect(route and not telling, f"{stage} logs more of a request than its route")
    group = name(at(properties, "AccessLogSettings", "DestinationArn"))
    log = template.of_type("AWS::Logs::LogGroup").get(group)
    template.expect(log is not None, f"{stage} logs requests to no log group of this template")
    # API Gateway adds every other group to a policy of the account, whose size is limited.
    prefix = str(branches(at(log, "LogGroupName"))[0])
    template.expect("/aws/vendedlogs/" in prefix, f"{group} is not named as logs of AWS's services are")
