/** Frames and call paths as they are found in a file, each kept once. */
import { WhyslowError } from '../errors.js'
import type { Frame, StackNode } from './profile.js'

/** Beyond it, what is built from the table takes more than 2 GB. */
const MOST_PATHS = 8_000_000

const NONE = -1

/**
 * Columns of numbers while it grows, because a file of hundreds of megabytes has millions of paths: an object and a
 * key of text for each would take five times the memory.
 */
export class StackTable {
  readonly frames: Frame[] = []
  readonly #frameIndex = new Map<string, number>()
  #size = 0
  #frame = new Int32Array(1024)
  #parent = new Int32Array(1024)
  #self = new Float64Array(1024)
  #samples = new Float64Array(1024)
  /** Open addressing: a path's index at the place of its hash. At most half full. */
  #slots = new Int32Array(4096).fill(NONE)

  /** `file` is named when there are too many. */
  constructor(private readonly file: string) {}

  /** Index of a frame that equals this one. */
  frame(frame: Frame): number {
    const key = JSON.stringify([frame.function, frame.file, frame.line, frame.column, frame.kind])
    const known = this.#frameIndex.get(key)
    if (known !== undefined) return known
    this.#frameIndex.set(key, this.frames.length)
    return this.frames.push(frame) - 1
  }

  /** Index of the path that ends in `frame`, called by the path `parent` (-1: outermost). */
  path(frame: number, parent: number): number {
    if (this.#size * 2 >= this.#slots.length) this.#growSlots()
    let slot = hash(frame, parent) & (this.#slots.length - 1)
    for (let found = this.#slots[slot]!; found !== NONE; found = this.#slots[slot]!) {
      if (this.#frame[found] === frame && this.#parent[found] === parent) return found
      slot = (slot + 1) & (this.#slots.length - 1)
    }
    if (this.#size === this.#frame.length) this.#growColumns()
    const index = this.#size
    this.#size += 1
    this.#frame[index] = frame
    this.#parent[index] = parent
    this.#slots[slot] = index
    return index
  }

  add(path: number, self: number, samples: number): void {
    this.#self[path]! += self
    this.#samples[path]! += samples
  }

  stacks(): StackNode[] {
    return Array.from({ length: this.#size }, (_, index) => ({
      frame: this.#frame[index]!,
      parent: this.#parent[index]!,
      self: this.#self[index]!,
      samples: this.#samples[index]!,
    }))
  }

  #growColumns(): void {
    const size = this.#size * 2
    if (this.#size >= MOST_PATHS) {
      throw new WhyslowError(
        `The profile has more than ${MOST_PATHS.toLocaleString('en-US')} different call paths, which is more than fits into memory.`,
        {
          place: { file: this.file },
          next: [
            'Take a shorter capture, or one of fewer processes.',
            'Of collapsed stacks, the rare ones can be left out: grep -v " 1$" FILE > SMALLER',
          ],
        },
      )
    }
    this.#frame = grown(this.#frame, new Int32Array(size))
    this.#parent = grown(this.#parent, new Int32Array(size))
    this.#self = grown(this.#self, new Float64Array(size))
    this.#samples = grown(this.#samples, new Float64Array(size))
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(NONE)
    const mask = slots.length - 1
    for (let index = 0; index < this.#size; index += 1) {
      let slot = hash(this.#frame[index]!, this.#parent[index]!) & mask
      while (slots[slot] !== NONE) slot = (slot + 1) & mask
      slots[slot] = index
    }
    this.#slots = slots
  }
}

function grown<A extends Int32Array | Float64Array>(from: A, to: A): A {
  to.set(from)
  return to
}

function hash(frame: number, parent: number): number {
  const mixed = Math.imul(frame, 0x9e3779b1) ^ Math.imul(parent + 1, 0x85ebca6b)
  return (mixed ^ (mixed >>> 15)) >>> 0
}
