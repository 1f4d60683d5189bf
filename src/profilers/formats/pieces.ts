/** A long text in pieces, joined at the end: one that outgrows what Node can hold is refused with the reason. */
import { constants } from 'node:buffer'
import { WhyslowError } from '../../errors.js'
import { formatBytes } from '../../units.js'

const PIECE = 1 << 16

export class PiecesOfText {
  readonly #pieces: string[] = []
  #piece = ''
  #length = 0

  /** `format` is named when the text becomes too long. */
  constructor(private readonly format: string) {}

  /** Refuses at once what is going to be too long. */
  expect(length: number): void {
    if (length > constants.MAX_STRING_LENGTH) {
      throw new WhyslowError(
        `As ${this.format} the profile would be longer than ${formatBytes(constants.MAX_STRING_LENGTH)}, the longest text that Node can hold.`,
        { next: ['Write it in another format: speedscope JSON repeats no call path.'] },
      )
    }
  }

  add(text: string): void {
    this.#length += text.length
    this.expect(this.#length)
    this.#piece += text
    if (this.#piece.length >= PIECE) {
      this.#pieces.push(this.#piece)
      this.#piece = ''
    }
  }

  text(): string {
    return [...this.#pieces, this.#piece].join('')
  }
}
