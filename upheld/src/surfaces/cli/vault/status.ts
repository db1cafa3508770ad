import { floorsFile } from '../../../adapters/keystore/index.ts'
import { fileRootKey } from '../../../adapters/kms/index.ts'
import { systemClock } from '../../../core/clock.ts'
import { organizationId } from '../../../core/ids.ts'
import { closedFloor, isOfRows, kekDomain, type KeyRecord } from '../../../foundation/vault/index.ts'
import { identityHouse } from '../../../guards/factors/index.ts'
import { exit, type Invocation } from '../command.ts'
import { nameOf, stateWithKeys, storeOf } from './custody.ts'
import { underWay } from './journal.ts'

/** Which keys there are, and how old. Reads only, and needs no database. */
export async function vaultStatus({ settings, terminal }: Invocation): Promise<number> {
  const state = stateWithKeys(settings)
  const store = storeOf(state, settings)
  const floors = floorsFile(state.floors, systemClock)
  const root = fileRootKey(state.rootKey).uri
  const rotations = underWay(state)
  terminal.say(`Root key: ${root}`)
  for (const one of rotations) terminal.say(terminal.doubt(`Not finished: ${one}`))
  if (settings.organization !== undefined) {
    const organization = organizationId(settings.organization)
    const domains = await store.domains(organization)
    const records = (await Promise.all(domains.map(domain => store.list(organization, domain)))).flat()
    if (organization === identityHouse)
      terminal.say('These are keys of people: one for each who has an authenticator app.')
    const closed = (await floors.read(organization, kekDomain)) === closedFloor
    if (closed) terminal.say(terminal.strong('The keys of this organization were destroyed.'))
    else if (records.length === 0) terminal.say('Nothing was ever sealed for this organization.')
    for (const one of records) {
      terminal.say(
        `  ${one.state.padEnd(12)}  ${one.domain} ${terminal.quiet(`epoch ${one.epoch}, made ${one.madeAt}, under ${one.wrappedBy}`)}`,
      )
    }
    terminal.document({ root, rotations, organization, closed, keys: records.map(shown) })
    return exit.upheld
  }
  const count = { organizations: 0, keys: 0, destroyed: 0, underOlderRoots: 0 }
  let people = 0
  let oldest: string | undefined
  for await (const organization of store.organizations()) {
    if (organization === identityHouse) people = (await store.domains(organization)).filter(isOfRows).length
    else count.organizations += 1
    for (const record of await store.list(organization, kekDomain)) {
      if (record.state === 'destroyed') count.destroyed += 1
      else {
        count.keys += 1
        if (record.wrappedBy !== root) count.underOlderRoots += 1
        if (oldest === undefined || record.madeAt < oldest) oldest = record.madeAt
      }
    }
  }
  terminal.say(`Organizations with keys: ${count.organizations}. KEKs: ${count.keys}, destroyed: ${count.destroyed}.`)
  if (people > 0) terminal.say(`Persons with keys: ${people}, all under one KEK: ${nameOf(identityHouse)}.`)
  if (oldest !== undefined) terminal.say(`The oldest was made ${oldest}.`)
  if (count.underOlderRoots > 0)
    terminal.say(terminal.doubt(`${count.underOlderRoots} KEKs are still under an older root key.`))
  terminal.document({ root, rotations, ...count, people, oldest })
  return exit.upheld
}

function shown({ domain, epoch, state, wrappedBy, madeAt, destroyedAt }: KeyRecord): object {
  return { domain, epoch, state, wrappedBy, madeAt, destroyedAt }
}
