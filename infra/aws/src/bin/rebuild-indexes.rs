//! Writes the indexes of all accounts again, for a table whose accounts are older than an index:
//! `REKEY_TABLE=… REKEY_NAME_KEYS=… AWS_REGION=… cargo run --release -p aws --bin rebuild-indexes`, with the table's name, the
//! secret's ARN and credentials in the environment.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use aws::compose::{sdk_config, store};
use aws::config::secrets::Secrets;
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
            let cause = unavailable.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            let what = unavailable.what;
            writeln!(std::io::stderr(), "{what}{cause}. What was indexed stays, so run it again.")?;
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn rebuild(settings: &Settings) -> Result<usize, Unavailable> {
    let config = sdk_config(settings);
    let names = Secrets::read(&config, settings).await?.names()?;
    store(&config, settings)?.with_index_keys(names).rebuild_indexes().await
}
