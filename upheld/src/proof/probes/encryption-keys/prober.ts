import { newOrganizationId, type OrganizationId } from '../../../core/ids.ts'
import type { Address } from '../../../core/ports.ts'
import { cannotProbe, type Keys, type Report, type World } from '../../claims/index.ts'
import { codeOf } from '../attacks/index.ts'
import { cold, domain, fresh, placeOf, type Ground, type KeyRecord } from './ground.ts'
import { mustBeGone, searchForKeys } from './leftovers.ts'
import { tryRoot } from './root.ts'

/** Keys changed, brought back, moved and destroyed, as the operator does it and as a thief of their store would. */
export async function attackKeys(world: World, report: Report): Promise<void> {
  const keys = world.keys()
  report.population('organizations with keys', keys === undefined ? 0 : 3)
  if (keys === undefined) return
  const platform = world.open({ connectionsMax: 1 })
  const watch = await world.disk.watch()
  try {
    const ground: Ground = { world, keys, report, thief: world.thief, victim: world.victim, watch, ended: [] }
    await tryRoot(keys.ports.root, report)
    await mustKeep(ground)
    await compare(ground)
    await retire(ground)
    await moveBetween(ground)
    await eraseSubject(ground)
    await eraseOrganization(ground)
    await searchForKeys(ground, platform.organization(world.thief))
  } finally {
    await watch.close()
    await platform.close()
    await keys.close()
  }
}

/** What comes of opening it: its text, or the code of the refusal. */
async function opening(
  ground: Ground,
  organization: OrganizationId,
  address: Address,
  envelope: Uint8Array,
): Promise<string> {
  return cold(ground, vault =>
    vault.open(organization, address, envelope).then(
      secret => `opened: ${secret.reveal()}`,
      (error: unknown) => codeOf(error),
    ),
  )
}

async function mustStayShut(
  ground: Ground,
  attack: string,
  where: string,
  [organization, address, envelope]: readonly [OrganizationId, Address, Uint8Array],
): Promise<void> {
  const said = await opening(ground, organization, address, envelope)
  if (said.startsWith('opened')) ground.report.refute({ attack, where, saw: 'it opened' })
  else if (/^(vault|kms|key)\./.test(said)) ground.report.observe(attack, where)
  else throw cannotProbe(`"${attack}" ended with ${said}.`)
}

/** Positive control. */
async function mustKeep(ground: Ground): Promise<void> {
  for (const organization of [ground.thief, ground.victim]) {
    const value = fresh()
    const address = placeOf(fresh())
    const envelope = await cold(ground, vault => vault.seal(organization, address, value))
    const said = await opening(ground, organization, address, envelope)
    if (said !== `opened: ${value}`) throw cannotProbe(`What was sealed does not open again: ${said}.`)
  }
}

/** No key of one organization is one of another. */
async function compare(ground: Ground): Promise<void> {
  const { keys, report, thief, victim } = ground
  for (const one of ['kek', domain, 'index']) {
    const [own, theirs] = await Promise.all([thief, victim].map(id => keys.ports.store.list(id, one)))
    const known = new Set(own?.flatMap(({ id, wrapped }) => [id, wrapped?.toString('hex') ?? id]))
    const shared = theirs?.some(({ id, wrapped }) => known.has(id) || known.has(wrapped?.toString('hex') ?? id))
    if (shared === true) report.refute({ attack: 'compare keys', where: one, saw: 'two organizations have one key' })
    else report.observe('compare keys', one)
  }
  // The same by use: a value of one must not open as one of the other, whatever the records look like.
  const address = placeOf(fresh())
  const envelope = await cold(ground, vault => vault.seal(victim, address, fresh()))
  await mustStayShut(ground, 'open with the key of another organization', domain, [thief, address, envelope])
}

/** An old key is brought back from a copy, with what it sealed. */
async function retire(ground: Ground): Promise<void> {
  const { keys, report, thief } = ground
  const { store } = keys.ports
  const address = placeOf(fresh())
  const envelope = await cold(ground, vault => vault.seal(thief, address, fresh()))
  const digest = await digestOf(ground)
  const before = (await store.list(thief, domain)).filter(({ wrapped }) => wrapped !== undefined)
  const rotated = await keys.rotate(thief)
  if (rotated.turned === 0) throw cannotProbe('No key was changed.')
  await mustBeGone(ground, 'a retired key', before)
  // Whoever can make it without the key can try every value that there may be.
  const unkeyed = (await digestOf(ground)).equals(digest)
  if (unkeyed) report.refute({ attack: 'index under another key', where: 'index', saw: 'the same digest' })
  else report.observe('index under another key', 'index')
  await mustStayShut(ground, 'open with a retired key', domain, [thief, address, envelope])
  await broughtBack(ground, before, 'bring a retired key back', [thief, address, envelope])
  const value = fresh()
  const now = await cold(ground, vault => vault.seal(thief, address, value))
  const said = await opening(ground, thief, address, now)
  if (said !== `opened: ${value}`) throw cannotProbe(`After the keys were changed nothing opens any more: ${said}.`)
}

