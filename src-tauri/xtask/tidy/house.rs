//! The sources as the rules see them: every text file of the repository that people write, by its path.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Folders that hold what machines write.
const NOT_OURS: [&str; 9] = [
    ".git",
    "target",
    "node_modules",
    "dist",
    "gen",
    "icons",
    "test-output",
    "paraglide",
    ".svelte-kit",
];

/// The repository's texts.
#[derive(Debug, Default)]
pub(crate) struct House {
    files: BTreeMap<String, String>,
}

impl House {
    /// Reads the repository that this crate stands in.
    pub(crate) fn read() -> anyhow::Result<House> {
        let mut house = House::default();
        house.walk(&root(), "")?;
        Ok(house)
    }

    /// A house of the given files, to show that a rule finds what it should.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> House {
        House {
            files: files
                .iter()
                .map(|&(path, text)| (path.to_owned(), text.to_owned()))
                .collect(),
        }
    }

    /// The text of one file, by its path from the root with `/`.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The files below `folder` (with its closing `/`) that end in one of `endings`.
    pub(crate) fn below<'a>(
        &'a self,
        folder: &'a str,
        endings: &'a [&'a str],
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .filter(move |(path, _)| {
                path.starts_with(folder) && endings.iter().any(|end| path.ends_with(end))
            })
    }

    fn walk(&mut self, folder: &Path, prefix: &str) -> anyhow::Result<()> {
        let entries = std::fs::read_dir(folder)
            .with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let kind = entry.file_type()?;
            if kind.is_dir() && !NOT_OURS.contains(&name.as_str()) {
                self.walk(&entry.path(), &format!("{prefix}{name}/"))?;
            } else if kind.is_file() {
                // What is not text holds no imports.
                if let Ok(text) = std::fs::read_to_string(entry.path()) {
                    self.files.insert(format!("{prefix}{name}"), text);
                }
            }
        }
        Ok(())
    }
}

/// The repository's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
