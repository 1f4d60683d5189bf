/** `node --import` this, and the process writes the address of every module that it loads to stderr. */

import { writeSync } from 'node:fs'
import { registerHooks } from 'node:module'

registerHooks({
  load(url, context, next) {
    writeSync(2, `loaded ${url}\n`)
    return next(url, context)
  },
})
