// Dockerfile and compose.yaml, as far as a machine without a container engine can tell: what they copy is there, what they
// run works, and the two services talk when they are started here with the image's words and environment.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { root } from "./document.mjs";
import { copyInto, environment, isSent, list, stages } from "./dockerfile.mjs";
import { Member } from "./member.mjs";
import { Program } from "./program.mjs";
import { Reader, withPython } from "./reader.mjs";

const run = promisify(execFile);

const all = stages();
const stage = (name) => all.find((each) => each.name === name);
const image = all.at(-1);
const runs = (each) => each.instructions.filter(({ word }) => word === "RUN").map(({ text }) => text);

/** A folder with what a stage copies from the project. */
async function scratch(name, story) {
  const folder = await mkdtemp(join(tmpdir(), "landline-image-"));
  try {
    assert.deepEqual(copyInto(stage(name), folder), [], "every COPY finds its source among what is sent");
    await story(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test("bases have a version, and what builds has the libc of what runs", () => {
  const names = all.map(({ name }) => name);
  assert.deepEqual(names, ["page", "program", "2"]);
  for (const { base } of all) assert.match(base, /^[a-z/]+:[0-9][0-9a-z.-]*$/, base);
  assert.match(stage("program").base, /-trixie$/);
  assert.match(image.base, /^debian:13\./, "trixie is Debian 13");
  const { rust } = /rust-version = "(?<rust>[0-9.]+)"/.exec(readFileSync(join(root, "Cargo.toml"), "utf8")).groups;
  assert.ok(stage("program").base.startsWith(`rust:${rust}`), "the toolchain that the workspace asks for");
});

test("what one stage takes from another is made there, and not inside a cache", () => {
  for (const [at, { instructions }] of all.entries()) {
    for (const { word, options, words } of instructions) {
      const from = options.find((option) => option.startsWith("from="))?.slice(5);
      if (word !== "COPY" || !from) continue;
      const source = stage(from);
      assert.ok(all.indexOf(source) >= 0 && all.indexOf(source) < at, `stage ${from} comes before`);
      const mounts = source.instructions
        .flatMap((each) => each.options)
        .filter((option) => option.startsWith("mount="));
      const caches = mounts.map((mount) => /target=([^,]+)/.exec(mount)[1]);
      const path = words[0].replace(/\/$/, "");
      assert.ok(!caches.some((cache) => path.startsWith(cache)), `${path} would be gone with its cache`);
      if (from === "program")
        assert.ok(
          runs(source).some((text) => text.includes(path)),
          `${path} is made`,
        );
      else assert.equal(path, "/src/ui/dist", "where the page's build puts it, which is tried below");
    }
  }
});

test("nothing is sent to the engine but sources", () => {
  for (const path of ["Cargo.lock", "src-tauri/cli/main.rs", "ui/src/main.ts", "ui/messages/en.json", "LICENSE-MIT"]) {
    assert.ok(isSent(path) && existsSync(join(root, path)), path);
  }
  for (const path of [
    ".git/HEAD",
    "target/debug/x",
    "ui/node_modules/x",
    "ui/dist/index.html",
    "test-output/x",
    "docs/x",
  ]) {
    assert.ok(!isSent(path), path);
  }
});

test("the page is built from what its stage gets", () =>
  scratch("page", async (folder) => {
    const [install, build] = runs(stage("page"));
    assert.ok(readFileSync(join(root, "dev"), "utf8").includes(install), "installed as ./dev installs it");
    const ui = join(folder, "src/ui");
    symlinkSync(join(root, "ui/node_modules"), join(ui, "node_modules"));
    await run("sh", ["-c", build], { cwd: ui });
    assert.ok(existsSync(join(ui, "dist/index.html")));
  }));

test("the program's stage gets all that Cargo and the compiler read", () =>
  scratch("program", async (folder) => {
    const here = join(folder, "src");
    const words = /cargo build (.*?) && install -D (\S+) /.exec(runs(stage("program"))[0]);
    assert.equal(words[1], "--release --locked --package landline-cli");
    assert.equal(words[2], "target/release/landline-cli");
    // What other systems need was never downloaded here.
    const platform = /host: (\S+)/.exec((await run("rustc", ["-vV"])).stdout)[1];
    const metadata = ["metadata", "--locked", "--offline", "--filter-platform", platform, "--format-version", "1"];
    const { stdout } = await run("cargo", metadata, { cwd: here, maxBuffer: 1 << 28 });
    const { packages, resolve } = JSON.parse(stdout);
    const ours = new Map(packages.filter(({ source }) => source === null).map((each) => [each.id, each]));
    const edges = new Map(resolve.nodes.map(({ id, deps }) => [id, deps.map(({ pkg }) => pkg)]));
    const needed = new Set([...ours.values()].filter(({ name }) => name === "landline-cli").map(({ id }) => id));
    for (const id of needed) for (const next of edges.get(id)) if (ours.has(next)) needed.add(next);
    assert.ok(needed.size >= 5, "the program is made of several crates");
    let included = 0;
    for (const { manifest_path, targets } of [...needed].map((id) => ours.get(id))) {
      for (const { kind, src_path } of targets) if (kind[0] !== "test") assert.ok(existsSync(src_path), src_path);
      const crate = dirname(manifest_path);
      for (const file of readdirSync(crate, { recursive: true }).filter((path) => path.endsWith(".rs"))) {
        const text = readFileSync(join(crate, file), "utf8");
        for (const [, path] of text.matchAll(/include_(?:str|bytes)!\(\s*"([^"]+)"/g)) {
          included += 1;
          assert.ok(existsSync(join(crate, dirname(file), path)), `${file} includes ${path}`);
        }
      }
    }
    assert.ok(included > 0, "the schema at least");
    const folderOfPage = /#\[folder = "\$CARGO_MANIFEST_DIR\/([^"]+)"\]/;
    const guest = readFileSync(join(here, "src-tauri/server/guest.rs"), "utf8");
    const copied = stage("program").instructions.find(({ options }) => options.includes("from=page")).words[1];
    assert.equal(join(here, "src-tauri/server", folderOfPage.exec(guest)[1]), join(here, copied.replace(/\/$/, "")));
  }));

test("the image does not run as root, has a clean stop, and says what it is", () => {
  const user = image.instructions.findLast(({ word }) => word === "USER").words[0];
  assert.match(user, /^[1-9]\d*:[1-9]\d*$/, "a number, so that an orchestrator can see that it is not root");
  const made = runs(image).find((text) => text.startsWith("useradd"));
  assert.ok(made.includes(`--uid ${user.split(":")[0]} `) && made.includes(`--home-dir ${environment(image).HOME} `));
  assert.equal(image.instructions.find(({ word }) => word === "STOPSIGNAL").text, "SIGTERM");
  const words = image.instructions.map(({ word }) => word);
  assert.ok(words.indexOf("USER") < words.indexOf("VOLUME") && words.includes("LABEL"));
  for (const word of ["ENTRYPOINT", "CMD", "HEALTHCHECK"])
    assert.ok(Array.isArray(list(image, word)), `${word} needs no shell`);
});

/** compose.yaml as the engine reads it, merges done. */
async function compose() {
  const reader = await Reader.start();
  const script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
  try {
    return JSON.parse((await run("python3", ["-c", script, join(root, "compose.yaml")], reader.options)).stdout);
  } finally {
    await reader.leave();
  }
}

const OF_FILE = ["name", "services", "volumes", "x-landline"];
const OF_SERVICE =
  "build cap_drop command depends_on entrypoint healthcheck image network_mode read_only restart security_opt tmpfs volumes".split(
    " ",
  );

test("compose.yaml holds what compose knows, and what it names exists", withPython, async () => {
  const file = await compose();
  for (const key of Object.keys(file)) assert.ok(OF_FILE.includes(key), key);
  assert.deepEqual(Object.keys(file.services), ["host", "bot"]);
  for (const [name, service] of Object.entries(file.services)) {
    for (const key of Object.keys(service)) assert.ok(OF_SERVICE.includes(key), `${name}: ${key}`);
    assert.ok(existsSync(join(root, service.build, "Dockerfile")));
    assert.equal(service.network_mode, "host", "multicast reaches the network, and the bot the host");
    for (const volume of service.volumes) {
      const [source] = volume.split(":");
      assert.ok(source.startsWith("./") ? existsSync(join(root, source)) : source in file.volumes, volume);
    }
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      assert.equal(condition, "service_healthy");
      assert.ok(other in file.services && !file.services[other].healthcheck, `${other} has the image's health check`);
    }
  }
});

test("the services talk when they run here as they would in their containers", withPython, async () => {
  const { services } = await compose();
  const reader = await Reader.start();
  /** A service's words in this computer's paths, and the environment of the image in a folder of its own. */
  const start = (name, words, more) => {
    const home = join(reader.home, name);
    mkdirSync(home);
    const binds = services[name].volumes
      .map((volume) => volume.split(":"))
      .filter(([source]) => source.startsWith("./"));
    const here = (word) => binds.reduce((text, [from, to]) => (text === to ? join(root, from) : text), word);
    const ours = Object.entries(environment(image)).map(([key, value]) => [key, value.replace(/^\/data/, home)]);
    const env = { PATH: reader.env.PATH, ...Object.fromEntries(ours), ...more };
    const [program, ...rest] = words.map(here);
    return new Program(name, program, rest, { cwd: home, env });
  };
  const entry = list(image, "ENTRYPOINT");
  assert.equal(entry[0], basename(process.env.LANDLINE_CLI));
  // On a port of the system's choice and on this computer alone.
  const apart = { LANDLINE_BIND: "127.0.0.1", LANDLINE_PORT: "0" };
  const host = start("host", [...entry, ...services.host.command], apart);
  let bot, member;
  try {
    const address = await host.prints((line) => /http:\/\/(127\.0\.0\.1:\d+)$/.exec(line)?.[1]);
    assert.ok(existsSync(join(reader.home, "host", "room", "room.json")), "the room is kept in the volume");
    const check = () => {
      const env = { ...reader.env, LANDLINE_PORT: address.split(":")[1] };
      const [program, ...rest] = list(image, "HEALTHCHECK");
      return new Program("health check", program, rest, { env }).exit();
    };
    assert.equal(await check(), 0, "healthy");
    member = await Member.join(`http://${address}`, "Bo Berg");
    const words = [...services.bot.entrypoint, ...services.bot.command];
    assert.equal(words.at(-1), `127.0.0.1:${environment(image).LANDLINE_PORT}`);
    bot = start("bot", words.with(-1, address));
    await member.frame(
      (type, data) => type === "TOPIC_MEMBERS" && data.joined.some((each) => each.display_name === "Clock"),
    );
    member.say("!time");
    await member.frame((type, data) => type === "MSG" && /^It is \d\d:\d\d$/.test(data.content));
    assert.equal(await bot.stop("SIGTERM"), 0);
    await member.leave();
    assert.equal(await host.stop("SIGTERM"), 0, "STOPSIGNAL is a clean stop");
    assert.equal(await check(), 1, "not healthy any more");
  } finally {
    await bot?.stop("SIGKILL");
    await member?.leave();
    await host.stop("SIGKILL");
    await reader.leave();
  }
});
