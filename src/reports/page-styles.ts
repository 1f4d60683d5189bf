/** How a page looks, on screens and on paper. Colours are those of charts. */
export function pageStyles(): string {
  return STYLES.replace(/\n\s*/g, '')
}

const STYLES = `
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:1.5rem;background:var(--page);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;overflow-wrap:break-word}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.3rem;margin:2.5rem 0 .75rem;border-bottom:1px solid var(--rule);padding-bottom:.25rem}
h3{font-size:1.05rem;margin:0 0 .5rem}
a{color:var(--good)}
nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem}
figure{margin:1.5rem 0 2.5rem;break-inside:avoid}
figcaption p{margin:.5rem 0;max-width:46rem}
.made,.quiet{color:var(--quiet);font-size:.875rem}
code,pre{font:.875em ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
pre{white-space:pre-wrap}
summary{cursor:pointer;color:var(--quiet);font-size:.875rem}
.table{overflow-x:auto}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{text-align:left;vertical-align:top;padding:.25rem 1rem .25rem 0;border-bottom:1px solid var(--rule)}
.number{text-align:right}
@media print{
body{max-width:none;padding:0;font-size:11pt}
nav,details:not([open]){display:none}
a{color:inherit;text-decoration:none}
h2,h3{break-after:avoid}
tr{break-inside:avoid}
.table{overflow:visible}
}
`
