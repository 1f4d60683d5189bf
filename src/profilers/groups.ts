/** Whose code a frame is. Pure: what isn't in the path was looked up when the profile was read; see `find-versions.ts`. */
import type { Frame, Profile } from './profile.js'

/**
 * `own code`, a dependency (`express@4.18.2`, or `express` where its version isn't known), `node` for Node's own library,
 * `v8/gc` for garbage collection, `native` for compiled code, V8's built-ins and the kernel, `idle`, `whyslow` for what a
 * capture itself ran in the target. Other languages: a package of pip, Composer, RubyGems or Go modules, and `python`,
 * `ruby`, `go` for their own libraries.
 * By path only: a dependency that was bundled into the application counts as own code, unless its source map says more.
 */
export function groupOfFrame(frame: Frame): string {
  if (frame.group !== undefined) return frame.group
  if (frame.kind === 'gc') return 'v8/gc'
  if (frame.kind === 'idle') return 'idle'
  if (frame.kind === 'program' || frame.file === null) return 'native'
  const file = frame.file.replaceAll('\\', '/')
  if (file.startsWith('node:')) return 'node'
  if (file.startsWith('whyslow:')) return 'whyslow'
  const found = findPackage(file)
  if (found) return found
  if (isNative(frame, file)) return 'native'
  return 'own code'
}

/**
 * The folder of the innermost npm package, `/app/node_modules/@scope/name`: with pnpm's nested folders the package and not
 * its store. Null for a file in none.
 */
export function findPackageFolder(file: string): { folder: string; name: string } | null {
  const found = /^(.*[\\/]node_modules[\\/])((?:@[^\\/]+[\\/])?[^\\/]+)(?=[\\/])/s.exec(file)
  if (!found) return null
  return { folder: found[1]! + found[2]!, name: found[2]!.replaceAll('\\', '/') }
}

/** The most particular first: RubyGems may lie in `vendor`. */
const PACKAGES: RegExp[] = [
  /\/(?:site|dist)-packages\/([^/]+?)(?:\.py|\.so)?(?:\/|$)/,
  /\/gems\/([^/]+-\d[^/]*)\//,
  /\/pkg\/mod\/(?:cache\/)?((?:[^/@]+\/)*[^/@]+@[^/]+)\//,
  /\/vendor\/([^/]+\.[^/]+\/[^/]+\/[^/]+)\//,
  /\/vendor\/([^/]+\/[^/]+)\//,
]
const LIBRARIES: [RegExp, string][] = [
  [/\/lib(?:64)?\/python\d[\d.]*\/|^<frozen /, 'python'],
  [/\/lib\/ruby\/\d/, 'ruby'],
  [
    /\/go\/src\/(?:runtime|internal|net|encoding|sync|syscall|fmt|os|io|bytes|strings|time|reflect|sort)\//,
    'go',
  ],
]

function findPackage(file: string): string | null {
  const npm = findPackageFolder(file)
  if (npm) return npm.name
  for (const pattern of PACKAGES) {
    const name = pattern.exec(file)?.[1]
    if (name) return name
  }
  return LIBRARIES.find(([pattern]) => pattern.test(file))?.[1] ?? null
}

/** A library or a program as perf names it: scripts have lines, and programs have no endings. */
function isNative({ line }: Frame, file: string): boolean {
  if (/\.(?:so|dylib|dll|exe|node)(?:\.[\d.]+)?$/.test(file) || /^\[.*\]/.test(file)) return true
  return line === null && /^\/(?:.*\/)?[^/.]+(?:-[\d.]+)?(?: \(deleted\))?$/.test(file)
}

/**
 * A profile in which nothing has a file (collapsed stacks of most tools) doesn't say what is native, so what has the
 * name of compiled code is native there, and all else is own code.
 */
export function groupByName(profile: Profile): Profile {
  const isNamed = profile.frames.some(({ kind, file }) => kind === 'code' && file !== null)
  if (isNamed || profile.tool === 'v8') return profile
  const frames = profile.frames.map(frame => {
    if (frame.kind !== 'code') return frame
    return { ...frame, group: NATIVE_NAME.test(frame.function) ? 'native' : 'own code' }
  })
  return { ...profile, frames }
}

/** `[kernel]`, `libc.so.6`, `0x7f…`, `std::sort`, `__libc_start_main`, and what the collapsers mark (`_[k]`, `_[i]` is inlined). */
const NATIVE_NAME = /^\[|\.so(?:\.[\d.]+)?$|^0x[0-9a-f]+$|^std::|^__|_\[k\]$|^(?:do_syscall|entry_SYSCALL)/
