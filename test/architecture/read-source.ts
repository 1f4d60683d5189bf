/**
 * What a source file imports and says, without a TypeScript parser (TypeScript 7 has no API for programs): comments are
 * taken out and the content of texts is set aside, so that what remains can be searched as code.
 */

export interface SourceFile {
  /** Relative to `src/`, with `/`. */
  path: string
  text: string
}

export interface ReadSource {
  path: string
  lines: number
  /** Without comments; each text is replaced by `"#n"`, each template by its expressions. */
  code: string
  /** What is imported, in any way: static, types only, re-exported, dynamic, `require`. */
  imports: string[]
}

const IMPORT = /\bfrom\s*"#(\d+)"|\bimport\s*"#(\d+)"|\b(?:import|require)\s*\(\s*"#(\d+)"/g

export function readSource(file: SourceFile): ReadSource {
  const { code, texts } = setTextsAside(file.text)
  const imports = [...code.matchAll(IMPORT)].map(match => texts[Number(match[1] ?? match[2] ?? match[3])]!)
  const lines = file.text.replace(/\n$/, '').split('\n').length
  return { path: file.path, lines, code, imports }
}

/** A `/` begins a regular expression after these, and is a division after anything else. */
const BEFORE_REGEX = /(?:^|[([{,;:=!&|?+\-*%<>~^}]|\b(?:return|typeof|case|in|of|else|do|void|await|yield))$/

function setTextsAside(source: string): { code: string; texts: string[] } {
  const texts: string[] = []
  let code = ''
  let at = 0

  const readText = (quote: string): string => {
    const start = at + 1
    at = start
    while (at < source.length && source[at] !== quote) at += source[at] === '\\' ? 2 : 1
    at += 1
    return source.slice(start, at - 1)
  }

  const readRegex = (): void => {
    let inClass = false
    for (at += 1; at < source.length && (inClass || source[at] !== '/'); at += 1) {
      if (source[at] === '\\') at += 1
      else if (source[at] === '[') inClass = true
      else if (source[at] === ']') inClass = false
    }
    at += 1
    code += '0'
  }

  /** Reads a template; its fixed parts are dropped, its expressions are code. */
  const readTemplate = (): void => {
    const start = at
    at += 1
    code += '('
    let plain = true
    while (at < source.length && source[at] !== '`') {
      if (source[at] === '\\') at += 2
      else if (source.startsWith('${', at)) {
        plain = false
        at += 2
        readCode(true)
        code += ' '
      } else at += 1
    }
    at += 1
    if (plain) {
      code = `${code.slice(0, -1)}"#${texts.length}"`
      texts.push(source.slice(start + 1, at - 1))
    } else code += ')'
  }

  /** Reads to the end, or to the bracket that ends a template's expression. */
  const readCode = (inTemplate: boolean): void => {
    let depth = 0
    while (at < source.length) {
      const char = source[at]!
      if (char === '"' || char === "'") {
        const text = readText(char)
        code += `"#${texts.length}"`
        texts.push(text)
      } else if (char === '`') readTemplate()
      else if (source.startsWith('//', at)) at = endOr(source.indexOf('\n', at), source.length)
      else if (source.startsWith('/*', at)) at = endOr(source.indexOf('*/', at) + 2, source.length)
      else if (char === '/' && BEFORE_REGEX.test(code.trimEnd())) readRegex()
      else {
        if (char === '{') depth += 1
        if (char === '}') depth -= 1
        at += 1
        if (inTemplate && depth < 0) return
        code += char
      }
    }
  }

  readCode(false)
  return { code, texts }
}

const endOr = (found: number, end: number) => (found <= 1 ? end : found)
