import { destroyRootKeyVersion, rotateRootKeyFile } from '../../../adapters/kms/index.ts'
import { pause, systemClock } from '../../../core/clock.ts'
import {
  countSealed,
  emptying,
  indexDomain,
  isOfRows,
  planRotation,
  rewrapRoot,
  rotateDataKeys,
  rotateKeks,
  type Emptied,
  type KeyDomain,
  type Rewrapped,
  type Rotated,
} from '../../../foundation/vault/index.ts'
import { exit, type Invocation } from '../command.ts'
import { refuse } from '../errors.ts'
import type { Terminal } from '../terminal.ts'
import { assertRootInFile, nameOf, withCustody, type Custody } from './custody.ts'
import { elsewhere, linkLifeMs } from './elsewhere.ts'
import { openJournal, rotated, type Journal } from './journal.ts'

/** A KEK that was being made as the root key changed is there by then. */
const rootDrainMs = 3_000

/** Replaces keys of one kind, while everything goes on. Stopped or killed, the same command goes on. */
export async function vaultRotate(invocation: Invocation): Promise<number> {
  const { settings, terminal } = invocation
  const { what, dryRun } = settings
  if (what === undefined) throw refuse.bad_option({ detail: `--what: one of ${rotated.join(', ')} is expected` })
  if (what === 'root' && settings.organization !== undefined) {
    throw refuse.bad_option({ detail: '--organization: the root key is the same for all of them' })
  }
  return withCustody(invocation, async custody => {
    if (what === 'root') await assertRootInFile(custody.keys)
    if (dryRun !== undefined) return plan(invocation, custody, what)
    const journal = openJournal(custody.state, { what, organization: settings.organization }, systemClock)
    let finished = false
    try {
      if (journal.resumed) terminal.note(`Going on with the rotation that was begun at ${journal.entry.since}.`)
      const code =
        what === 'root'
          ? await rotateRoot(terminal, custody, journal)
          : await rotateOthers(invocation, custody, journal)
      finished = code === exit.upheld
      return code
    } finally {
      if (finished) journal.finish()
      else journal.leave()
    }
  })
}

const day = 24 * 60 * 60 * 1000

const domainsOf = {
  kek: () => false,
  data: isOfRows,
  index: (domain: KeyDomain) => domain === indexDomain,
  objects: (domain: KeyDomain) => domain === 'objects',
  links: (domain: KeyDomain) => domain === 'links',
} as const

async function plan(
  { settings, terminal }: Invocation,
  { keys, organization, reseal }: Custody,
  what: (typeof rotated)[number],
): Promise<number> {
  const found = await planRotation(keys, what === 'root' || what === 'kek' ? undefined : domainsOf[what], organization)
  const { organizations, live } = found
  terminal.say(
    `${live} keys of ${organizations} organizations would ${what === 'root' ? 'be wrapped anew under a new root key' : 'get a successor'}.`,
  )
  const values = what === 'data' ? await countSealed(reseal, organization) : undefined
  if (values !== undefined)
    terminal.say(`${values} values that they sealed would be sealed anew, and then the old keys destroyed.`)
  if (what === 'index')
    terminal.say(
      'Every blind index would be made anew. Until it is done, look up with blindIndexes(), which finds rows of both keys.',
    )
  if (what === 'objects') terminal.say('Every object would be sealed anew, one after the other.')
  if (what === 'links')
    terminal.say(
      `Links that are out would go on opening; the old keys go when the last has ended, in ${linkLifeMs / day} days.`,
    )
  if (what !== 'root') terminal.say(`A new key is only read for ${settings.settleSecs} s before it is used.`)
  terminal.say('Nothing was changed.')
  terminal.document({ what, organizations, keys: live, ...(values === undefined ? {} : { values }), dryRun: true })
  return exit.upheld
}

