/**
 * Expressions that people write into a file: numbers, names, + − * / ( ), and log, sqrt, min, max. They are read by this parser, never
 * run as code. `log` is the natural logarithm.
 */
const FUNCTIONS: Record<string, (values: readonly number[]) => number> = {
  log: ([value]) => Math.log(value!),
  sqrt: ([value]) => Math.sqrt(value!),
  min: values => Math.min(...values),
  max: values => Math.max(...values),
}

/** How many arguments a function takes; others take one or more. */
const ARGUMENTS: Record<string, number> = { log: 1, sqrt: 1 }

/** Deeper nesting than any formula has, and far less than the stack holds. */
const DEEPEST = 50

/** The names that an expression uses, and its value for values of these. */
export interface Arithmetic {
  names: string[]
  evaluate(values: Readonly<Record<string, number>>): number
}

type Node = (values: Readonly<Record<string, number>>) => number

/** What is wrong with an expression, and at which character of it, from 1 on. */
export class ArithmeticError extends Error {
  override name = 'ArithmeticError'
  readonly character: number

  constructor(message: string, character: number) {
    super(message)
    this.character = character
  }
}

interface Token {
  text: string
  character: number
}

/** `known` are the names that it may use. Throws an `ArithmeticError`. */
export function parseArithmetic(text: string, known: readonly string[]): Arithmetic {
  const tokens = tokenise(text)
  const end = { text: '', character: text.length + 1 }
  const names = new Set<string>()
  let at = 0
  let depth = 0
  const peek = () => tokens[at] ?? end
  const take = () => tokens[at++] ?? end
  const fail = (message: string, { character }: Token): never => {
    throw new ArithmeticError(message, character)
  }
  const expect = (wanted: string) => {
    const token = take()
    if (token.text !== wanted) fail(`expected “${wanted}”, found ${show(token)}`, token)
  }
  const deeper = (read: () => Node): Node => {
    depth += 1
    if (depth > DEEPEST) fail(`expected at most ${DEEPEST} levels of brackets and signs`, peek())
    const node = read()
    depth -= 1
    return node
  }
  const readSum = (): Node => {
    let left = readProduct()
    while (peek().text === '+' || peek().text === '-') {
      const [one, isSum] = [left, take().text === '+']
      const other = readProduct()
      left = isSum ? values => one(values) + other(values) : values => one(values) - other(values)
    }
    return left
  }
  const readProduct = (): Node => {
    let left = readSigned()
    while (peek().text === '*' || peek().text === '/') {
      const [one, isProduct] = [left, take().text === '*']
      const other = readSigned()
      left = isProduct ? values => one(values) * other(values) : values => one(values) / other(values)
    }
    return left
  }
  const readSigned = (): Node => {
    if (peek().text !== '-') return readValue()
    take()
    const value = deeper(readSigned)
    return values => -value(values)
  }
  const readValue = (): Node => {
    const token = take()
    if (token.text === '(') {
      const inner = deeper(readSum)
      expect(')')
      return inner
    }
    if (/^[\d.]/.test(token.text)) {
      const number = Number(token.text)
      if (!Number.isFinite(number)) fail(`expected a number, found ${show(token)}`, token)
      return () => number
    }
    if (Object.hasOwn(FUNCTIONS, token.text)) return readCall(token)
    if (known.includes(token.text)) {
      names.add(token.text)
      return values => values[token.text]!
    }
    return fail(
      /^[a-z_]/i.test(token.text)
        ? `expected one of ${known.join(', ')}, or one of the functions ${Object.keys(FUNCTIONS).join(', ')}; found ${show(token)}`
        : `expected a number, a name or a bracket, found ${show(token)}`,
      token,
    )
  }
  const readCall = (token: Token): Node => {
    expect('(')
    const inner = [deeper(readSum)]
    while (peek().text === ',') {
      take()
      inner.push(deeper(readSum))
    }
    expect(')')
    const wanted = ARGUMENTS[token.text]
    if (wanted !== undefined && inner.length !== wanted)
      fail(`expected ${token.text} of ${wanted} value, found ${inner.length}`, token)
    const apply = FUNCTIONS[token.text]!
    return values => apply(inner.map(node => node(values)))
  }
  const whole = readSum()
  if (at < tokens.length) fail(`expected the end or one of + - * /, found ${show(peek())}`, peek())
  return { names: [...names], evaluate: whole }
}

function tokenise(text: string): Token[] {
  const tokens: Token[] = []
  for (const match of text.matchAll(/\s+|\d+(?:\.\d+)?(?![\w.])|[\w.]+|[\s\S]/gu))
    if (match[0].trim() !== '') tokens.push({ text: match[0], character: match.index + 1 })
  return tokens
}

function show({ text }: Token): string {
  return text === '' ? 'the end' : `“${text}”`
}
