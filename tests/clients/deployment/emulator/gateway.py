"""What API Gateway does with a request before a function gets it."""

import json

from gaps import gap
from ministack import app
from ministack.services import apigateway


@gap
def cors():
    """ministack stores CORS settings as a template names them (`AllowOrigins`), and reads them by the API's names."""
    plain_headers, plain_preflight = apigateway._cors_response_headers, apigateway._cors_preflight_response

    def renamed(settings):
        return {name[:1].lower() + name[1:]: value for name, value in (settings or {}).items()}

    def preflight(settings, origin):
        status, headers, body = plain_preflight(renamed(settings), origin)
        # API Gateway answers any origin with 204. For an origin that is not allowed, it leaves the headers out.
        return (204, {}, b"") if status == 403 and settings else (status, headers, body)

    apigateway._cors_response_headers = lambda settings, origin: plain_headers(renamed(settings), origin)
    apigateway._cors_preflight_response = preflight


@gap
def closed_addresses():
    """An API may close its own address, so that it is reached at its domain alone. ministack serves both."""
    plain = app._handle_execute_api_request

    async def handle(host, path, *rest, **named):
        parsed = app._parse_execute_api_url(host, path)
        if parsed and (apigateway._apis.get(parsed[0]) or {}).get("disableExecuteApiEndpoint"):
            return 404, {"Content-Type": "application/json"}, json.dumps({"message": "Not Found"}).encode()
        return await plain(host, path, *rest, **named)

    app._handle_execute_api_request = handle
