"""The first deployment: with the parameters that are needed, a number for calls, and a first policy."""

import json
import re

import boto3
from checks import check, equal, holds

ORGANISATION = "Contoso"
SENDER = "no-reply@contoso.example"
VOICE = "arn:aws:sms-voice:eu-central-1:000000000000:phone-number/phone-0123456789abcdef"
FIRST_POLICY = {
    "methods": ["mobileSms", "mobileCall", "officeCall", "email", "securityQuestions"],
    "securityQuestions": {"requiredToRegister": 3, "requiredToReset": 3},
    "allowedCountries": ["US"],
    "prices": {"US": {"sms": "0.02", "call": "0.03"}, "*": {"sms": "0.10", "call": "0.10"}},
    # No limit that stops anybody here, and few guesses, so that they are soon spent.
    "sends": [{"count": 100, "seconds": 3600}],
    "guessesPerDay": 5,
    "failover": True,
}


@check("deploy: the template is deployed as it is, with nothing made by hand")
def first(service):
    status, said = service.stack.deploy(
        OrganisationName=ORGANISATION,
        Issuer=service.issuer,
        MailFrom=SENDER,
        VoiceOriginationIdentity=VOICE,
        FirstPolicy=json.dumps(FIRST_POLICY),
    )
    equal(status, 0, f"infra/deploy, which says {said[-2000:]}")
    equal(service.stack.describe()["StackStatus"], "CREATE_COMPLETE", "the stack")
    url = service.stack.outputs()["Url"]
    service.host = re.sub("^https?://", "", url).rstrip("/")
    holds(service.host.startswith(service.stack.id("Api")), f"Url is {url}")


@check("deploy: the functions run with the settings and the policy of the parameters")
def settings(service):
    read = service.send("GET", "/v1/settings").expect(200).json()
    equal(read["organisationName"], ORGANISATION, "organisationName")
    equal(read["methods"], FIRST_POLICY["methods"], "methods")
    policy = service.application("Policy.ReadWrite.AuthenticationMethod")
    whole = service.send("GET", "/graph/v1.0/policies/passwordReset", token=policy).expect(200).json()
    for member, value in FIRST_POLICY.items():
        equal({**whole[member], **value} if isinstance(value, dict) else value, whole[member], member)


@check("deploy: each key is a secret of its own, drawn and stored as the functions read it")
def keys(service):
    client = boto3.client("secretsmanager")
    names = service.stack.of_type("AWS::SecretsManager::Secret")
    values = [client.get_secret_value(SecretId=service.stack.id(name))["SecretString"] for name in names]
    equal((len(names), len(set(values))), (5, 5), "secrets")
    for value in values:
        [(version, key)] = json.loads(value).items()
        holds(version == "1" and re.fullmatch("[A-Za-z0-9]{44}", key), "a secret is not 44 letters and digits")


@check("deploy: DNS records for the sender's domain are among the outputs, and alarms have a topic")
def outputs(service):
    outputs = service.stack.outputs()
    domain = SENDER.partition("@")[2]
    for number in "123":
        record = outputs[f"MailRecord{number}"]
        holds(re.fullmatch(rf"\S+\._domainkey\.{re.escape(domain)} CNAME \S+", record), f"a record is {record}")
    alarms = boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]
    equal({tuple(alarm["AlarmActions"]) for alarm in alarms}, {(outputs["AlarmTopicArn"],)}, "whom alarms tell")
    equal(len(alarms), len(service.stack.of_type("AWS::CloudWatch::Alarm")), "alarms")
