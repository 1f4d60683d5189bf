import { createHash } from 'node:crypto'

/** Eight hexadecimal digits of a SHA-256: enough to tell the few texts and files of one ticket apart. */
export function shortHash(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 8)
}
