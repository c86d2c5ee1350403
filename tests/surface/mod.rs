//! Everything that strangers use: the gateway, the API's description, exports, the command line, the documents.

mod conventions;
mod documents;
mod gateway;
pub(crate) mod load_directory;
mod openapi;
mod readme;
mod rekeyctl;
mod sign_in;
mod texts;