/** The digest of one value, which no key but the organization's can make. */
async function digestOf(ground: Ground): Promise<Buffer> {
  const digest = await cold(ground, vault => vault.blindIndex(ground.thief, placeOf('any'), 'the same value'))
  return Buffer.from(digest)
}

/** The store as somebody would find it who put these records into it, such as from a backup: the others stay as they are. */
function restored(world: World, records: readonly KeyRecord[]): Keys {
  const keys = world.keys({
    store: honest => ({
      ...honest,
      async list(organization, domain) {
        const put = records.filter(one => one.organization === organization && one.domain === domain)
        const now = await honest.list(organization, domain)
        return [...now.filter(({ epoch }) => put.every(one => one.epoch !== epoch)), ...put]
      },
    }),
  })
  if (keys === undefined) throw cannotProbe('The keys are gone.')
  return keys
}

async function broughtBack(
  ground: Ground,
  records: readonly KeyRecord[],
  attack: string,
  sealed: readonly [OrganizationId, Address, Uint8Array],
): Promise<void> {
  const keys = restored(ground.world, records)
  try {
    await mustStayShut({ ...ground, keys }, attack, records[0]?.domain ?? 'no key', sealed)
  } finally {
    await keys.close()
  }
}

/** The wrapped keys of one organization in the place of another's. */
async function moveBetween(ground: Ground): Promise<void> {
  const { keys, thief, victim } = ground
  const { store } = keys.ports
  const other = newOrganizationId()
  const stolen = [...(await store.list(victim, 'kek')), ...(await store.list(victim, domain))]
  const live = stolen.filter(({ wrapped }) => wrapped !== undefined)
  if (live.length < 2) throw cannotProbe('An organization has no key to move.')
  const address = placeOf(fresh())
  const envelope = await cold(ground, vault => vault.seal(victim, address, fresh()))
  const moved = live.map(one => ({ ...one, organization: other }))
  await broughtBack(ground, moved, 'move the wrapped keys of an organization', [other, address, envelope])
  // One key of its data, under the name of the thief's own KEK.
  const own = (await store.list(thief, 'kek')).findLast(({ state }) => state === 'active')
  const epoch = Math.max(0, ...(await store.list(thief, domain)).map(one => one.epoch)) + 1
  const alone = live
    .filter(one => one.domain === domain)
    .map(one => ({ ...one, organization: thief, epoch, wrappedBy: `kek:${own?.id ?? ''}` }))
  await broughtBack(ground, alone, 'move a wrapped data key', [thief, address, envelope])
}

/** Everything that is known of one person. */
async function eraseSubject(ground: Ground): Promise<void> {
  const { keys, thief } = ground
  const subject = `probe-${fresh()}`
  const address = placeOf(fresh(), subject)
  const envelope = await cold(ground, vault => vault.seal(thief, address, fresh()))
  const before = await keys.ports.store.list(thief, `subject:${subject}`)
  const shredded = await keys.shred({ organization: thief, subject })
  assertHonest(ground, 'a person', shredded)
  await mustBeGone(ground, 'the key of a person', before)
  await mustStayShut(ground, 'open after a person was erased', 'subject', [thief, address, envelope])
  await broughtBack(ground, before, 'bring back the key of an erased person', [thief, address, envelope])
}

async function eraseOrganization(ground: Ground): Promise<void> {
  const { keys, report } = ground
  const { store } = keys.ports
  const gone = newOrganizationId()
  const address = placeOf(fresh())
  const envelope = await cold(ground, vault => vault.seal(gone, address, fresh()))
  const before = [...(await store.list(gone, 'kek')), ...(await store.list(gone, domain))]
  const shredded = await keys.shred({ organization: gone })
  assertHonest(ground, 'an organization', shredded)
  await mustBeGone(ground, 'the keys of an organization', before)
  await mustStayShut(ground, 'open after an organization was erased', domain, [gone, address, envelope])
  const said = await cold(ground, vault => vault.seal(gone, address, fresh())).then(() => 'sealed', codeOf)
  if (said === 'sealed') report.refute({ attack: 'seal after an erasure', where: domain, saw: 'a new key was made' })
  else report.observe('seal after an erasure', domain)
  await broughtBack(ground, before, 'bring back the keys of an erased organization', [gone, address, envelope])
}

/** `destroyed` is said only when every place says that it holds nothing, and a place is named. */
function assertHonest({ report }: Ground, where: string, shredded: Awaited<ReturnType<Keys['shred']>>): void {
  const { state, holders } = shredded
  const gone = holders.length > 0 && holders.every(({ holds }) => holds === 'gone')
  const attack = 'ask what an erasure left'
  if (state === 'destroyed' && !gone)
    report.refute({ attack, where, saw: 'destroyed was said, and a place may hold a key' })
  else if (holders.length === 0) report.refute({ attack, where, saw: 'no place was named' })
  else report.observe(attack, where)
}
