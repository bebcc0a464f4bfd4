#!/bin/sh
# Builds landline-cli and puts it where tauri.conf.json takes the package's files from. Tauri builds the root package
# only, and its file paths know nothing of CARGO_TARGET_DIR.
set -eu
cd "$(dirname "$0")/../../.."
cargo build --release --package landline-cli
mkdir -p gen/package
cp "${CARGO_TARGET_DIR:-target}/release/landline-cli" gen/package/landline-cli
chmod 0755 gen/package/landline-cli
