"""Values of the description's formats: what a pattern cannot say of them, these keep."""

from base64 import urlsafe_b64encode
from datetime import datetime

import schemathesis
from hypothesis import strategies as st

LETTERS = "abcdefghijklmnopqrstuvwxyz"
label = st.text(LETTERS + LETTERS.upper() + "0123456789", min_size=1, max_size=12)
domain = st.builds("{}.{}".format, label, st.sampled_from(["example", "Example", "example.org", "test"]))
part = st.text(LETTERS + LETTERS.upper() + "0123456789'_!#^~+&$-äéжש", min_size=1, max_size=15)
# Compatibility characters and the like are refused, so only a few letters beyond ASCII stand here.
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
user_filter = st.one_of(
    quoted.map("userPrincipalName eq '{}'".format),
    quoted.map("startswith(userPrincipalName,'{}')".format),
)
truth = st.sampled_from(["true", "false"])
registration_filter = st.lists(
    st.one_of(
        st.builds("{} eq {}".format, st.sampled_from(["isAdmin", "isSsprRegistered", "isSsprEnabled", "isSsprCapable"]), truth),
        quoted.map("userPrincipalName eq '{}'".format),
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
        st.sampled_from(["success", "failure"]).map("result eq '{}'".format),
        quoted.map("targetResources/any(t:t/userPrincipalName eq '{}')".format),
        quoted.map("initiatedBy/user/userPrincipalName eq '{}'".format),
    ),
    min_size=1,
    max_size=3,
).map(" and ".join)
skip_token = user_name.map(lambda name: urlsafe_b64encode(name.encode()).decode().rstrip("="))

audit_token = st.integers(10**12, 4 * 10**12).map(lambda at: urlsafe_b64encode(str(at).encode()).decode().rstrip("="))

schemathesis.openapi.format("registration-filter", registration_filter)
schemathesis.openapi.format("audit-filter", audit_filter)
schemathesis.openapi.format("audit-token", audit_token)
schemathesis.openapi.format("user-name", user_name)
schemathesis.openapi.format("mail-address", mail_address)
schemathesis.openapi.format("phone-number", phone_number)
schemathesis.openapi.format("user-filter", user_filter)
schemathesis.openapi.format("skip-token", skip_token)
