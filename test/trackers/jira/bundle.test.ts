import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

test('what is built has the functions of jira.js, its licence, and no import of it', async () => {
  const file = new URL('../../../dist/trackers/jira/operations.js', import.meta.url)
  const text = await readFile(file, 'utf8')
  const imported = [...text.matchAll(/^import .* from ["'](.*)["']/gm)].map(match => match[1])
  expect(imported).toEqual(['zod'])
  expect(text).toContain('Permission is hereby granted')
  expect(text.length).toBeLessThan(100_000)
  const operations = await import(file.href)
  const source = await readFile(new URL('../../../src/trackers/jira/operations.ts', import.meta.url), 'utf8')
  const names = /export \{([^}]+)\}/.exec(source)![1]!.match(/\w+/g)
  expect(Object.keys(operations).sort()).toEqual(names!.sort())
})
