import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * These open inspectors on the port that Node gives every process, or look at the clock, so they take turns and have the machine for
 * themselves. Two others hold on a busy machine, too, and only one of them, killed.test.ts, opens that port.
 */
const inspectors = [
  'test/profilers/node/!(killed|killed-often).test.ts',
  'test/profilers/tools/**/*.test.ts',
  'test/profilers/service/start-service.test.ts',
  'test/load/*.test.ts',
  'test/commands/profile-{attach,run}.test.ts',
  'test/commands/bench-profile.test.ts',
  'test/tui/attach.test.ts',
  'test/fixtures/shop.test.ts',
]

/** Short files that wait for minutes: begun last, they would keep the other workers waiting. */
const first = [
  'trackers/jira/failures.test.ts',
  'trackers/jira/crash.test.ts',
  'trackers/github/crashes.test.ts',
]

class SlowOnesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => Number(!first.some(end => moduleId.endsWith(end)))
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other))
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: SlowOnesFirst },
    // Else output that a test captures from a command never arrives.
    disableConsoleIntercept: true,
    // Most tests wait for a process of their own, and now and then that one waits, too: with one more, a quarter of the time was idle.
    maxWorkers: availableParallelism() + 2,
    // Against hanging, not for speed: a busy machine may take minutes.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    globalSetup: 'test/workbook/made-folders.ts',
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
