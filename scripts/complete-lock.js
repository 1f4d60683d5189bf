// Adds the packages of other platforms to package-lock.json that npm left out, because the registry in use doesn't carry
// them: without their entries `npm ci` refuses the lock file, also where they aren't needed. Run it after `npm install`.
// They have no integrity: npm takes that of the registry on the platform that installs them.
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
]
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64']

const file = fileURLToPath(new URL('../package-lock.json', import.meta.url))
const lock = JSON.parse(readFileSync(file, 'utf8'))
const added = []

for (const [at, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`
    if (lock.packages[`${at}/${place}`] || lock.packages[place]) continue
    lock.packages[place] = {
      version,
      ...platformOf(name, version),
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
    }
    added.push(name)
  }
}

lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')))
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(
  added.length === 0 ? 'Nothing is missing.\n' : `Added:\n${added.map(name => `  ${name}\n`).join('')}`,
)

/** Platform packages say in their name what they are for: binding-linux-arm64-musl. */
function platformOf(name, version) {
  const parts = name.split('/').at(-1).split('-')
  const os = parts.filter(part => SYSTEMS.includes(part))
  const cpu = parts
    .map(part => (part === 'arm' || part.startsWith('armv') ? 'arm' : part))
    .filter(part => PROCESSORS.includes(part))
  if (os.length !== 1 || cpu.length !== 1 || !/^\d/.test(version)) {
    throw new Error(
      `${name}@${version} is no package of one platform and version: add it to package-lock.json by hand.`,
    )
  }
  const libc = parts.includes('musl') || parts.includes('musleabihf') ? ['musl'] : []
  return { cpu, ...(libc.length > 0 ? { libc } : {}), os }
}
