//! One run: the plan is carried out over the simulated network, everything heals, and then each promise is held against
//! what everybody was told and what the disk holds.

use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use landline_protocol::UserId;
use turmoil::{Builder, Sim};

use crate::chance;
use crate::check;
use crate::device::{Device, HOST};
use crate::disk::Disk;
use crate::host::{BEGINNING_MS, Host};
use crate::ledger::{Broken, Ledger, Shared};
use crate::mutant::Mutant;
use crate::plan::{Plan, Step};

/// How long everybody gets to catch up once everything is well again, in milliseconds of the run.
const SETTLES_WITHIN_MS: u64 = 40_000;
/// How long the host may take until it knows that nobody is there any more: one round of its pings, and a margin.
const EMPTY_WITHIN_MS: u64 = 45_000;
/// Segments on their way that one TCP stream of the network holds.
const TCP_WINDOW: usize = 64;

/// What came of a run.
pub(crate) struct Outcome {
    pub(crate) hash: u64,
    pub(crate) broken: Vec<Broken>,
    /// Who was told, and how long after it was said, in milliseconds.
    pub(crate) latencies: Vec<(String, u64)>,
    pub(crate) summary: String,
}

struct Run<'a> {
    sim: Sim<'a>,
    host: Rc<Host>,
    devices: Vec<Rc<Device>>,
    ledger: Shared,
    mutant: Option<Mutant>,
    members_clock_off_by_ms: i64,
}

/// Carries `plan` out. Everything that is random in it comes from `seed`.
pub(crate) fn run(seed: u64, plan: Plan, mutant: Option<Mutant>, is_told: bool) -> Outcome {
    chance::begin(seed);
    chance::set_wall_clock(BEGINNING_MS);
    let ledger = Ledger::new(is_told);
    let mut run = Run::new(seed, &plan, mutant, &ledger);
    let done = run.carry_out(plan);
    if let Err(error) = done {
        let how = format!("the simulation itself failed: {error}");
        ledger.borrow_mut().broke("sim", how);
    }
    let starts = run.host.starts.get();
    drop(run);
    let mut ledger = ledger.borrow_mut();
    ledger.count("host starts", starts.into());
    Outcome {
        hash: ledger.hash(),
        broken: std::mem::take(&mut ledger.broken),
        latencies: std::mem::take(&mut ledger.latencies),
        summary: format!("{:?}", ledger.counts()),
    }
}

