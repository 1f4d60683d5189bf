// Puts what is used of jira.js into the one module that names it, so that nobody who installs whyslow needs its 47 MB.
import { readFileSync, rmSync } from 'node:fs'
import { rolldown } from 'rolldown'

/** `target`: the compiled module; it is written over. What whyslow depends on anyway stays outside. */
export async function bundleJira(root) {
  const target = `${root}dist/trackers/jira/operations.js`
  const { dependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
  const bundle = await rolldown({
    input: target,
    external: id => Object.keys(dependencies).some(name => id === name || id.startsWith(`${name}/`)),
    platform: 'node',
    logLevel: 'warn',
  })
  const { version } = JSON.parse(readFileSync(`${root}node_modules/jira.js/package.json`, 'utf8'))
  const licence = readFileSync(`${root}node_modules/jira.js/LICENSE`, 'utf8').trim()
  const banner = `/*! jira.js ${version}, the functions that whyslow uses.\n\n${licence.replaceAll('*/', '* /')}\n*/`
  await bundle.write({ file: target, format: 'esm', banner, sourcemap: false, minify: false })
  await bundle.close()
  rmSync(`${target}.map`)
}
