// Puts what is used of large packages into the one module that names them, so that nobody who installs whyslow needs them.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { rolldown } from 'rolldown'

/** The compiled modules; they are written over. */
const BUNDLED = ['trackers/jira/operations.js', 'reports/charts/plot.js']

/** What whyslow depends on anyway stays outside. */
export async function bundlePackages(root) {
  const { dependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
  for (const module of BUNDLED) await bundle(`${root}dist/${module}`, Object.keys(dependencies))
}

async function bundle(target, dependencies) {
  const bundle = await rolldown({
    input: target,
    external: id => dependencies.some(name => id === name || id.startsWith(`${name}/`)),
    platform: 'node',
    logLevel: 'warn',
  })
  const { output } = await bundle.generate({ format: 'esm', sourcemap: false, minify: false })
  await bundle.close()
  const used = Object.entries(output[0].modules).filter(([, { renderedLength }]) => renderedLength > 0)
  writeFileSync(target, `${writeBanner(used.map(([id]) => id))}\n${output[0].code}`)
  rmSync(`${target}.map`)
}

/** The packages that these modules are of, with the licences that ask to be passed on; one that several have is there once. */
function writeBanner(modules) {
  const folders = new Set(
    modules.flatMap(id => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id.replaceAll('\\', '/'))?.[0] ?? []),
  )
  const byLicence = Map.groupBy([...folders].sort(), readLicence)
  const parts = [...byLicence].map(([licence, named]) => `${named.map(nameVersion).join(', ')}\n\n${licence}`)
  return `/*! Bundled: what whyslow uses of these packages.\n\n${parts.join('\n\n').replaceAll('*/', '* /')}\n*/`
}

function readLicence(folder) {
  const file = readdirSync(folder).find(name => /^licen[cs]e/i.test(name))
  if (file !== undefined) return readFileSync(`${folder}/${file}`, 'utf8').trim()
  return `Licence: ${readManifest(folder).license}`
}

function nameVersion(folder) {
  const { name, version } = readManifest(folder)
  return `${name} ${version}`
}

function readManifest(folder) {
  return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
}
