// A line of text to pieces: plain, bold, italic, struck, code, link. Each piece knows the signs that made it, so nothing
// of what was typed is lost; a sign that makes nothing stays text. Nothing here can make markup.

import MarkdownIt, { type Token } from "markdown-it";

export type Piece =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "code"; readonly sign: string; readonly text: string }
  | { readonly type: "mention"; readonly text: string }
  | { readonly type: "link"; readonly href: string; readonly text: string }
  | { readonly type: "strong" | "em" | "del"; readonly sign: string; readonly pieces: readonly Piece[] };

const md = new MarkdownIt({ html: false, linkify: true, breaks: false, typographer: false });
// Off: all that would drop or replace what was typed, and links that hide their address.
md.inline.ruler.disable(["newline", "escape", "backticks", "link", "image", "autolink", "html_inline", "entity"]);
md.linkify.set({ fuzzyLink: false, fuzzyIP: false, fuzzyEmail: true });
md.linkify.add("ftp:", null).add("//", null);
md.normalizeLinkText = (text) => text;
const SAFE = /^(?:https?:\/\/|mailto:)/i;
md.validateLink = (url) => SAFE.test(url);

// A star inside a word (2*3*4) is a star.
const InlineState = md.inline.State;
md.inline.State = class extends InlineState {
  override scanDelims(start: number) {
    return super.scanDelims(start, false);
  }
};

// Code is taken as it stands; code over several lines needs a fence.
md.inline.ruler.push("plain_code", (state, silent) => {
  const run = /^`+/.exec(state.src.slice(state.pos, state.pos + 8))?.[0];
  if (!run || state.src[state.pos - 1] === "`") return false;
  const from = state.pos + run.length;
  const lineEnd = state.src.indexOf("\n", from);
  const line = state.src.slice(from, lineEnd < 0 ? state.posMax : lineEnd);
  const length = new RegExp(`(?<!\`)${run}(?!\`)`).exec(line)?.index ?? -1;
  if (length < 1) return false;
  if (!silent) {
    const token = state.push("code_inline", "code", 0);
    token.markup = run;
    token.content = line.slice(0, length);
  }
  state.pos = from + length + run.length;
  return true;
});

/** Without one of these a text is one plain piece, as most are: the signs above, and what every address has. */
const SIGN = /[`*_~:@\r\0]/;

/** The pieces of a text, which may hold line breaks. Joined again they are the text. `name`: whose mention stands out. */
export function pieces(text: string, name = ""): readonly Piece[] {
  if (text !== "" && !SIGN.test(text)) return [{ type: "text", text }];
  const tokens = md.parseInline(text, {})[0]?.children ?? [];
  const found = collect(tokens, { at: 0 });
  return name ? found.flatMap((piece) => withMentions(piece, name)) : found;
}

/** Splits `@name` out of plain text, in any case, and not where a longer word goes on. */
function withMentions(piece: Piece, name: string): Piece[] {
  if ("pieces" in piece) return [{ ...piece, pieces: piece.pieces.flatMap((inner) => withMentions(inner, name)) }];
  if (piece.type !== "text") return [piece];
  const sought = name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  const parts = piece.text.split(new RegExp(`(@${sought})(?![\\p{L}\\p{N}_])`, "iu"));
  return parts
    .map((text, index) => ({ type: index % 2 === 1 ? ("mention" as const) : ("text" as const), text }))
    .filter(({ text }) => text !== "");
}

const WRAPS: Record<string, "strong" | "em" | "del"> = { strong_open: "strong", em_open: "em", s_open: "del" };

/** Reads tokens up to the close of the present one. */
function collect(tokens: readonly Token[], cursor: { at: number }): Piece[] {
  const out: Piece[] = [];
  while (cursor.at < tokens.length) {
    const token = tokens[cursor.at++];
    if (!token) break;
    const wrap = WRAPS[token.type];
    if (wrap) {
      out.push({ type: wrap, sign: token.markup, pieces: collect(tokens, cursor) });
    } else if (token.type === "link_open") {
      const text = collect(tokens, cursor).map(plain).join("");
      out.push({ type: "link", href: String(token.attrGet("href") ?? ""), text });
    } else if (token.nesting < 0) {
      return out;
    } else if (token.type === "code_inline") {
      out.push({ type: "code", sign: token.markup, text: token.content });
    } else if (token.content) {
      out.push({ type: "text", text: token.content });
    }
  }
  return out;
}

/** A piece as it was typed. */
export function plain(piece: Piece): string {
  const text = "pieces" in piece ? piece.pieces.map(plain).join("") : piece.text;
  return "sign" in piece ? piece.sign + text + piece.sign : text;
}
