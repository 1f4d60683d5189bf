// Flame graphs to zoom into and to search, drawn from the JSON beside them. Without this they are pictures. Needs nothing from elsewhere.
// Names go into the page as text only.
;(() => {
  const SVG = 'http://www.w3.org/2000/svg'
  const WIDTH = 976
  const ROW = 18
  const LETTER = 7
  /** Below what is zoomed into, and above it. */
  const MOST_LEVELS = 60
  const MOST_CALLERS = 12
  /** In the units of the picture. */
  const NARROWEST = 0.6

  for (const figure of document.querySelectorAll('.flame')) open(figure)

  function open(figure) {
    const { texts, parents, names, looks, places, amounts, widths } = JSON.parse(
      figure.querySelector('script').textContent,
    )
    const search = figure.querySelector('input')
    const reset = figure.querySelector('button')
    const found = figure.querySelector('output')
    const detail = figure.querySelector('.detail')
    const pictures = [...figure.querySelectorAll('svg')].map((svg, side) => ({ svg, widths: widths[side] }))
    const children = parents.map(() => [])
    const roots = []
    for (const [call, parent] of parents.entries()) (parent < 0 ? roots : children[parent]).push(call)
    let zoomed = -1

    const describe = call => `${texts[places[call]]}: ${texts[amounts[call]]}`
    const word = () => search.value.trim().toLowerCase()
    const isFound = call => word() !== '' && texts[places[call]].toLowerCase().includes(word())

    function makeBox(call, x, y, width) {
      const group = document.createElementNS(SVG, 'g')
      group.setAttribute('class', texts[looks[call]] + (isFound(call) ? ' found' : ''))
      group.setAttribute('role', 'button')
      group.setAttribute('tabindex', '-1')
      group.dataset.call = call
      const box = document.createElementNS(SVG, 'rect')
      for (const [name, value] of Object.entries({ x, y, width, height: ROW })) box.setAttribute(name, value)
      const said = document.createElementNS(SVG, 'title')
      said.textContent = describe(call)
      group.append(said, box)
      const letters = Math.floor((width - 6) / LETTER)
      if (letters > 1) {
        const text = document.createElementNS(SVG, 'text')
        const name = [...texts[names[call]]]
        text.setAttribute('x', x + 3)
        text.setAttribute('y', y + 13)
        text.textContent = name.length > letters ? `${name.slice(0, letters - 1).join('')}…` : name.join('')
        group.append(text)
      }
      return group
    }

    function makeNote(said, level) {
      const text = document.createElementNS(SVG, 'text')
      text.setAttribute('class', 'folded')
      text.setAttribute('x', 3)
      text.setAttribute('y', level * ROW + 13)
      text.textContent = said
      return text
    }

    /** The nearest callers of what is zoomed into stand above it, each as wide as the picture. */
    function draw({ svg, widths }) {
      const callers = []
      for (let call = zoomed; call >= 0 && callers.length <= MOST_CALLERS; call = parents[call])
        callers.unshift(call)
      const boxes = callers.map((call, level) => makeBox(call, 0, level * ROW, WIDTH))
      const whole = zoomed < 0 ? 1 : widths[zoomed]
      const most = callers.length + MOST_LEVELS
      const todo = [{ calls: zoomed < 0 ? roots : children[zoomed], x: 0, level: callers.length }]
      let levels = callers.length
      let isCut = false
      for (let row = todo.pop(); row; row = todo.pop()) {
        let { x } = row
        for (const call of row.calls) {
          const width = whole === 0 ? 0 : (widths[call] / whole) * WIDTH
          if (width >= NARROWEST && row.level < most) {
            boxes.push(makeBox(call, x, row.level * ROW, width))
            levels = Math.max(levels, row.level + 1)
            todo.push({ calls: children[call], x, level: row.level + 1 })
          } else if (width >= NARROWEST) isCut = true
          x += width
        }
      }
      if (isCut) {
        boxes.push(makeNote('⋮ deeper levels: zoom in to see them', levels))
        levels += 1
      }
      svg.setAttribute('viewBox', `0 0 ${WIDTH} ${Math.max(1, levels) * ROW}`)
      svg.replaceChildren(...boxes)
      svg.querySelector('g')?.setAttribute('tabindex', '0')
    }

    function drawAll() {
      for (const picture of pictures) draw(picture)
      reset.disabled = zoomed < 0
    }

    function zoom(call, svg) {
      const from = zoomed
      zoomed = call
      drawAll()
      if (svg) focusOn(svg, call >= 0 ? call : from)
    }

    /** One box of a picture at a time is in the order of Tab. */
    function focusOn(svg, call) {
      const box = svg.querySelector(`[data-call="${call}"]`)
      if (!box) return
      svg.querySelector('[tabindex="0"]')?.setAttribute('tabindex', '-1')
      box.setAttribute('tabindex', '0')
      box.focus()
    }

    /** Callers above, callees below, what the caller called besides to the sides. */
    function neighbour(svg, widths, call, key) {
      const isDrawn = other => svg.querySelector(`[data-call="${other}"]`) !== null
      const beside = (parents[call] < 0 ? roots : children[parents[call]]).filter(isDrawn)
      const at = beside.indexOf(call)
      if (key === 'ArrowUp') return parents[call]
      if (key === 'ArrowLeft') return beside[at - 1]
      if (key === 'ArrowRight') return beside[at + 1]
      const widest = children[call].filter(isDrawn).sort((a, b) => widths[b] - widths[a])
      return key === 'ArrowDown' ? widest[0] : undefined
    }

    function sayFound() {
      const calls = parents.flatMap((_, call) => (isFound(call) ? [call] : []))
      const set = new Set(calls)
      const isInside = call => {
        for (let above = parents[call]; above >= 0; above = parents[above]) if (set.has(above)) return true
        return false
      }
      const share = pictures.map(({ widths }) =>
        calls.reduce((sum, call) => sum + (isInside(call) ? 0 : widths[call]), 0),
      )
      const shown = share.map(part => `${(part * 100).toFixed(1)}%`).join(', ')
      found.textContent =
        word() === ''
          ? ''
          : calls.length === 0
            ? 'nothing found'
            : `${calls.length} found, ${shown} of the time`
    }

    const callAt = event => {
      const box = event.target.closest('[data-call]')
      return box ? Number(box.dataset.call) : -1
    }
    for (const { svg, widths } of pictures) {
      const said = svg.querySelector('desc')
      svg.setAttribute('role', 'group')
      svg.setAttribute('aria-label', said.textContent)
      svg.removeAttribute('aria-labelledby')
      const toggle = call => zoom(call === zoomed ? parents[call] : call, svg)
      svg.addEventListener('click', event => {
        if (callAt(event) >= 0) toggle(callAt(event))
      })
      svg.addEventListener('keydown', event => {
        const call = callAt(event)
        if (call < 0) return
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault()
          toggle(call)
        }
        const next = neighbour(svg, widths, call, event.key)
        if (next === undefined || next < 0) return
        event.preventDefault()
        focusOn(svg, next)
      })
    }
    // Not of the pictures: a listener for focus would put them into the order of Tab.
    for (const name of ['mousemove', 'focusin'])
      figure.addEventListener(name, event => {
        if (callAt(event) >= 0) detail.textContent = describe(callAt(event))
      })
    search.addEventListener('input', () => {
      sayFound()
      drawAll()
    })
    reset.addEventListener('click', () => zoom(-1))
    figure.addEventListener('keydown', event => {
      if (event.key !== 'Escape' || zoomed < 0) return
      event.preventDefault()
      zoom(-1, event.target.closest('svg'))
    })
    figure.querySelector('.tools').hidden = false
    detail.hidden = false
    drawAll()
  }
})()
