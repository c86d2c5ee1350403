//! Reads the audit, the newest record first.

use super::AdminGetContact;
use crate::identifiers::user_name::UserName;
use crate::policy::Policy;
use crate::ports::store::{Accounts, Settings};
use crate::random::AuditId;
use crate::records::audit::{AuditMark, AuditRecord, ChangedProperty, Initiator};
use crate::time::{DAY, Moment};
use crate::unavailable::Unavailable;

/// Most days whose records are read in one pass: a month and the day that it began in, which is all that the default
/// policy stores. While no record is found, one request makes up to 20 passes.
pub const MAX_DAYS: usize = 32;
/// Most records that are examined in one pass, however few of them meet the conditions: twice the largest page.
pub const MAX_EXAMINED_RECORDS: usize = 2_000;
/// Most passes of one request while no record is found: some clients take an empty page for the last one.
const MAX_EMPTY_PAGES: usize = 20;
/// Fewest records to read at once. If only few records match, reading them one at a time would take as many requests.
const MIN_READ: usize = 100;
/// Most records to read at once. At about 1 KiB each they stay far below the 1 MiB that one response of the table may
/// hold.
const MAX_READ: usize = 250;
/// Most bytes of changed values on a page. A policy's lists are long, and the gateway passes at most 6 MB.
const MAX_CHANGED_BYTES: usize = 1_000_000;
/// The smallest step of time, in milliseconds.
const STEP: u64 = 1;

/// A condition on the listed records. A record must meet every condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditCondition {
    /// No record meets it.
    Nothing,
    /// The record has this id.
    Is(AuditId),
    /// The `activityDisplayName` is this text.
    Activity(String),
    /// The `activityDisplayName` begins with this text.
    ActivityBegins(String),
    /// The `category` is this text.
    Category(String),
    /// The `loggedByService` is this text.
    Service(String),
    /// The correlation id is this text.
    Correlation(String),
    /// The activity succeeded, or failed.
    Succeeded(bool),
    /// The target has this id.
    Target(String),
    /// The target is the person with this user name.
    TargetNamed(UserName),
    /// The target is a person whose canonical user name begins with this text.
    TargetNameBegins(String),
    /// The initiator is the person with this id.
    Person(String),
    /// The initiator is the person with this user name.
    PersonNamed(UserName),
    /// The initiator is a person whose canonical user name begins with this text.
    PersonNameBegins(String),
    /// The initiator is this application.
    Application(String),
}

impl AuditCondition {
    fn is_met(&self, record: &AuditRecord) -> bool {
        let person = match &record.initiator {
            Initiator::Person(person) => Some(person),
            Initiator::Application(_) => None,
        };
        let target = record.target.as_ref();
        match self {
            Self::Nothing => false,
            Self::Is(id) => record.id == *id,
            Self::Activity(name) => record.activity.as_str() == name,
            Self::ActivityBegins(prefix) => record.activity.as_str().starts_with(prefix),
            Self::Category(name) => record.activity.category() == name,
            Self::Service(name) => record.activity.service() == name,
            Self::Correlation(id) => record.correlation == *id,
            Self::Succeeded(is) => record.success == *is,
            Self::Target(id) => record.target_id() == id,
            Self::TargetNamed(name) => target.is_some_and(|target| target.user_name == name.canonical()),
            Self::TargetNameBegins(prefix) => target.is_some_and(|target| target.user_name.starts_with(prefix)),
            Self::Person(id) => person.is_some_and(|person| person.account.as_str() == id),
            Self::PersonNamed(name) => person.is_some_and(|person| person.user_name == name.canonical()),
            Self::PersonNameBegins(prefix) => person.is_some_and(|person| person.user_name.starts_with(prefix)),
            Self::Application(id) => matches!(&record.initiator, Initiator::Application(own) if own == id),
        }
    }
}

/// Which records are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    /// The earliest moment, inclusive.
    pub since: Moment,
    /// The latest moment, inclusive. If it is before `since`, no record is listed.
    pub until: Moment,
    /// Further conditions, all of which a record must meet.
    pub conditions: Vec<AuditCondition>,
}

