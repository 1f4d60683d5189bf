import { stat } from 'node:fs/promises'

export async function sizeOf(file: string): Promise<number> {
  return (await stat(file)).size
}
