import { expect } from 'vitest'
import { type CliOptions, type CliRun, runCli } from './run-cli.js'

/** With `--json` stdout is exactly one JSON value, and stderr is empty. Returns the value; throws on anything else. */
export async function readOneJson<T = Record<string, unknown>>(
  args: string[],
  options: CliOptions,
): Promise<{ code: number | null; json: T }> {
  const run = await runCli([...args, '--json'], options)
  expect(run.stderr).toBe('')
  return { code: run.code, json: JSON.parse(run.stdout) as T }
}

/** The same for wrong use: an error with the way out, and the exit code in it. */
export async function readJsonError(
  args: string[],
  options: CliOptions,
): Promise<{ message: string; next: string[] }> {
  const { code, json } = await readOneJson<{ error: { message: string; next: string[]; exit: number } }>(
    args,
    options,
  )
  expect(Object.keys(json)).toEqual(['error'])
  expect(code).toBe(json.error.exit)
  expect(code).toBe(2)
  return json.error
}

/** An expected error: nothing on stdout, no stack, and the exit code 2. */
export function expectRefused(run: CliRun): string {
  expect({ code: run.code, stdout: run.stdout }).toEqual({ code: 2, stdout: '' })
  expect(run.stderr).not.toMatch(/\n\s+at |This is a bug/)
  return run.stderr
}
