import type { Organization } from '../../../index.ts'
import { cannotProbe } from '../../claims/index.ts'
import { searchAll } from '../encryption-fields/leaks.ts'
import { cold, domain, fresh, placeOf, type Ground, type KeyRecord } from './ground.ts'

/**
 * A key that was ended holds nothing any more where it lay: that it is refused would not help against whoever takes the
 * store and the root key. What it held is looked for on the disks at the end.
 */
export async function mustBeGone(ground: Ground, where: string, ended: readonly KeyRecord[]): Promise<void> {
  const { keys, report } = ground
  const attack = 'look for the wrapped key where it lay'
  if (ended.length === 0) throw cannotProbe(`There was no key to end: ${where}.`)
  for (const { organization, domain: of, id } of ended) {
    const found = (await keys.ports.store.list(organization, of)).find(one => one.id === id)
    if (found?.wrapped === undefined) report.observe(attack, where)
    else report.refute({ attack, where, saw: 'it is still there' })
  }
  ground.ended.push(...ended)
}

/** Keys in clear, and wrapped keys where backups of rows would carry them away, those that were ended among them. */
export async function searchForKeys(ground: Ground, organization: Organization): Promise<void> {
  const { thief, report, keys, watch, ended } = ground
  const marker = `marker-${fresh()}${fresh()}`
  // More than once: the header of a page of the log may stand in the middle of one.
  for (let n = 0; n < 3; n++) {
    await organization.sql`select upheld.record(${JSON.stringify({ action: 'probe.marked', detail: { marker } })}::json)`
  }
  const secrets = await cold(ground, async vault => {
    await vault.seal(thief, placeOf(fresh()), fresh())
    const { key } = await vault.dataKey(thief, domain)
    const wrapped = (await keys.ports.store.list(thief, 'kek')).flatMap(one => one.wrapped ?? [])
    return [
      { value: key.export().toString('latin1'), where: 'a data key, in clear,' },
      ...wrapped.map(one => ({ value: one.toString('latin1'), where: 'a wrapped key' })),
      ...ended
        .flatMap(one => (one.wrapped === undefined ? [] : [one.wrapped.toString('latin1')]))
        .map(value => ({
          value,
          where: 'a wrapped key that was ended',
        })),
    ]
  })
  const shown = await searchAll(watch.pieces(), { secrets, marker, encoding: 'latin1' }, report)
  if (!shown.has('write-ahead log'))
    throw cannotProbe('What was written in clear was not found: the disks were not read.')
}
