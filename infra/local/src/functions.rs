//! The functions, composed as in their `main.rs`, but from local parts.

use std::sync::Arc;

use aws::config::system::SystemRandom;
use aws::store::DynamoStore;
use aws_sdk_dynamodb::Client;
use pages::{Colour, Deployment, Pages};
use shared::account::Account;
use shared::credentials::token::SignIn;
use shared::http::{Request, Response};
use shared::identifiers::user_name::UserName;
use shared::message::{Domain, Organisation, Sender};
use shared::time::Clock;
use shared::unavailable::Unavailable;
use shared::use_cases::admin_get_contact::AdminGetContact;
use shared::use_cases::admin_set_contact::AdminSetContact;
use shared::use_cases::authorize::find;
use shared::use_cases::begin_reset::BeginReset;
use shared::use_cases::check_password::{CheckOutcome, CheckPassword};
use shared::use_cases::complete_reset::CompleteReset;
use shared::use_cases::context::{Context, PolicyChanges};
use shared::use_cases::deliver_code::DeliverCode;
use shared::use_cases::record_delivery::RecordDelivery;
use shared::use_cases::register::Register;
use shared::use_cases::verify_code::VerifyCode;

use crate::gateway::routes::Function;
use crate::setup::keys::Keys;
use crate::stand_ins::engine::{Engine, TABLE};
use crate::stand_ins::issuer::Issuer;
use crate::stand_ins::outbox::Outbox;
use crate::stand_ins::worker::{Deliver, Record};

/// The organisation that messages come from.
const ORGANISATION: &str = "Contoso";
/// The domain that codes are bound to.
const DOMAIN: &str = "contoso.example";
/// The name of the worker's request counter.
const DELIVER_CODE: &str = "deliver-code";
/// The name of the request counter of reports.
const RECORD_DELIVERY: &str = "record-delivery";
/// The names of the functions that use the table.
pub(crate) const NAMES: [&str; 9] = [
    Function::BeginReset.as_str(),
    Function::VerifyCode.as_str(),
    Function::CompleteReset.as_str(),
    Function::Register.as_str(),
    Function::CheckPassword.as_str(),
    Function::AdminGetContact.as_str(),
    Function::AdminSetContact.as_str(),
    DELIVER_CODE,
    RECORD_DELIVERY,
];

/// Every function that handles requests.
pub(crate) struct Functions {
    begin_reset: BeginReset<DynamoStore>,
    verify_code: VerifyCode<DynamoStore>,
    complete_reset: CompleteReset<DynamoStore>,
    register: Register<DynamoStore, Issuer>,
    check_password: CheckPassword<DynamoStore, Issuer>,
    admin_get_contact: AdminGetContact<DynamoStore, Issuer>,
    admin_set_contact: AdminSetContact<DynamoStore, Issuer>,
    pages: Arc<Pages>,
}

/// The parts that functions are composed from.
pub(crate) struct Parts<'a> {
    /// Makes clients of the table.
    pub(crate) engine: &'a mut Engine,
    /// Keys of all kinds.
    pub(crate) keys: &'a Keys,
    pub(crate) clock: Arc<dyn Clock>,
    /// The issuer whose tokens are accepted.
    pub(crate) issuer: Issuer,
    /// The API's public address.
    pub(crate) public_url: String,
    /// Where people sign in to the pages.
    pub(crate) sign_in: SignIn,
    /// The changes of the policy, of which all functions learn.
    pub(crate) policy_changes: Arc<PolicyChanges>,
}

/// The sender of messages.
fn sender() -> Sender {
    let domain = Domain::parse(DOMAIN).expect("the constant is a host name");
    Sender::new(organisation(), domain)
}

/// The organisation, as messages and pages name it.
fn organisation() -> Organisation {
    Organisation::parse(ORGANISATION).unwrap_or_default()
}

/// The origin of an address that the options were checked for: scheme, host and port.
pub(crate) fn origin(address: &str) -> String {
    let uri: Option<http::Uri> = address.parse().ok();
    let parts = uri.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.authority()?)));
    parts.map(|(scheme, authority)| format!("{scheme}://{authority}")).unwrap_or_default()
}

