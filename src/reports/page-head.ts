import { escapeMarkup } from './escape.js'

/** The beginning of a page that stands by itself, up to its body. `policy` is what it may load; `comment` is markup. */
export function renderPageHead(
  title: string,
  { policy, styles, comment = '' }: { policy: string; styles: string; comment?: string },
): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeMarkup(title)}</title>
<link rel="icon" href="data:,">
${comment}<style>${styles.replaceAll('</', '<\\/')}</style>
</head>
`
}

/** A script of our own, or one that is passed on, inside a page. */
export function renderScript(script: string): string {
  return `<script>${script.replaceAll('</script', '<\\/script')}</script>`
}
