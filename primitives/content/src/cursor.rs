#![allow(
	clippy::as_conversions,
	reason = "derive(Encode) casts the index of an enum's variant"
)]

use crate::{
	framing::ENTRY_MAGIC, trailer::Fields, wide, Error, RecordKind, CHUNK, MAX_PATH_LENGTH,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};

/// What has been seen of a line.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen,
)]
pub(crate) enum Line {
	#[default]
	Empty,
	/// So far only a `\r`, which may yet turn out to be part of the line's end.
	CarriageReturn,
	Content,
}

impl Line {
	/// With more bytes of it, none of them a line's end.
	pub(crate) fn with(self, piece: &[u8]) -> Self {
		match (self, piece) {
			(line, []) => line,
			(Self::Empty, [b'\r']) => Self::CarriageReturn,
			_ => Self::Content,
		}
	}
}

/// A place in a stream, a multiple of [`CHUNK`], with what it takes to go on reading from there
/// without the bytes before.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen,
)]
pub struct Cursor {
	/// Records that ended before.
	records: u64,
	/// Bytes of the current file's path that are still to come.
	path: u16,
	/// Bytes of its data that come after those.
	data: u64,
	/// Whether the line that names its columns has ended.
	named: bool,
	/// What has been seen of the current line.
	line: Line,
}

/// What a [`Cursor`] comes upon.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece<'a> {
	/// More bytes of what may become a record.
	Bytes(&'a [u8]),
	/// The bytes since the last end are a record, but for one `\r` at the end of a line.
	Record,
	/// They are none: an empty line, or one that names columns.
	Other,
}

impl Cursor {
	/// Records that ended before this place.
	pub const fn records(&self) -> u64 {
		self.records
	}

	/// Records of which a byte may lie before this place.
	pub const fn begun(&self, kind: RecordKind) -> u64 {
		let open = match kind {
			RecordKind::File => !self.is_between_files(),
			RecordKind::Line { header } => {
				(self.named || !header) && !matches!(self.line, Line::Empty)
			}
		};
		match open {
			true => self.records.saturating_add(1),
			false => self.records,
		}
	}

	/// Whether an entry or the trailer begins here.
	pub const fn is_between_files(&self) -> bool {
		self.path == 0 && self.data == 0
	}

	/// Reads on through whole chunks of entries, and tells what is in them.
	///
	/// Safe on hostile bytes. It sees each entry by itself: the order of the paths, and what the
	/// trailer says, are not compared.
	pub fn advance(
		&mut self,
		kind: RecordKind,
		chunks: &[u8],
		mut each: impl FnMut(Piece),
	) -> Result<(), Error> {
		if chunks.len().checked_rem(CHUNK) != Some(0) {
			return Err(Error::UnalignedChunk);
		}
		let mut rest = chunks;
		loop {
			if self.is_between_files() {
				if rest.is_empty() {
					return Ok(());
				}
				rest = self.enter(rest)?;
			}
			let path = usize::from(self.path).min(rest.len());
			let (path, after) = rest.split_at_checked(path).ok_or(Error::TooLong)?;
			let passed = u16::try_from(path.len()).map_err(|_| Error::TooLong)?;
			self.path = self.path.checked_sub(passed).ok_or(Error::TooLong)?;
			if self.path > 0 {
				return Ok(());
			}
			let data = usize::try_from(self.data)
				.unwrap_or(usize::MAX)
				.min(after.len());
			let (data, after) = after.split_at_checked(data).ok_or(Error::TooLong)?;
			self.data = self
				.data
				.checked_sub(wide(data.len()))
				.ok_or(Error::TooLong)?;
			self.read(kind, data, &mut each)?;
			if self.data > 0 {
				return Ok(());
			}
			self.leave(kind, &mut each)?;
			let padding = after.len().checked_rem(CHUNK).ok_or(Error::TooLong)?;
			let (padding, after) = after.split_at_checked(padding).ok_or(Error::TooLong)?;
			if padding.iter().any(|byte| *byte != 0) {
				return Err(Error::InvalidEntry);
			}
			rest = after;
		}
	}

	/// Reads what comes before an entry's path.
	fn enter<'a>(&mut self, entry: &'a [u8]) -> Result<&'a [u8], Error> {
		let mut fields = Fields(entry);
		if fields.take::<8>()? != ENTRY_MAGIC {
			return Err(Error::InvalidEntry);
		}
		let data = u64::from_le_bytes(fields.take()?);
		let path = u16::from_le_bytes(fields.take()?);
		if path == 0 || u64::from(path) > MAX_PATH_LENGTH {
			return Err(Error::InvalidPath);
		}
		*self = Self {
			records: self.records,
			path,
			data,
			..Self::default()
		};
		Ok(fields.0)
	}

	fn read(
		&mut self,
		kind: RecordKind,
		data: &[u8],
		each: &mut impl FnMut(Piece),
	) -> Result<(), Error> {
		if kind == RecordKind::File {
			each(Piece::Bytes(data));
			return Ok(());
		}
		let mut pieces = data.split(|byte| *byte == b'\n').peekable();
		while let Some(piece) = pieces.next() {
			each(Piece::Bytes(piece));
			self.line = self.line.with(piece);
			if pieces.peek().is_some() {
				self.end_line(kind, each)?;
			}
		}
		Ok(())
	}

	fn leave(&mut self, kind: RecordKind, each: &mut impl FnMut(Piece)) -> Result<(), Error> {
		match kind {
			RecordKind::File => self.end(each),
			RecordKind::Line { .. } => self.end_line(kind, each),
		}
	}

	fn end_line(&mut self, kind: RecordKind, each: &mut impl FnMut(Piece)) -> Result<(), Error> {
		let content = self.line == Line::Content;
		self.line = Line::Empty;
		let names = kind == (RecordKind::Line { header: true }) && !self.named;
		if content && !names {
			return self.end(each);
		}
		self.named |= content;
		each(Piece::Other);
		Ok(())
	}

	fn end(&mut self, each: &mut impl FnMut(Piece)) -> Result<(), Error> {
		self.records = self.records.checked_add(1).ok_or(Error::TooLong)?;
		each(Piece::Record);
		Ok(())
	}
}
