//! How long the files are: median, p90 and the tail. It fails nobody; it shows where to look.

use super::house::House;

const GROUPS: [(&str, &str, &[&str]); 3] = [
    ("Rust", "src-tauri/", &[".rs"]),
    ("UI", "ui/src/", &[".ts", ".svelte", ".css"]),
    ("e2e and bench", "", &[".mjs"]),
];

/// One line a group, then the longest files of all.
pub(crate) fn report(house: &House) -> String {
    let mut lines = vec![format!(
        "{:<16}{:>6}{:>8}{:>6}{:>6}",
        "lines per file", "files", "median", "p90", "max"
    )];
    let mut all: Vec<(usize, &str)> = Vec::new();
    for (name, folder, endings) in GROUPS {
        let mut sizes: Vec<(usize, &str)> = house
            .below(folder, endings)
            .filter(|(path, _)| !path.ends_with("wire.ts"))
            .map(|(path, text)| (text.lines().count(), path))
            .collect();
        sizes.sort_unstable();
        let at = |share: f64| share_of(&sizes, share);
        lines.push(format!(
            "{name:<16}{:>6}{:>8}{:>6}{:>6}",
            sizes.len(),
            at(0.5),
            at(0.9),
            at(1.0)
        ));
        all.extend(sizes);
    }
    all.sort_unstable();
    lines.push("longest:".to_owned());
    lines.extend(
        all.iter()
            .rev()
            .take(5)
            .map(|(size, path)| format!("{size:>6}  {path}")),
    );
    lines.join("\n")
}

/// The size below or at which `share` of the files are (nearest rank).
fn share_of(sizes: &[(usize, &str)], share: f64) -> usize {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few hundred files"
    )]
    let rank = (sizes.len() as f64 * share).ceil() as usize;
    sizes
        .get(rank.saturating_sub(1))
        .map_or(0, |&(size, _)| size)
}

#[cfg(test)]
mod tests {
    use super::share_of;

    #[test]
    fn ranks_are_nearest() {
        let sizes: Vec<(usize, &str)> = (1..=10).map(|size| (size, "")).collect();
        assert_eq!(
            (
                share_of(&sizes, 0.5),
                share_of(&sizes, 0.9),
                share_of(&sizes, 1.0)
            ),
            (5, 9, 10)
        );
        assert_eq!(share_of(&[], 0.5), 0);
    }
}
