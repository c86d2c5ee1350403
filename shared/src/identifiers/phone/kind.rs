//! The kinds of numbers that may be sent to.

/// The kind of a number that may be sent to, according to its numbering plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PhoneKind {
    /// A fixed line. It can be called, but an SMS would not arrive.
    FixedLine,
    /// A mobile number.
    Mobile,
    /// The plan does not distinguish fixed lines from mobiles, as in North America.
    FixedLineOrMobile,
    /// A number reached over the internet.
    Voip,
    /// A possible number that the plan does not assign. The samples in many manuals are such numbers.
    Unassigned,
}
