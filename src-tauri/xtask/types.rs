//! `cargo xtask types`: writes `ui/src/wire.ts` from the protocol crate; the tests check that it is fresh.

use std::collections::BTreeMap;
use std::fmt::Write as _; // writing to a String cannot fail
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use landline_protocol::{bridge, code, frame, limits};
use ts_rs::{Config, TS, TypeVisitor};

/// Where the generated file lives.
pub(crate) fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/wire.ts")
}

/// Writes the file.
pub(crate) fn write() -> anyhow::Result<()> {
    let path = path();
    std::fs::write(&path, text()).with_context(|| format!("cannot write {}", path.display()))
}

/// What the file should hold.
pub(crate) fn text() -> String {
    let mut collector = Collector::default();
    collector.add::<frame::ClientFrame>();
    collector.add::<frame::ServerFrame>();
    collector.add::<code::Code>();
    collector.add::<bridge::Boot>();
    collector.add::<bridge::PlatformEvent>();
    let mut out = String::from(
        "// Generated from src-tauri/protocol by `cargo xtask types`. Do not edit.\n/* eslint-disable */\n\n",
    );
    for declaration in collector.declarations.values() {
        out.push_str("export ");
        out.push_str(declaration);
        out.push_str("\n\n");
    }
    for (name, value) in [
        ("TEXT_BYTES", limits::TEXT_BYTES),
        ("NAME_MIN_CHARS", limits::NAME_MIN_CHARS),
        ("NAME_MAX_CHARS", limits::NAME_MAX_CHARS),
        ("TOPIC_MAX_CHARS", limits::TOPIC_MAX_CHARS),
        ("ROOM_NAME_MAX_BYTES", limits::ROOM_NAME_MAX_BYTES),
        ("PAGE_MAX", limits::PAGE_MAX as usize),
        ("IN_FLIGHT_MAX", limits::IN_FLIGHT_MAX),
    ] {
        let _ = writeln!(out, "export const {name} = {value};");
    }
    let subprotocol = landline_protocol::SUBPROTOCOL;
    let _ = writeln!(out, "export const SUBPROTOCOL = \"{subprotocol}\";");
    out.lines()
        .flat_map(|line| [line.trim_end(), "\n"])
        .collect()
}

#[derive(Default)]
struct Collector {
    declarations: BTreeMap<String, String>,
}

impl Collector {
    fn add<T: TS + 'static + ?Sized>(&mut self) {
        let config = Config::default();
        if T::output_path().is_none() {
            return;
        }
        let name = T::ident(&config);
        if self.declarations.contains_key(&name) {
            return;
        }
        self.declarations.insert(name, T::decl(&config));
        T::visit_dependencies(self);
    }
}

impl TypeVisitor for Collector {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        self.add::<T>();
    }
}
