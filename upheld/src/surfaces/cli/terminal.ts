import type { Writable } from 'node:stream'

export type Paint = (text: string) => string

/** Where words go: answers to stdout, progress and complaints to stderr. */
export interface Terminal {
  /** Part of the answer. */
  say(line?: string): void
  /** The one document of `--json`. */
  document(value: unknown): void
  /** Progress, or a complaint. */
  note(line: string): void
  /** How wide prose may be: of a terminal its width, of a file without an end. */
  readonly columns: number
  readonly good: Paint
  readonly bad: Paint
  readonly doubt: Paint
  readonly quiet: Paint
  readonly strong: Paint
}

interface Stream extends Writable {
  readonly isTTY?: boolean
  readonly columns?: number
}

function paint(on: boolean, open: number, close: number): Paint {
  return text => (on ? `\u001b[${open}m${text}\u001b[${close}m` : text)
}

/** Terminal control characters in what others wrote (a server's message, an application's name) move no cursor here. */
function plain(line: string): string {
  return line.replace(/(?!\u001b\[\d{1,2}m)[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}

/** Colors only where both streams are a terminal and nobody refused them. With `json`, nothing but the document is said. */
export function openTerminal(
  out: Stream,
  err: Stream,
  options: { readonly json: boolean; readonly colorRefused: boolean },
): Terminal {
  const colors = out.isTTY === true && err.isTTY === true && !options.colorRefused
  return Object.freeze({
    say: (line = '') => {
      if (!options.json) out.write(`${plain(line)}\n`)
    },
    document: (value: unknown) => {
      if (options.json) out.write(`${JSON.stringify(value, null, 2)}\n`)
    },
    note: (line: string) => void err.write(`${plain(line)}\n`),
    columns: out.isTTY === true ? Math.max(40, out.columns ?? 80) : Infinity,
    good: paint(colors, 32, 39),
    bad: paint(colors, 31, 39),
    doubt: paint(colors, 33, 39),
    quiet: paint(colors, 2, 22),
    strong: paint(colors, 1, 22),
  })
}
