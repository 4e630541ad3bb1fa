use crate::{
	check_path, framed_length, ChunkProof, Error, Framer, RecordKind, Root, RootBuilder, Trailer,
	CHUNK_U64,
};
use blake3::Hasher;
use std::{
	boxed::Box,
	format,
	fs::File,
	io::{self, Read, Seek, SeekFrom, Write},
	path::{Path, PathBuf},
	string::String,
	vec,
	vec::Vec,
};

/// Large enough for the tree to be hashed on many cores at once.
const BUFFER: usize = 8 << 20;

/// A file of a [`Directory`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileEntry {
	/// Path relative to the directory, `/` between components.
	pub path: String,
	/// Its length in bytes when the directory was scanned.
	pub length: u64,
}

/// The files below a directory, in stream order.
#[derive(Clone, Debug)]
pub struct Directory {
	base: PathBuf,
	files: Vec<FileEntry>,
	stream_length: u64,
}

/// What hashing a directory yields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Framed {
	/// BLAKE3 of the stream.
	pub root: Root,
	/// The stream's last chunk.
	pub trailer: Trailer,
	/// The proof of that chunk, for [`crate::verify_final`].
	pub final_chunk: ChunkProof,
	/// Each file's own hash, in stream order.
	pub files: Vec<FileDigest>,
}

/// A file's own hash.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileDigest {
	/// Path relative to the directory, `/` between components.
	pub path: String,
	/// Its length in bytes.
	pub length: u64,
	/// BLAKE3 of its bytes.
	pub blake3: [u8; 32],
}

/// Watches a directory being read: for progress, and for hashes other than BLAKE3.
pub trait Observer {
	/// The next file begins.
	fn file(&mut self, _file: &FileEntry) {}
	/// The next bytes of that file.
	fn data(&mut self, _bytes: &[u8]) {}
	/// So many bytes of the stream are done.
	fn progress(&mut self, _done: u64, _total: u64) {}
}

impl Observer for () {}

impl Directory {
	/// Finds every file below `base`.
	///
	/// Refuses links and anything else that is neither file nor directory (a dataset is what its
	/// bytes say, not what they point to), and names that [`check_path`] refuses. Empty
	/// directories leave no trace.
	pub fn scan(base: impl AsRef<Path>) -> io::Result<Self> {
		let base = base.as_ref().to_path_buf();
		let mut files = Vec::new();
		let mut open = vec![(base.clone(), String::new())];
		while let Some((directory, prefix)) = open.pop() {
			for entry in std::fs::read_dir(&directory)? {
				let entry = entry?;
				let place = entry.path();
				let refuse = |why: &str| Err(invalid(format!("{}: {why}", place.display())));
				let name = entry.file_name();
				let Some(name) = name.to_str() else {
					return refuse("name is not UTF-8");
				};
				let path = if prefix.is_empty() {
					name.into()
				} else {
					format!("{prefix}/{name}")
				};
				let kind = entry.file_type()?;
				if kind.is_dir() {
					open.push((place, path));
				} else if !kind.is_file() {
					return refuse("neither a file nor a directory");
				} else if let Err(error) = check_path(&path) {
					return refuse(&format!("{error}"));
				} else {
					files.push(FileEntry {
						path,
						length: entry.metadata()?.len(),
					});
				}
			}
		}
		files.sort_unstable_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
		let stream_length =
			framed_length(files.iter().map(|file| (file.path.as_str(), file.length)))?;
		Ok(Self {
			base,
			files,
			stream_length,
		})
	}

	/// The files, in stream order.
	pub fn files(&self) -> &[FileEntry] {
		&self.files
	}

	/// Length of the stream that frames them.
	pub const fn stream_length(&self) -> u64 {
		self.stream_length
	}

	/// Computes the content root, reading every file once, in constant memory.
	pub fn hash(&self, kind: RecordKind, observer: &mut impl Observer) -> io::Result<Framed> {
		self.write(kind, io::sink(), observer)
	}

	/// Writes the stream, and computes what [`Directory::hash`] does on the way.
	///
	/// Fails when a file is no longer as long as when the directory was scanned.
	pub fn write(
		&self,
		kind: RecordKind,
		mut out: impl Write,
		observer: &mut impl Observer,
	) -> io::Result<Framed> {
		let mut framer = Framer::new(kind);
		let mut root = RootBuilder::new();
		let mut done = 0u64;
		let mut emit = |bytes: &[u8], observer: &mut dyn Observer| -> io::Result<()> {
			root.update(bytes)?;
			out.write_all(bytes)?;
			done = done
				.checked_add(crate::wide(bytes.len()))
				.ok_or(Error::TooLong)?;
			observer.progress(done, self.stream_length);
			Ok(())
		};
		let mut digests = Vec::with_capacity(self.files.len());
		let mut buffer = vec![0; BUFFER];
		for file in &self.files {
			observer.file(file);
			emit(&framer.open(&file.path, file.length)?, observer)?;
			let mut hasher = Hasher::new();
			let mut source = self.open(file)?;
			let mut rest = file.length;
			while rest > 0 {
				let step = usize::try_from(rest)
					.unwrap_or(usize::MAX)
					.min(buffer.len());
				let piece = buffer.get_mut(..step).ok_or(Error::TooLong)?;
				source
					.read_exact(piece)
					.map_err(|error| self.explain(file, error))?;
				crate::tree::update(&mut hasher, piece);
				observer.data(piece);
				emit(piece, observer)?;
				emit(framer.data(piece)?, observer)?;
				rest = rest.checked_sub(crate::wide(step)).ok_or(Error::TooLong)?;
			}
			if source.read(&mut [0])? != 0 {
				return Err(self.explain(file, Error::WrongFileLength.into()));
			}
			digests.push(FileDigest {
				path: file.path.clone(),
				length: file.length,
				blake3: hasher.finalize().into(),
			});
		}
		let trailer = framer.close()?;
		let block = trailer.encode();
		let (root, final_chunk) = root.finish(&block)?;
		out.write_all(&block)?;
		out.flush()?;
		observer.progress(trailer.stream_length, self.stream_length);
		Ok(Framed {
			root,
			trailer,
			final_chunk,
			files: digests,
		})
	}

