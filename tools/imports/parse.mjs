const FROM = /\b(?:import|export)\s+(?:type\s+)?[\w*{$][^'"`;()]*?\bfrom\s*(['"])([^'"\n]+)\1/g
const BARE = /\bimport\s*(['"])([^'"\n]+)\1/g
const DYNAMIC = /\bimport\s*\(\s*(['"])([^'"\n]+)\1/g
const COMMENT_OR_STRING = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g

/** Every module the text imports, re-exports or loads: `{ specifier, line }`, in the order of the text. */
export function importsIn(text) {
  const code = withoutComments(text)
  return [FROM, BARE, DYNAMIC]
    .flatMap((pattern) => [...code.matchAll(pattern)])
    .map((match) => ({ specifier: match[2], at: match.index + match[0].lastIndexOf(match[2]) }))
    .sort((a, b) => a.at - b.at)
    .map(({ specifier, at }) => ({ specifier, line: lineAt(code, at) }))
}

/** Every place where `pattern` (global) stands in code, not in a comment or a quoted string. */
export function placesOf(pattern, text) {
  const code = withoutComments(text, (string) => (string[0] === '`' ? string : blank(string)))
  return [...code.matchAll(pattern)].map((match) => ({ found: match[0], line: lineAt(code, match.index) }))
}

function withoutComments(text, ofString = (string) => string) {
  return text.replace(COMMENT_OR_STRING, (piece) => (piece[0] === '/' ? blank(piece) : ofString(piece)))
}

const blank = (piece) => piece.replace(/[^\n]/g, ' ')
const lineAt = (text, index) => text.slice(0, index).split('\n').length
