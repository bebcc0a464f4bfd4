//! `cargo xtask tidy`: the rules of the house that a compiler does not know. Each rule is also a test of this crate,
//! so `cargo test` finds what `./dev lint` would find.

mod document;
mod house;
mod imports;
mod packages;
mod tail;
mod words;

use house::House;

/// A rule looks at the house and returns one sentence for each thing that is wrong.
type Rule = fn(&House) -> Vec<String>;

/// Every rule, under the name it is reported by.
const RULES: [(&str, Rule); 11] = [
    ("crates point right", packages::arrows),
    ("one version of what must be one", packages::single_versions),
    ("only desktop knows Tauri", words::tauri_only_in_desktop),
    (
        "the hub knows no frame, clock, file or socket",
        words::hub_is_pure,
    ),
    ("no raw HTML in the UI", words::no_raw_html),
    ("UI folders point right", imports::arrows),
    (
        "only platform/tauri.ts imports @tauri-apps",
        imports::tauri_only_in_one_file,
    ),
    (
        "docs/protocol.md tells the whole protocol",
        document::protocol,
    ),
    (
        "docs/architecture.md names tests that exist",
        document::architecture,
    ),
    ("ui/src/wire.ts is fresh", wire_is_fresh),
    ("docs/asyncapi.json is fresh", asyncapi_is_fresh),
];

/// Checks every rule and prints the tail of the file lengths.
pub(crate) fn run() -> anyhow::Result<()> {
    let house = House::read()?;
    let mut broken = 0;
    for (name, rule) in RULES {
        let problems = rule(&house);
        println!(
            "{} {name}",
            if problems.is_empty() { "ok  " } else { "FAIL" }
        );
        for problem in &problems {
            println!("     {problem}");
        }
        broken += problems.len();
    }
    println!("\n{}", tail::report(&house));
    anyhow::ensure!(broken == 0, "tidy found {broken} problems");
    Ok(())
}

fn wire_is_fresh(house: &House) -> Vec<String> {
    let stale = house.text("ui/src/wire.ts") != Some(crate::types::text().as_str());
    stale
        .then(|| "it differs from src-tauri/protocol: run `cargo xtask types`".to_owned())
        .into_iter()
        .collect()
}

fn asyncapi_is_fresh(_: &House) -> Vec<String> {
    let fresh = crate::asyncapi::text().unwrap_or_else(|error| error.to_string());
    let stale = std::fs::read_to_string(crate::asyncapi::path())
        .ok()
        .as_deref()
        != Some(&fresh);
    let problem = "it differs from its sources: run `cargo xtask types`".to_owned();
    stale.then_some(problem).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(name: &str) {
        let (_, rule) = RULES.into_iter().find(|(rule, _)| *rule == name).unwrap();
        let problems = rule(&House::read().unwrap());
        assert!(problems.is_empty(), "{name}:\n  {}", problems.join("\n  "));
    }

    #[test]
    fn crates_point_right() {
        holds("crates point right");
    }

    #[test]
    fn one_version_of_what_must_be_one() {
        holds("one version of what must be one");
    }

    #[test]
    fn only_desktop_knows_tauri() {
        holds("only desktop knows Tauri");
    }

    #[test]
    fn the_hub_knows_no_frame_clock_file_or_socket() {
        holds("the hub knows no frame, clock, file or socket");
    }

    #[test]
    fn no_raw_html_in_the_ui() {
        holds("no raw HTML in the UI");
    }

    #[test]
    fn ui_folders_point_right() {
        holds("UI folders point right");
    }

    #[test]
    fn only_one_file_imports_tauri_apps() {
        holds("only platform/tauri.ts imports @tauri-apps");
    }

    #[test]
    fn the_document_tells_the_whole_protocol() {
        holds("docs/protocol.md tells the whole protocol");
    }

    #[test]
    fn the_architecture_names_tests_that_exist() {
        holds("docs/architecture.md names tests that exist");
    }

    #[test]
    fn the_description_of_all_frames_is_fresh() {
        holds("docs/asyncapi.json is fresh");
    }

    #[test]
    fn wire_ts_is_fresh() {
        holds("ui/src/wire.ts is fresh");
    }
}
