//! Every order of a few steps, with one deviation at every call to the store.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use shared::ports::messenger::Dispatch;

use super::world::{Deviation, Step, Typed, World};

/// Resets in one world.
const RESETS: usize = 2;

/// How a world was reached.
type Path = Vec<(Step, Option<(usize, Deviation)>)>;

/// How much was explored.
#[derive(Debug, Default)]
pub(super) struct Explored {
    pub(super) worlds: usize,
    pub(super) steps: usize,
}

/// Explores every world that `depth` steps lead to after the first ones, breadth first.
///
/// # Panics
/// If a promise is broken. The message lists the steps, and there is no shorter way.
pub(super) fn explore(gates: u8, first: &[Step], depth: usize) -> Explored {
    let mut explored = Explored::default();
    let mut seen = HashSet::new();
    let begun = first.iter().fold(World::new(gates), |world, step| world.after(*step, None).0);
    let mut frontier = vec![(begun, first.iter().map(|step| (*step, None)).collect::<Path>())];
    for _ in 0..depth {
        let mut next = Vec::new();
        for (world, path) in &frontier {
            for (step, deviation, after) in successors(world) {
                explored.steps += 1;
                let path: Path = path.iter().copied().chain([(step, deviation)]).collect();
                if let Some(broken) = &after.scene.broken {
                    let steps: Vec<String> = path.iter().map(|step| format!("  {step:?}")).collect();
                    panic!("{broken}, with {gates} gates, after\n{}", steps.join("\n"));
                }
                let mut hasher = DefaultHasher::new();
                after.text().hash(&mut hasher);
                if seen.insert(hasher.finish()) {
                    next.push((after, path));
                }
            }
        }
        explored.worlds += next.len();
        frontier = next;
    }
    explored
}

/// A step, what went wrong at which of its calls, and the world after it.
type Successor = (Step, Option<(usize, Deviation)>, World);

/// Every step that is possible, as it should go and with every deviation that a world may still have.
fn successors(world: &World) -> Vec<Successor> {
    let mut successors = Vec::new();
    let possible = possible(world);
    for step in &possible {
        let (after, calls) = world.after(*step, None);
        successors.push((*step, None, after));
        if world.scene.deviated {
            continue;
        }
        for deviation in (0..calls).flat_map(|at| deviations(*step, &possible, at)) {
            successors.push((*step, Some(deviation), world.after(*step, Some(deviation)).0));
        }
    }
    successors
}

/// What may go wrong or happen meanwhile at one call of a step.
///
/// Left out is what leads to worlds that others lead to: a delivery by a provider that is busy repeats the others
/// three times, and a wrong guess or a new reset in between changes nothing that the step reads. A message whose outcome
/// is unknown meets faults, but no other step: to the store it is like one that was sent.
fn deviations(step: Step, possible: &[Step], at: usize) -> Vec<(usize, Deviation)> {
    if matches!(step, Step::Deliver(_, Dispatch::TryAgain)) {
        return Vec::new();
    }
    let is_unknown = matches!(step, Step::Deliver(_, Dispatch::Unknown));
    let faults = [Deviation::RequestLost, Deviation::ResponseLost, Deviation::Crash];
    let interferes = |other: &&Step| match other {
        Step::Order(..) | Step::Long(..) | Step::Complete(_) | Step::SetPhone | Step::SetEnabled(_) => true,
        Step::Deliver(_, dispatch) => *dispatch == Dispatch::Sent,
        Step::Guess(_, typed) => *typed == Typed::Right,
        Step::RequireTwo => matches!(step, Step::Complete(_)),
        Step::Begin(_) | Step::Wait => false,
    };
    let others = possible.iter().filter(|_| !is_unknown).filter(interferes).map(|other| Deviation::Meanwhile(*other));
    faults.into_iter().chain(others).map(|deviation| (at, deviation)).collect()
}

fn possible(world: &World) -> Vec<Step> {
    let mut possible = vec![Step::Wait, Step::SetPhone, Step::SetEnabled(!world.account().enabled)];
    if world.policy().methods_required == 1 {
        possible.push(Step::RequireTwo);
    }
    let resets = &world.scene.resets;
    if resets.len() < RESETS {
        possible.extend(["mobileSms", "email"].map(Step::Begin));
    }
    for (at, known) in resets.iter().enumerate() {
        possible.extend(["mobileSms", "email"].map(|method| Step::Order(at, method)));
        let dispatches = [Dispatch::Sent, Dispatch::Unknown, Dispatch::Refused("blocked"), Dispatch::TryAgain];
        possible.extend(dispatches.map(|dispatch| Step::Deliver(at, dispatch)));
        if !known.codes.is_empty() {
            possible.extend([Typed::Right, Typed::Wrong].map(|typed| Step::Guess(at, typed)));
            if known.codes.len() > 1 {
                possible.push(Step::Guess(at, Typed::Replaced));
            }
            let others = (0..resets.len()).filter(|of| *of != at && !resets[*of].codes.is_empty());
            possible.extend(others.map(|of| Step::Guess(at, Typed::Foreign(of))));
        }
        possible.extend((0..resets.len()).filter(|of| resets[*of].long.is_some()).map(|of| Step::Long(at, of)));
        if known.reset_token.is_some() {
            possible.push(Step::Complete(at));
        }
    }
    possible
}
