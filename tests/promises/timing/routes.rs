//! The routes that a stranger can call before a method is proved, and the requests that are timed.

use serde_json::json;

use crate::connection::Post;
use crate::people::{Arm, Target, begin, check};

/// A code that is hardly ever the right one.
pub(crate) const WRONG_CODE: &str = "12345678";
/// A long code of the right form.
const WRONG_LONG_CODE: &str = "01234-56789-ABCDE-FGHJK-MNPQR-S";
/// A token of the right length.
pub(crate) const WRONG_TOKEN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// A password that would be accepted.
const PASSWORD: &str = "walrus plays the accordion";

/// What is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Begin,
    /// A code before it may be ordered again.
    Order,
    /// The same, with a gate token that is wrong.
    OrderWithToken,
    /// A code once it may be ordered again.
    OrderAgain,
    Questions,
    Code,
    CodeWithKey,
    /// A code at a reset that takes no further request in this minute.
    Limited,
    LongCode,
    Answers,
    Password,
    Check,
}

/// A route, and how it is measured.
pub(crate) struct Route {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// Its name in the report.
    pub(crate) title: &'static str,
    pub(crate) kind: Kind,
    /// The status of every response.
    pub(crate) status: u16,
    /// The method of its resets.
    pub(crate) method: &'static str,
    pub(crate) arms: &'static [Arm],
    /// How many connections send at the same time if refusals wait: as many as leave half of two cores idle.
    pub(crate) connections: usize,
    /// Samples per arm, and arms, in the quick mode.
    pub(crate) quick: (usize, &'static [Arm]),
}

const BY_PHONE: &[Arm] = &[
    Arm::Known,
    Arm::Unknown,
    Arm::Control,
    Arm::Disabled,
    Arm::WithoutMethod,
    Arm::WrongPhone,
    Arm::Locked,
    Arm::OutOfBudget,
    Arm::ProviderFailing,
];
const BY_EMAIL: &[Arm] = &[
    Arm::Known,
    Arm::Unknown,
    Arm::Control,
    Arm::Disabled,
    Arm::WithoutMethod,
    Arm::Locked,
    Arm::OutOfBudget,
    Arm::ProviderFailing,
];
const BY_PASSWORD: &[Arm] = &[Arm::Known, Arm::Unknown, Arm::Control, Arm::Disabled, Arm::Locked];
const FEW: &[Arm] = &[Arm::Known, Arm::Unknown, Arm::Control, Arm::Disabled, Arm::WithoutMethod, Arm::WrongPhone];
const FEWER: &[Arm] = &[Arm::Known, Arm::Unknown, Arm::Control, Arm::Disabled];
const FEWEST: &[Arm] = &[Arm::Known, Arm::Unknown, Arm::Control];

/// Samples per arm in the quick mode: a difference like that of the account's contacts in a row shows from half of it.
const SOME: usize = 100;
/// The same for routes whose refusals wait for a second or take a hash.
const A_FEW: usize = 50;

/// A hash takes 30 milliseconds of a core, and a set of answers takes three.
const HASHING: usize = 6;
const ANSWERING: usize = 8;
const WAITING: usize = 32;

/// Every route.
pub(crate) const ROUTES: &[Route] = &[
    Route {
        name: "begin",
        title: "POST /v1/resets",
        kind: Kind::Begin,
        status: 202,
        method: "mobileSms",
        arms: BY_PHONE,
        connections: WAITING,
        quick: (SOME, FEW),
    },
    Route {
        name: "codes",
        title: "POST /v1/resets/{resetId}/codes before resendAt",
        kind: Kind::Order,
        status: 202,
        method: "mobileSms",
        arms: BY_PHONE,
        connections: WAITING,
        quick: (SOME, FEW),
    },
    Route {
        name: "codes-gate-token",
        title: "POST /v1/resets/{resetId}/codes before resendAt with a wrong gate token",
        kind: Kind::OrderWithToken,
        status: 202,
        method: "mobileSms",
        arms: BY_PHONE,
        connections: WAITING,
        quick: (SOME, FEWEST),
    },
    Route {
        name: "codes-again",
        title: "POST /v1/resets/{resetId}/codes after resendAt",
        kind: Kind::OrderAgain,
        status: 202,
        method: "mobileSms",
        arms: BY_PHONE,
        connections: WAITING,
        quick: (SOME, FEWEST),
    },
    Route {
        name: "questions",
        title: "POST /v1/resets/{resetId}/codes for security questions with a wrong gate token",
        kind: Kind::Questions,
        status: 400,
        method: "mobileSms",
        arms: BY_PHONE,
        connections: WAITING,
        quick: (SOME, FEWEST),
    },
    Route {
        name: "code",
        title: "POST /v1/resets/{resetId}/verifications with a wrong code of a text",
        kind: Kind::Code,
        status: 422,
        method: "mobileSms",
        arms: BY_PHONE,
        connections: WAITING,
        quick: (SOME, FEW),
    },
    Route {
        name: "code-email",
        title: "POST /v1/resets/{resetId}/verifications with a wrong code of an email",
        kind: Kind::Code,
        status: 422,
        method: "email",
        arms: BY_EMAIL,
        connections: WAITING,
        quick: (SOME, FEWEST),
    },
    Route {
        name: "code-key",
        title: "POST /v1/resets/{resetId}/verifications with a wrong code of a text and an idempotency key",
        kind: Kind::CodeWithKey,
        status: 422,
        method: "mobileSms",
        arms: BY_PHONE,
        connections: WAITING,
        quick: (SOME, FEWEST),
    },
    Route {
        name: "limited",
        title: "POST /v1/resets/{resetId}/verifications beyond the requests of a minute",
        kind: Kind::Limited,
        status: 429,
        method: "mobileSms",
        arms: BY_PHONE,
        connections: WAITING,
        quick: (A_FEW, FEWEST),
    },
    Route {
        name: "long-code",
        title: "POST /v1/resets/{resetId}/verifications with a wrong long code",
        kind: Kind::LongCode,
        status: 422,
        method: "email",
        arms: BY_EMAIL,
        connections: WAITING,
        quick: (A_FEW, FEWER),
    },
    Route {
        name: "answers",
        title: "POST /v1/resets/{resetId}/verifications with wrong answers",
        kind: Kind::Answers,
        status: 422,
        method: "mobileSms",
        arms: BY_PHONE,
        connections: ANSWERING,
        quick: (A_FEW, FEWEST),
    },
    Route {
        name: "password",
        title: "POST /v1/resets/{resetId}/password with a wrong token",
        kind: Kind::Password,
        status: 422,
        method: "mobileSms",
        arms: BY_PHONE,
        connections: WAITING,
        quick: (SOME, FEW),
    },
    Route {
        name: "credentials",
        title: "POST /v1/credentials/verifications with a wrong password",
        kind: Kind::Check,
        status: 422,
        method: "mobileSms",
        arms: BY_PASSWORD,
        connections: HASHING,
        quick: (A_FEW, BY_PASSWORD),
    },
];

impl Route {
    /// Whether its requests lead to messages.
    pub(crate) fn sends(&self) -> bool {
        matches!(self.kind, Kind::Begin | Kind::OrderAgain)
    }

