import { defineConfig } from 'vitest/config'

/** These open inspectors on the port that Node gives every process, so they take turns. */
const inspectors = [
  'test/profilers/{node,tools}/**/*.test.ts',
  'test/commands/profile-{attach,run}.test.ts',
  'test/tui/attach.test.ts',
]

export default defineConfig({
  test: {
    // Else output that a test captures from a command never arrives.
    disableConsoleIntercept: true,
    // Most tests wait for a process of their own.
    maxWorkers: '100%',
    // Against hanging, not for speed: a busy machine may take minutes.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary', 'html', 'json-summary'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'main',
          include: ['test/**/*.test.ts'],
          exclude: inspectors,
          // A process for each file would spend a fifth of the time on starting. No test changes what others in its process see.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'inspectors',
          include: inspectors,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
