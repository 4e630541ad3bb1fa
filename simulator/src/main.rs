//! Runs the simulator: see `docs/simulator.md`.
//!
//! Exit codes: 0 nothing was found, 1 something was found, 2 the command makes no sense.

use std::{
	fs,
	io::{stderr, IsTerminal as _, Write as _},
	path::{Path, PathBuf},
	process::ExitCode,
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc,
	},
	time::{Duration, Instant},
};

use clap::Parser;
use guerdon_simulator::{
	report::Report,
	run::{self, Course, Failure, Progress},
	simulation::Simulation,
};

/// Many actors and every kind of fault on the whole runtime, from a seed.
///
/// Runs one chain, or, with --hours, one after another with the next seeds until the time is over. After
/// each block everything that must hold is checked, and the block is executed again by the wasm
/// runtime. Interrupted, it ends after the present block and still tells what it reached.
#[derive(Parser)]
#[command(name = "simulate", version)]
#[command(
	after_help = "Exit codes: 0 nothing was found; 1 something was found, and the command that \
	repeats it is told; 2 the command makes no sense."
)]
struct Options {
	/// What the (first) chain is made from
	#[arg(long, value_name = "N", default_value_t = 1)]
	seed: u64,
	/// Steps of a chain: a block each, or a branch, a pause, an upgrade
	#[arg(long, value_name = "N", default_value_t = 1_600, value_parser = clap::value_parser!(u32).range(1..))]
	blocks: u32,
	/// For how long further chains are begun
	#[arg(long, value_name = "HOURS", value_parser = hours)]
	hours: Option<Duration>,
	/// Where the database lies: an empty or new folder, in which the last chain stays (default: a
	/// temporary one)
	#[arg(long, value_name = "FOLDER")]
	database: Option<PathBuf>,
	/// Write the summary to this file as JSON as well
	#[arg(long, value_name = "FILE")]
	report: Option<PathBuf>,
	/// In the end, serve the chain at this port of 127.0.0.1 for scripts/audit.sh, until interrupted. No
	/// block is left out of such a chain, so that what takes weeks is not reached
	#[arg(long, value_name = "PORT", conflicts_with = "hours", value_parser = clap::value_parser!(u16).range(1..))]
	serve: Option<u16>,
}

fn hours(text: &str) -> Result<Duration, String> {
	let hours: f64 = text
		.parse()
		.map_err(|_| "give a number of hours, like 8 or 0.5")?;
	if hours > 0.0 && hours <= 8_760.0 {
		Ok(Duration::from_secs_f64(hours * 3_600.0))
	} else {
		Err("give more than 0 and at most 8760 hours".into())
	}
}

/// A folder for databases: the one that was named, if nothing is in it, or a temporary one.
fn folder(named: Option<&Path>) -> Result<(PathBuf, Option<tempfile::TempDir>), String> {
	let Some(named) = named else {
		let temporary = tempfile::tempdir().map_err(|error| {
			format!("give --database: no temporary folder can be made ({error})")
		})?;
		return Ok((temporary.path().into(), Some(temporary)));
	};
	let cannot = |error| format!("name another --database: {}: {error}", named.display());
	fs::create_dir_all(named).map_err(cannot)?;
	let mut entries = fs::read_dir(named).map_err(cannot)?;
	if entries.next().is_some() {
		return Err(format!(
			"name another --database, or empty it: {} is not empty",
			named.display()
		));
	}
	Ok((named.into(), None))
}

/// Says where a chain is: on a terminal twice a second, elsewhere once a minute.
struct Line {
	since: Instant,
	last: Option<Instant>,
	is_terminal: bool,
}

impl Line {
	fn new() -> Self {
		Self {
			since: Instant::now(),
			last: None,
			is_terminal: stderr().is_terminal(),
		}
	}

	fn show(&mut self, progress: &Progress) {
		let pace = Duration::from_millis(if self.is_terminal { 500 } else { 60_000 });
		if self.last.is_some_and(|last| last.elapsed() < pace) {
			return;
		}
		self.last = Some(Instant::now());
		let Progress {
			seed,
			step,
			steps,
			block,
		} = progress;
		let seconds = self.since.elapsed().as_secs();
		let text = format!("seed {seed}: step {step} of {steps}, block {block}, {seconds} s");
		let mut to = stderr();
		let _ = if self.is_terminal {
			write!(to, "\r\x1b[K{text}").and_then(|()| to.flush())
		} else {
			writeln!(to, "{text}")
		};
	}