    /// The request about a target. `number` differs from request to request, and `token` may check passwords.
    pub(crate) fn request(&self, target: &Target, number: usize, token: &str) -> Post {
        let reset = &target.reset;
        let (step, body) = match self.kind {
            Kind::Begin => return begin(&target.person, self.method),
            Kind::Check => return check(&target.person.name, &format!("a wrong password {number:08}"), token),
            Kind::Order | Kind::OrderAgain => {
                ("codes", json!({"method": self.method, "phoneNumber": target.person.phone}))
            }
            Kind::OrderWithToken => {
                let phone = &target.person.phone;
                ("codes", json!({"method": self.method, "phoneNumber": phone, "gateToken": WRONG_TOKEN}))
            }
            Kind::Questions => ("codes", json!({"method": "securityQuestions", "gateToken": WRONG_TOKEN})),
            Kind::Code | Kind::Limited => return code(reset),
            Kind::CodeWithKey => return code(reset).with_key(&format!("timed-request-{number:08}")),
            Kind::LongCode => ("verifications", json!({"code": WRONG_LONG_CODE})),
            Kind::Answers => {
                let answers = ["one", "two", "three"].map(|id| json!({"questionId": id, "answer": "a wrong answer"}));
                ("verifications", json!({"answers": answers}))
            }
            Kind::Password => return password(reset),
        };
        Post::new(&format!("/v1/resets/{reset}/{step}"), &body, None)
    }
}

/// A wrong code.
pub(crate) fn code(reset: &str) -> Post {
    Post::new(&format!("/v1/resets/{reset}/verifications"), &json!({"code": WRONG_CODE}), None)
}

/// A new password with a wrong token.
pub(crate) fn password(reset: &str) -> Post {
    let body = json!({"resetToken": WRONG_TOKEN, "newPassword": PASSWORD});
    Post::new(&format!("/v1/resets/{reset}/password"), &body, None)
}
