import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Queryable, Row } from '../../core/ports.ts'
import { refuse } from './errors.ts'
import type { FactorOptions } from './options.ts'
import type { Device, FactorChange, FactorPorts } from './ports.ts'
import { isId, maybeDate } from './rows.ts'

/**
 * Browsers that somebody signed in with. A known one stays open while others are slowed down; that says nothing of second
 * factors. A trusted one stands for the second factor for a while, where the policy allows it.
 */
export interface Devices {
  /**
   * After a sign-in. The token goes into a cookie; only its hash is kept. A token that this person's device has already
   * is kept and lasts anew; anything else is nobody's, and a new one is made.
   */
  remember(of: {
    readonly personId: string
    readonly label: string
    readonly network: string
    readonly token?: string | undefined
  }): Promise<{ readonly token: string; readonly device: Device }>
  /** For a statement of somebody else that remembers the device in its own transaction. Asks nothing. */
  claim(token: string | undefined): DeviceClaim
  /** The device of this token, if it is this person's and not over. Reads alone. */
  known(personId: string, token: string | undefined): Promise<Device | undefined>
  /** From now on for `trustDays`. Only after a second factor was proven. @throws factors.absent */
  trust(personId: string, deviceId: string): Promise<Device>
  list(personId: string): Promise<readonly Device[]>
  /** @throws factors.absent */
  revoke(personId: string, deviceId: string): Promise<FactorChange>
  /**
   * All but the one of this token, in the transaction of somebody else that ends sessions: a thief would guess with the
   * budget of a known browser, and come in another time without the owner hearing of a new one.
   */
  forgetOthers(tx: Queryable, personId: string, token: string | undefined): Promise<void>
}

/** What the SQL function `remember_device` is told. */
export interface DeviceClaim {
  /** Of the token that the browser held; undefined for what is none. */
  readonly held: Buffer | undefined
  /** A new token, for when the other one is no device of this person. */
  readonly fresh: { readonly token: string; readonly hash: Buffer }
  readonly expiresAt: Date
}

const dayMs = 86_400_000
const tokenForm = /^[A-Za-z0-9_-]{43}$/
const columns = 'id, label, network, created_at, seen_at, expires_at, trusted_until'

export function devices(ports: FactorPorts, options: Pick<FactorOptions, 'deviceDays' | 'trustDays'>): Devices {
  const { database, clock } = ports
  return Object.freeze<Devices>({
    remember: of => remember(ports, options, of),
    claim: token => claimOf(token, clock.now(), options.deviceDays),

    async known(personId, token) {
      const hash = heldHash(token)
      if (hash === undefined) return undefined
      const now = clock.now()
      const { rows } = await database.query(
        `select ${columns} from upheld_identity.device where token_hash = $1 and person_id = $2 and expires_at > $3`,
        [hash, personId, now],
      )
      return rows[0] === undefined ? undefined : untilNow(deviceOf(rows[0]), now)
    },

    async trust(personId, deviceId) {
      const now = clock.now()
      const { rows } = await database.query(
        `update upheld_identity.device set trusted_until = least($4::timestamptz, expires_at)
         where id = $1 and person_id = $2 and expires_at > $3 returning ${columns}`,
        [isId(deviceId) ? deviceId : null, personId, now, new Date(now.getTime() + options.trustDays * dayMs)],
      )
      if (rows[0] === undefined) throw refuse.absent()
      return deviceOf(rows[0])
    },

    async list(personId) {
      const now = clock.now()
      const { rows } = await database.query(
        `select ${columns} from upheld_identity.device where person_id = $1 and expires_at > $2 order by seen_at desc, id`,
        [personId, now],
      )
      return rows.map(row => untilNow(deviceOf(row), now))
    },

    async revoke(personId, deviceId) {
      const { rowCount } = await database.query(`delete from upheld_identity.device where id = $1 and person_id = $2`, [
        isId(deviceId) ? deviceId : null,
        personId,
      ])
      if (rowCount === 0) throw refuse.absent()
      return { action: 'device.removed', factorId: deviceId, endOtherSessions: false, noneLeft: false }
    },

    async forgetOthers(tx, personId, token) {
      await tx.query('delete from upheld_identity.device where person_id = $1 and token_hash is distinct from $2', [
        personId,
        heldHash(token) ?? null,
      ])
    },
  })
}

async function remember(
  { database, clock }: FactorPorts,
  { deviceDays }: Pick<FactorOptions, 'deviceDays'>,
  { personId, label, network, token }: Parameters<Devices['remember']>[0],
): ReturnType<Devices['remember']> {
  const now = clock.now()
  const { held, fresh, expiresAt } = claimOf(token, now, deviceDays)
  const { rows } = await database.query(
    `select ${columns}, token_hash = $7 as is_new from upheld_identity.remember_device($1, $2, $3, $4, $5, $6, $7)`,
    [personId, now, expiresAt, labelOf(label), network.slice(0, 64), held ?? null, fresh.hash],
  )
  const isNew = rows[0]?.['is_new'] === true || token === undefined
  return { token: isNew ? fresh.token : token, device: deviceOf(rows[0]) }
}

function claimOf(token: string | undefined, now: Date, days: number): DeviceClaim {
  const fresh = randomBytes(32).toString('base64url')
  const expiresAt = new Date(now.getTime() + days * dayMs)
  return { held: heldHash(token), fresh: { token: fresh, hash: hashOf(fresh) }, expiresAt }
}

function heldHash(token: string | undefined): Buffer | undefined {
  return token !== undefined && tokenForm.test(token) ? hashOf(token) : undefined
}

const row = z.object({
  id: z.string(),
  label: z.string(),
  network: z.string(),
  created_at: z.date(),
  seen_at: z.date(),
  expires_at: z.date(),
  trusted_until: maybeDate,
})

function deviceOf(given: Row | undefined): Device {
  const one = row.parse(given)
  return {
    id: one.id,
    label: one.label,
    network: one.network,
    createdAt: one.created_at,
    seenAt: one.seen_at,
    expiresAt: one.expires_at,
    trustedUntil: one.trusted_until,
  }
}

/** Trust that is over is none. */
function untilNow(device: Device, now: Date): Device {
  const { trustedUntil } = device
  return trustedUntil !== undefined && trustedUntil <= now ? { ...device, trustedUntil: undefined } : device
}

/** Made of what a browser says of itself: cut and cleaned, never refused. */
function labelOf(text: string): string {
  const clean = text
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
  return clean.slice(0, 200).toWellFormed() || 'unknown'
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(`device\n${token}`).digest()
}
