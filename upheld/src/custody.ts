import { existsSync } from 'node:fs'
import { floorsFile, keyFolder } from './adapters/keystore/index.ts'
import { ensureRootKey, fileRootKey } from './adapters/kms/index.ts'
import { folderBlobs } from './adapters/objects/folder/index.ts'
import { linkKeyFile } from './adapters/objects/link-keys/index.ts'
import type { Clock } from './core/clock.ts'
import type { OrganizationId } from './core/ids.ts'
import type { Address } from './core/ports.ts'
import { recordOwnEvent, recordSupportEvent } from './foundation/audit/index.ts'
import {
  openObjects,
  sealingFirst,
  type Blobs,
  type Guest,
  type GuestBook,
  type Objects,
} from './foundation/objects/index.ts'
import type { Statements, Support } from './foundation/tenancy/index.ts'
import {
  type Floors,
  type KeyEvent,
  type KeyPorts,
  type KeyStore,
  keyTtlMs,
  openChain,
  openVault,
  type RootKey,
  shred,
  type Shredded,
  type Shredding,
  type Vault,
  watchKeys,
} from './foundation/vault/index.ts'
import type { ObjectOptions, VaultOptions } from './options.ts'

/** Where keys live, when they do not lie in files of this host. */
export interface CustodyPorts {
  readonly rootKey?: RootKey
  /** Root keys that wrapped before, until everything is rewrapped. */
  readonly olderRootKeys?: readonly RootKey[]
  readonly keyStore?: KeyStore
  readonly floors?: Floors
}

/** Statements of one organization that commit by themselves, whatever else goes on. */
type Beside = (organization: OrganizationId) => Statements

/** A root key is made where no keys have been begun: beside those that another one wrapped, a new one would open nothing. */
function rootKeyFor({ rootKeyFile, keyFolder: keys }: VaultOptions, clock: Clock): RootKey {
  return existsSync(keys) ? fileRootKey(rootKeyFile) : ensureRootKey(rootKeyFile, clock)
}

/** Everything that keys are made of; what happens to them stands in the log of their organization. */
export function keyPorts(
  options: VaultOptions,
  ports: CustodyPorts & { readonly bend?: Bend },
  clock: Clock,
  beside: Beside,
): KeyPorts {
  const { bend = {} } = ports
  const root = ports.rootKey ?? rootKeyFor(options, clock)
  const store = ports.keyStore ?? keyFolder(options.keyFolder, clock)
  const floors = ports.floors ?? floorsFile(options.floorsFile, clock)
  return {
    root: bend.root?.(root) ?? root,
    ...(ports.olderRootKeys === undefined ? {} : { older: ports.olderRootKeys }),
    store: bend.store?.(store) ?? store,
    floors: bend.floors?.(floors) ?? floors,
    deployment: options.deployment,
    clock,
    onKeyEvent: event => noteKey(beside(event.organization), event),
  }
}

/** Something broken in the place of what is honest: for sabotages, and for nothing else. */
export interface Bend {
  readonly vault?: (honest: Vault) => Vault
  readonly store?: (honest: KeyStore) => KeyStore
  readonly floors?: (honest: Floors) => Floors
  readonly root?: (honest: RootKey) => RootKey
  readonly blobs?: (honest: Blobs) => Blobs
  /** By which objects are dated and links made and ended; contexts and keys go by the real one. */
  readonly clock?: (honest: Clock) => Clock
}

interface Sealing {
  readonly vault: Vault
  readonly objects: Objects | undefined
  /** Destroys the keys of an organization or of one person, and forgets them here. */
  destroy(shredding: Shredding): Promise<Shredded>
  close(): void
}

/** The vault and the objects, where the options ask for them. */
export function openSealing(
  options: { readonly vault?: VaultOptions | undefined; readonly objects?: ObjectOptions | undefined },
  ports: CustodyPorts & { readonly blobs?: Blobs; readonly bend?: Bend; readonly guests?: GuestBook },
  clock: Clock,
  beside: Beside,
): Sealing | undefined {
  if (options.vault === undefined) return undefined
  const { bend = {} } = ports
  const keys = keyPorts(options.vault, ports, clock, beside)
  const honest = vaultOver(keys)
  const vault = bend.vault?.(honest) ?? honest
  const objects = options.objects === undefined ? undefined : objectsOver(options.objects, ports, keys, vault)
  const forget = (organization: OrganizationId): void => honest.forget(organization)
  const destroy = (shredding: Shredding): Promise<Shredded> =>
    shred({ ...keys, forget, memorySecsMax: keyTtlMs / 1000 }, shredding)
  return { vault, objects, destroy, close: () => honest.close() }
}

