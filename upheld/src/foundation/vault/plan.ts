import type { OrganizationId } from '../../core/ids.ts'
import { openKeyring, type KeyPorts } from './keyring.ts'
import type { KeyDomain } from './ports.ts'
import { closedFloor, isLive, kekDomain, sealing } from './records.ts'
import { isOfRows, under, type ResealPorts } from './reseal.ts'

/** How many keys a rotation would change, of how many organizations. Reads only; `domains` left out: the KEKs. */
export async function planRotation(
  ports: KeyPorts,
  domains?: (domain: KeyDomain) => boolean,
  organization?: OrganizationId,
): Promise<{ readonly organizations: number; readonly live: number }> {
  const ring = openKeyring(ports)
  const count = { organizations: 0, live: 0 }
  for await (const one of organization === undefined ? ports.store.organizations() : [organization]) {
    const wanted =
      domains === undefined
        ? [kekDomain]
        : (await ports.store.domains(one)).filter(name => name !== kekDomain && domains(name))
    let live = 0
    for (const domain of wanted) {
      const { records, floor } = await ring.shelf(one, domain)
      const active = sealing(records)
      if (floor !== closedFloor && active !== undefined && isLive(active)) live += 1
    }
    count.live += live
    count.organizations += live > 0 ? 1 : 0
  }
  return count
}

/** How many values lie under the keys of rows that are there now, in all sealed columns. Reads only. */
export async function countSealed(
  { store, rows }: Pick<ResealPorts, 'store' | 'rows'>,
  organization?: OrganizationId,
): Promise<number> {
  let count = 0
  for await (const one of organization === undefined ? store.organizations() : [organization]) {
    const domains = (await store.domains(one)).filter(isOfRows)
    const records = (await Promise.all(domains.map(domain => store.list(one, domain)))).flat()
    const keyIds = records.filter(isLive).map(({ id }) => id)
    if (keyIds.length > 0) count += (await under(rows, one, keyIds)).count
  }
  return count
}
