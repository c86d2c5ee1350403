"""A stack in operation: updates, other parameters, other keys, and what two gates and old hashes then need."""

import json
import re
import subprocess

import boto3
from administration import MIRA, activities_of
from checks import check, equal, holds
from deploying import ORGANISATION
from resets import BEN, BENS_MAIL, BENS_MOBILE
from registration import UMA, UMAS_MAIL, answers
from service import NEW, POLICY, USERS
from stack import NAME, ROOT
from surface import PAGE, preflight

HOST = PAGE.removeprefix("https://")
FABRIKAM = "Fabrikam"
VERA = "vera@contoso.example"
TEXTS = "arn:aws:sms-voice:eu-central-1:000000000000:pool/pool-0123456789abcdef"


def secrets(service):
    """The values of all keyrings."""
    client = boto3.client("secretsmanager")
    names = service.stack.of_type("AWS::SecretsManager::Secret")
    return {name: client.get_secret_value(SecretId=service.stack.id(name))["SecretString"] for name in names}


def by_runbook(service, *commands):
    """Runs commands with the shell functions of the runbook, as an operator would."""
    runbook = (ROOT / "infra" / "docs" / "runbook.md").read_text()
    functions = re.search(r"## Finding things\n.*?```sh\n(.*?)```", runbook, re.DOTALL)[1]
    functions = functions.replace("STACK=rekey", f"STACK={NAME}")
    script = "\n".join(["set -euo pipefail", functions, *commands])
    ran = subprocess.run(["bash", "-c", script], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    equal(ran.returncode, 0, f"{commands}, which say {ran.stdout[-500:]} {ran.stderr[-500:]}")
    return ran.stdout


@check("update: with nothing changed, nothing is deployed")
def unchanged(service):
    before = service.stack.describe()
    status, said = service.stack.deploy()
    equal(status, 0, f"infra/deploy, which says {said[-2000:]}")
    after = service.stack.describe()
    equal(after.get("LastUpdatedTime"), before.get("LastUpdatedTime"), "the time of the last update")
    equal(after["StackStatus"], before["StackStatus"], "the stack's state")


@check("update: a keyring gets a new version, and functions start anew, by the runbook's commands")
def another_key(service):
    before = secrets(service)
    # It takes effect with the new start.
    policy = service.application("Policy.ReadWrite.AuthenticationMethod")
    service.send("PATCH", POLICY, {"methodsRequired": 2}, policy).expect(204)
    by_runbook(service, "addkey PepperKeysSecret", "restart")
    after = secrets(service)
    equal([name for name in after if after[name] != before[name]], ["PepperKeysSecret"], "changed keyrings")
    equal(list(json.loads(after["PepperKeysSecret"])), ["1", "2"], "versions")


@check("update: a password moves to the new version of the peppers when its owner signs in")
def moved(service):
    key = {"pk": f"ACCOUNT#{service.id(MIRA)}", "sk": "ACCOUNT"}
    peppers = []
    for _ in range(2):
        peppers.append(int(service.table.get_item(Key=key)["Item"]["password"]["pepper"]))
        holds(service.signs_in(MIRA, NEW), "the password is refused")
    equal(peppers, [1, 2], "the versions of the pepper")
    holds(service.signs_in(BEN, NEW), "a password under the old version is refused")


@check("update: with two gates for everybody, the second is opened by another method or by answers")
def two_gates(service):
    reset, code = service.begin(BEN, "mobileSms", BENS_MOBILE)
    gate = service.verify(reset, code).expect(200).json()
    second = service.order(reset, "email", BENS_MAIL, gateToken=gate["gateToken"])
    service.verify(reset, second, gateToken=gate["gateToken"]).expect(200)


@check("update: answers to security questions open the second gate, and a wrong one does not")
def by_answers(service):
    # Answers keep the pepper that they were registered under, which is known still.
    reset, code = service.begin(UMA, "email", UMAS_MAIL)
    gate = service.verify(reset, code).expect(200).json()["gateToken"]
    ask = {"method": "securityQuestions", "gateToken": gate}
    asked = service.send("POST", f"/v1/resets/{reset}/codes", ask).expect(200).json()["questions"]
    equal(sorted(one["questionId"] for one in asked), sorted(one["questionId"] for one in answers()), "the questions")
    wrong = [{**one, "answer": "nothing of that"} for one in answers()]
    service.verify(reset, None, answers=wrong, gateToken=gate).expect(422, "code-rejected")
    proved = service.verify(reset, None, answers=answers(), gateToken=gate).expect(200).json()
    service.complete(reset, proved["resetToken"], NEW).expect(204)
    holds(service.signs_in(UMA, NEW), "the new password is refused")


@check("update: other parameters change the stack, and neither its keys nor its table")
def other_parameters(service):
    before, table = secrets(service), service.stack.id("Table")
    zone = boto3.client("route53").create_hosted_zone(Name=HOST.partition(".")[2], CallerReference="deployment")
    status, said = service.stack.deploy(
        OrganisationName=FABRIKAM, Domain=HOST, HostedZone=zone["HostedZone"]["Id"].rpartition("/")[2],
        AllowedOrigins=PAGE, AlarmEmail="ops@contoso.example", LogRetentionDays="14", TextOriginationIdentity=TEXTS,
    )
    equal(status, 0, f"infra/deploy, which says {said[-2000:]}")
    equal(service.stack.describe()["StackStatus"], "UPDATE_COMPLETE", "the stack")
    equal((secrets(service), service.stack.id("Table")), (before, table), "keys and table")
    equal(service.stack.outputs()["Url"], PAGE, "Url")
    groups = boto3.client("logs").describe_log_groups()["logGroups"]
    equal({group["retentionInDays"] for group in groups}, {14}, "days that logs are kept")
    subscribed = boto3.client("sns").list_subscriptions_by_topic(TopicArn=service.stack.outputs()["AlarmTopicArn"])
    equal([one["Endpoint"] for one in subscribed["Subscriptions"]], ["ops@contoso.example"], "whom alarms tell")
    records = boto3.client("route53").list_resource_record_sets(HostedZoneId=zone["HostedZone"]["Id"])
    holds(any(one["Name"].rstrip(".") == HOST for one in records["ResourceRecordSets"]), "DNS has no record")


@check("update: the API is reached at its domain alone, and the page may call")
def domain(service):
    service.send("GET", "/v1/settings").expect(404)
    service.host = HOST
    read = service.send("GET", "/v1/settings").expect(200).json()
    equal((read["organisationName"], read["domain"]), (FABRIKAM, HOST), "the settings")
    equal((preflight(service, PAGE), preflight(service, "https://evil.example")), (PAGE, None), "allowed origins")
    page = service.send("GET", f"{USERS}?$top=1", token=service.administrator).expect(200).json()
    holds(page["@odata.nextLink"].startswith(f"{PAGE}{USERS}"), page["@odata.nextLink"])


@check("update: texts go through End User Messaging, which reports that they were delivered")
def texts(service):
    number = "+1 4254147755"
    service.create(VERA, displayName="Vera Lie", mobilePhone=number, otherMails=["vera@example.org"])
    sent = service.texts(number.replace(" ", ""))
    service.begin(VERA, "mobileSms", number)
    equal(service.texts(number.replace(" ", "")), sent, "texts through SNS")
    activities_of(service, VERA, "the message was delivered")


@check("update: people, passwords and the written policy are still there, and messages name the organisation anew")
def continued(service):
    holds(service.signs_in(UMA, NEW), "the password is refused")
    policy = service.application("Policy.ReadWrite.AuthenticationMethod")
    equal(service.send("GET", POLICY, token=policy).json()["methodsRequired"], 2, "methodsRequired")
    body = {"userName": BEN, "method": "mobileSms", "phoneNumber": BENS_MOBILE}
    begun = service.send("POST", "/v1/resets", body).expect(202).json()
    text = service.message(BENS_MOBILE, begun["reference"])
    holds(text.startswith(f"{FABRIKAM}: ") and ORGANISATION not in text, text)
    holds(re.search(rf"\n@{HOST} #\d+$", text), f"no line for the page: {text}")
