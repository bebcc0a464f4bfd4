// The computer of somebody who tries the examples: a home of their own, and the tools that the document names.

import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { root } from "./document.mjs";

const run = promisify(execFile);

const venv = join(root, "target", "examples-venv");
const wanted = readFileSync(new URL("requirements.txt", import.meta.url), "utf8");

/** Python with the packages of requirements.txt, in a folder of its own; or why there is none. */
async function python() {
  const installed = join(venv, "installed.txt");
  if (existsSync(installed) && readFileSync(installed, "utf8") === wanted) return {};
  try {
    mkdirSync(dirname(venv), { recursive: true });
    await run("python3", ["-m", "venv", "--clear", venv]);
    const requirements = join(import.meta.dirname, "requirements.txt");
    await run(join(venv, "bin", "pip"), ["install", "--quiet", "--disable-pip-version-check", "-r", requirements]);
    writeFileSync(installed, wanted);
    return {};
  } catch (error) {
    return { missing: `no Python with ${wanted.trim().replaceAll("\n", " and ")}: ${error.message.split("\n")[0]}` };
  }
}

const { missing } = await python();

/** For tests that need Python: in CI they fail without it, elsewhere they say why they are skipped. */
export const withPython = { skip: process.env.CI ? false : (missing ?? false) };

/** A fresh home folder and the environment to run examples in. */
export class Reader {
  static async start() {
    const reader = new Reader();
    reader.home = await mkdtemp(join(tmpdir(), "landline-reader-"));
    const tools = [join(venv, "bin"), dirname(process.env.LANDLINE_CLI)];
    reader.env = {
      PATH: [...tools, process.env.PATH].join(delimiter),
      HOME: reader.home,
      XDG_DATA_HOME: join(reader.home, "data"),
      LANG: "C.UTF-8",
      PYTHONUNBUFFERED: "1",
    };
    return reader;
  }

  /** Writes an example into the home; its path. */
  file(name, text) {
    const path = join(this.home, name);
    writeFileSync(path, text);
    return path;
  }

  get options() {
    return { cwd: this.home, env: this.env };
  }

  async leave() {
    await rm(this.home, { recursive: true, force: true });
  }
}
