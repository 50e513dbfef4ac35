// How is Protobuf coloured? A small stream parser, since there is no kept-up package for it.
import { StreamLanguage, type StringStream } from "@codemirror/language";

const KEYWORDS = new Set(
  "syntax edition package import option message enum service rpc returns stream extend oneof optional required repeated reserved extensions to map public weak".split(
    " ",
  ),
);
const TYPES = new Set(
  "double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 bool string bytes".split(" "),
);

export const protobuf = StreamLanguage.define<{ inComment: boolean }>({
  name: "protobuf",
  startState: () => ({ inComment: false }),
  token(stream: StringStream, state) {
    if (state.inComment) {
      if (stream.skipTo("*/")) {
        stream.match("*/");
        state.inComment = false;
      } else stream.skipToEnd();
      return "comment";
    }
    if (stream.eatSpace()) return null;
    if (stream.match("//")) {
      stream.skipToEnd();
      return "comment";
    }
    if (stream.match("/*")) {
      state.inComment = true;
      return "comment";
    }
    if (stream.match(/^"(?:[^"\\]|\\.)*"|^'(?:[^'\\]|\\.)*'/)) return "string";
    if (stream.match(/^-?(?:0x[\da-f]+|\d+(?:\.\d+)?)/i)) return "number";
    const word = stream.match(/^[A-Za-z_][\w.]*/);
    if (Array.isArray(word)) {
      const [name = ""] = word;
      if (KEYWORDS.has(name)) return "keyword";
      if (name === "true" || name === "false") return "atom";
      return TYPES.has(name) || /^[A-Z]/.test(name) ? "typeName" : "variableName";
    }
    stream.next();
    return null;
  },
  languageData: { commentTokens: { line: "//", block: { open: "/*", close: "*/" } } },
});
