import { z } from 'zod'
import type { Row } from '../../src/core/ports.ts'

const members = z.record(z.string(), z.unknown())

/** What an object that came as JSON or as a row is made of; fails where it is no object. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return members.parse(value)
}

/** A text that has to be one; fails where something else stands. */
export function textOf(value: unknown): string {
  return z.string().parse(value)
}

/** The commitments of an entry, by their names. */
export function commitmentsOf(value: unknown): Readonly<Record<string, string>> {
  return z.record(z.string(), z.string()).parse(value)
}

/** One member of the body of a row that waits. */
export function inBody(row: Row | undefined, name: string): unknown {
  return membersOf(row?.['body'])[name]
}

/** The stable code of one of our errors. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
