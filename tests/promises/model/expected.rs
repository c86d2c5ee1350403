//! The model: what the service must answer, send and store. It shares no code with the product. Budgets are lists of
//! times, and a code is a number that counts up.

use super::operation::{Method, Order, Provider};
use super::person::{DAY, LongCode, PAUSE, Person, SECOND, Sent};

/// Guesses at one code.
pub(super) const TRIES: u32 = 2;
const CODE_LIFE: u64 = 300 * SECOND;
const LONGEST_CODE_LIFE: u64 = 600 * SECOND;
const RESET_LIFE: u64 = 900 * SECOND;
const ORDERS: u32 = 5;
const REFUSED_PASSWORDS: u32 = 10;

/// The numbers that an administrator may set for a person, as they are typed.
pub(super) const NUMBERS: [[&str; 2]; 2] = [["+1 4255550100", "+1 4255550101"], ["+1 4255550110", "+1 4255550111"]];
/// Each person's address.
pub(super) const MAILS: [&str; 2] = ["adele.vance@example.org", "bob@example.org"];
/// Each person's name, and one that nobody has.
pub(super) const NAMES: [&str; 3] = ["adele@contoso.example", "bob@contoso.example", "nobody@contoso.example"];

/// A status and, for an error, its code; for a right guess what it opened.
pub(super) type Answer = (u16, &'static str);

const ACCEPTED: Answer = (202, "");
const REJECTED: Answer = (422, "code-rejected");
const TOKEN_REJECTED: Answer = (422, "token-rejected");

/// How far a reset has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    GateOne,
    /// Gate one was passed by this method, at this destination.
    GateTwo(Method, String),
    Granted,
    Completed,
}

/// A reset. `code` names the code that was ordered last.
#[derive(Debug)]
pub(super) struct Reset {
    person: usize,
    network: u8,
    began: u64,
    ends: u64,
    pub(super) stage: Stage,
    pub(super) linked: bool,
    pub(super) code: u32,
    pub(super) orders: u32,
    gate: u8,
    method: Method,
    right_phone: Option<String>,
    first_ordered: u64,
    ordered: u64,
    code_ends: u64,
    pub(super) tries: u32,
    /// Where the code went; `None` if it was not sent.
    pub(super) sent_to: Option<String>,
    refused_passwords: u32,
}

/// A message that must be handed to its provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) to: String,
    pub(super) method: Method,
    pub(super) code: u32,
    /// Whether the provider sends it.
    pub(super) arrives: bool,
}

/// Everything that must be true of the service.
#[derive(Debug)]
pub(super) struct Model {
    gates: u8,
    pub(super) people: [Person; 2],
    pub(super) resets: Vec<Reset>,
    codes: u32,
}

fn destination(typed: &str) -> String {
    typed.replace(' ', "")
}

impl Reset {
    fn open_gate(&self) -> Option<u8> {
        match self.stage {
            Stage::GateOne => Some(1),
            Stage::GateTwo(..) => Some(2),
            Stage::Granted | Stage::Completed => None,
        }
    }

    pub(super) fn is_live(&self, now: u64) -> bool {
        now < self.ends
    }

    /// Whether a method may open the gate that is open: not the one that opened gate one, nor at its destination.
    fn is_another(&self, method: Method, to: &str) -> bool {
        !matches!(&self.stage, Stage::GateTwo(first, at) if *first == method || at == to)
    }
}

impl Method {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sms => "mobileSms",
            Self::Call => "mobileCall",
            Self::Email => "email",
        }
    }

    pub(super) fn channel(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Call => "call",
            Self::Email => "email",
        }
    }
}

impl Model {
    pub(super) fn new(gates: u8) -> Self {
        let people = [Person::new(NUMBERS[0][0], MAILS[0]), Person::new(NUMBERS[1][0], MAILS[1])];
        Self { gates, people, resets: Vec::new(), codes: 0 }
    }

    fn next_code(&mut self) -> u32 {
        self.codes += 1;
        self.codes
    }

