//! The methods that may open the second gate, once the first is passed.

use super::VerifyCode;
use crate::account::{AccountSnapshot, ReachableMethod};
use crate::credentials::key::is_another;
use crate::credentials::questions::{AskedQuestion, DrawOutcome};
use crate::policy::Policy;
use crate::policy::method::{CodeMethod, Method};
use crate::ports::store::Store;
use crate::unavailable::Unavailable;
use crate::use_cases::retries::MAX_DECISIONS;

impl<S: Store> VerifyCode<S> {
    /// The security questions that may open an account's second gate; empty if they cannot.
    ///
    /// Called only after a code was right: until then the requests to the table are the same for every reset.
    pub(super) async fn questions(
        &self,
        snapshot: &AccountSnapshot,
        policy: &Policy,
    ) -> Result<Vec<AskedQuestion>, Unavailable> {
        if !policy.offers_to(snapshot.is_admin, Method::SecurityQuestions) {
            return Ok(Vec::new());
        }
        let language = policy.language(snapshot.preferred_language.as_deref());
        let count = usize::from(policy.security_questions.required_to_reset);
        for _ in 0..MAX_DECISIONS {
            let Some(set) = self.context.store.questions(&snapshot.account).await? else {
                return Ok(Vec::new());
            };
            match set.draw(count, self.context.now(), &*self.context.random) {
                DrawOutcome::TooFew => return Ok(Vec::new()),
                DrawOutcome::Standing(draw) => return Ok(set.asked(&draw, language)),
                DrawOutcome::New(draw) => {
                    if self.context.store.put_draw(&snapshot.account, set.version, &draw).await? {
                        return Ok(set.asked(&draw, language));
                    }
                }
            }
        }
        Err(Unavailable::plain("security questions kept changing while some were drawn"))
    }
}

/// The methods that may open the second gate after `first` was proved at `destination`: other methods that reach
/// another destination, and security questions if there are any. Only a person who passed the first gate learns them.
pub(super) fn methods(
    first: CodeMethod,
    destination: &str,
    snapshot: &AccountSnapshot,
    policy: &Policy,
    questions: &[AskedQuestion],
) -> Vec<String> {
    let elsewhere = |reachable: &&ReachableMethod| {
        reachable.method != first && is_another(std::slice::from_ref(&reachable.destination), destination)
    };
    let codes = snapshot.reachable.iter().filter(elsewhere).map(|reachable| Method::Code(reachable.method));
    let codes = codes.filter(|method| policy.offers(*method));
    let questions = (!questions.is_empty()).then_some(Method::SecurityQuestions);
    codes.chain(questions).map(|method| method.as_str().to_owned()).collect()
}
