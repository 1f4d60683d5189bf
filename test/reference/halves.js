// A against A: random halves of the clients of a real log are compared, where nothing differs but chance. The log has no times, so what is
// “good” is an answer smaller than nine tenths of all: what matters here is how clients cluster and how unequal they are.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { compareShares } from '../../dist/stats/compare-shares.js'
import { createRandom } from '../../dist/stats/random.js'

const SPLITS = 2000
/** A method that is wrong once in twenty is wrong more often than this once in a thousand. */
const MOST_DIFFERENCES = 131

export function checkHalves(folder) {
  const log = readFileSync(path.join(folder, 'logs', 'apache-combined-elastic-examples.log'), 'utf8')
  const requests = log.split('\n').flatMap(line => {
    const [, client, size] = /^(\S+) .*" \d{3} (\d+|-) "/.exec(line) ?? []
    return client === undefined ? [] : [{ client, size: Number(size) || 0 }]
  })
  const sizes = requests.map(request => request.size).sort((a, b) => a - b)
  const small = sizes[Math.floor(sizes.length * 0.9)]
  const clients = new Map()
  for (const { client, size } of requests) {
    const count = clients.get(client) ?? { cluster: client, requests: 0, good: 0 }
    count.requests += 1
    if (size < small) count.good += 1
    clients.set(client, count)
  }
  const random = createRandom(1)
  let differences = 0
  for (let split = 0; split < SPLITS; split += 1) {
    const halves = [[], []]
    for (const count of clients.values()) halves[random.nextInteger(2)].push(count)
    const { change } = compareShares({
      before: halves[0],
      after: halves[1],
      apartInTime: false,
      smallest: 0.01,
    })
    if (change.interval !== null && (change.interval[0] > 0 || change.interval[1] < 0)) differences += 1
  }
  return [
    {
      what: `stats: ${SPLITS} random halves of the ${clients.size} clients of a log that differ`,
      expected: `at most ${MOST_DIFFERENCES}`,
      found: String(differences),
      ok: differences <= MOST_DIFFERENCES,
    },
  ]
}
