/** `logFormats` of `whyslow.yaml`: the log formats of a team's own servers, as these write them. */
import { z } from 'zod'

const text = z.string().min(1)

/** A log format by name, in the words of its program. What is in the string is checked when a log is read. */
export type LogFormatString =
  | { name: string; nginx: string; apache?: undefined }
  | { name: string; apache: string; nginx?: undefined }

export const logFormatsSchema = z.array(
  z
    .strictObject({
      name: text.describe('How sources name it, and --as'),
      nginx: text
        .optional()
        .describe('A log_format as nginx writes it: $remote_addr - $remote_user [$time_local] …'),
      apache: text.optional().describe('A LogFormat as Apache writes it: %h %l %u %t …'),
    })
    .transform((format, context): LogFormatString => {
      const { name, nginx, apache } = format
      if (nginx !== undefined && apache === undefined) return { name, nginx }
      if (apache !== undefined && nginx === undefined) return { name, apache }
      const found = nginx === undefined ? 'none' : 'both'
      context.issues.push({
        code: 'custom',
        message: `expected one of nginx or apache, found ${found}`,
        input: format,
      })
      return z.NEVER
    }),
)
