// A flame graph of differences in both directions, drawn from the JSON in #graph. Needs nothing from elsewhere.
// Names go into the page as text only.
;(() => {
  const { unit, frames, parents, frameOf, before, after, significant } = JSON.parse(
    document.getElementById('graph').textContent,
  )
  const SVG = 'http://www.w3.org/2000/svg'
  const ROW = 18
  const LETTER = 6.7
  const MOST_LEVELS = 500
  const tip = document.getElementById('tip')
  const search = document.getElementById('search')
  const panels = [
    { svg: document.getElementById('by-after'), times: after },
    { svg: document.getElementById('by-before'), times: before },
  ]
  const children = frameOf.map(() => [])
  const roots = []
  for (const [node, parent] of parents.entries()) (parent < 0 ? roots : children[parent]).push(node)
  const depths = []
  for (const parent of parents) depths.push(parent < 0 ? 0 : depths[parent] + 1)
  let zoomed = -1

  const isFound = node => {
    const word = search.value.trim().toLowerCase()
    const { name, place } = frames[frameOf[node]]
    return word !== '' && (name.toLowerCase().includes(word) || place.toLowerCase().includes(word))
  }

  const show = ms => `${Number(ms.toPrecision(3))} ms`

  const describe = node => {
    const { name, place } = frames[frameOf[node]]
    const change = after[node] - before[node]
    const said =
      after[node] === 0 ? 'gone' : before[node] === 0 ? 'new' : `${change < 0 ? '' : '+'}${show(change)}`
    return [
      name,
      place,
      `${unit}: ${show(before[node])} before, ${show(after[node])} after (${said})`,
      significant[node] ? 'beyond noise' : 'within noise, or too small to tell',
    ].join('\n')
  }

  /** Grey within noise; else the stronger, the larger the change is beside the larger side. */
  const colour = node => {
    if (!significant[node]) return { fill: '#d4d4d4', isDark: false }
    const change = (after[node] - before[node]) / Math.max(after[node], before[node])
    const light = 80 - 45 * Math.min(1, Math.abs(change))
    return { fill: `hsl(${change > 0 ? 5 : 215} 75% ${light}%)`, isDark: light < 55 }
  }

  const makeBox = (node, { x, y, width }) => {
    const group = document.createElementNS(SVG, 'g')
    const box = document.createElementNS(SVG, 'rect')
    const { fill, isDark } = colour(node)
    for (const [name, value] of Object.entries({ x, y, width, height: ROW, fill }))
      box.setAttribute(name, value)
    group.append(box)
    if (isDark) group.classList.add('dark')
    if (isFound(node)) group.classList.add('found')
    group.dataset.node = node
    const letters = Math.floor((width - 6) / LETTER)
    if (letters > 2) {
      const text = document.createElementNS(SVG, 'text')
      const { name } = frames[frameOf[node]]
      text.setAttribute('x', x + 3)
      text.setAttribute('y', y + 13)
      text.textContent = name.length > letters ? `${name.slice(0, letters - 1)}…` : name
      group.append(text)
    }
    return group
  }

  /** The callers of what is zoomed into stand above it, each as wide as the page. */
  const draw = ({ svg, times }) => {
    const width = svg.clientWidth || 1000
    const boxes = []
    const callers = []
    for (let node = zoomed; node >= 0; node = parents[node]) callers.unshift(node)
    for (const [level, node] of callers.entries()) boxes.push(makeBox(node, { x: 0, y: level * ROW, width }))
    const top = zoomed < 0 ? roots : children[zoomed]
    const whole = zoomed < 0 ? roots.reduce((sum, node) => sum + times[node], 0) : times[zoomed]
    const todo = [{ nodes: top, x: 0, level: callers.length }]
    let levels = callers.length
    for (let row = todo.pop(); row; row = todo.pop()) {
      let { x } = row
      for (const node of row.nodes) {
        const wide = whole === 0 ? 0 : (times[node] / whole) * width
        if (wide >= 0.4 && row.level < callers.length + MOST_LEVELS) {
          boxes.push(makeBox(node, { x, y: row.level * ROW, width: wide }))
          levels = Math.max(levels, row.level + 1)
          todo.push({ nodes: children[node], x, level: row.level + 1 })
        }
        x += wide
      }
    }
    svg.setAttribute('viewBox', `0 0 ${width} ${Math.max(1, levels) * ROW}`)
    svg.style.height = `${Math.max(1, levels) * ROW}px`
    svg.replaceChildren(...boxes)
  }

  const drawAll = () => {
    for (const panel of panels) draw(panel)
    document.getElementById('reset').disabled = zoomed < 0
  }

  const sayFound = () => {
    const nodes = parents.flatMap((_, node) => (isFound(node) ? [node] : []))
    const found = new Set(nodes)
    const isInside = node => {
      for (let above = parents[node]; above >= 0; above = parents[above]) if (found.has(above)) return true
      return false
    }
    const outermost = nodes.filter(node => !isInside(node))
    const sum = times => show(outermost.reduce((all, node) => all + times[node], 0))
    document.getElementById('found').textContent =
      search.value.trim() === ''
        ? ''
        : nodes.length === 0
          ? 'nothing found'
          : `${nodes.length} found: ${sum(before)} before, ${sum(after)} after`
  }

  const zoom = node => {
    zoomed = node
    drawAll()
  }

  for (const { svg } of panels) {
    const nodeAt = event => event.target.closest('g')?.dataset.node
    svg.addEventListener('click', event => {
      const node = nodeAt(event)
      if (node !== undefined) zoom(Number(node) === zoomed ? parents[zoomed] : Number(node))
    })
    svg.addEventListener('mousemove', event => {
      const node = nodeAt(event)
      tip.hidden = node === undefined
      if (node === undefined) return
      tip.textContent = describe(Number(node))
      tip.style.left = `${Math.max(0, Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8))}px`
      tip.style.top = `${Math.max(0, Math.min(event.clientY + 16, innerHeight - tip.offsetHeight - 8))}px`
    })
    svg.addEventListener('mouseleave', () => {
      tip.hidden = true
    })
  }
  search.addEventListener('input', () => {
    sayFound()
    drawAll()
  })
  document.getElementById('reset').addEventListener('click', () => zoom(-1))
  addEventListener('keydown', event => {
    if (event.key === 'Escape') zoom(-1)
  })
  addEventListener('resize', drawAll)
  drawAll()
})()
