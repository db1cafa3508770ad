import type { FactorKind, FactorPorts, Refused } from './ports.ts'

/** A guess is counted alone; these say that somebody else is at work, and stand in the record of the account too. */
const quiet: readonly Refused['kind'][] = ['malformed', 'none', 'wrong', 'over', 'challenge']

const hourMs = 3_600_000

/** Writes down what was refused, by its kind, in one statement, and gives it back. Codes and keys are not in it. */
export async function refused(
  { database, clock }: FactorPorts,
  { factor, network }: { readonly factor: FactorKind; readonly network: string },
  refusal: Omit<Refused, 'passed'>,
): Promise<Refused> {
  const { kind, personId } = refusal
  const now = clock.now()
  const hour = new Date(Math.floor(now.getTime() / hourMs) * hourMs)
  await database.query(
    `with counted as (
       insert into upheld_identity.factor_refusal (hour, factor, kind, count) values ($1, $2, $3, 1)
       on conflict (hour, factor, kind) do update set count = factor_refusal.count + 1
     )
     insert into upheld_identity.event (person_id, at, action, network, detail)
     select p.id, $4, $2 || '.refused', $5, jsonb_build_object('kind', $3::text)
     from upheld_identity.person p where p.id = $6`,
    [hour, factor, kind, now, network.slice(0, 64), quiet.includes(kind) ? null : (personId ?? null)],
  )
  return { passed: false, ...refusal }
}