	/// The stream, read from the files as they lie, without a copy of it.
	pub fn stream(self, trailer: Trailer) -> Result<Stream, Error> {
		let files = u64::from(trailer.files) == crate::wide(self.files.len());
		if !files || trailer.stream_length != self.stream_length {
			return Err(Error::TotalsMismatch);
		}
		let mut starts = Vec::with_capacity(self.files.len());
		let mut start = 0u64;
		for file in &self.files {
			starts.push(start);
			let framed = framed_length([(file.path.as_str(), file.length)])?;
			start = framed
				.checked_sub(CHUNK_U64)
				.and_then(|entry| start.checked_add(entry))
				.ok_or(Error::TooLong)?;
		}
		starts.push(start);
		Ok(Stream {
			directory: self,
			starts,
			trailer,
			position: 0,
			current: None,
		})
	}

	fn open(&self, file: &FileEntry) -> io::Result<File> {
		File::open(self.base.join(&file.path)).map_err(|error| self.explain(file, error))
	}

	fn explain(&self, file: &FileEntry, error: io::Error) -> io::Error {
		io::Error::new(
			error.kind(),
			format!("{}: {error}", self.base.join(&file.path).display()),
		)
	}
}

/// The stream of a [`Directory`], to read and seek in.
///
/// It does not notice files that changed: whoever reads it checks the bytes against the root.
#[derive(Debug)]
pub struct Stream {
	directory: Directory,
	/// Where each entry begins; last, where the trailer does.
	starts: Vec<u64>,
	trailer: Trailer,
	position: u64,
	current: Option<Current>,
}

#[derive(Debug)]
struct Current {
	entry: usize,
	header: Vec<u8>,
	file: File,
}

impl Stream {
	/// Length of the stream in bytes.
	pub const fn length(&self) -> u64 {
		self.trailer.stream_length
	}

	fn current(&mut self, entry: usize) -> io::Result<(&mut Current, u64)> {
		let file = self.directory.files.get(entry).ok_or(Error::InvalidEntry)?;
		let current = match self.current.take() {
			Some(current) if current.entry == entry => current,
			_ => {
				let mut framer = Framer::new(self.trailer.kind);
				let header = framer.open(&file.path, file.length)?;
				Current {
					entry,
					header,
					file: self.directory.open(file)?,
				}
			}
		};
		Ok((self.current.insert(current), file.length))
	}
}

impl Read for Stream {
	fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
		let entry = self.starts.partition_point(|start| *start <= self.position);
		let entry = entry.checked_sub(1).ok_or(Error::InvalidEntry)?;
		let start = *self.starts.get(entry).ok_or(Error::InvalidEntry)?;
		let position = self.position;
		let offset = position.checked_sub(start).ok_or(Error::TooLong)?;
		let count = if let Some(next) = self.starts.get(entry.wrapping_add(1)).copied() {
			let (current, length) = self.current(entry)?;
			let header = usize::try_from(offset)
				.ok()
				.and_then(|at| current.header.get(at..));
			if let Some(mut bytes) = header.filter(|bytes| !bytes.is_empty()) {
				bytes.read(buffer)?
			} else {
				let header = crate::wide(current.header.len());
				let in_file = offset.checked_sub(header).ok_or(Error::TooLong)?;
				match length.checked_sub(in_file).filter(|rest| *rest > 0) {
					Some(rest) => {
						current.file.seek(SeekFrom::Start(in_file))?;
						let count = (&current.file).take(rest).read(buffer)?;
						if count == 0 && !buffer.is_empty() {
							return Err(Error::WrongFileLength.into());
						}
						count
					}
					None => {
						let rest = next.checked_sub(position).ok_or(Error::TooLong)?;
						io::repeat(0).take(rest).read(buffer)?
					}
				}
			}
		} else {
			let block = self.trailer.encode();
			let mut bytes = usize::try_from(offset).ok().and_then(|at| block.get(at..));
			bytes.as_mut().map_or(Ok(0), |bytes| bytes.read(buffer))?
		};
		self.position = position
			.checked_add(crate::wide(count))
			.ok_or(Error::TooLong)?;
		Ok(count)
	}
}

impl Seek for Stream {
	fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
		let position = match to {
			SeekFrom::Start(position) => Some(position),
			SeekFrom::End(delta) => self.length().checked_add_signed(delta),
			SeekFrom::Current(delta) => self.position.checked_add_signed(delta),
		};
		self.position = position.ok_or_else(|| invalid("seek before the start".into()))?;
		Ok(self.position)
	}
}

fn invalid(why: String) -> io::Error {
	io::Error::new(
		io::ErrorKind::InvalidData,
		Box::<dyn std::error::Error + Send + Sync>::from(why),
	)
}