impl Default for AuditQuery {
    fn default() -> Self {
        Self { since: Moment::from_millis(0), until: Moment::from_millis(u64::MAX), conditions: Vec::new() }
    }
}

impl AuditQuery {
    /// Leaves out every record before this millisecond since 1970.
    pub fn not_before(&mut self, millis: i128) {
        self.since = self.since.max(Moment::from_millis(u64::try_from(millis.max(0)).unwrap_or(u64::MAX)));
    }

    /// Whether no record can ever match.
    fn is_of_nothing(&self) -> bool {
        self.conditions.contains(&AuditCondition::Nothing)
    }

    /// Whether at most one record can match, because ids are unique.
    fn is_of_one(&self) -> bool {
        self.conditions.iter().any(|condition| matches!(condition, AuditCondition::Is(_)))
    }

    /// Leaves out every record after this millisecond since 1970.
    pub fn not_after(&mut self, millis: i128) {
        // Negative values become 0: no record is from before 1970 or from its first millisecond.
        self.until = self.until.min(Moment::from_millis(u64::try_from(millis.max(0)).unwrap_or(u64::MAX)));
    }
}

/// A place in the audit, from which reading continues towards older records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPlace {
    at: Moment,
    /// The record of moment `at` after which reading continues; `None` if the whole moment is still to be read.
    after: Option<AuditId>,
}

impl AuditPlace {
    fn behind(record: &AuditRecord) -> Self {
        Self { at: record.at, after: Some(record.id.clone()) }
    }

    /// The last moment of the day before.
    fn day_before(&self) -> Self {
        let midnight = Moment::from_seconds(self.at.seconds() / DAY * DAY);
        Self { at: earlier(midnight), after: None }
    }

    /// Reads the text form; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (millis, after) = match text.split_once('#') {
            Some((millis, id)) => (millis, Some(AuditId::parse(id)?)),
            None => (text, None),
        };
        let written = millis.bytes().all(|byte| byte.is_ascii_digit());
        let millis = millis.parse().ok().filter(|_| written)?;
        Some(Self { at: Moment::from_millis(millis), after })
    }

    /// The text form.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.after {
            Some(id) => format!("{}#{}", self.at.millis(), id.as_str()),
            None => self.at.millis().to_string(),
        }
    }
}

/// One page of the audit, newest first.
#[derive(Debug, Clone)]
pub struct AuditPage {
    /// The records.
    pub records: Vec<AuditRecord>,
    /// Where the next page begins. A short page may have a next one, too.
    pub next: Option<AuditPlace>,
}

