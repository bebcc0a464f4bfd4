#!/bin/sh
# Puts landline-cli where tauri.conf.json takes the package's files from: its file paths know nothing of CARGO_TARGET_DIR
# and of profiles. `./dev` has Cargo build it in one go with the app, and says in which profile.
set -eu
cd "$(dirname "$0")/../../.."
cli=${CARGO_TARGET_DIR:-target}/${LANDLINE_PROFILE:-release}/landline-cli
[ -x "$cli" ] || { echo "No $cli: packages are made by ./dev bundle" >&2; exit 1; }
mkdir -p gen/package
cp "$cli" gen/package/landline-cli
chmod 0755 gen/package/landline-cli
