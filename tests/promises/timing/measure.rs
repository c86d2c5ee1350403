//! Measures one route: the same number of requests for each arm, in a random order, under the same load.

use std::time::{Duration, Instant};

use crate::connection::{Connection, Post, spread};
use crate::people::{Arm, People, RESET_USES, Target};
use crate::random::Shuffler;
use crate::routes::Route;
use crate::statistics::median;

/// Samples per arm in a block. A block is prepared, then measured, and over before a code may be ordered again. Its resets
/// are used by no other block, so that nobody gets more guesses than others.
const BLOCK: usize = 3 * RESET_USES;
/// Samples of unknown names that show whether the route's refusals wait.
const PILOT: usize = 2;
/// A response that takes longer waits for a fixed time, so that many can be awaited at once. A shorter one is measured
/// alone: a difference of microseconds would drown in what others do.
pub(crate) const WAITS: Duration = Duration::from_millis(20);

/// The times of each arm, in nanoseconds.
pub(crate) type Times = Vec<(Arm, Vec<u64>)>;

/// How a route is measured.
pub(crate) struct Plan {
    pub(crate) route: &'static Route,
    pub(crate) arms: &'static [Arm],
    /// Samples per arm.
    pub(crate) samples: usize,
    /// How many connections send at once if refusals wait.
    pub(crate) connections: usize,
}

impl Plan {
    /// Measures the route once, on a service of its own.
    #[expect(clippy::print_stderr, reason = "the report goes to the standard output, the progress does not")]
    pub(crate) async fn run(&self, shuffler: &mut Shuffler) -> Times {
        let began = Instant::now();
        let mut people = People::start(self.route, self.arms, self.samples).await;
        let connections = if self.waits(&mut people, shuffler).await { self.connections } else { 1 };
        let mut times: Times = self.arms.iter().map(|arm| (*arm, Vec::new())).collect();
        let blocks = Instant::now();
        for from in (0..self.samples).step_by(BLOCK) {
            let count = BLOCK.min(self.samples - from);
            let targets = people.block(from, count).await;
            for (arm, took) in self.measure(&people, targets, from, connections, shuffler).await {
                times.iter_mut().filter(|(other, _)| *other == arm).for_each(|(_, times)| times.push(took));
            }
            if from == 0 {
                let each = blocks.elapsed().as_secs_f64() / count as f64;
                let left = each * (self.samples - count) as f64;
                eprintln!("{}: {connections} connections, about {left:.0} s to go", self.route.name);
            }
        }
        people.service.running.stop().await;
        eprintln!("{}: one run took {:.0} s", self.route.name, began.elapsed().as_secs_f64());
        times
    }

    /// Whether the route's refusals wait for a fixed time.
    async fn waits(&self, people: &mut People, shuffler: &mut Shuffler) -> bool {
        // Beyond the numbers of the samples, so that no wrong password is sent twice.
        let beyond = self.samples;
        let mut targets = people.block(beyond, PILOT).await;
        targets.retain(|target| target.arm == Arm::Unknown);
        let timed = self.measure(people, targets, beyond, 1, shuffler).await;
        let times: Vec<u64> = timed.into_iter().map(|(_, took)| took).collect();
        u128::from(median(&times)) > WAITS.as_nanos()
    }

    /// Sends one request for each target, in a random order. Returns the time of each. `from` is the number of the
    /// block's first sample.
    async fn measure(
        &self,
        people: &People,
        mut targets: Vec<Target>,
        from: usize,
        connections: usize,
        shuffler: &mut Shuffler,
    ) -> Vec<(Arm, u64)> {
        shuffler.shuffle(&mut targets);
        let status = self.route.status;
        let request = |(number, target): (usize, Target)| {
            (target.arm, self.route.request(&target, from * self.arms.len() + number, &people.token))
        };
        let requests: Vec<(Arm, Post)> = targets.into_iter().enumerate().map(request).collect();
        let sent = people.service.running.outbox.messages(None).len();
        let timed = spread(
            people.service.address(),
            connections,
            requests,
            move |connection: &mut Connection, (arm, request)| (arm, connection.send(&request).expect(status).nanos()),
        );
        let timed = timed.await;
        people.service.running.settled().await;
        if !self.route.sends() {
            let now = people.service.running.outbox.messages(None).len();
            assert_eq!(now, sent, "a request that was timed sent a message: the block took too long");
        }
        timed
    }
}
