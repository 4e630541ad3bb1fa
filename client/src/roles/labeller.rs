//! Who answers feedback: a person at the terminal, or a command.

use super::Failure;
use std::{
	future::Future,
	io::{BufRead, Write},
	pin::Pin,
	process::Stdio,
};
use tokio::{io::AsyncWriteExt, process::Command};

/// Labels items, given as vectors, with a class below `classes` each.
pub trait Labeller: Send + Sync + 'static {
	/// One label per item, in order.
	fn label<'a>(
		&'a self,
		items: &'a [Vec<u8>],
		classes: u16,
	) -> Pin<Box<dyn Future<Output = Result<Vec<u16>, Failure>> + Send + 'a>>;
}

/// Checks that there is one possible label per item.
fn complete(labels: Vec<u16>, items: usize, classes: u16) -> Result<Vec<u16>, Failure> {
	if labels.len() != items {
		let why = format!("{} labels were given for {items} items", labels.len());
		return Err(Failure::Here(why));
	}
	match labels.iter().find(|label| **label >= classes) {
		Some(label) => Err(Failure::Here(format!(
			"label {label} is none of the {classes} classes"
		))),
		None => Ok(labels),
	}
}

/// A command that reads one JSON array of features per line, and prints one label per line. It is
/// run by `sh -c`, once per batch.
pub struct External(pub String);

impl Labeller for External {
	fn label<'a>(
		&'a self,
		items: &'a [Vec<u8>],
		classes: u16,
	) -> Pin<Box<dyn Future<Output = Result<Vec<u16>, Failure>> + Send + 'a>> {
		Box::pin(async move {
			let mut child = Command::new("sh")
				.args(["-c", &self.0])
				.stdin(Stdio::piped())
				.stdout(Stdio::piped())
				.kill_on_drop(true)
				.spawn()?;
			let mut lines = Vec::new();
			for item in items {
				serde_json::to_writer(&mut lines, item).map_err(std::io::Error::other)?;
				lines.push(b'\n');
			}
			let stdin = child.stdin.take();
			// It may print before it has read everything: neither side must wait for the other.
			let writing = async {
				match stdin {
					Some(mut stdin) => stdin.write_all(&lines).await,
					None => Ok(()),
				}
			};
			let (written, output) = tokio::join!(writing, child.wait_with_output());
			let output = output?;
			if !output.status.success() {
				return Err(Failure::Here(format!("{}: {}", self.0, output.status)));
			}
			match written {
				// What it did not want to read it did not need.
				Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => (),
				written => written?,
			}
			let text = String::from_utf8_lossy(&output.stdout);
			let labels: Result<Vec<u16>, _> = text
				.lines()
				.map(|line| line.trim().parse::<u16>())
				.collect();
			let labels = labels.map_err(|_| {
				Failure::Here(format!(
					"{}: expected one label per line, as a number",
					self.0
				))
			})?;
			complete(labels, items.len(), classes)
		})
	}
}

/// A person at the terminal.
pub struct Prompt;

impl Labeller for Prompt {
	fn label<'a>(
		&'a self,
		items: &'a [Vec<u8>],
		classes: u16,
	) -> Pin<Box<dyn Future<Output = Result<Vec<u16>, Failure>> + Send + 'a>> {
		Box::pin(async move {
			let items = items.to_vec();
			// The lock on the terminal's input keeps a second batch waiting.
			super::compute(move || ask(&items, classes, &mut std::io::stdin().lock())).await?
		})
	}
}

fn ask(items: &[Vec<u8>], classes: u16, input: &mut impl BufRead) -> Result<Vec<u16>, Failure> {
	let mut labels = Vec::new();
	for (number, item) in (1..).zip(items) {
		let mut screen = std::io::stderr().lock();
		writeln!(screen, "\nItem {number} of {}\n{}", items.len(), draw(item))?;
		loop {
			write!(screen, "Which class, 0 to {}? ", classes.saturating_sub(1))?;
			screen.flush()?;
			let mut line = String::new();
			if input.read_line(&mut line)? == 0 {
				return Err(Failure::Here("nobody is there to answer".into()));
			}
			match line.trim().parse() {
				Ok(label) if label < classes => break labels.push(label),
				_ => writeln!(screen, "That is no class.")?,
			}
		}
	}
	Ok(labels)
}

/// A square of features as a picture, anything else as numbers.
fn draw(item: &[u8]) -> String {
	const INK: &[u8; 10] = b" .:-=+*#%@";
	let side = item.len().isqrt();
	if side < 4 || side.saturating_mul(side) != item.len() {
		return format!("{item:?}");
	}
	let darkest = item.iter().copied().max().unwrap_or(0).max(1);
	let shade = |value: &u8| {
		let at = usize::from(*value).saturating_mul(9) / usize::from(darkest);
		char::from(INK.get(at).copied().unwrap_or(b'@'))
	};
	let row = |row: &[u8]| {
		row.iter()
			.flat_map(|value| [shade(value); 2])
			.collect::<String>()
	};
	item.chunks(side).map(row).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
	use super::*;

	#[tokio::test]
	async fn a_command_answers_one_label_per_item() {
		let items = vec![vec![3, 250], vec![7, 1]];
		let first = External("tr -d '[' | cut -d, -f1".into());
		assert_eq!(first.label(&items, 10).await.unwrap(), [3, 7]);
		for (command, classes, said) in [
			(
				"tr -d '[' | cut -d, -f1",
				7,
				"label 7 is none of the 7 classes",
			),
			("echo 1", 10, "1 labels were given for 2 items"),
			("cat", 10, "expected one label per line"),
			("cat > /dev/null; exit 3", 10, "exit status: 3"),
		] {
			let error = External(command.into())
				.label(&items, classes)
				.await
				.unwrap_err();
			assert!(error.to_string().contains(said), "{command}: {error}");
		}
	}

	#[tokio::test]
	async fn a_command_may_answer_before_it_has_read_everything() {
		let items = vec![vec![1; 64]; 20_000];
		let each = External("while read line; do echo 1; done".into());
		assert_eq!(each.label(&items, 2).await.unwrap().len(), items.len());
	}

	#[test]
	fn a_person_is_asked_again_until_the_answer_is_a_class() {
		let mut typed = &b"x\n9\n1\n0\n"[..];
		assert_eq!(ask(&[vec![1], vec![2]], 2, &mut typed).unwrap(), [1, 0]);
		assert!(ask(&[vec![1]], 2, &mut &b""[..]).is_err());
	}

	#[test]
	fn a_square_is_drawn() {
		let mut item = vec![0; 16];
		item[5] = 200;
		item[6] = 100;
		assert_eq!(draw(&item), "        \n  @@==  \n        \n        ");
		assert_eq!(draw(&[1, 2]), "[1, 2]");
	}
}
