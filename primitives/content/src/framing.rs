use crate::{trailer::Fields, wide, Error, RecordCounter, RecordKind, Trailer, CHUNK, CHUNK_U64};
use alloc::{string::String, vec, vec::Vec};

/// First bytes of every entry.
pub const ENTRY_MAGIC: [u8; 8] = *b"GRDENTRY";

/// The longest path, in bytes.
pub const MAX_PATH_LENGTH: u64 = 1024;

/// Bytes of an entry before its path: magic, file length, path length.
pub(crate) const FIXED_HEADER: usize = 18;
pub(crate) const FIXED_HEADER_U64: u64 = 18;

const ZEROS: [u8; CHUNK] = [0; CHUNK];

/// Refuses a path that is not a portable relative path. See the README for the rule.
pub fn check_path(path: &str) -> Result<(), Error> {
	let bounded = wide(path.len()) <= MAX_PATH_LENGTH;
	let plain = !path
		.chars()
		.any(|c| c.is_control() || c == '\\' || c == ':');
	let relative = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
	if bounded && plain && relative {
		Ok(())
	} else {
		Err(Error::InvalidPath)
	}
}

fn check_next(previous: Option<&str>, path: &str) -> Result<(), Error> {
	check_path(path)?;
	match previous {
		Some(previous) if previous.as_bytes() >= path.as_bytes() => Err(Error::UnorderedPaths),
		_ => Ok(()),
	}
}

/// Where an entry's data ends and where the entry itself does, relative to its start.
fn extent(path_length: usize, length: u64) -> Result<(u64, u64), Error> {
	let end = FIXED_HEADER_U64
		.checked_add(wide(path_length))
		.and_then(|start| start.checked_add(length))
		.ok_or(Error::TooLong)?;
	let padded = end
		.checked_next_multiple_of(CHUNK_U64)
		.ok_or(Error::TooLong)?;
	Ok((end, padded))
}

/// Length of the stream that frames files with these paths and lengths, trailer included.
pub fn framed_length<'a>(files: impl IntoIterator<Item = (&'a str, u64)>) -> Result<u64, Error> {
	files
		.into_iter()
		.try_fold(CHUNK_U64, |sum, (path, length)| {
			let (_, padded) = extent(path.len(), length)?;
			sum.checked_add(padded).ok_or(Error::TooLong)
		})
}

/// Frames files that arrive in pieces. It never holds their bytes: it says what to write around
/// them.
///
/// For each file, in order: write what [`Framer::open`] returns; then each piece of data, followed
/// by what [`Framer::data`] returns. In the end write [`Trailer::encode`] of [`Framer::close`].
#[derive(Clone, Debug)]
pub struct Framer {
	counter: RecordCounter,
	previous: Option<String>,
	/// Bytes of data that the open file still lacks, and zeros that follow them.
	missing: u64,
	padding: usize,
	files: u32,
	data_length: u64,
	stream_length: u64,
}

impl Framer {
	/// A framer that has written nothing.
	pub const fn new(kind: RecordKind) -> Self {
		Self {
			counter: RecordCounter::new(kind),
			previous: None,
			missing: 0,
			padding: 0,
			files: 0,
			data_length: 0,
			stream_length: CHUNK_U64,
		}
	}

	/// Opens the next file and returns the bytes to write before its data. An empty file is
	/// complete with them.
	///
	/// Fails when the path is refused, does not come after the one before, or when the file
	/// before is not complete.
	pub fn open(&mut self, path: &str, length: u64) -> Result<Vec<u8>, Error> {
		if self.missing > 0 {
			return Err(Error::WrongFileLength);
		}
		check_next(self.previous.as_deref(), path)?;
		let path_length = u16::try_from(path.len()).map_err(|_| Error::InvalidPath)?;
		let (end, padded) = extent(path.len(), length)?;
		let padding = padded.checked_sub(end).ok_or(Error::TooLong)?;
		let padding = usize::try_from(padding).map_err(|_| Error::TooLong)?;
		let files = self.files.checked_add(1).ok_or(Error::TooLong)?;
		let data_length = self.data_length.checked_add(length).ok_or(Error::TooLong)?;
		let stream_length = self
			.stream_length
			.checked_add(padded)
			.ok_or(Error::TooLong)?;

		let mut header = ENTRY_MAGIC.to_vec();
		header.extend(length.to_le_bytes());
		header.extend(path_length.to_le_bytes());
		header.extend(path.as_bytes());
		if length == 0 {
			header.extend(ZEROS.iter().take(padding));
			self.counter.end_file()?;
		}
		self.previous = Some(path.into());
		(self.missing, self.padding) = (length, padding);
		(self.files, self.data_length, self.stream_length) = (files, data_length, stream_length);
		Ok(header)
	}

	/// Takes note of the next bytes of the open file and returns the zeros to write after them:
	/// none until the file is complete.
	pub fn data(&mut self, bytes: &[u8]) -> Result<&'static [u8], Error> {
		if bytes.is_empty() {
			return Ok(&[]);
		}
		let missing = self
			.missing
			.checked_sub(wide(bytes.len()))
			.ok_or(Error::WrongFileLength)?;
		self.counter.update(bytes)?;
		self.missing = missing;
		if missing > 0 {
			return Ok(&[]);
		}
		self.counter.end_file()?;
		ZEROS.get(..self.padding).ok_or(Error::TooLong)
	}

	/// Ends the stream: the trailer is its last chunk.
	pub fn close(self) -> Result<Trailer, Error> {
		if self.missing > 0 {
			return Err(Error::WrongFileLength);
		}
		Ok(Trailer::new(
			self.counter.kind(),
			self.files,
			self.counter.records(),
			self.data_length,
			self.stream_length,
		))
	}
}

