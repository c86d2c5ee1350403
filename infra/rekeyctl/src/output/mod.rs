//! What the command line prints, errors included.

pub(crate) mod changes;
pub(crate) mod csv;
pub(crate) mod draft;
pub(crate) mod failure;
pub(crate) mod listing;

pub(crate) mod streams;
pub(crate) mod terminal;