impl Parts<'_> {
    /// A client and a context of its own for each function: as in the cloud, they share nothing but the table. Only
    /// a change of the policy counts at once here.
    fn context(&mut self, name: &'static str) -> Context<DynamoStore> {
        let client = self.engine.client(name);
        self.context_with(client)
    }

    fn context_with(&self, client: Client) -> Context<DynamoStore> {
        self.context_of(DynamoStore::new(client, TABLE))
    }

    fn context_of(&self, store: DynamoStore) -> Context<DynamoStore> {
        Context::new(store, self.clock.clone(), Arc::new(SystemRandom)).learning_of(&self.policy_changes)
    }

    /// A context for administration, which finds people by their contacts.
    fn finding(&self, client: Client) -> Context<DynamoStore> {
        self.context_of(DynamoStore::new(client, TABLE).with_index_keys(self.keys.names.clone()))
    }

    /// The use case that loads a directory. No function does this in the cloud, so nothing is metered.
    pub(crate) fn loader(&self) -> AdminSetContact<DynamoStore, Issuer> {
        self.admin_set_contact(self.finding(self.engine.plain_client()))
    }

    fn admin_set_contact(&self, context: Context<DynamoStore>) -> AdminSetContact<DynamoStore, Issuer> {
        AdminSetContact {
            context,
            issuer: self.issuer.clone(),
            tokens: self.issuer.settings(),
            names: self.keys.names.clone(),
            peppers: self.keys.peppers(),
            public_url: self.public_url.clone(),
        }
    }

    /// The use case that delivers jobs.
    pub(crate) fn deliver(&mut self, outbox: Outbox) -> Deliver {
        DeliverCode {
            context: self.context(DELIVER_CODE),
            messenger: outbox,
            names: self.keys.names.clone(),
            phones: self.keys.phones.clone(),
            codes: self.keys.codes.clone(),
            sender: sender(),
        }
    }

    /// The use case that records what becomes of messages.
    pub(crate) fn record(&mut self) -> Record {
        RecordDelivery { context: self.context(RECORD_DELIVERY), names: self.keys.names.clone() }
    }

    /// The pages. They sign people in at this service's own address.
    pub(crate) fn pages(&self) -> Pages {
        let deployment = Deployment {
            organisation: organisation(),
            sign_in_origins: vec![origin(&self.sign_in.issuer)],
            colour: Colour::default(),
            logo: None,
        };
        Pages::new(deployment, Arc::new(SystemRandom), self.clock.clone())
    }

    /// Composes every function that handles requests.
    pub(crate) fn functions(&mut self, pages: Arc<Pages>) -> Functions {
        let (issuer, tokens) = (self.issuer.clone(), self.issuer.settings());
        let [writes, reads] = [Function::AdminSetContact, Function::AdminGetContact]
            .map(|function| self.engine.client(function.as_str()));
        let admin_set_contact = self.admin_set_contact(self.finding(writes));
        let Keys { names, phones, codes, idempotency, .. } = self.keys;
        Functions {
            begin_reset: BeginReset {
                context: self.context(Function::BeginReset.as_str()),
                names: names.clone(),
                phones: phones.clone(),
                codes: codes.clone(),
                idempotency: idempotency.clone(),
                sender: sender(),
                sign_in: Some(self.sign_in.clone()),
            },
            verify_code: VerifyCode {
                context: self.context(Function::VerifyCode.as_str()),
                codes: codes.clone(),
                peppers: self.keys.peppers(),
                idempotency: idempotency.clone(),
            },
            complete_reset: CompleteReset {
                context: self.context(Function::CompleteReset.as_str()),
                codes: codes.clone(),
                peppers: self.keys.peppers(),
                idempotency: idempotency.clone(),
            },
            register: Register {
                context: self.context(Function::Register.as_str()),
                issuer: issuer.clone(),
                tokens: tokens.clone(),
                names: names.clone(),
                codes: codes.clone(),
                peppers: self.keys.peppers(),
                idempotency: idempotency.clone(),
            },
            check_password: CheckPassword {
                context: self.context(Function::CheckPassword.as_str()),
                issuer: issuer.clone(),
                tokens: tokens.clone(),
                names: names.clone(),
                peppers: self.keys.peppers(),
                idempotency: idempotency.clone(),
            },
            admin_get_contact: AdminGetContact {
                context: self.finding(reads),
                issuer,
                tokens,
                names: names.clone(),
                public_url: self.public_url.clone(),
            },
            admin_set_contact,
            pages,
        }
    }
}

impl Functions {
    /// Checks a password as the function does, for the local issuer's own page.
    pub(crate) async fn check_password(&self, name: &UserName, password: &str) -> Result<CheckOutcome, Unavailable> {
        self.check_password.check(name, password).await
    }

    /// The account of a name, if there is one.
    pub(crate) async fn account(&self, name: &UserName) -> Result<Option<Account>, Unavailable> {
        find(&self.check_password.context, &self.check_password.names, name).await
    }

    /// Has a function handle a request.
    pub(crate) async fn respond(&self, function: Function, request: Request) -> Response {
        match function {
            Function::BeginReset => begin_reset::handle(&self.begin_reset, request).await,
            Function::VerifyCode => verify_code::handle(&self.verify_code, request).await,
            Function::CompleteReset => complete_reset::handle(&self.complete_reset, request).await,
            Function::Register => register::handle(&self.register, request).await,
            Function::CheckPassword => check_password::handle(&self.check_password, request).await,
            Function::AdminGetContact => admin_get_contact::handle(&self.admin_get_contact, request).await,
            Function::AdminSetContact => admin_set_contact::handle(&self.admin_set_contact, request).await,
            Function::Pages => pages::handle(&self.pages, &request),
        }
    }
}
