import { randomBytes, randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Row } from '../../core/ports.ts'
import { refuse } from './errors.ts'
import { identityHouse } from './house.ts'
import type { FactorOptions } from './options.ts'
import type { Changed, FactorChange, FactorPorts, Proven, RefusalKind, Refused, TotpEnrollment } from './ports.ts'
import { refused } from './refusals.ts'
import { bytes, isId } from './rows.ts'
import { seedAddress } from './seed.ts'
import { settled } from './settle.ts'
import { codeOf, seedBytes, stepOf, totpUri } from './totp-code.ts'

/** Codes of an authenticator app. One app for each person; a second enrollment takes the place of the first. */
export interface Totp {
  /** An enrollment that opens nothing until a code of it was given. It takes the place of one that was not finished. */
  begin(of: { readonly personId: string; readonly account: string }): Promise<TotpEnrollment>
  /** With a correct code the app becomes a factor. The code is used up: the next sign-in needs a newer one. */
  confirm(with_: {
    readonly personId: string
    readonly enrollmentId: string
    readonly code: string
    readonly network: string
  }): Promise<Changed | Refused>
  /** Of the same code, given at the same time over any number of connections, one passes. */
  check(with_: {
    readonly personId: string
    readonly code: string
    readonly network: string
  }): Promise<Proven | Refused>
  /** @throws factors.absent */
  remove(personId: string): Promise<FactorChange>
}

/** How long somebody has for scanning and typing. */
const enrollmentMs = 15 * 60_000

const seedRow = z.object({ id: z.string(), seed: bytes })

export function totp(ports: FactorPorts, { issuer }: Pick<FactorOptions, 'issuer'>): Totp {
  const { database, clock } = ports
  const said = (kind: RefusalKind, personId: string, network: string): Promise<Refused> =>
    refused(ports, { factor: 'totp', network }, { kind, personId })

  return Object.freeze<Totp>({
    begin: ({ personId, account }) => begin(ports, { personId, account, issuer }),

    async confirm({ personId, enrollmentId, code, network }) {
      const digits = codeOf(code)
      if (digits === undefined) return said('malformed', personId, network)
      const now = clock.now()
      const { rows } = await database.query(
        `select id, seed from upheld_identity.totp
         where id = $1 and person_id = $2 and confirmed_at is null and expires_at > $3`,
        [isId(enrollmentId) ? enrollmentId : null, personId, now],
      )
      const found = seedIn(rows)
      if (found === undefined) return said('over', personId, network)
      const step = stepOf(await opened(ports, personId, found), digits, now)
      if (step === undefined) return said('wrong', personId, network)
      const replaced = await activate(ports, { personId, id: found.id, step, now })
      if (replaced === undefined) return said('over', personId, network)
      return {
        passed: true,
        change: await settled(ports, personId, {
          action: replaced ? 'totp.replaced' : 'totp.added',
          factorId: found.id,
          mail: 'factor-added',
        }),
      }
    },

    async check({ personId, code, network }) {
      const digits = codeOf(code)
      if (digits === undefined) return said('malformed', personId, network)
      const { rows } = await database.query(
        `select id, seed from upheld_identity.totp where person_id = $1 and confirmed_at is not null`,
        [personId],
      )
      const found = seedIn(rows)
      if (found === undefined) return said('none', personId, network)
      const now = clock.now()
      const step = stepOf(await opened(ports, personId, found), digits, now)
      if (step === undefined) return said('wrong', personId, network)
      // The row keeps the newest step for ever, so a clock that was set back brings no used code back to life. Of many
      // at once the first takes the row's lock, and the others look again and find it used.
      const { rows: taken } = await database.query(
        `update upheld_identity.totp set last_step = $2, used_at = $3
         where id = $1 and confirmed_at is not null and last_step < $2 returning id`,
        [found.id, step, now],
      )
      if (taken.length === 0) return said('used', personId, network)
      return { passed: true, method: 'totp', personId, factorId: found.id }
    },

    async remove(personId) {
      const { rows } = await database.query(
        `with gone as (delete from upheld_identity.totp where person_id = $1 returning id, confirmed_at)
         select id from gone where confirmed_at is not null`,
        [personId],
      )
      const id = z.string().optional().parse(rows[0]?.['id'])
      if (id === undefined) throw refuse.absent()
      return settled(ports, personId, { action: 'totp.removed', factorId: id, mail: 'factor-removed' })
    },
  })
}

async function begin(
  { database, sealing, clock }: FactorPorts,
  { personId, account, issuer }: { readonly personId: string; readonly account: string; readonly issuer: string },
): Promise<TotpEnrollment> {
  const enrollmentId = randomUUID()
  const seed = randomBytes(seedBytes)
  const envelope = await sealing.seal(identityHouse, seedAddress(personId, enrollmentId), seed)
  const now = clock.now()
  const expiresAt = new Date(now.getTime() + enrollmentMs)
  await database.query(
    `insert into upheld_identity.totp (id, person_id, seed, begun_at, expires_at) values ($1, $2, $3, $4, $5)
     on conflict (person_id) where confirmed_at is null
     do update set id = excluded.id, seed = excluded.seed, begun_at = excluded.begun_at, expires_at = excluded.expires_at`,
    [enrollmentId, personId, envelope, now, expiresAt],
  )
  return { enrollmentId, ...totpUri(seed, { issuer, account }), expiresAt }
}

/** Whether there was another app before; undefined when this enrollment is there no more. */
async function activate(
  { database }: FactorPorts,
  {
    personId,
    id,
    step,
    now,
  }: { readonly personId: string; readonly id: string; readonly step: number; readonly now: Date },
): Promise<boolean | undefined> {
  const { rows } = await database.query(
    `with active as (
       update upheld_identity.totp set confirmed_at = $4, last_step = $3, used_at = $4
       where id = $2 and person_id = $1 and confirmed_at is null and expires_at > $4 returning id
     ), before as (
       delete from upheld_identity.totp
       where person_id = $1 and confirmed_at is not null and exists (select from active) returning id
     )
     select exists (select from before) as replaced from active`,
    [personId, id, step, now],
  )
  return z.boolean().optional().parse(rows[0]?.['replaced'])
}

function seedIn(rows: readonly Row[]): z.output<typeof seedRow> | undefined {
  return seedRow.optional().parse(rows[0])
}

/** @throws what the vault throws: without its keys no code is right */
async function opened({ sealing }: FactorPorts, personId: string, row: z.output<typeof seedRow>): Promise<Uint8Array> {
  const secret = await sealing.open(identityHouse, seedAddress(personId, row.id), row.seed)
  return secret.bytes()
}