/// The whole stream of files that are in memory, trailer included.
pub fn frame<'a>(
	files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
	kind: RecordKind,
) -> Result<Vec<u8>, Error> {
	let mut framer = Framer::new(kind);
	let mut stream = Vec::new();
	for (path, data) in files {
		stream.extend(framer.open(path, wide(data.len()))?);
		stream.extend_from_slice(data);
		stream.extend_from_slice(framer.data(data)?);
	}
	stream.extend(framer.close()?.encode());
	Ok(stream)
}

/// A file in a stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
	/// Relative path, `/` between components. Checked by [`check_path`].
	pub path: String,
	/// Where its data begins in the stream.
	pub offset: u64,
	/// Bytes of data.
	pub length: u64,
}

impl Entry {
	/// The file's data in a stream that is in memory.
	pub fn data<'a>(&self, stream: &'a [u8]) -> Option<&'a [u8]> {
		let start = usize::try_from(self.offset).ok()?;
		stream
			.get(start..)?
			.get(..usize::try_from(self.length).ok()?)
	}
}

/// The files of a stream, in order, and its trailer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Index {
	/// Strictly ascending by path.
	pub entries: Vec<Entry>,
	/// What the last chunk says. Files and lengths agree with `entries`; the number of records is
	/// not checked here: compare it with what [`crate::records`] yields.
	pub trailer: Trailer,
}

impl Index {
	/// The file with this path.
	pub fn find(&self, path: &str) -> Option<&Entry> {
		let found = self
			.entries
			.binary_search_by(|entry| entry.path.as_bytes().cmp(path.as_bytes()));
		self.entries.get(found.ok()?)
	}
}

/// Reads the index of a stream that is in memory.
pub fn index(stream: &[u8]) -> Result<Index, Error> {
	index_with(wide(stream.len()), |offset, buffer| {
		let bytes = usize::try_from(offset)
			.ok()
			.and_then(|start| stream.get(start..))
			.and_then(|rest| rest.get(..buffer.len()))
			.ok_or(Error::WrongStreamLength)?;
		buffer.copy_from_slice(bytes);
		Ok(())
	})
}

/// Reads the index of a stream of `length` bytes, whatever it is kept in.
///
/// `read(offset, buffer)` must fill the buffer with the bytes at that offset; only headers,
/// padding and the trailer are read. Safe on hostile bytes: the memory it takes is bounded by
/// the stream's own length, and a stream that is accepted is the only one with these files.
pub fn index_with<E: From<Error>>(
	length: u64,
	mut read: impl FnMut(u64, &mut [u8]) -> Result<(), E>,
) -> Result<Index, E> {
	let end = length
		.checked_sub(CHUNK_U64)
		.ok_or(Error::WrongStreamLength)?;
	let mut block = [0; CHUNK];
	read(end, &mut block)?;
	let trailer = Trailer::decode(&block)?;
	if trailer.stream_length != length {
		return Err(Error::WrongStreamLength.into());
	}

	let mut entries: Vec<Entry> = Vec::new();
	let mut start = 0u64;
	let mut data_length = 0u64;
	let mut header = vec![0; const { FIXED_HEADER + CHUNK }];
	while start < end {
		let rest = end.checked_sub(start).ok_or(Error::TooLong)?;
		let most = usize::try_from(rest)
			.unwrap_or(usize::MAX)
			.min(header.len());
		let header = header.get_mut(..most).ok_or(Error::TooLong)?;
		read(start, header)?;
		let (path, file_length) = parse_header(header)?;
		check_next(entries.last().map(|entry| entry.path.as_str()), path)?;

		let (data_end, padded) = extent(path.len(), file_length)?;
		let next = start.checked_add(padded).filter(|next| *next <= end);
		let next = next.ok_or(Error::InvalidEntry)?;
		let padding_start = start.checked_add(data_end).ok_or(Error::TooLong)?;
		let offset = padding_start
			.checked_sub(file_length)
			.ok_or(Error::TooLong)?;
		let path = path.into();

		let padding = next.checked_sub(padding_start).ok_or(Error::TooLong)?;
		let padding = usize::try_from(padding).map_err(|_| Error::TooLong)?;
		let padding = block.get_mut(..padding).ok_or(Error::InvalidEntry)?;
		if !padding.is_empty() {
			read(padding_start, padding)?;
		}
		if padding.iter().any(|byte| *byte != 0) {
			return Err(Error::InvalidEntry.into());
		}
		data_length = data_length.checked_add(file_length).ok_or(Error::TooLong)?;
		entries.push(Entry {
			path,
			offset,
			length: file_length,
		});
		start = next;
	}
	if wide(entries.len()) != u64::from(trailer.files) || data_length != trailer.data_length {
		return Err(Error::TotalsMismatch.into());
	}
	Ok(Index { entries, trailer })
}

fn parse_header(header: &[u8]) -> Result<(&str, u64), Error> {
	let mut fields = Fields(header);
	if fields.take::<8>()? != ENTRY_MAGIC {
		return Err(Error::InvalidEntry);
	}
	let length = u64::from_le_bytes(fields.take()?);
	let path_length = usize::from(u16::from_le_bytes(fields.take()?));
	if wide(path_length) > MAX_PATH_LENGTH {
		return Err(Error::InvalidPath);
	}
	let path = fields.0.get(..path_length).ok_or(Error::InvalidEntry)?;
	let path = core::str::from_utf8(path).map_err(|_| Error::InvalidPath)?;
	Ok((path, length))
}
