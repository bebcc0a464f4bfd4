// A message to blocks: text, code, quote, list. markdown-it says where a block begins and ends; its words are taken from
// the source lines themselves, so spaces and empty lines stay as they were typed.

import MarkdownIt, { type Token } from "markdown-it";

export type Block =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "code"; readonly language: string; readonly text: string }
  | { readonly type: "quote"; readonly blocks: readonly Block[] }
  | { readonly type: "list"; readonly items: readonly ListItem[] };

export interface ListItem {
  /** 0 for the outermost. */
  readonly depth: number;
  /** As typed: `-`, `*`, `3.` */
  readonly marker: string;
  readonly text: string;
}

const md = new MarkdownIt({ html: false });
// Only these are blocks in a chat; a `#` is a topic's sign and a number of `-` a line of them.
md.block.ruler.enableOnly(["fence", "blockquote", "list", "paragraph"]);
md.core.ruler.enableOnly(["normalize", "block"]);

/** How a line of a fence, a quote or a list begins. A text without one is a block by itself, and mostly there is none. */
const SPECIAL = /^[ \t]*(?:[>*+-]|\d+[.)]|```|~~~)/m;

const QUOTES_DEEP = 4;

/** The blocks of a text. A plain text is one block, unchanged. */
export function blocks(text: string, depth = 0): readonly Block[] {
  const source = text.replace(/\r\n?/g, "\n").replaceAll("\0", "\u{fffd}");
  const lines = source.split("\n");
  const out: Block[] = [];
  let next = 0;
  const tokens = SPECIAL.test(source) ? md.parse(source, {}) : [];
  for (const [at, token] of tops(tokens)) {
    const [from, to] = trimmed(lines, token.map ?? [0, 0]);
    const block = special(token, tokens, at, lines.slice(from, to), from, depth);
    if (!block) continue;
    pushText(out, lines.slice(next, from));
    out.push(block);
    next = to;
  }
  pushText(out, lines.slice(next));
  return out;
}

/** The outermost blocks with their index. */
function* tops(tokens: Token[]): Generator<[number, Token]> {
  for (const [at, token] of tokens.entries()) {
    if (token.level === 0 && token.nesting >= 0) yield [at, token];
  }
}

/** Without the empty lines that markdown counts to a block's end. */
function trimmed(lines: readonly string[], [from, to]: [number, number]): [number, number] {
  let end = Math.min(to, lines.length);
  while (end > from + 1 && !lines[end - 1]?.trim()) end--;
  return [from, end];
}

function special(
  token: Token,
  tokens: Token[],
  at: number,
  lines: string[],
  from: number,
  depth: number,
): Block | null {
  if (token.type === "fence") {
    return { type: "code", language: token.info.trim().split(/\s/)[0] ?? "", text: token.content.replace(/\n$/, "") };
  }
  if (token.type === "blockquote_open" && depth < QUOTES_DEEP) {
    const inner = lines.map((line) => line.replace(/^ {0,3}> ?/, "")).join("\n");
    return { type: "quote", blocks: blocks(inner, depth + 1) };
  }
  if (token.type === "bullet_list_open" || token.type === "ordered_list_open") {
    return list(tokens, at, lines, from);
  }
  return null;
}

/** Every item with its own lines; what hangs below an item belongs to it. */
function list(tokens: Token[], at: number, lines: readonly string[], from: number): Block | null {
  const starts: { line: number; depth: number }[] = [];
  let depth = -1;
  for (const token of tokens.slice(at)) {
    if (/^(bullet|ordered)_list_open$/.test(token.type)) depth++;
    if (/^(bullet|ordered)_list_close$/.test(token.type) && --depth < 0) break;
    if (token.type === "list_item_open" && token.map) starts.push({ line: token.map[0] - from, depth });
  }
  const items: ListItem[] = [];
  for (const [index, start] of starts.entries()) {
    const own = lines.slice(start.line, starts[index + 1]?.line ?? lines.length);
    const head = /^\s*([-*+]|\d{1,9}[.)])(?:\s+|$)(.*)$/s.exec(own[0] ?? "");
    // Something like `- - a`, or a list within a quote within a list: show it as it was typed.
    if (!head || start.line === starts[index + 1]?.line) return null;
    const rest = own.slice(1).map((line) => line.replace(/^\s{1,9}/, ""));
    items.push({
      depth: Math.min(start.depth, 4),
      marker: head[1] ?? "",
      text: [head[2] ?? "", ...rest].join("\n").trimEnd(),
    });
  }
  return items.length ? { type: "list", items } : null;
}

function pushText(out: Block[], lines: readonly string[]): void {
  // Around a code block or a list one empty line is its margin; more are the writer's.
  const text = lines.join("\n");
  if (text.trim() || (out.length === 0 && lines.length > 1)) out.push({ type: "text", text });
}
