import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readSecretFile, takeLock, writeSecretFile } from '../../../adapters/files/index.ts'
import type { Clock } from '../../../core/clock.ts'
import { refuse } from '../errors.ts'
import type { State } from '../system/state.ts'

export const rotated = ['root', 'kek', 'data', 'index', 'objects', 'links'] as const

const form = z.strictObject({
  what: z.enum(rotated),
  organization: z.string().optional(),
  /** Keys made since then are new enough. */
  since: z.iso.datetime(),
  /** The root key that everything goes under, once it is made. */
  root: z.string().optional(),
})
type Entry = z.output<typeof form>

/** What stands in the state folder while a rotation is under way, so that the next run goes on and begins no second one. */
export interface Journal {
  readonly entry: Entry
  /** Whether an earlier run began it. */
  readonly resumed: boolean
  note(root: string): void
  /** It is done. */
  finish(): void
  /** It can go on later. */
  leave(): void
}

/**
 * Takes up the rotation that was begun with the same words, or begins one. One works at a time in a state folder.
 * @throws files.locked; cli.bad_journal
 */
export function openJournal({ keys }: State, asked: Asked, clock: Clock): Journal {
  const path = join(keys, nameOf(asked))
  const lock = takeLock(join(keys, 'rotation.lock'), 'upheld vault rotate')
  try {
    const found = readJournal(path)
    const { what, organization } = asked
    const begun = { what, ...(organization === undefined ? {} : { organization }), since: clock.now().toISOString() }
    const entry = found ?? begun
    if (found === undefined) write(path, entry)
    return {
      entry,
      resumed: found !== undefined,
      note: root => write(path, { ...entry, root }),
      finish() {
        rmSync(path, { force: true })
        lock.release()
      },
      leave: () => lock.release(),
    }
  } catch (thrown) {
    lock.release()
    throw thrown
  }
}

interface Asked {
  readonly what: Entry['what']
  readonly organization: string | undefined
}

function nameOf({ what, organization }: Asked): string {
  return `rotation-${what}${organization === undefined ? '' : `-${organization}`}.json`
}

/** The rotations that were begun in this state folder and are not finished, as the commands that go on with them. */
export function underWay({ keys }: State): string[] {
  const names = readdirSync(keys).filter(name => /^rotation-.*\.json$/.test(name))
  return names.flatMap(name => {
    const found = readJournal(join(keys, name))
    return found === undefined ? [] : [`${commandOf(found)} (since ${found.since})`]
  })
}

function commandOf({ what, organization }: Entry): string {
  return `upheld vault rotate --what ${what}${organization === undefined ? '' : ` --organization ${organization}`}`
}

function write(path: string, entry: Entry): void {
  writeSecretFile(path, `${JSON.stringify(entry)}\n`)
}

/** @throws cli.bad_journal */
function readJournal(path: string): Entry | undefined {
  const text = readSecretFile(path)
  if (text === undefined) return undefined
  try {
    return form.parse(JSON.parse(text))
  } catch (cause) {
    throw refuse.bad_journal({ detail: path, cause })
  }
}
