#!/usr/bin/env node
import module from 'node:module'
import process from 'node:process'

module.enableCompileCache?.()

// React reads this when it is loaded; it must be set before anything else.
if (process.env.NODE_ENV === undefined) {
  process.env.NODE_ENV = 'production'
  // Programs that whyslow starts for others are to see what was there before.
  process.env.WHYSLOW_SET_NODE_ENV = '1'
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(`whyslow needs Node 22.13 or newer; this is ${process.version}.
  → From a clone, after npm ci: ${new URL('../node_modules/.bin/node', import.meta.url).pathname} ${process.argv[1]}\n`)
  process.exit(2)
}

// A reader that has seen enough (`| head`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', error => {
    if (error.code === 'EPIPE') process.exit()
    throw error
  })
}

const { execute } = await import('@oclif/core/execute')
await execute({ dir: import.meta.url })
