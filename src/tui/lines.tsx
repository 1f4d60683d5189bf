/** Finished lines, colours included: one row each, cut where the screen ends. */
import { Box, Text } from 'ink'
import type { ReactNode } from 'react'

/** `height`: rows that it takes, whether there are as many lines or not. */
export function Lines({ lines, height }: { lines: readonly string[]; height: number }): ReactNode {
  return (
    <Box flexDirection="column" height={height} overflow="hidden" flexShrink={0}>
      {lines.slice(0, height).map((line, row) => (
        <Text key={row} wrap="truncate">
          {line === '' ? ' ' : line}
        </Text>
      ))}
    </Box>
  )
}
