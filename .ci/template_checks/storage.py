"""Storage: the table and the keys, which must never be lost, and the failed jobs."""

from . import sources
from .document import at

# SQS stores a message for 14 days at most.
LONGEST_RETENTION_SECONDS = 14 * 24 * 3600
KEPT = ("Retain", "RetainExceptOnCreate")


def check(template):
    check_table(template)
    check_secrets(template)
    check_queues(template)


def check_kept(template, resource):
    """The resource outlives the stack, and its own replacement."""
    for policy in "DeletionPolicy", "UpdateReplacePolicy":
        kept = template.resources.get(resource, {}).get(policy) in KEPT
        template.expect(kept, f"{resource} is deleted with the stack ({policy})")


def check_table(template):
    table, properties = template.only("AWS::DynamoDB::Table")
    check_kept(template, table)
    template.expect(properties.get("DeletionProtectionEnabled") is True, f"{table} can be deleted by hand")
    # A table with a fixed capacity refuses what exceeds it, and begins with fewer shards than the worker expects.
    on_demand = properties.get("BillingMode") == "PAY_PER_REQUEST"
    template.expect(on_demand, f"{table} is not paid by request")
    names = sources.key_names()
    keys = [(key["AttributeName"], key["KeyType"]) for key in properties.get("KeySchema", [])]
    right = keys == [(names["PARTITION"], "HASH"), (names["SORT"], "RANGE")]
    template.expect(right, f"the keys of {table} are not those of the table's module")
    # The table deletes no rows otherwise, and stores expired codes and records forever.
    expiry = {"AttributeName": names["TTL"], "Enabled": True}
    template.expect(properties.get("TimeToLiveSpecification") == expiry, f"{table} does not delete by ttl")
    recovery = at(properties, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")
    template.expect(recovery is True, f"{table} cannot be recovered")
    # Other keys leave no trace of their use in CloudTrail.
    encryption = {"SSEEnabled": True, "SSEType": "KMS"}
    template.expect(properties.get("SSESpecification") == encryption, f"{table} is not encrypted by KMS")
    # Whoever reads the stream must not learn a contact from it.
    view = at(properties, "StreamSpecification", "StreamViewType")
    template.expect(view == "KEYS_ONLY", f"the stream of {table} contains more than keys")


def check_secrets(template):
    """Without its keys, the table is worthless: Rekey would find nobody and could check no password."""
    for secret, properties in template.of_type("AWS::SecretsManager::Secret").items():
        check_kept(template, secret)
        drawn = properties.get("GenerateSecretString") or {}
        # A function refuses a key of another length or with other characters, and does not start.
        length = sources.number("infra/aws/src/config/secrets.rs", "DRAWN_CHARACTERS")
        template.expect(drawn.get("PasswordLength") == length, f"{secret} is not a key of {length} characters")
        template.expect(drawn.get("ExcludePunctuation") is True, f"{secret} contains more than letters and digits")
    # A new key in an old one's place makes everything unreadable that the old one protects.
    rotated = template.of_type("AWS::SecretsManager::RotationSchedule")
    template.expect(not rotated, "a schedule replaces keys")


def check_queues(template):
    for queue, properties in template.of_type("AWS::SQS::Queue").items():
        template.expect(properties.get("SqsManagedSseEnabled") is True, f"{queue} is not encrypted")
        # The messages say how many codes were lost and when. They should survive a holiday.
        retention = properties.get("MessageRetentionPeriod")
        longest = retention == LONGEST_RETENTION_SECONDS
        template.expect(longest, f"{queue} stores messages for {retention} s, not for {LONGEST_RETENTION_SECONDS} s")
