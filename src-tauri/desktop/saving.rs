//! Files that the person gets: in a folder of theirs, under a name that nothing had before, readable by them alone.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::refused::{Reason, Refused};

/// Names that are tried before giving up: the same one with a number behind it.
const TRIES: u32 = 1_000;

/// Writes `text` into a new file of this name, or of one like it.
pub(crate) fn save(folder: &Path, name: &str, text: &str) -> Result<PathBuf, Refused> {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "txt"));
    unused(folder, stem, ending, |path| {
        let mut file = match new_file(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
            file => file.map_err(Refused::system)?,
        };
        let written = file
            .write_all(text.as_bytes())
            .and_then(|()| file.sync_all());
        if let Err(error) = written {
            // Half of it would look like all.
            let _ = std::fs::remove_file(path);
            return Err(Refused::system(error));
        }
        Ok(true)
    })
}

/// The first of `STEM.ENDING`, `STEM (2).ENDING`, … that `make` could make; it says `false` if there was one already.
pub(crate) fn unused(
    folder: &Path,
    stem: &str,
    ending: &str,
    mut make: impl FnMut(&Path) -> Result<bool, Refused>,
) -> Result<PathBuf, Refused> {
    let (stem, ending) = (plain(stem), plain(ending));
    for number in 1..=TRIES {
        let name = match number {
            1 => format!("{stem}.{ending}"),
            number => format!("{stem} ({number}).{ending}"),
        };
        let path = folder.join(name);
        if make(&path)? {
            return Ok(path);
        }
    }
    Err(Refused::new(
        Reason::System,
        "there are too many files of that name",
    ))
}

/// Whatever a room or a chat is called, its file is a file in this folder and on every system.
fn plain(name: &str) -> String {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '(' | ')');
    let name: String = name
        .chars()
        .map(|c| if fits(c) { c } else { ' ' })
        .collect();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let name: String = name.trim_matches(['.', ' ']).chars().take(80).collect();
    if name.is_empty() {
        "Landline".into()
    } else {
        name
    }
}

fn new_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<_> = ["one", "two", "three"]
            .map(|text| save(folder.path(), "lobby.html", text).unwrap())
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, ["lobby.html", "lobby (2).html", "lobby (3).html"]);
        let first = std::fs::read_to_string(folder.path().join("lobby.html"));
        assert_eq!(first.unwrap(), "one");
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "../../etc/passwd",
            "/etc/passwd",
            "..\\x.html",
            ".hidden.html",
            "a\0b:c.html",
            "",
            "..",
            "\u{202e}x.y",
        ] {
            let path = save(folder.path(), name, "x").unwrap();
            assert_eq!(path.parent(), Some(folder.path()), "{name:?}");
            let file = path.file_name().unwrap().to_string_lossy();
            assert!(
                !file.starts_with('.') && file.contains('.'),
                "{name:?}: {file}"
            );
        }
    }
}
