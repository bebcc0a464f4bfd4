import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Message } from "../../wire";
import { escape, Page } from "./page";

const golden = (name: string) => readFileSync(`../src-tauri/cli/tests/golden/${name}`, "utf8");
const lines = golden("export.jsonl").trimEnd().split("\n");
const messages = lines.map((line) => JSON.parse(line) as Message);

describe("an exported page", () => {
  it("is the golden sample, which landline-cli makes too", () => {
    const page = new Page();
    const text = [
      page.begin("en", "#sports", "St. Mary's <Hall>", "exported now"),
      page.note("Older messages were removed."),
      ...messages.map((message) => page.message(message)),
      page.end("5 messages"),
    ].join("");
    expect(text).toBe(golden("export.html"));
  });

  it("a line for programs is the message as it came", () => {
    expect(messages.map((message) => JSON.stringify(message))).toEqual(lines);
  });

  it("makes no element of what somebody wrote, and has no script and nothing from elsewhere", () => {
    const escaped = escape(`<script>x</script>" onload='y' &lt;\u0000\u0085`);
    for (const sign of ["<", ">", '"', "'", "\u0000", "\u0085"]) expect(escaped).not.toContain(sign);
    const page = new DOMParser().parseFromString(golden("export.html"), "text/html");
    expect(page.querySelectorAll("script, img, link, iframe, [onerror], [src], [href]")).toHaveLength(0);
    expect(page.querySelectorAll("article")).toHaveLength(messages.length);
    expect(page.querySelectorAll(".text")[1]?.textContent).toBe(messages[1]?.content);
  });
});
