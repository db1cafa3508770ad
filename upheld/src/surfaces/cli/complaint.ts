import { UpheldError } from '../../core/errors.ts'
import { exit } from './command.ts'
import { debug } from './env.ts'
import { refuse } from './errors.ts'
import type { Terminal } from './terminal.ts'

/** An error as the processes tell it to each other and to `--json`. */
interface Complaint {
  readonly code: string
  readonly message: string
  readonly mend: string | undefined
  readonly usage: boolean
}

export function complaintOf(thrown: unknown): Complaint {
  const error = thrown instanceof UpheldError ? thrown : refuse.unexpected({ detail: firstLine(thrown), cause: thrown })
  return {
    code: error.code,
    message: error.message,
    mend: error.mend,
    usage: error.code.startsWith('cli.') && error.status < 500,
  }
}

/** The one place that prints an error: code, message, mend; never a stack, unless UPHELD_DEBUG asks. Gives the exit code. */
export function complain(terminal: Terminal, thrown: unknown): number {
  const complaint = complaintOf(thrown)
  print(terminal, complaint)
  if (debug && thrown instanceof Error) terminal.note(terminal.quiet(trail(thrown)))
  return complaint.usage ? exit.usage : exit.failed
}

function print(terminal: Terminal, complaint: Complaint): void {
  complainOf(terminal, complaint)
  const { code, message, mend } = complaint
  terminal.document({ error: { code, message, mend } })
}

/** The lines alone, for a part that failed beside others that did not. */
export function complainOf(
  terminal: Terminal,
  { code, message, mend }: { readonly code: string; readonly message: string; readonly mend?: string | undefined },
): void {
  terminal.note(`${terminal.bad(code)}  ${message}`)
  if (mend !== undefined) terminal.note(`  ${mend}`)
}

function firstLine(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return text.split('\n', 1)[0] ?? ''
}

function trail(error: Error): string {
  const causes = error.cause instanceof Error ? `\ncaused by ${trail(error.cause)}` : ''
  return `${error.stack ?? error.message}${causes}`
}
