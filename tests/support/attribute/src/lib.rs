//! The attribute of tests that drive the local service.

use proc_macro::TokenStream;

/// Runs an async test on two threads: one drives the service, and the other serves it.
#[proc_macro_attribute]
pub fn service_test(_: TokenStream, test: TokenStream) -> TokenStream {
    const ATTRIBUTE: &str = r#"#[::tokio::test(flavor = "multi_thread", worker_threads = 2)]"#;
    ATTRIBUTE.parse().into_iter().chain([test]).collect()
}
