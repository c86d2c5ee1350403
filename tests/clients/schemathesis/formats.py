"""Valid values of the description's formats, which have rules that a pattern cannot express."""

from datetime import datetime

import schemathesis
from hypothesis import strategies as st
from schemathesis.core.jsonschema import make_validator

LETTERS = "abcdefghijklmnopqrstuvwxyz"
label = st.text(LETTERS + LETTERS.upper() + "0123456789", min_size=1, max_size=12)
domain = st.builds("{}.{}".format, label, st.sampled_from(["example", "Example", "example.org", "test"]))
part = st.text(LETTERS + LETTERS.upper() + "0123456789'_!#^~+&$-äéжש", min_size=1, max_size=15)
# Compatibility characters and the like are refused, so `part` has only a few letters beyond ASCII.
user_name = st.builds("{}@{}".format, st.lists(part, min_size=1, max_size=3).map(".".join), domain)
mail_part = st.text(LETTERS + "0123456789!#$&'*+/^_`{|}~-", min_size=1, max_size=15)
mail_address = st.builds("{}@{}".format, st.lists(mail_part, min_size=1, max_size=3).map(".".join), domain)
separator = st.sampled_from([" ", "-", ".", ""])
phone_number = st.builds(
    "+1{0}425{0}{1}{0}{2:04}{3}".format,
    separator,
    st.integers(200, 899),
    st.integers(0, 9999),
    st.one_of(st.just(""), st.integers(0, 9999999).map("x{}".format)),
)
quoted = user_name.map(lambda name: name.replace("'", "''"))
quoted_mail = mail_address.map(lambda address: address.replace("'", "''"))
name = st.sampled_from(["displayName", "givenName", "surname"])
truth = st.sampled_from(["true", "false"])
user_filter = st.lists(
    st.one_of(
        quoted.map("userPrincipalName eq '{}'".format),
        quoted.map("startswith(userPrincipalName,'{}')".format),
        st.builds("{} eq '{}'".format, name, label),
        st.builds("startswith({},'{}')".format, name, label),
        quoted_mail.map("mail eq '{}'".format),
        quoted_mail.map("startswith(mail,'{}')".format),
        quoted_mail.map("otherMails/any(m:m eq '{}')".format),
        phone_number.map("mobilePhone eq '{}'".format),
        phone_number.map("businessPhones/any(p:p eq '{}')".format),
        truth.map("accountEnabled eq {}".format),
    ),
    min_size=1,
    max_size=3,
).map(" and ".join)
user_search = st.lists(label, min_size=1, max_size=3).map(" ".join).map('"displayName:{}"'.format)
FLAGS = ["isAdmin", "isSsprRegistered", "isSsprEnabled", "isSsprCapable", "isMfaRegistered", "isPasswordlessCapable"]
registration_filter = st.lists(
    st.one_of(
        st.builds("{} eq {}".format, st.sampled_from(FLAGS), truth),
        quoted.map("userPrincipalName eq '{}'".format),
        quoted.map("startswith(userDisplayName,'{}')".format),
        quoted.map("id eq '{}'".format),
        st.sampled_from(["member", "guest"]).map("userType eq '{}'".format),
        quoted.map("startswith(userPrincipalName,'{}')".format),
        st.sampled_from(["mobilePhone", "officePhone", "email"]).map("methodsRegistered/any(t:t eq '{}')".format),
    ),
    min_size=1,
    max_size=3,
).map(" and ".join)
moment = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)).map("{:%Y-%m-%dT%H:%M:%SZ}".format)
audit_filter = st.lists(
    st.one_of(
        st.builds("activityDateTime {} {}".format, st.sampled_from(["ge", "gt", "le", "lt", "eq"]), moment),
        st.sampled_from(["Update user", "Add user"]).map("activityDisplayName eq '{}'".format),
        st.sampled_from(["success", "failure", "timeout"]).map("result eq '{}'".format),
        st.sampled_from(["Update", "Add"]).map("startswith(activityDisplayName,'{}')".format),
        quoted.map("id eq '{}'".format),
        quoted.map("targetResources/any(t:startswith(t/userPrincipalName,'{}'))".format),
        quoted.map("startswith(initiatedBy/user/userPrincipalName,'{}')".format),
        quoted.map("targetResources/any(t:t/userPrincipalName eq '{}')".format),
        quoted.map("initiatedBy/user/userPrincipalName eq '{}'".format),
    ),
    min_size=1,
    max_size=3,
).map(" and ".join)

schemathesis.openapi.format("registration-filter", registration_filter)
schemathesis.openapi.format("audit-filter", audit_filter)
schemathesis.openapi.format("user-name", user_name)
schemathesis.openapi.format("mail-address", mail_address)
schemathesis.openapi.format("phone-number", phone_number)
schemathesis.openapi.format("user-filter", user_filter)
schemathesis.openapi.format("user-search", user_search)


def targets(value, pointer):
    """The values of a body that a pointer into its schema stands for."""
    values, keywords = [value], iter(pointer.strip("/").split("/"))
    for keyword in keywords:
        if keyword == "properties":
            name = next(keywords).replace("~1", "/").replace("~0", "~")
            values = [each[name] for each in values if isinstance(each, dict) and name in each]
        elif keyword == "items":
            values = [element for each in values if isinstance(each, list) for element in each]
    return values


@schemathesis.hook
def filter_case(context, case):
    """Drops a body that is called invalid and is valid.

    Schemathesis cannot check the formats above, so it takes every body with a value of one of them for invalid, also
    where what it meant to break is not in the body: a list of addresses with a wrong format that became `null`.
    """
    meta = case.meta
    mutations = getattr(meta.phase.data, "mutations", ()) if meta is not None else ()
    if not mutations or any(mutation.parameter_location.name != "BODY" for mutation in mutations):
        return True
    if any(
        "format" in mutation.keywords and any(isinstance(value, str) for value in targets(case.body, mutation.schema_pointer))
        for mutation in mutations
    ):
        return True
    # A body of raw bytes is no JSON.
    if isinstance(case.body, bytes):
        return True
    body = case.operation.get_body_for_media_type(case.media_type)
    return not make_validator(body.optimized_schema, context.operation.schema.adapter.jsonschema_validator_cls).is_valid(
        case.body
    )


@schemathesis.hook
def before_call(context, case, kwargs):
    """Corrects bodies that match their schema but break a rule between members that only the description's text gives."""
    body = case.body
    if not isinstance(body, dict) or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    name = case.operation.definition.raw["operationId"]
    if name in ("beginReset", "orderCode") and body.get("method") in ("mobileSms", "mobileCall", "officeCall"):
        body.setdefault("phoneNumber", "+1 4255550100")
    elif name == "verifyCode" and "answers" in body:
        body.pop("code", None)
    elif name == "verifyCode":
        body.setdefault("code", "12345678")
    elif name == "beginChallenge" and body.get("type") == "email":
        body.pop("delivery", None)
