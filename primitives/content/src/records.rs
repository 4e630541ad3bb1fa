use crate::{cursor::Line, index, Entry, Error, RecordKind};
use alloc::vec;

/// Counts the records of files that arrive in pieces of any size.
#[derive(Clone, Debug)]
pub struct RecordCounter {
	kind: RecordKind,
	records: u64,
	lines_of_file: u64,
	line: Line,
}

impl RecordCounter {
	/// A counter that has seen nothing.
	pub const fn new(kind: RecordKind) -> Self {
		Self {
			kind,
			records: 0,
			lines_of_file: 0,
			line: Line::Empty,
		}
	}

	/// What is being counted.
	pub const fn kind(&self) -> RecordKind {
		self.kind
	}

	/// The next bytes of the current file.
	pub fn update(&mut self, bytes: &[u8]) -> Result<(), Error> {
		if self.kind == RecordKind::File {
			return Ok(());
		}
		let mut pieces = bytes.split(|byte| *byte == b'\n').peekable();
		while let Some(piece) = pieces.next() {
			self.line = self.line.with(piece);
			if pieces.peek().is_some() {
				self.end_line()?;
			}
		}
		Ok(())
	}

	/// The current file ends here.
	pub fn end_file(&mut self) -> Result<(), Error> {
		let more = match self.kind {
			RecordKind::File => 1,
			RecordKind::Line { header } => {
				self.end_line()?;
				self.lines_of_file.saturating_sub(u64::from(header))
			}
		};
		self.lines_of_file = 0;
		self.records = self.records.checked_add(more).ok_or(Error::TooLong)?;
		Ok(())
	}

	/// Records in the files that have ended.
	pub const fn records(&self) -> u64 {
		self.records
	}

	fn end_line(&mut self) -> Result<(), Error> {
		if self.line == Line::Content {
			self.lines_of_file = self.lines_of_file.checked_add(1).ok_or(Error::TooLong)?;
		}
		self.line = Line::Empty;
		Ok(())
	}
}

/// The records of a stream in order; see [`records`].
#[derive(Clone, Debug)]
pub struct Records<'a> {
	stream: &'a [u8],
	entries: vec::IntoIter<Entry>,
	kind: RecordKind,
	/// What is left of the current file.
	rest: &'a [u8],
}

impl<'a> Iterator for Records<'a> {
	type Item = &'a [u8];

	fn next(&mut self) -> Option<&'a [u8]> {
		loop {
			if let Some(line) = next_line(&mut self.rest) {
				return Some(line);
			}
			let data = self.entries.next()?.data(self.stream)?;
			match self.kind {
				RecordKind::File => return Some(data),
				RecordKind::Line { header } => {
					self.rest = data;
					if header {
						next_line(&mut self.rest);
					}
				}
			}
		}
	}
}

fn next_line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
	while !rest.is_empty() {
		let end = rest
			.iter()
			.position(|byte| *byte == b'\n')
			.unwrap_or(rest.len());
		let (line, after) = rest.split_at_checked(end)?;
		*rest = after.strip_prefix(b"\n").unwrap_or(after);
		let line = line.strip_suffix(b"\r").unwrap_or(line);
		if !line.is_empty() {
			return Some(line);
		}
	}
	None
}

/// The records of a whole stream, in stream order: record `i` is the iterator's item `i`.
///
/// Refuses a stream that is not framed correctly. Whether its root is right, and whether there are
/// as many as the trailer says, are the caller's questions.
pub fn records(stream: &[u8], kind: RecordKind) -> Result<Records<'_>, Error> {
	let entries = index(stream)?.entries.into_iter();
	Ok(Records {
		stream,
		entries,
		kind,
		rest: &[],
	})
}