impl Run<'_> {
    fn new(seed: u64, plan: &Plan, mutant: Option<Mutant>, ledger: &Shared) -> Self {
        let mut builder = Builder::new();
        builder
            .rng_seed(seed)
            .tick_duration(Duration::from_millis(plan.tick_ms))
            .simulation_duration(Duration::from_hours(1))
            .min_message_latency(Duration::from_millis(1))
            .max_message_latency(Duration::from_millis(plan.latency_ms.max(1)))
            .repair_rate(0.5)
            .tcp_capacity(TCP_WINDOW)
            .epoch(std::time::UNIX_EPOCH + Duration::from_millis(BEGINNING_MS.unsigned_abs()));
        if plan.is_order_random {
            builder.enable_random_order();
        }
        let mut sim = builder.build();
        let room_id = landline_protocol::RoomId::fresh();
        let host = Host::new(room_id.clone(), Disk::new(seed, mutant));
        let devices: Vec<_> = plan
            .acts
            .iter()
            .enumerate()
            .map(|(n, acts)| Device::new(n, room_id.clone(), acts.clone(), ledger, mutant))
            .collect();
        let program = host.clone();
        sim.host(HOST, move || program.clone().run());
        let people: Rc<[UserId]> = devices.iter().map(|device| device.user_id).collect();
        for device in &devices {
            let (app, people) = (device.clone(), people.clone());
            sim.host(device.name.as_str(), move || {
                app.clone().run(people.clone())
            });
        }
        Run {
            sim,
            host,
            devices,
            ledger: ledger.clone(),
            mutant,
            members_clock_off_by_ms: 0,
        }
    }

    fn carry_out(&mut self, plan: Plan) -> turmoil::Result {
        for (at, step) in plan.steps {
            if at < plan.heals_at_ms {
                self.until(at)?;
                self.take(step)?;
            }
        }
        self.until(plan.heals_at_ms)?;
        self.heal()?;
        let late = self.elapsed_ms() + SETTLES_WITHIN_MS;
        while self.elapsed_ms() < late && !check::has_settled(&self.host, &self.devices) {
            self.step()?;
        }
        check::all(&self.host, &self.devices, &self.ledger);
        self.i10_everybody_leaves()
    }

    /// I10: everybody leaves, and the host keeps nothing of them.
    fn i10_everybody_leaves(&mut self) -> turmoil::Result {
        for (n, device) in self.devices.iter().enumerate() {
            if n > 0 || self.mutant != Some(Mutant::Stays) {
                device.leave.notify_one();
            }
        }
        let late = self.elapsed_ms() + EMPTY_WITHIN_MS;
        while self.elapsed_ms() < late && self.host.members_online() != Some(0) {
            self.step()?;
        }
        let left = self.host.members_online();
        if left != Some(0) {
            let how = format!("everybody left, and the host still shows {left:?}");
            self.ledger.borrow_mut().broke("I10", how);
        }
        Ok(())
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.sim.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn until(&mut self, ms: u64) -> turmoil::Result {
        while self.elapsed_ms() < ms {
            self.step()?;
        }
        Ok(())
    }

    fn step(&mut self) -> turmoil::Result {
        let now = self.elapsed_ms();
        self.ledger.borrow_mut().now(now);
        let wall = BEGINNING_MS + i64::try_from(now).unwrap_or(i64::MAX);
        chance::set_wall_clock(wall + self.members_clock_off_by_ms);
        self.sim.step().map(drop)
    }

    fn take(&mut self, step: Step) -> turmoil::Result {
        self.ledger
            .borrow_mut()
            .note(&"FAULT", &format_args!("{step:?}"));
        match step {
            Step::CrashHost => self.crash_host(),
            Step::CutPower => {
                for device in &self.devices {
                    self.sim.partition(HOST, device.name.as_str());
                }
                self.crash_host();
            }
            Step::StopHost => {
                if self.sim.is_host_running(HOST) {
                    self.host.stop();
                }
            }
            Step::StartHost => self.start_host()?,
            Step::CrashApp(n) => self.crash_app(n),
            Step::StartApp(n) => self.start_app(n),
            Step::Hold(n) => self.sim.hold(HOST, self.name(n)),
            Step::Cut(n) => self.sim.partition(HOST, self.name(n)),
            Step::CutToHost(n) => {
                self.sim.release(HOST, self.name(n));
                self.sim.partition_oneway(self.name(n), HOST);
            }
            Step::CutFromHost(n) => {
                self.sim.release(HOST, self.name(n));
                self.sim.partition_oneway(HOST, self.name(n));
            }
            Step::Mend(n) => self.sim.release(HOST, self.name(n)),
            Step::Lossy(rate) => self.sim.set_fail_rate(rate),
            Step::SlowDisk(ms) => self.host.disk.lock().pace = ms / 2..ms,
            Step::FailingDisk => self.host.disk.lock().is_failing = true,
            Step::DiskHeals => self.host.disk.heal(),
            Step::HostClock(by) => {
                self.host.clock_off_by_ms.fetch_add(by, Ordering::Relaxed);
            }
            Step::MembersClock(by) => self.members_clock_off_by_ms += by,
            Step::Deaf(n) => {
                self.devices[n].reads.set(false);
                if self.mutant == Some(Mutant::WaitsForReader) {
                    self.host.disk.lock().pace = 100..200;
                }
            }
            Step::Hears(n) => self.hear(n),
        }
        Ok(())
    }

    fn name(&self, n: usize) -> &str {
        &self.devices[n].name
    }

    fn hear(&self, n: usize) {
        self.devices[n].reads.set(true);
        self.devices[n].reads_again.notify_one();
    }

    fn crash_host(&mut self) {
        if self.sim.is_host_running(HOST) {
            self.sim.crash(HOST);
            self.host.disk.lose_what_was_not_flushed();
        }
    }

    /// Once it has stopped, if it is stopping.
    fn start_host(&mut self) -> turmoil::Result {
        for device in &self.devices {
            self.sim.release(HOST, device.name.as_str());
        }
        let late = self.elapsed_ms() + SETTLES_WITHIN_MS;
        while self.host.is_stopping() && self.sim.is_host_running(HOST) && self.elapsed_ms() < late
        {
            self.step()?;
        }
        if !self.sim.is_host_running(HOST) {
            self.sim.bounce(HOST);
        }
        Ok(())
    }

    fn crash_app(&mut self, n: usize) {
        let device = &self.devices[n];
        if self.sim.is_host_running(device.name.as_str()) {
            self.sim.crash(device.name.as_str());
            if self.mutant == Some(Mutant::ForgetsOutbox) {
                device.forget_outbox();
            }
        }
    }

    fn start_app(&mut self, n: usize) {
        let name = self.devices[n].name.clone();
        if !self.sim.is_host_running(name.as_str()) {
            self.hear(n);
            self.sim.bounce(name.as_str());
        }
    }

    fn heal(&mut self) -> turmoil::Result {
        self.ledger.borrow_mut().note(&"FAULT", &"all heals");
        self.sim.set_fail_rate(0.0);
        self.host.disk.heal();
        self.start_host()?;
        for n in 0..self.devices.len() {
            self.hear(n);
            self.start_app(n);
        }
        Ok(())
    }
}
