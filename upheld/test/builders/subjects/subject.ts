import type { Organization } from '../../../src/index.ts'

type Row = Readonly<Record<string, unknown>>

interface Author {
  readonly id: number
  readonly name: string
}

/** What an application does with a query builder, in that builder's own way. */
export interface Subject {
  /** The builder's raw SQL, as an injection would use it. */
  raw(text: string, values?: readonly unknown[]): Promise<readonly Row[]>
  /** Without an organization, as it is natural to write; or with one. */
  addAuthor(author: Author, organization?: string): Promise<void>
  addBook(id: number, authorId: number, title: string, pages?: number): Promise<void>
  authors(): Promise<readonly Author[]>
  author(id: number): Promise<Author | undefined>
  /** Every author, without a condition. Gives how many. */
  renameAll(name: string): Promise<number>
  /** Every author that names this organization. */
  removeOf(organization: string): Promise<number>
  moveTo(organization: string): Promise<number>
  /** Authors with their books, by the builder's own means of nesting. */
  shelf(): Promise<readonly { readonly author: string; readonly titles: readonly string[] }[]>
  transaction<T>(work: (tx: Subject) => Promise<T>, mode?: Mode): Promise<T>
  /** Puts a row of every type and reads it back, as this builder writes and reads them. */
  typed(id: number, organization: string): Promise<Row>
  close(): Promise<void>
}

interface Mode {
  readonly serializable?: boolean
}

/** One builder, over an organization and over a plain connection. */
export interface Trial {
  readonly name: string
  over(organization: Organization): Subject
  bare(url: string): Subject
}

/** One value of every type, with what is hard in it. Builders that write a type otherwise say so where they do. */
export const sample = Object.freeze({
  mark: '6f2d8c1e-0b1a-4f3e-9d52-1c2b3a4d5e6f',
  big: '9007199254740993',
  share: '12345678901234567890.123456789',
  at: '2026-05-01T10:20:30.456Z',
  doc: Object.freeze({ deep: [1, null, { 'a "quoted" key': '🚪' }], none: null }),
  tags: Object.freeze(['plain', 'with "quotes", commas', '{braces}', 'NULL', '', 'émoji 🚪\\']),
  counts: Object.freeze([-1, 0, 2_147_483_647]),
  raw: Uint8Array.from([0, 1, 92, 39, 255]),
  mood: 'cross',
  day: '2026-02-28',
  span: '1 year 2 mons -3 days 04:05:06.789',
  note: 'a "quoted" \\ text, 🚪\nand a line',
} as const)

/** Every code along the chain of causes: a builder wraps what it was given. */
export function codesOf(thrown: unknown): readonly string[] {
  const codes: string[] = []
  const look = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > 6) return
    for (const [key, inner] of Object.entries({
      ...value,
      ...(value instanceof Error ? { cause: value.cause } : {}),
    })) {
      if (typeof inner === 'string' && /^(code|originalCode|kind)$/.test(key)) codes.push(inner)
      if (/^(cause|meta|driverAdapterError)$/.test(key)) look(inner, depth + 1)
    }
  }
  look(thrown, 0)
  return codes
}
