import { describe, expect, it } from "vitest";
import { type Block, blocks } from "./blocks";
import { type Piece, pieces, plain } from "./inline";

const kinds = (list: readonly Piece[]) => list.map((piece) => piece.type);
const whole = (text: string, name?: string) => pieces(text, name).map(plain).join("");

describe("a line of text", () => {
  const AWKWARD = [
    "plain",
    "2*3*4 = 24 and snake_case_name",
    "**bold** and *it* and ~~gone~~ and `code`",
    "**a *b* c** ***d***",
    "\\*not italic\\* &amp; &lt;script&gt;",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "[text](javascript:alert(1)) ![x](http://a.b/c.png) <http://a.b>",
    "see https://192.168.1.20:8000/files?a=1&b=%20#x, ok",
    "  leading,  double  and trailing  ",
    "a\n\n\n\nb\n  c",
    "``` `` ` unbalanced ``",
    "\u202Eright to left\u202C שלום 👩‍👩‍👧‍👦 z\u200Bw",
    "*".repeat(4000),
    "`".repeat(4000),
  ];
  it.each(AWKWARD)("is whole again when its pieces are joined: %j", (text) => {
    expect(whole(text)).toBe(text);
  });

  it("makes bold, italic, struck and code of their signs", () => {
    expect(kinds(pieces("**b**"))).toEqual(["strong"]);
    expect(kinds(pieces("*i*"))).toEqual(["em"]);
    expect(kinds(pieces("~~s~~"))).toEqual(["del"]);
    expect(kinds(pieces("`c`"))).toEqual(["code"]);
  });

  it("splits out the mention of one name, and of no longer name", () => {
    const all = pieces("hi @Lena, not @Lenard, **@lena**", "Lena");
    expect(all.map(plain).join("")).toBe("hi @Lena, not @Lenard, **@lena**");
    expect(kinds(all)).toEqual(["text", "mention", "text", "strong"]);
    expect(whole("a (b) @c.d", "c.d")).toBe("a (b) @c.d");
  });

  it("leaves signs inside words alone", () => {
    expect(kinds(pieces("2*3*4"))).toEqual(["text"]);
    expect(kinds(pieces("a_b_c"))).toEqual(["text"]);
  });

  it("recognises http, https and mailto, and nothing else", () => {
    const links = (text: string) => pieces(text).filter((piece) => piece.type === "link");
    expect(links("see https://a.example/x")).toEqual([
      { type: "link", href: "https://a.example/x", text: "https://a.example/x" },
    ]);
    expect(links("write to ana@example.org")[0]).toMatchObject({ href: "mailto:ana@example.org" });
    for (const text of ["javascript:alert(1)", "data:text/html,x", "ftp://a.b/c", "//a.b/c", "file:///etc/passwd"]) {
      expect(links(text), text).toEqual([]);
    }
  });
});

describe("a text without a sign", () => {
  // A sign at the very end makes nothing of a text before it, but has it read in full.
  const PLAIN = [
    "hello",
    "see www.example.org or 192.168.1.20, 100% sure (a|b) [x](y) #1 & <b> \\\\ &amp; !",
    "  two\n\n   lines  \n\ttab \u{2028} \u{85} end",
    "# not a heading\n===\n1 and 2.5\n    four spaces",
    "שלום 👩‍👩‍👧‍👦 z\u200Bw\u202E end",
  ];
  it.each(PLAIN)("is the same whether it is read in full or not: %j", (text) => {
    expect(blocks(text)).toEqual([{ type: "text", text }]);
    expect(blocks(`${text}\n\n- end`)).toMatchObject([{ type: "text", text: `${text}\n` }, { type: "list" }]);
    expect(pieces(text)).toEqual([{ type: "text", text }]);
    expect(pieces(`${text}*`)).toEqual([{ type: "text", text: `${text}*` }]);
  });

  it("needs none for what a line begins with", () => {
    for (const text of ["> a", "  - a", "a\n\n   * b", "a\n1) b", "   +", "```", "~~~\na", "12. a"]) {
      const isPlain = blocks(text).every((block) => block.type === "text");
      expect(isPlain, text).toBe(false);
    }
  });
});

describe("a message", () => {
  const types = (list: readonly Block[]) => list.map((block) => block.type);

  it("of plain text is one block, with its empty lines and spaces", () => {
    for (const text of ["hello", "a\n\n\nb", "    four spaces", "# not a heading", "---", "a\n===", "\n\n\n"]) {
      expect(blocks(text), text).toEqual([{ type: "text", text }]);
    }
  });

  it("keeps a fence's spaces and what stands around it", () => {
    expect(blocks("before\n```js\n  a  = 1\n\n\tb\n```\nafter")).toEqual([
      { type: "text", text: "before" },
      { type: "code", language: "js", text: "  a  = 1\n\n\tb" },
      { type: "text", text: "after" },
    ]);
  });

  it("takes a list with the markers that were typed", () => {
    expect(blocks("- one\n- two\n  more\n  - deep\n")[0]).toEqual({
      type: "list",
      items: [
        { depth: 0, marker: "-", text: "one" },
        { depth: 0, marker: "-", text: "two\nmore" },
        { depth: 1, marker: "-", text: "deep" },
      ],
    });
    expect(blocks("7. seven\n9. nine")[0]).toMatchObject({ items: [{ marker: "7." }, { marker: "9." }] });
  });

  it("takes quotes, also within quotes", () => {
    expect(blocks("> a\n> > b")).toMatchObject([
      { type: "quote", blocks: [{ type: "text", text: "a" }, { type: "quote" }] },
    ]);
  });

  it("survives 16 KiB of anything", () => {
    for (const flood of ["> ", "- ", "\n", "```\n", "[", "* a\n", "<b>"]) {
      const text = flood.repeat(Math.floor(16_384 / flood.length));
      const start = performance.now();
      expect(types(blocks(text)).length, flood).toBeGreaterThan(0);
      expect(performance.now() - start, flood).toBeLessThan(1_000);
    }
  });
});
