/** One error class for everything Upheld refuses. `code` is public API: once released it keeps its meaning. */
interface ErrorEntry {
  /** HTTP status that fits, also used to tell the caller's fault (4xx) from ours (5xx). */
  readonly status: number
  /** What the person who meets it may read. Never holds customer data. */
  readonly public: string
  /** What that person can do about it, as an instruction. */
  readonly mend?: string
}

interface ErrorContext {
  /** What the operator reads in the log. Names places and settings, never rows or secrets. */
  readonly detail?: string
  readonly cause?: unknown
  /** How long it is of no use to ask again. */
  readonly retryAfterMs?: number
}

export class UpheldError extends Error {
  override readonly name = 'UpheldError'
  readonly code: string
  readonly status: number
  readonly publicMessage: string
  readonly mend: string | undefined
  readonly detail: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: string, entry: ErrorEntry, context: ErrorContext = {}) {
    super(
      context.detail === undefined ? entry.public : `${entry.public} ${context.detail}`,
      context.cause === undefined ? undefined : { cause: context.cause },
    )
    this.code = code
    this.status = entry.status
    this.publicMessage = entry.public
    this.mend = entry.mend
    this.detail = context.detail
    this.retryAfterMs = context.retryAfterMs
  }
}

type Refusals<T extends Record<string, ErrorEntry>> = {
  readonly [K in keyof T & string]: (context?: ErrorContext) => UpheldError
}

/** Every code of every table that this process has: words from the code, which a log may hold. */
const codeMax = 100
const defined = new Set<string>()

/**
 * A module's code table, as functions that make its errors: `refuse.no_context({ detail })`.
 * The code is `module.entry`.
 */
export function defineErrors<const T extends Record<string, ErrorEntry>>(module: string, table: T): Refusals<T>
export function defineErrors(module: string, table: Record<string, ErrorEntry>): Refusals<typeof table> {
  const refusals: Record<string, (context?: ErrorContext) => UpheldError> = {}
  for (const [name, entry] of Object.entries(table)) {
    const code = `${module}.${name}`
    if (code.length <= codeMax) defined.add(code)
    refusals[name] = context => new UpheldError(code, entry, context)
  }
  return Object.freeze(refusals)
}

/** Whether some table has this code. A text that came from elsewhere does not become one by looking like it. */
export function isDefinedCode(code: string): boolean {
  return defined.has(code)
}

/** A broken invariant is our bug, never a caller's fault. */
export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${invariant}`)
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
