//! What the program is asked to measure.

use aws::config::system::SystemRandom;
use shared::random::bytes;

use crate::measure::Plan;
use crate::routes::{ROUTES, Route};

/// Samples per arm in the full mode: differences of a sixteenth of a distribution show.
const FULL: usize = 2000;
/// The name by which the attack is asked for.
const EXPLOIT: &str = "exploit";

/// How to use the program.
pub(crate) const USAGE: &str = "\
Measures whether known and unknown names can be told apart by time. It runs only if it is asked to:

    cargo timing --full            every route, 2000 samples per arm, and the attack; takes hours
    cargo timing --quick           every route with fewer samples and arms, and the attack; takes minutes
    cargo timing --route NAME      one route, or `exploit`; may be repeated, and combined with --quick

    --samples N        samples per arm
    --connections N    connections that send at once where refusals wait; a route that does not wait is measured with one
    --seed N           the order of the requests; by default it is drawn and printed
";

/// The program's options.
#[derive(Default)]
pub(crate) struct Options {
    full: bool,
    quick: bool,
    routes: Vec<String>,
    samples: Option<usize>,
    connections: Option<usize>,
    pub(crate) seed: u64,
}

impl Options {
    /// Reads the arguments; `None` if nothing is to be measured.
    ///
    /// # Errors
    /// A sentence about the argument that is wrong.
    pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut options = Self { seed: u64::from(u32::from_le_bytes(bytes(&SystemRandom))), ..Self::default() };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            let number = |text: String| text.parse::<u64>().ok().filter(|number| *number > 0);
            let count = |text| number(text).and_then(|number| usize::try_from(number).ok());
            let rule = || format!("{argument} needs a whole number above 0");
            match argument.as_str() {
                "--full" => options.full = true,
                "--quick" => options.quick = true,
                "--route" => options.routes.push(value()?),
                "--samples" => options.samples = Some(count(value()?).ok_or_else(rule)?),
                "--connections" => options.connections = Some(count(value()?).ok_or_else(rule)?),
                "--seed" => options.seed = number(value()?).ok_or_else(rule)?,
                // Cargo passes this to every benchmark.
                "--bench" => {}
                _ => return Err(format!("{argument} is not an option")),
            }
        }
        if options.full && options.quick {
            return Err("choose one of --full and --quick".to_owned());
        }
        let named = |name: &String| name == EXPLOIT || ROUTES.iter().any(|route| route.name == name);
        if !options.routes.iter().all(named) {
            let names: Vec<&str> = ROUTES.iter().map(|route| route.name).chain([EXPLOIT]).collect();
            return Err(format!("--route is one of {}", names.join(", ")));
        }
        Ok((options.full || options.quick || !options.routes.is_empty()).then_some(options))
    }

    fn asks_for(&self, name: &str) -> bool {
        self.routes.is_empty() || self.routes.iter().any(|other| other == name)
    }

    /// Whether the attack is asked for.
    pub(crate) fn exploit(&self) -> bool {
        self.asks_for(EXPLOIT)
    }

    /// The routes to measure, and how.
    pub(crate) fn plans(&self) -> Vec<Plan> {
        let plan = |route: &'static Route| {
            let (samples, arms) = if self.quick { route.quick } else { (FULL, route.arms) };
            Plan {
                route,
                arms,
                samples: self.samples.unwrap_or(samples),
                connections: self.connections.unwrap_or(route.connections),
            }
        };
        ROUTES.iter().filter(|route| self.asks_for(route.name)).map(plan).collect()
    }
}
