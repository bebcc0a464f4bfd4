//! Lets Tauri read tauri.conf.json, icons and Info.plist. Runs with the repository's root as its directory.

fn main() {
    tauri_build::build();
}
