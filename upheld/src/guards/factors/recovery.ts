import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { refuse } from './errors.ts'
import type { FactorChange, FactorPorts, Proven, Refused } from './ports.ts'
import { refused } from './refusals.ts'
import { settled } from './settle.ts'

/** Codes on paper, for when the factor itself is lost. */
export interface RecoveryCodes {
  /**
   * A new set; the old one is void with the same statement. The codes are shown this once: only hashes are kept.
   * @throws factors.no_factor when there is nothing to stand in for
   */
  renew(personId: string): Promise<{ readonly codes: readonly string[]; readonly change: FactorChange }>
  /** Each code passes once. What was proven says how many are left. */
  check(with_: {
    readonly personId: string
    readonly code: string
    readonly network: string
  }): Promise<Proven | Refused>
}

const codesInSet = 10
/** 120 bits: too many to be guessed, so that a plain hash is enough (ASVS 6.5.2 asks for 112). */
const codeBytes = 15
/** Crockford's base32: no I, L, O and U, which people read as something else. */
const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const groupLetters = 4
const codeLetters = (codeBytes * 8) / 5
const codeForm = /^[0-9A-HJKMNP-TV-Z]{24}$/

export function recoveryCodes(ports: FactorPorts): RecoveryCodes {
  const { database, clock } = ports
  return Object.freeze<RecoveryCodes>({
    async renew(personId) {
      const codes = Array.from({ length: codesInSet }, newCode)
      const { rows } = await database.query(
        `insert into upheld_identity.recovery (person_id, made_at, unused, used)
         select $1, $2, $3, '{}'
         where exists (select from upheld_identity.totp where person_id = $1 and confirmed_at is not null)
           or exists (select from upheld_identity.passkey where person_id = $1)
         on conflict (person_id)
         do update set made_at = excluded.made_at, unused = excluded.unused, used = '{}', used_at = null
         returning person_id`,
        [personId, clock.now(), codes.map(code => hashOf(personId, code))],
      )
      if (rows.length === 0) throw refuse.no_factor()
      const change = await settled(ports, personId, { action: 'recovery.made', mail: 'recovery-codes-made' })
      return { codes: codes.map(grouped), change }
    },

    async check({ personId, code, network }) {
      const said = (kind: Refused['kind']): Promise<Refused> =>
        refused(ports, { factor: 'recovery', network }, { kind, personId })
      const typed = recoveryCodeOf(code)
      if (typed === undefined) return said('malformed')
      const hash = hashOf(personId, typed)
      // Of many at once the first takes the row's lock; the others look again and find the hash among the used ones.
      const { rows } = await database.query(
        `with taken as (
           update upheld_identity.recovery
           set unused = array_remove(unused, $2), used = used || $2::bytea, used_at = $3
           where person_id = $1 and $2 = any (unused) returning cardinality(unused) as remaining
         )
         select r.remaining, (select $2 = any (v.used || v.unused) from upheld_identity.recovery v where v.person_id = $1) as known
         from (select) one left join taken r on true`,
        [personId, hash, clock.now()],
      )
      const { remaining, known } = answer.parse(rows[0])
      if (remaining === null) return said(known === null ? 'none' : known ? 'used' : 'wrong')
      return { passed: true, method: 'recovery', personId, factorId: 'recovery', left: remaining }
    },
  })
}

const answer = z.object({ remaining: z.number().nullable(), known: z.boolean().nullable() })

/** The letters of what somebody typed: groups, spaces and case do not matter, nor O for 0, nor I or L for 1. */
export function recoveryCodeOf(typed: string): string | undefined {
  if (typed.length > 2 * codeLetters || !/^[0-9A-Za-z -]+$/.test(typed)) return undefined
  const plain = typed.replace(/[ -]/g, '').toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1')
  return codeForm.test(plain) ? plain : undefined
}

function newCode(): string {
  let bits = BigInt(`0x${randomBytes(codeBytes).toString('hex')}`)
  let code = ''
  for (let count = 0; count < codeLetters; count++) {
    code = (letters[Number(bits & 31n)] ?? '') + code
    bits >>= 5n
  }
  return code
}

function grouped(code: string): string {
  return (code.match(new RegExp(`.{${groupLetters}}`, 'g')) ?? []).join('-')
}

/** Of person and code: the hash of one is no hash of another. */
function hashOf(personId: string, code: string): Buffer {
  return createHash('sha256').update(`recovery-code\n${personId} ${code}`).digest()
}