    /// The number that is typed with an order: the person's own, or somebody else's.
    pub(super) fn typed_number(&self, person: usize, order: Order) -> &'static str {
        let own = self.people.get(person).and_then(|person| person.phone);
        own.filter(|_| order.right_phone).unwrap_or("+1 4255550199")
    }

    pub(super) fn begin(&mut self, person: usize, network: u8, order: Order, now: u64) -> (Answer, Option<Message>) {
        let code = self.next_code();
        let right_phone = Some(destination(self.typed_number(person, order)));
        self.resets.push(Reset {
            person,
            network,
            began: now,
            ends: now + RESET_LIFE,
            stage: Stage::GateOne,
            linked: false,
            code,
            orders: 1,
            gate: 1,
            method: order.method,
            right_phone,
            first_ordered: now,
            ordered: now,
            code_ends: now + CODE_LIFE,
            tries: 0,
            sent_to: None,
            refused_passwords: 0,
        });
        (ACCEPTED, self.deliver(self.resets.len() - 1, order.provider, now))
    }

    pub(super) fn order_again(
        &mut self,
        at: usize,
        with_token: bool,
        order: Order,
        now: u64,
    ) -> (Answer, Option<Message>) {
        let typed = destination(self.typed_number(self.resets[at].person, order));
        let new_code = self.next_code();
        let reset = &mut self.resets[at];
        if !reset.is_live(now) {
            return ((404, "not-found"), None);
        }
        let gate = if with_token { 2 } else { 1 };
        let same_gate = reset.gate == gate;
        let early = same_gate && now < reset.ordered + PAUSE;
        if reset.open_gate() != Some(gate) || early || reset.orders >= ORDERS {
            return (ACCEPTED, None);
        }
        reset.orders += 1;
        reset.right_phone = Some(typed);
        if same_gate && reset.method == order.method && now < reset.code_ends {
            let longest = reset.first_ordered + LONGEST_CODE_LIFE;
            reset.code_ends = (now + CODE_LIFE).min(longest).min(reset.ends);
        } else {
            (reset.code, reset.gate, reset.method) = (new_code, gate, order.method);
            (reset.first_ordered, reset.tries, reset.sent_to) = (now, 0, None);
            reset.code_ends = (now + CODE_LIFE).min(reset.ends);
        }
        reset.ordered = now;
        (ACCEPTED, self.deliver(at, order.provider, now))
    }

    /// Delivers the newest order of a reset.
    fn deliver(&mut self, at: usize, provider: Provider, now: u64) -> Option<Message> {
        let gates = self.gates;
        let reset = &mut self.resets[at];
        let person = self.people.get_mut(reset.person)?;
        reset.linked = true;
        if !person.enabled || (gates == 2 && person.phone.is_none()) || person.kills(reset.began) {
            return None;
        }
        let to = match reset.method {
            Method::Email => person.mail.to_owned(),
            Method::Sms | Method::Call => {
                let on_file = destination(person.phone?);
                if reset.right_phone.as_ref() != Some(&on_file) {
                    return None;
                }
                on_file
            }
        };
        let by_phone = reset.method != Method::Email;
        if !reset.is_another(reset.method, &to)
            || !person.may_complete(now)
            || (by_phone && !person.has_guesses_left(now))
        {
            return None;
        }
        let job = (at, reset.orders);
        let counted = Sent {
            job,
            at: reset.ordered,
            method: reset.method,
            to: to.clone(),
            network: reset.network,
            extra: false,
            refunded: false,
        };
        if !person.count(counted) {
            return None;
        }
        if matches!(provider, Provider::Refuses | Provider::Busy) {
            // Nothing was sent, so nothing counts.
            person.sent.iter_mut().filter(|sent| sent.job == job).for_each(|sent| sent.refunded = true);
            return Some(Message { to, method: reset.method, code: reset.code, arrives: false });
        }
        if reset.method == Method::Email && !person.long_codes.iter().any(|long| long.code == reset.code) {
            person.long_codes.push(LongCode { code: reset.code, gate: reset.gate, at: now, used: false });
        }
        reset.sent_to = Some(to.clone());
        Some(Message { to, method: reset.method, code: reset.code, arrives: true })
    }

    pub(super) fn guess(&mut self, at: usize, with_token: bool, code: Option<u32>, now: u64) -> Answer {
        let reset = &mut self.resets[at];
        if !reset.is_live(now) {
            return REJECTED;
        }
        reset.tries += 1;
        let (Some(gate), Some(person)) = (reset.open_gate(), self.people.get_mut(reset.person)) else {
            return REJECTED;
        };
        let Some(to) = reset.sent_to.clone().filter(|_| reset.tries <= TRIES) else { return REJECTED };
        if person.kills(reset.began) || !person.has_guesses_left(now) {
            return REJECTED;
        }
        // It counts, right or wrong.
        person.guesses.push(now);
        let right = code == Some(reset.code) && now < reset.code_ends;
        if !right || reset.gate != gate || (gate == 2 && !with_token) {
            return REJECTED;
        }
        let method = reset.method;
        self.pass(at, method, to)
    }

    pub(super) fn long_code(&mut self, at: usize, with_token: bool, code: Option<u32>, now: u64) -> Answer {
        let reset = &self.resets[at];
        let Some(person) = self.people.get_mut(reset.person).filter(|_| reset.is_live(now) && reset.linked) else {
            return REJECTED;
        };
        let (revoked, mail) = (person.revoked, person.mail);
        let lives =
            |long: &&mut LongCode| !long.used && now < long.at + DAY && revoked.is_none_or(|revoked| long.at > revoked);
        let Some(long) = person.long_codes.iter_mut().filter(lives).find(|long| Some(long.code) == code) else {
            return REJECTED;
        };
        let open = reset.open_gate() == Some(long.gate) && (long.gate == 1 || with_token);
        let killed = revoked.is_some_and(|revoked| reset.began <= revoked);
        if !open || killed || !reset.is_another(Method::Email, mail) {
            return REJECTED;
        }
        long.used = true;
        self.pass(at, Method::Email, mail.to_owned())
    }

    fn pass(&mut self, at: usize, method: Method, to: String) -> Answer {
        let reset = &mut self.resets[at];
        if self.gates == 2 && reset.stage == Stage::GateOne {
            reset.stage = Stage::GateTwo(method, to);
            return (200, "anotherMethodRequired");
        }
        reset.stage = Stage::Granted;
        (200, "verified")
    }

    pub(super) fn complete(&mut self, at: usize, right_token: bool, weak_password: bool, now: u64) -> Answer {
        let reset = &mut self.resets[at];
        let Some(person) = self.people.get_mut(reset.person) else { return TOKEN_REJECTED };
        let valid = right_token
            && reset.stage == Stage::Granted
            && reset.is_live(now)
            && reset.refused_passwords < REFUSED_PASSWORDS
            && !person.kills(reset.began);
        if !valid {
            return TOKEN_REJECTED;
        }
        if weak_password {
            reset.refused_passwords += 1;
            return (422, "password-rejected");
        }
        if !person.enabled || !person.may_complete(now) {
            return TOKEN_REJECTED;
        }
        reset.stage = Stage::Completed;
        person.completions.push(now);
        person.guesses.clear();
        person.revoked = Some(now);
        person.has_new_password = true;
        (204, "")
    }

    pub(super) fn set_phone(&mut self, person: usize, number: Option<&'static str>, now: u64) {
        let person = &mut self.people[person];
        if person.phone != number {
            person.phone = number;
            person.revoked = Some(now);
        }
    }

    pub(super) fn set_enabled(&mut self, person: usize, enabled: bool, now: u64) {
        let person = &mut self.people[person];
        if person.enabled && !enabled {
            person.revoked = Some(now);
        }
        person.enabled = enabled;
    }

    pub(super) fn unblock(&mut self, person: usize) {
        self.people[person].guesses.clear();
    }

    /// The person whom a reset is about; `None` if nobody has its name.
    pub(super) fn person_of(&self, at: usize) -> Option<usize> {
        Some(self.resets[at].person).filter(|person| *person < self.people.len())
    }
}
