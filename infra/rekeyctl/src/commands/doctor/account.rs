//! What AWS gives to an account and to no template: identities, sandboxes, limits.

use serde_json::Value;

use super::finding::Finding;
use super::stack::Stack;

/// The concurrent runs that the functions reserve, and the hundred that Lambda keeps for all others.
const CONCURRENCY: u64 = 345;
/// The limit of dollars a month that SNS begins with, which pays for some fifty texts.
const FIRST_SPEND_LIMIT: f64 = 1.0;

/// What is checked of the account.
pub(super) fn findings(stack: &Stack<'_>) -> Vec<Finding> {
    vec![identity(stack), emails(stack), texts(stack), text_money(stack), calls(stack), concurrency(stack)]
}

fn identity(stack: &Stack<'_>) -> Finding {
    const CHECK: &str = "SES may send for the sender's address";
    let sender = stack.parameter("MailFrom");
    let domain = sender.split_once('@').map_or(sender, |(_, domain)| domain);
    let ask = |identity: &str| stack.ask(&["sesv2", "get-email-identity", "--email-identity", identity]);
    // An existing identity may be that of the address alone.
    Finding::of(CHECK, ask(domain).or_else(|_| ask(sender)), |identity| {
        let is_verified = identity["VerifiedForSendingStatus"] == true;
        let detail = if is_verified { "verified" } else { "put the outputs MailRecord1 to 3 into DNS" };
        Finding::new(CHECK, is_verified, detail)
    })
}

fn emails(stack: &Stack<'_>) -> Finding {
    const CHECK: &str = "emails reach everybody";
    Finding::of(CHECK, stack.ask(&["sesv2", "get-account"]), |account| {
        let is_out = account["ProductionAccessEnabled"] == true && account["SendingEnabled"] != false;
        Finding::new(CHECK, is_out, if is_out { "out of the sandbox" } else { "SES is in the sandbox, or paused" })
    })
}

fn texts(stack: &Stack<'_>) -> Finding {
    const CHECK: &str = "texts reach everybody";
    Finding::of(CHECK, stack.ask(&["sns", "get-sms-sandbox-account-status"]), |status| {
        let is_out = status["IsInSandbox"] == false;
        Finding::new(CHECK, is_out, if is_out { "out of the sandbox" } else { "SNS is in the sandbox for texts" })
    })
}

fn text_money(stack: &Stack<'_>) -> Finding {
    const CHECK: &str = "texts have money";
    Finding::of(CHECK, stack.ask(&["sns", "get-sms-attributes"]), |attributes| {
        let limit = attributes["attributes"]["MonthlySpendLimit"].as_str().and_then(|text| text.parse().ok());
        let limit: f64 = limit.unwrap_or(FIRST_SPEND_LIMIT);
        Finding::new(CHECK, limit > FIRST_SPEND_LIMIT, format!("{limit} dollars a month"))
    })
}

fn calls(stack: &Stack<'_>) -> Finding {
    const CHECK: &str = "calls have a number and money";
    if stack.parameter("VoiceOriginationIdentity").is_empty() {
        return Finding::new(CHECK, true, "no calls: leave mobileCall and officeCall out of the policy's methods");
    }
    Finding::of(CHECK, stack.ask(&["pinpoint-sms-voice-v2", "describe-spend-limits"]), |limits| {
        let all = limits["SpendLimits"].as_array().map_or(&[][..], Vec::as_slice);
        let voice = all.iter().find(|one| one["Name"] == "VOICE_MESSAGE_MONTHLY_SPEND_LIMIT");
        let limit = voice.and_then(|one| one["EnforcedLimit"].as_f64()).unwrap_or_default();
        Finding::new(CHECK, limit > FIRST_SPEND_LIMIT, format!("{limit} dollars a month"))
    })
}

fn concurrency(stack: &Stack<'_>) -> Finding {
    const CHECK: &str = "functions have their shares of concurrency";
    if stack.parameter("ReserveConcurrency") == "no" {
        return Finding::new(CHECK, true, "none is reserved");
    }
    Finding::of(CHECK, stack.ask(&["lambda", "get-account-settings"]), |settings: Value| {
        let limit = settings["AccountLimit"]["ConcurrentExecutions"].as_u64().unwrap_or_default();
        Finding::new(CHECK, limit >= CONCURRENCY, format!("the account may run {limit} at once"))
    })
}
