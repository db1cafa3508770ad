import { UpheldError } from '../../core/errors.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { DataKey, KeyRecord } from '../vault/index.ts'
import { refuse } from './errors.ts'
import { assertName } from './names.ts'
import { blobKeyOf, placeOf, type Place } from './place.ts'
import type { Blobs, ObjectKeyIds, ObjectVault } from './ports.ts'
import { findObject, type Found } from './read.ts'

/** A version that is named must be the one that is there: an older copy that somebody brought back is not. */
export interface WhichVersion {
  readonly version?: string | undefined
}

/** Where the objects of one organization lie: each of its keys is a place of its own. */
export interface Reach {
  /** Under the key that seals now, as far as this process has heard. */
  active(): Promise<Place>
  /** Under the key that seals now, whatever this process remembers. */
  newest(): Promise<Place>
  /** Under the others that still open. */
  older(newest: Place): Promise<readonly Place[]>
  /** The active one first. */
  everywhere(): Promise<readonly Place[]>
  /** The newest of this name. @throws objects.bad_name, objects.changed */
  find(name: string, which?: WhichVersion): Promise<Found | undefined>
}

interface ReachPorts {
  readonly blobs: Blobs
  readonly vault: ObjectVault
  readonly keyIds: ObjectKeyIds
}

export function reachOf({ blobs, vault, keyIds }: ReachPorts, deployment: string, organization: OrganizationId): Reach {
  const placeFor = (key: DataKey): Place => placeOf(deployment, organization, key)
  const active = async (): Promise<Place> => placeFor(await vault.dataKey(organization, 'objects'))
  const older = async (newest: Place): Promise<readonly Place[]> => {
    const ids = (await keyIds(organization)).filter(id => id !== newest.key.id)
    const keys = await Promise.all(ids.map(id => vault.dataKeyById(organization, 'objects', id).catch(unlessOver)))
    return keys.filter(key => key !== undefined).map(placeFor)
  }
  return Object.freeze({
    active,
    async newest() {
      const [id] = await keyIds(organization)
      return id === undefined ? active() : placeFor(await vault.dataKeyById(organization, 'objects', id))
    },
    older,
    async everywhere() {
      const place = await active()
      return [place, ...(await older(place))]
    },
    async find(name: string, { version }: WhichVersion = {}) {
      assertName(name)
      const newest = await active()
      const found =
        (await findObject(blobs, newest, blobKeyOf(newest, name))) ??
        (await firstOf(await older(newest), place => findObject(blobs, place, blobKeyOf(place, name))))
      if (found !== undefined && version !== undefined && found.trailer.facts.version !== version)
        throw refuse.changed()
      return found
    },
  })
}

/** Ids out of an organization's keys of objects, in the order that `ObjectKeyIds` asks for. */
export function sealingFirst(records: readonly KeyRecord[]): readonly string[] {
  const open = records.filter(({ wrapped }) => wrapped !== undefined)
  const seals = open.filter(({ state }) => state === 'active')
  return [...seals.toReversed(), ...open.filter(one => !seals.includes(one))].map(({ id }) => id)
}

const over = new Set(['vault.key_unknown', 'vault.key_destroyed', 'vault.version_too_old'])

/** A key that will never open again has no objects any more. One that is switched off has, and says so. */
function unlessOver(thrown: unknown): undefined {
  if (!(thrown instanceof UpheldError) || !over.has(thrown.code)) throw thrown
}

/** The first answer that there is, asked one after the other. */
export async function firstOf<A, B>(
  all: readonly A[],
  ask: (one: A) => Promise<B | undefined>,
): Promise<B | undefined> {
  for (const one of all) {
    const answer = await ask(one)
    if (answer !== undefined) return answer
  }
  return undefined
}