	fn clear(&self) {
		if self.is_terminal {
			eprint!("\r\x1b[K");
		}
	}
}

/// Set once somebody interrupts.
fn interruption() -> Result<Arc<AtomicBool>, String> {
	let interrupted = Arc::new(AtomicBool::new(false));
	let set = interrupted.clone();
	let runtime = tokio::runtime::Builder::new_current_thread()
		.enable_all()
		.build()
		.map_err(|error| {
			format!("free some threads or files: signals cannot be awaited ({error})")
		})?;
	std::thread::spawn(move || {
		if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
			set.store(true, Ordering::Relaxed);
		}
	});
	Ok(interrupted)
}

fn simulate(options: &Options) -> Result<Result<(), Failure>, String> {
	// What cannot be written is told before hours of work.
	if let Some(path) = &options.report {
		fs::write(path, "")
			.map_err(|error| format!("name another --report: {}: {error}", path.display()))?;
	}
	if let Some(port) = options.serve {
		std::net::TcpListener::bind(("127.0.0.1", port))
			.map_err(|error| format!("name another port to --serve: {error}"))?;
	}
	let (folder, _temporary) = folder(options.database.as_deref())?;
	let interrupted = interruption()?;
	let started = Instant::now();
	let mut line = Line::new();
	let mut total = Report::default();
	let mut last = None;
	for seed in options.seed.. {
		let is_over = || {
			options
				.hours
				.is_some_and(|hours| started.elapsed() >= hours)
		};
		let is_interrupted = || interrupted.load(Ordering::Relaxed);
		let course = |progress: &Progress| {
			line.show(progress);
			match (is_interrupted(), is_over()) {
				(true, _) => Course::Stop,
				(false, true) => Course::WindUp,
				(false, false) => Course::On,
			}
		};
		let path = folder.join(format!("seed-{seed}"));
		let mut simulation = Simulation::new(seed, path.clone());
		if options.serve.is_some() {
			simulation = simulation.without_gaps();
		}
		let outcome = run::chain(&mut simulation, options.blocks, course);
		line.clear();
		match outcome {
			Ok(report) => total.add(&report),
			Err(failure) => return Ok(Err(failure)),
		}
		if options.hours.is_none() || is_over() || is_interrupted() {
			last = Some(simulation);
			break;
		}
		drop(simulation);
		fs::remove_dir_all(&path)
			.map_err(|error| format!("remove {} yourself: {error}", path.display()))?;
	}
	if let Some(path) = &options.report {
		fs::write(path, format!("{:#}\n", total.json()))
			.map_err(|error| format!("name another --report: {}: {error}", path.display()))?;
	}
	println!("{total}");
	if let (Some(port), Some(simulation)) = (options.serve, last) {
		serve(simulation, port, &interrupted)?;
	}
	Ok(Ok(()))
}

/// Serves a chain until somebody interrupts.
fn serve(simulation: Simulation, port: u16, interrupted: &AtomicBool) -> Result<(), String> {
	let cannot = |error: &dyn std::fmt::Display| format!("name another port to --serve: {error}");
	let runtime = tokio::runtime::Runtime::new().map_err(|error| cannot(&error))?;
	let address = ([127, 0, 0, 1], port).into();
	let _handle = runtime
		.block_on(simulation.serve(address))
		.map_err(|error| cannot(&error))?;
	eprintln!("Serving the chain: ./scripts/audit.sh --url ws://{address}");
	while !interrupted.load(Ordering::Relaxed) {
		std::thread::sleep(Duration::from_millis(200));
	}
	Ok(())
}

fn main() -> ExitCode {
	let options = Options::parse();
	match simulate(&options) {
		Ok(Ok(())) => ExitCode::SUCCESS,
		Ok(Err(failure)) => {
			println!("{failure}");
			ExitCode::from(1)
		}
		Err(error) => {
			eprintln!("error: {error}");
			ExitCode::from(2)
		}
	}
}