impl<S: Accounts + Settings, I> AdminGetContact<S, I> {
    /// One page of the audit: at most `top` records. One pass examines at most [`MAX_EXAMINED_RECORDS`] records of at
    /// most [`MAX_DAYS`] days. While no record is found, another pass follows.
    ///
    /// A record is shown until its own retention ends, and no longer than the retention of the current or the default
    /// policy, whichever is longer, even if it has not been deleted yet.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn audits(
        &self,
        query: &AuditQuery,
        after: Option<&AuditPlace>,
        top: usize,
    ) -> Result<AuditPage, Unavailable> {
        if query.is_of_nothing() {
            return Ok(AuditPage { records: Vec::new(), next: None });
        }
        let mut after = after.cloned();
        for _ in 0..MAX_EMPTY_PAGES {
            let page = self.audit_page(query, after.as_ref(), top).await?;
            if !page.records.is_empty() || page.next.is_none() {
                return Ok(page);
            }
            after = page.next;
        }
        Ok(AuditPage { records: Vec::new(), next: after })
    }

    async fn audit_page(
        &self,
        query: &AuditQuery,
        after: Option<&AuditPlace>,
        top: usize,
    ) -> Result<AuditPage, Unavailable> {
        let now = self.context.now();
        // Each record's own `stored_until` decides as well. The default retention is the minimum here: if only the
        // policy's current retention counted, an administrator who shortens it could hide that they did.
        let days = self.context.policy().await?.audit_retention_days.max(Policy::default().audit_retention_days);
        let stored = now.minus(u64::from(days) * DAY);
        let wanted = AuditQuery { since: query.since.max(later(stored)), until: query.until.min(now), ..query.clone() };
        let newest = AuditPlace { at: wanted.until, after: None };
        let place = after.filter(|place| place.at <= wanted.until).cloned().unwrap_or(newest);
        let mut walk = Walk { wanted, now, place, left: MAX_EXAMINED_RECORDS, changed: 0, found: Vec::new(), top };
        for _ in 0..MAX_DAYS {
            if walk.place.at < walk.wanted.since {
                return Ok(AuditPage { records: walk.found, next: None });
            }
            if let Some(next) = self.walk_a_day(&mut walk).await? {
                return Ok(AuditPage { records: walk.found, next: Some(next) });
            }
            walk.place = walk.place.day_before();
        }
        let next = (walk.place.at >= walk.wanted.since).then_some(walk.place);
        Ok(AuditPage { records: walk.found, next })
    }

    /// Reads to the end of a day. If the page ends before that, returns the place at which the next one begins.
    async fn walk_a_day(&self, walk: &mut Walk) -> Result<Option<AuditPlace>, Unavailable> {
        let day = walk.place.at.day();
        loop {
            if walk.left == 0 {
                return Ok(Some(walk.place.clone()));
            }
            let limit = walk.limit();
            let read = self.context.store.audit(day, Some(&self.before(&walk.place)), limit).await?;
            let ends = read.len() < limit;
            for record in read {
                if record.at < walk.wanted.since {
                    walk.place = AuditPlace::behind(&record);
                    return Ok(None);
                }
                if let Some(next) = walk.take(record) {
                    return Ok(Some(next));
                }
            }
            if ends {
                return Ok(None);
            }
        }
    }

    fn before(&self, place: &AuditPlace) -> AuditMark {
        match &place.after {
            Some(id) => AuditMark { at: place.at, id: id.clone() },
            // Any id will do: records of the next moment are not wanted, and are left out when they are examined.
            None => AuditMark { at: later(place.at), id: AuditId::draw(&*self.context.random) },
        }
    }
}

/// The state of reading one page of the audit.
struct Walk {
    wanted: AuditQuery,
    now: Moment,
    place: AuditPlace,
    /// Records that may still be examined.
    left: usize,
    /// Bytes of the changed values found so far.
    changed: usize,
    found: Vec<AuditRecord>,
    top: usize,
}

impl Walk {
    /// How many records to read. One more than the page lacks shows whether it is the last page.
    fn limit(&self) -> usize {
        let lacking = (self.top + 1).saturating_sub(self.found.len());
        lacking.clamp(MIN_READ, MAX_READ).min(self.left)
    }

    /// Examines a record. If the page is full already, returns the place at which the next one begins.
    fn take(&mut self, record: AuditRecord) -> Option<AuditPlace> {
        self.left = self.left.saturating_sub(1);
        if self.is_wanted(&record) {
            let changed = self.changed + record.changes.iter().map(bytes).sum::<usize>();
            let is_full = self.found.len() == self.top || changed > MAX_CHANGED_BYTES;
            if let Some(last) = self.found.last().filter(|_| is_full) {
                return Some(AuditPlace::behind(last));
            }
            self.place = AuditPlace::behind(&record);
            if self.wanted.is_of_one() {
                // No other record has this id: nothing older is read.
                self.wanted.since = later(record.at);
            }
            self.changed = changed;
            self.found.push(record);
        } else {
            self.place = AuditPlace::behind(&record);
        }
        None
    }

    fn is_wanted(&self, record: &AuditRecord) -> bool {
        let in_time = (self.wanted.since..=self.wanted.until).contains(&record.at);
        let is_stored = self.now < record.stored_until;
        in_time && is_stored && self.wanted.conditions.iter().all(|condition| condition.is_met(record))
    }
}

fn bytes(change: &ChangedProperty) -> usize {
    [&change.old, &change.new].into_iter().flatten().map(String::len).sum()
}

fn later(moment: Moment) -> Moment {
    Moment::from_millis(moment.millis().saturating_add(STEP))
}

fn earlier(moment: Moment) -> Moment {
    Moment::from_millis(moment.millis().saturating_sub(STEP))
}

#[cfg(test)]
mod tests;
