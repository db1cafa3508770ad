import { identityHouse } from '../../../guards/factors/index.ts'
import { keyTtlMs, planShred, shred, type Holder } from '../../../foundation/vault/index.ts'
import { exit, type Invocation } from '../command.ts'
import { refuse } from '../errors.ts'
import type { Terminal } from '../terminal.ts'
import { withCustody } from './custody.ts'

/**
 * Destroys the keys of an organization or of one person; never those of all people. Without its confirmation it says what would happen. Ends with 0
 * when no place may hold a key any more, with 2 while one may, or when there was never one: asked again later it looks
 * again.
 */
export async function vaultShred(invocation: Invocation): Promise<number> {
  const { settings, terminal } = invocation
  const { organization: id, subject, yes } = settings
  if (id === undefined) throw refuse.bad_option({ detail: '--organization: whose keys are to be destroyed?' })
  const confirmation = subject ?? id
  if (yes !== undefined && yes !== confirmation) {
    throw refuse.bad_option({
      detail: `--yes: to confirm it, repeat ${subject === undefined ? 'the organization' : 'the subject'}`,
    })
  }
  return withCustody(invocation, async ({ keys, reseal, organization }) => {
    if (organization === undefined) throw refuse.bad_option({ detail: '--organization' })
    if (organization === identityHouse && subject === undefined) throw refuse.people_kept()
    const shredding = { organization, ...(subject === undefined ? {} : { subject }) }
    if (yes === undefined) {
      const plan = await planShred(keys, shredding)
      if (plan.known === 0) sayUnknown(terminal, subject)
      terminal.say(`${plan.keys} keys would be destroyed${plan.keys === 0 ? '' : `: ${plan.domains.join(', ')}`}.`)
      terminal.say(
        subject === undefined
          ? 'Nothing of this organization could ever be read again.'
          : 'Nothing sealed about this person could ever be read again.',
      )
      terminal.say(`Nothing was changed. To do it: add --yes ${confirmation}`)
      sayHolders(terminal, plan.holders)
      terminal.document({ ...plan, dryRun: true })
      return exit.upheld
    }
    const result = await shred(
      {
        ...keys,
        forget: one => reseal.sealer.forget(one),
        memorySecsMax: keyTtlMs / 1000,
        clearIndexes: (one, keyIds) => reseal.rows.clearIndexes(one, keyIds),
      },
      shredding,
    )
    terminal.say(`${result.keys} keys destroyed, ${result.indexes} blind indexes taken away.`)
    sayHolders(terminal, result.holders)
    const { state, until, known } = result
    if (known === 0) sayUnknown(terminal, subject)
    else if (state === 'destroyed')
      terminal.say(terminal.good('Destroyed: no place is left that may hold one of these keys.'))
    else
      terminal.say(
        terminal.doubt(
          `Pending: the places above may still hold a key${until === undefined ? '' : `, the last until ${until}`}. Ask again then.`,
        ),
      )
    terminal.document(result)
    return state === 'destroyed' && known > 0 ? exit.upheld : exit.unproven
  })
}

/** An id that was mistyped looks like one that nothing was ever sealed for: then nothing was erased. */
function sayUnknown(terminal: Terminal, subject: string | undefined): void {
  const who = subject === undefined ? 'this organization' : 'this person'
  terminal.say(terminal.doubt(`There was never a key of ${who}: is the id the right one?`))
}

function sayHolders(terminal: Terminal, holders: readonly Holder[]): void {
  for (const { store, holds, until } of holders) {
    terminal.say(`  ${holds.padEnd(8)}  ${store}${until === undefined ? '' : ` (until ${until})`}`)
  }
}
