import { useRef, useState } from 'react'

export interface FreshState<S> {
  /** As of this render. */
  state: S
  /** As it was set last: for keys, several of which may come before the next render. */
  read: () => S
  set: (next: S) => void
}

export function useFreshState<S>(initial: S): FreshState<S> {
  const [state, setState] = useState(initial)
  const latest = useRef(state)
  return {
    state,
    read: () => latest.current,
    set(next) {
      latest.current = next
      setState(next)
    },
  }
}
