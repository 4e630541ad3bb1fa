use crate::{Error, RecordKind, CHUNK, CHUNK_U64, MAX_PATH_LENGTH};

/// First bytes of the trailer block.
pub const TRAILER_MAGIC: [u8; 8] = *b"GRDTRAIL";

/// The version of the framing that this crate reads and writes.
pub const VERSION: u32 = 1;

/// The last chunk of every stream: public even where the data is not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Trailer {
	/// Version of the framing, [`VERSION`].
	pub version: u32,
	/// What `records` counts.
	pub kind: RecordKind,
	/// Number of files.
	pub files: u32,
	/// Number of records; they are addressed as `0..records`.
	pub records: u64,
	/// Sum of the lengths of the files, in bytes.
	pub data_length: u64,
	/// Length of the whole stream in bytes, headers, padding and this block included.
	pub stream_length: u64,
}

impl Trailer {
	/// A trailer of the current version.
	pub const fn new(
		kind: RecordKind,
		files: u32,
		records: u64,
		data_length: u64,
		stream_length: u64,
	) -> Self {
		Self {
			version: VERSION,
			kind,
			files,
			records,
			data_length,
			stream_length,
		}
	}

	/// The bytes of the block.
	pub fn encode(&self) -> [u8; CHUNK] {
		let mut block = [0u8; CHUNK];
		let fields = TRAILER_MAGIC
			.into_iter()
			.chain(self.version.to_le_bytes())
			.chain([self.kind.to_byte()])
			.chain([0; 3])
			.chain(self.files.to_le_bytes())
			.chain([0; 4])
			.chain(self.records.to_le_bytes())
			.chain(self.data_length.to_le_bytes())
			.chain(self.stream_length.to_le_bytes());
		for (byte, value) in block.iter_mut().zip(fields) {
			*byte = value;
		}
		block
	}

	/// Reads a block back.
	///
	/// Strict: one byte string per trailer. Refuses another version, a byte outside the fields
	/// that is not zero, and counts and lengths that no stream can have together.
	pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
		let block: &[u8; CHUNK] = bytes.try_into().map_err(|_| Error::InvalidTrailer)?;
		let mut reader = Fields(block);
		let magic: [u8; 8] = reader.take()?;
		let version = u32::from_le_bytes(reader.take()?);
		let [kind, ..] = reader.take::<4>()?;
		let files = u32::from_le_bytes(reader.take()?);
		let _: [u8; 4] = reader.take()?;
		let trailer = Self {
			version,
			kind: RecordKind::from_byte(kind).ok_or(Error::InvalidTrailer)?,
			files,
			records: u64::from_le_bytes(reader.take()?),
			data_length: u64::from_le_bytes(reader.take()?),
			stream_length: u64::from_le_bytes(reader.take()?),
		};
		let canonical = magic == TRAILER_MAGIC && version == VERSION && trailer.encode() == *block;
		if canonical && trailer.is_possible() {
			Ok(trailer)
		} else {
			Err(Error::InvalidTrailer)
		}
	}

	fn is_possible(&self) -> bool {
		let Some(body) = self.stream_length.checked_sub(CHUNK_U64) else {
			return false;
		};
		let files = u64::from(self.files);
		let overhead = body.checked_sub(self.data_length);
		let least = files.checked_mul(crate::framing::FIXED_HEADER_U64 + 1);
		let most =
			files.checked_mul(crate::framing::FIXED_HEADER_U64 + MAX_PATH_LENGTH + (CHUNK_U64 - 1));
		let fits = match (overhead, least, most) {
			(Some(overhead), Some(least), Some(most)) => (least..=most).contains(&overhead),
			_ => false,
		};
		let records = match self.kind {
			RecordKind::File => self.records == files,
			RecordKind::Line { .. } => self.records <= self.data_length,
		};
		let data = self.files > 0 || self.data_length == 0;
		fits && records && data && body.checked_rem(CHUNK_U64) == Some(0)
	}
}

pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
	pub(crate) fn take<const N: usize>(&mut self) -> Result<[u8; N], Error> {
		let (head, rest) = self.0.split_first_chunk::<N>().ok_or(Error::InvalidEntry)?;
		self.0 = rest;
		Ok(*head)
	}
}
