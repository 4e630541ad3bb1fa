//! Files that are whole or not there at all, also after a crash or a power cut, and files that one
//! process at a time holds.

use std::{
	fs::{self, DirBuilder, File, OpenOptions, TryLockError},
	io::{self, Write},
	os::unix::fs::{DirBuilderExt, OpenOptionsExt},
	path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// Writes a file, readable by its owner alone, in the place of one that may be there. Folders that
/// are missing are made, closed to everybody else.
///
/// # Errors
/// When a folder or the file cannot be written. A file that was there is unchanged then, unless
/// only the last step failed, by which the folder itself is made to survive a power cut.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
	let folder = folder_of(path);
	let file = staged(&folder, bytes)?;
	file.persist(path).map_err(|error| error.error)?;
	sync_folder(&folder)
}

/// Like [`replace`], but never touches a file that is there: then it returns `false`. Of several
/// who try at the same time, one gets `true`.
///
/// # Errors
/// See [`replace`].
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<bool> {
	let folder = folder_of(path);
	let file = staged(&folder, bytes)?;
	let created = match file.persist_noclobber(path) {
		Ok(_) => true,
		Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => false,
		Err(failed) => return Err(failed.error),
	};
	// Also for a file that somebody else has just created: the caller is going to rely on it.
	sync_folder(&folder)?;
	Ok(created)
}

/// Holds a file until it is dropped, or the process ends in whatever way.
#[derive(Debug)]
pub struct Lock {
	_file: File,
}

/// Holds a file, which is made if need be, unless another process does. It then tells the
/// process's number.
///
/// # Errors
/// [`io::ErrorKind::WouldBlock`] when it is held already; otherwise see [`replace`].
pub fn lock(path: &Path) -> io::Result<Lock> {
	make(&folder_of(path))?;
	let mut options = OpenOptions::new();
	options.write(true).create(true).truncate(false).mode(0o600);
	let mut file = options.open(path)?;
	match file.try_lock() {
		Ok(()) => (),
		Err(TryLockError::WouldBlock) => {
			let holder = fs::read_to_string(path).unwrap_or_default();
			let why = match holder.trim() {
				"" => format!("{} is held by another process", path.display()),
				holder => format!("{} is held by process {holder}", path.display()),
			};
			return Err(io::Error::new(io::ErrorKind::WouldBlock, why));
		}
		Err(TryLockError::Error(error)) => return Err(error),
	}
	file.set_len(0)?;
	write!(file, "{}", std::process::id())?;
	Ok(Lock { _file: file })
}

fn folder_of(path: &Path) -> PathBuf {
	match path.parent() {
		Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
		_ => PathBuf::from("."),
	}
}

/// The bytes under a name of their own beside where they will be. Temporary files have mode 0600.
fn staged(folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
	make(folder)?;
	let mut file = NamedTempFile::with_prefix_in(".part-", folder)?;
	file.write_all(bytes)?;
	file.as_file().sync_all()?;
	Ok(file)
}

/// Makes a folder and those above it that are missing, and sees that their names are on disk.
fn make(folder: &Path) -> io::Result<()> {
	if folder.is_dir() {
		return Ok(());
	}
	let above = folder_of(folder);
	make(&above)?;
	match DirBuilder::new().mode(0o700).create(folder) {
		Ok(()) => sync_folder(&above),
		// Somebody else was faster.
		Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
		Err(error) => Err(error),
	}
}

/// A new name is on disk only once the folder that it is in was synced.
fn sync_folder(folder: &Path) -> io::Result<()> {
	File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::os::unix::fs::PermissionsExt;

	fn mode(path: &Path) -> u32 {
		fs::metadata(path).unwrap().permissions().mode() & 0o777
	}

	fn names(folder: &Path) -> Vec<String> {
		let entries = fs::read_dir(folder).unwrap();
		let mut names: Vec<String> = entries
			.map(|entry| entry.unwrap().file_name().into_string().unwrap())
			.collect();
		names.sort();
		names
	}

	#[test]
	fn a_file_is_replaced_whole_and_only_its_owner_reads_it() {
		let home = tempfile::tempdir().unwrap();
		let path = home.path().join("file");
		fs::write(&path, "a longer text than the next").unwrap();
		for text in ["first", "second", ""] {
			replace(&path, text.as_bytes()).unwrap();
			assert_eq!(fs::read(&path).unwrap(), text.as_bytes());
			assert_eq!(mode(&path), 0o600);
		}
		assert_eq!(names(home.path()), ["file"], "nothing else is left");
	}

	#[test]
	fn missing_folders_are_made_for_their_owner_alone() {
		let home = tempfile::tempdir().unwrap();
		let replaced = home.path().join("a/b/file");
		replace(&replaced, b"text").unwrap();
		let created = home.path().join("c/d/file");
		assert!(create(&created, b"text").unwrap());
		for path in [replaced, created] {
			let inner = path.parent().unwrap();
			assert_eq!(mode(inner), 0o700);
			assert_eq!(mode(inner.parent().unwrap()), 0o700);
			assert_eq!(mode(&path), 0o600);
		}
	}

	#[test]
	fn a_file_that_is_there_is_never_overwritten_by_create() {
		let home = tempfile::tempdir().unwrap();
		let path = home.path().join("file");
		assert!(create(&path, b"first").unwrap());
		assert!(!create(&path, b"second").unwrap());
		assert_eq!(fs::read(&path).unwrap(), b"first");
		assert_eq!(names(home.path()), ["file"], "nothing else is left");
	}

	#[test]
	fn of_many_who_create_one_wins() {
		let home = tempfile::tempdir().unwrap();
		let path = home.path().join("new").join("file");
		let created = std::thread::scope(|scope| {
			let tries: Vec<_> = (0..8u8)
				.map(|by| {
					let path = &path;
					scope.spawn(move || (by, create(path, &[by]).unwrap()))
				})
				.collect();
			let tries = tries.into_iter().map(|tried| tried.join().unwrap());
			tries.filter(|(_, created)| *created).collect::<Vec<_>>()
		});
		assert_eq!(created.len(), 1);
		assert_eq!(fs::read(&path).unwrap(), [created[0].0]);
	}

	#[test]
	fn a_file_is_held_by_one_at_a_time() {
		let home = tempfile::tempdir().unwrap();
		let path = home.path().join("new/role.lock");
		let held = lock(&path).unwrap();
		assert_eq!(mode(&path), 0o600);
		let error = lock(&path).unwrap_err();
		assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
		let holder = format!("held by process {}", std::process::id());
		assert!(error.to_string().contains(&holder), "{error}");
		let _another = lock(&home.path().join("new/other.lock")).unwrap();
		drop(held);
		let _held = lock(&path).unwrap();
	}

	#[test]
	fn a_file_in_the_way_of_a_folder_is_an_error() {
		let home = tempfile::tempdir().unwrap();
		fs::write(home.path().join("file"), "text").unwrap();
		assert!(replace(&home.path().join("file/inner"), b"").is_err());
		assert!(create(&home.path().join("file/inner"), b"").is_err());
	}

	#[test]
	fn a_name_alone_is_in_the_working_folder() {
		assert_eq!(folder_of(Path::new("file")), Path::new("."));
		assert_eq!(folder_of(Path::new("a/file")), Path::new("a"));
	}
}
