import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml'

/** Keys and list positions from the root of a document to a value. */
export type YamlPath = readonly (string | number)[]

/** The pair of a mapping whose key reads as `key`: the last one, as in the value. */
export function findPair(map: YAMLMap, key: string | number): Pair | undefined {
  return map.items.findLast(pair => keyText(pair.key) === String(key))
}

function keyText(key: unknown): string {
  return String(isScalar(key) ? key.value : key)
}

/** The node at a path; undefined when there is none. Aliases are not followed. */
function findNode(doc: Document.Parsed, path: YamlPath): Node | undefined {
  let node: unknown = doc.contents
  for (const step of path) {
    if (isMap(node)) node = findPair(node, step)?.value
    else if (isSeq(node)) node = node.items[Number(step)]
    else return undefined
  }
  return isNode(node) ? node : undefined
}

/** Offset of the value at a path; of its key when it has no text; of the closest thing around it when it isn't there. */
export function locatePath(doc: Document.Parsed, path: YamlPath): number {
  let offset = doc.contents?.range[0] ?? 0
  let node: unknown = doc.contents
  for (const step of path) {
    if (isMap(node)) {
      const pair = findPair(node, step)
      if (!pair) return offset
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(step)]
    } else {
      return offset
    }
    if (!isNode(node)) return offset
    const range = node.range
    // A collection that starts on a later line is shown at its key.
    const isEmpty = !range || range[0] === range[1]
    if (!isEmpty && (!isCollection(node) || node.flow || typeof step === 'number')) offset = range[0]
  }
  return offset
}

/** Offset of a key of the mapping at a path. */
export function locateKey(doc: Document.Parsed, path: YamlPath, key: string): number {
  const map = path.length === 0 ? doc.contents : findNode(doc, path)
  const pair = isMap(map) ? findPair(map, key) : undefined
  if (pair && isNode(pair.key) && pair.key.range) return pair.key.range[0]
  return locatePath(doc, path)
}
