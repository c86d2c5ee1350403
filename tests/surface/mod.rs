//! What strangers hold in their hands: the gateway, the API's description, the command line, the README.

mod conventions;
mod documents;
mod gateway;
pub(crate) mod load_directory;
mod openapi;
mod readme;
mod rekeyctl;
