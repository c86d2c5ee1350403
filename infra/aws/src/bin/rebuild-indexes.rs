//! Writes the indexes of all accounts again, for a table whose accounts are older than an index:
//! `REKEY_TABLE=… AWS_REGION=… cargo run --release -p aws --bin rebuild-indexes`, with credentials in the environment.

use std::io::Write;
use std::process::ExitCode;

use aws::compose::{sdk_config, store};
use aws::config::settings::Settings;
use shared::unavailable::Unavailable;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<ExitCode> {
    match rebuild(&Settings::from_environment()).await {
        Ok(accounts) => {
            writeln!(std::io::stdout(), "{accounts} accounts indexed")?;
            Ok(ExitCode::SUCCESS)
        }
        Err(unavailable) => {
            writeln!(std::io::stderr(), "{unavailable:?}; what was indexed stays, so run it again")?;
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn rebuild(settings: &Settings) -> Result<usize, Unavailable> {
    store(&sdk_config(settings), settings)?.rebuild_indexes().await
}
