"""A whole password reset with openapi-python-client's client. The argument is the service's address."""

import re
import sys

import httpx

from rekey_client import AuthenticatedClient, Client
from rekey_client.api.checking_a_password import check_password
from rekey_client.api.resetting_a_password import begin_reset, complete_reset, verify_code
from rekey_client.models import (
    BeginReset, CheckedUser, CodeMethod, CodeOrdered, Credentials, NewPassword, Problem, Verified, VerifyCode,
)

NAME = "adele@contoso.example"
PHONE = "+1 4255550100"
PASSWORD = "walrus plays the accordion"

service = sys.argv[1]
client = Client(base_url=service)

begun = begin_reset.sync(
    client=client, body=BeginReset(user_name=NAME, method=CodeMethod.MOBILESMS, phone_number=PHONE)
)
assert isinstance(begun, CodeOrdered), begun
assert begun.method == CodeMethod.MOBILESMS and begun.code_expires_at < begun.expires_at, begun

refused = verify_code.sync(begun.reset_id, client=client, body=VerifyCode(code="00000000"))
assert isinstance(refused, Problem) and refused.code == "code-rejected", refused

messages = httpx.get(f"{service}/_local/outbox", params={"to": PHONE.replace(" ", "")}, trust_env=False).json()
code = re.search(r"\b[0-9]{4} ?[0-9]{4}\b", str(messages[-1]["text"]))
assert code, messages
proved = verify_code.sync(begun.reset_id, client=client, body=VerifyCode(code=code.group()))
assert isinstance(proved, Verified), proved

done = complete_reset.sync_detailed(
    begun.reset_id, client=client, body=NewPassword(reset_token=proved.reset_token, new_password=PASSWORD)
)
assert done.status_code == 204, done

token = httpx.post(f"{service}/_local/tokens", json={"permissions": ["Credentials.Check"]}, trust_env=False).json()
application = AuthenticatedClient(base_url=service, token=token["accessToken"])
checked = check_password.sync(client=application, body=Credentials(user_name=NAME, password=PASSWORD))
assert isinstance(checked, CheckedUser) and checked.user_name == NAME, checked