async function rotateRoot(terminal: Terminal, { state, keys, pace }: Custody, journal: Journal): Promise<number> {
  const uri = journal.entry.root ?? rotateRootKeyFile(state.rootKey, systemClock)
  journal.note(uri)
  const first = await rewrapRoot(keys, pace)
  if (first.complete && first.failed.length === 0) await pause(rootDrainMs, pace.signal)
  const last = first.complete ? await rewrapRoot(keys, pace) : first
  const result = { ...last, rewrapped: first === last ? first.rewrapped : first.rewrapped + last.rewrapped }
  if (!result.complete) return stopped(terminal)
  if (result.failed.length > 0) return failedKeys(terminal, result)
  const newest = Number(/#(\d+)$/.exec(uri)?.[1] ?? 0)
  for (let version = 1; version < newest; version++) destroyRootKeyVersion(state.rootKey, version, systemClock)
  terminal.say(`${result.rewrapped} keys of ${result.organizations} organizations are under ${uri} now.`)
  terminal.say(
    'Older root keys are destroyed. What backups of the key folder hold does not open any more: make a new backup now.',
  )
  terminal.document({ what: 'root', root: uri, organizations: result.organizations, rewrapped: result.rewrapped })
  return exit.upheld
}

async function rotateOthers({ settings, terminal }: Invocation, custody: Custody, journal: Journal): Promise<number> {
  const { keys, organization, pace } = custody
  const { what, since } = journal.entry
  const rotation = {
    since,
    settleMs: settings.settleSecs * 1000,
    ...(organization === undefined ? {} : { organization }),
  }
  const emptied: Emptied[] = []
  const result =
    what === 'kek' || what === 'root'
      ? await rotateKeks(keys, rotation, pace)
      : await rotateDataKeys(
          keys,
          {
            ...rotation,
            domains: domainsOf[what],
            emptied: emptying(custody.reseal, pace, one => emptied.push(one), elsewhere(custody, rotation.settleMs)),
          },
          pace,
        )
  if (!result.complete) return stopped(terminal)
  const left = emptied.filter(one => one.left > 0)
  const done = emptied.reduce((sum, one) => sum + one.done, 0)
  terminal.document({ what, turned: result.turned, ended: result.ended, done, left, failed: result.failed })
  terminal.say(`${result.ended} old keys are destroyed${doneOf(what, done)}.`)
  sayLeft(terminal, what, left)
  if (result.failed.length > 0) return failedKeys(terminal, result)
  return left.length === 0 ? exit.upheld : exit.unproven
}

function doneOf(what: (typeof rotated)[number], done: number): string {
  if (what === 'links' || what === 'kek') return ''
  return `, ${done} ${what === 'index' ? 'blind indexes made' : what === 'objects' ? 'objects sealed' : 'values sealed'} anew`
}

function sayLeft(terminal: Terminal, what: (typeof rotated)[number], left: readonly Emptied[]): void {
  if (what === 'links' && left.length > 0) {
    const last = new Date(systemClock.now().getTime() + Math.max(...left.map(one => one.left)) * 1000)
    terminal.say(
      terminal.doubt(
        `Links of ${left.length} organizations may still be out under the old keys, the last until ${last.toISOString()}: run the same command again then.`,
      ),
    )
    return
  }
  const things = what === 'objects' ? 'objects' : 'values'
  for (const { organization, left: count, unreadable } of left) {
    terminal.say(
      terminal.doubt(`${count} ${things} of ${nameOf(organization)} could not be done: their old key is kept.`),
    )
    for (const { says, row } of unreadable) terminal.say(`  ${says}, row ${row}`)
  }
}

function failedKeys(terminal: Terminal, { failed }: Pick<Rewrapped | Rotated, 'failed'>): number {
  for (const { organization, code } of failed) terminal.note(`${terminal.bad(code)}  ${nameOf(organization)}`)
  throw refuse.keys_failed({ detail: `${failed.length} of them.` })
}

function stopped(terminal: Terminal): number {
  terminal.note('Stopped. Nothing is lost: the same command goes on.')
  terminal.document({ complete: false })
  return exit.failed
}
