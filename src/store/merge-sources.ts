/**
 * Small sources that go on from each other become one: what follows a log commits every few seconds, and a question opens every file.
 * The merged one takes the last one's name, so that one rename puts it in place; the others are gone from then on.
 */
import { rm } from 'node:fs/promises'
import path from 'node:path'
import {
  commitSource,
  keepSuperseded,
  type Move,
  type Source,
  sourceFile,
  writeSourceFile,
} from './catalog.js'
import { type Engine, PARQUET, readParquet, sqlText } from './engine.js'
import { filesOf } from './kinds.js'
import { KINDS } from './schema.js'

/** So many of about the same size become one: each row is written again once for every eightfold growth. */
const FAN_IN = 8
/** Rows of a source that is left as it is. */
const LARGE = 4_000_000

/** The last ones of a chain that are due, oldest first; none when there are too few. `isOver`: nothing comes behind them. */
export function findDue(sources: readonly Source[], last: Source, isOver = false): Source[] {
  const chain = followBack(sources, last)
  if (isOver) return chain.length > 1 ? chain : []
  for (let size = 1000; size <= LARGE; size *= FAN_IN) {
    const end = chain.findLastIndex(source => source.rows >= size)
    if (chain.length - end - 1 >= FAN_IN) return chain.slice(end + 1)
  }
  return []
}

function followBack(sources: readonly Source[], last: Source): Source[] {
  const byHash = new Map(sources.map(source => [source.hash, source]))
  for (const source of sources) if (source.tail) byHash.set(source.tail.hash, source)
  const chain: Source[] = []
  for (let one: Source | undefined = last; one && isMergeable(one, last); ) {
    chain.unshift(one)
    one = one.after && byHash.get(one.after.hash)
  }
  return chain
}

function isMergeable(one: Source, last: Source): boolean {
  const isAlike =
    one.kind === last.kind &&
    one.format === last.format &&
    one.reading?.logFormat === last.reading?.logFormat &&
    one.identity === last.identity
  return isAlike && one.rows < LARGE && !one.tail?.files
}

/** Call it under the workbook's lock. Commands that run meanwhile go on with the old files. */
export async function mergeSources(
  engine: Engine,
  dataDir: string,
  chain: readonly Source[],
  workDir: string,
): Promise<Source> {
  const first = chain[0]!
  const last = chain.at(-1)!
  const moves: Move[] = []
  for (const kind of KINDS) {
    const files = chain.flatMap(source => filesOf(source, kind))
    if (files.length === 0) continue
    const from = path.join(workDir, `merged-${kind}.parquet`)
    await engine.run(
      `COPY (SELECT * FROM ${readParquet(files.map(file => path.join(dataDir, file)))})
       TO ${sqlText(from)} (${PARQUET})`,
    )
    moves.push({ from, to: path.join(dataDir, kind, `${last.id}-from-${first.id}-${chain.length}.parquet`) })
  }
  const others = chain.slice(0, -1).map(source => source.id)
  const { after: _, ...kept } = last
  const merged: Source = {
    ...kept,
    ...(first.after ? { after: first.after } : {}),
    ...(first.opening === undefined ? {} : { opening: first.opening }),
    ...sumUp(chain),
    files: moves.map(move => path.relative(dataDir, move.to)),
    replaces: others,
  }
  const rejects = path.join(workDir, 'merged-rejects.parquet')
  await engine.run(
    `COPY (${chain
      .map(({ id, rejected }) => {
        const file = readParquet([sourceFile(dataDir, id)])
        return `(SELECT line, reason, text FROM ${file} ORDER BY line LIMIT ${rejected})`
      })
      .join(' UNION ALL ')}) TO ${sqlText(rejects)} (FORMAT parquet)`,
  )
  const target = path.join(workDir, 'merged-source.parquet')
  await writeSourceFile(engine, merged, rejects, target)
  await keepSuperseded(chain.flatMap(source => source.files.map(file => path.join(dataDir, file))))
  const remove = async (ids: readonly string[]) => {
    for (const id of ids) await rm(sourceFile(dataDir, id), { force: true })
  }
  // Left by a process that was killed; what hides them is about to go.
  await remove(chain.flatMap(source => source.replaces ?? []))
  await commitSource(dataDir, moves, { from: target, id: last.id })
  await remove(others)
  return merged
}

function sumUp(
  chain: readonly Source[],
): Pick<
  Source,
  'rows' | 'rejected' | 'skipped' | 'from' | 'to' | 'weighted' | 'also' | 'withoutAccount' | 'traced'
> {
  const sum = (of: (source: Source) => number) => chain.reduce((total, source) => total + of(source), 0)
  const times = (pick: 'from' | 'to') =>
    chain
      .map(source => source[pick])
      .filter(time => time !== null)
      .sort()
  const also: NonNullable<Source['also']> = {}
  for (const source of chain)
    for (const kind of KINDS)
      if (source.also?.[kind] !== undefined) also[kind] = (also[kind] ?? 0) + source.also[kind]
  return {
    rows: sum(({ rows }) => rows),
    rejected: sum(({ rejected }) => rejected),
    skipped: sum(({ skipped }) => skipped),
    from: times('from')[0] ?? null,
    to: times('to').at(-1) ?? null,
    weighted: chain.some(({ weighted }) => weighted),
    ...(Object.keys(also).length > 0 ? { also } : {}),
    ...(chain.some(source => source.withoutAccount !== undefined)
      ? { withoutAccount: sum(source => source.withoutAccount ?? 0) }
      : {}),
    ...(chain.every(source => source.traced !== undefined) ? { traced: sum(source => source.traced!) } : {}),
  }
}