/** What another process destroyed or replaced leaves the memory of this one within seconds. */
export function vaultOver(ports: KeyPorts): Vault {
  const { store, floors, clock, deployment } = ports
  const forget = (organization: OrganizationId): void => vault.forget(organization)
  const watch = watchKeys({ chain: openChain(ports), store, floors, clock, memorySecsMax: keyTtlMs / 1000, forget })
  const vault = openVault({ chain: watch.chain, deployment, clock })
  return Object.freeze({
    ...vault,
    close() {
      watch.close()
      vault.close()
    },
  })
}

/** Objects over keys and a vault that are there. */
export function objectsOver(
  { folder, linkKeyFile: linkKeys, linkPath }: ObjectOptions,
  { blobs, bend = {}, guests }: { readonly blobs?: Blobs; readonly bend?: Bend; readonly guests?: GuestBook },
  { store, deployment, clock }: KeyPorts,
  vault: Vault,
): Objects {
  const honest = blobs ?? openedLater(folderBlobs({ path: folder, clock }))
  return openObjects(
    {
      blobs: bend.blobs?.(honest) ?? honest,
      vault,
      clock: bend.clock?.(clock) ?? clock,
      linkKeys: linkKeyFile(linkKeys, clock),
      ...(guests === undefined ? {} : { guests }),
      keyIds: async organization => sealingFirst(await store.list(organization, 'objects')),
    },
    { deployment, ...(linkPath === undefined ? {} : { linkPath }) },
  )
}

/** A store that is still being opened: whoever uses it waits. What its opening threw, every use throws. */
function openedLater(opening: Promise<Blobs>): Blobs {
  opening.catch(() => undefined)
  return Object.freeze({
    says: 'folder',
    put: async (...given: Parameters<Blobs['put']>) => (await opening).put(...given),
    get: async (...given: Parameters<Blobs['get']>) => (await opening).get(...given),
    size: async (key: string) => (await opening).size(key),
    remove: async (key: string) => (await opening).remove(key),
    async *list(prefix: string) {
      yield* (await opening).list(prefix)
    },
  })
}

async function noteKey(statements: Statements, { domain, epoch, id, what }: KeyEvent): Promise<void> {
  // A key of one person: the log says that there is one, and only a disclosure whose.
  const subject = domain.startsWith('subject:')
  await recordOwnEvent(statements, {
    action: `key.${what.replaceAll(' ', '-')}`,
    targets: [{ type: 'key', id }],
    outcome: what === 'refused below floor' ? 'denied' : 'success',
    detail: { domain: subject ? 'subject' : domain, epoch },
    ...(subject ? { personal: { subject: domain.slice('subject:'.length) } } : {}),
  })
}

/** Of one entry. */
const targetsMax = 20
/** What may stand in clear: a number or a UUID names nobody. */
const plainKey = /^(\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** That sealed values were opened, and where: written before any of them is. */
export async function noteOpening(statements: Statements, addresses: readonly Address[]): Promise<void> {
  const byLabel = Map.groupBy(addresses, ({ table, column }) => `${table}.${column}`)
  for (const [label, all] of byLabel) {
    for (let at = 0; at < all.length; at += targetsMax) {
      const rows = all.slice(at, at + targetsMax).map(({ row }) => row)
      const plain = rows.every(row => plainKey.test(row))
      await recordOwnEvent(statements, {
        action: 'sealed.open',
        targets: plain ? rows.map(id => ({ type: label, id })) : [{ type: 'column', id: label }],
        ...(plain ? {} : { personal: { rows: JSON.stringify(rows) } }),
      })
    }
  }
}

/**
 * What staff does with objects, before it is done; and whether their grant is still live. `beside`: statements of this grant
 * that commit by themselves.
 */
export function supportBook(beside: (organization: OrganizationId, staff: Support) => Statements): GuestBook {
  const as = (organization: OrganizationId, { id, grant, writes }: Guest): Statements =>
    beside(organization, { staff: id, grant, writes })
  return Object.freeze({
    async tell(organization: OrganizationId, guest: Guest, act: string, name: string) {
      // A number or a UUID names nobody; any other name is told as what is personal.
      const last = name.split('/').at(-1) ?? ''
      await recordSupportEvent(as(organization, guest), {
        action: 'support.object',
        ...(plainKey.test(last) ? { targets: [{ type: 'object', id: last }] } : {}),
        detail: { act },
        ...(name === '' ? {} : { personal: { name: name.normalize('NFC') } }),
      })
    },
    async ask(organization: OrganizationId, guest: Guest) {
      await as(organization, guest).query('select upheld.organization_id()')
    },
  })
}

/** Each statement of staff stands in the log of the organization, as the application wrote it: its values stay outside. */
export async function noteSupport(statements: Statements, text: string): Promise<void> {
  await recordSupportEvent(statements, { action: 'support.statement', detail: { text: text.normalize('NFC') } })
}
