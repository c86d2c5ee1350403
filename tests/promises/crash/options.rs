//! How many runs are made, and with which random numbers.

use aws::config::system::SystemRandom;
use shared::random::bytes;

/// How to use the program.
pub(crate) const USAGE: &str = "\
Kills the local service at random moments while people work, and checks what is left. It runs only if it is asked to:

    cargo crash --runs N     N kills, each followed by a restart and by all checks

    --lanes N     services that run at once, each on a directory of its own; 4 by default
    --seed N      the random numbers; by default they are drawn and printed
";

/// Services at once by default: most of a run is spent waiting, so that two cores serve four.
const LANES: usize = 4;

/// The program's options.
pub(crate) struct Options {
    pub(crate) runs: u64,
    pub(crate) lanes: usize,
    pub(crate) seed: u64,
}

impl Options {
    /// Reads the arguments; `None` if no run is asked for.
    ///
    /// # Errors
    /// A sentence about the argument that is wrong.
    pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let seed = u64::from(u32::from_le_bytes(bytes(&SystemRandom)));
        let mut options = Self { runs: 0, lanes: LANES, seed };
        while let Some(argument) = arguments.next() {
            let mut number = || {
                let number = arguments.next().and_then(|text| text.parse::<u64>().ok());
                number.filter(|number| *number > 0).ok_or(format!("{argument} needs a whole number above 0"))
            };
            match argument.as_str() {
                "--runs" => options.runs = number()?,
                "--lanes" => options.lanes = usize::try_from(number()?).map_err(|error| error.to_string())?,
                "--seed" => options.seed = number()?,
                // Cargo passes this to every benchmark.
                "--bench" => {}
                _ => return Err(format!("{argument} is not an option")),
            }
        }
        Ok((options.runs > 0).then_some(options))
    }
}
