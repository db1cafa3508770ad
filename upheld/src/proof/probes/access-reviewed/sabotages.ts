import type { PeopleBend } from '../../../index.ts'
import type { Sabotage, TwinWorld } from '../../claims/index.ts'
import { sabotage } from '../breaking.ts'
import { codeOf } from '../attacks/index.ts'
import { byPart, byTrigger } from '../people/breaking.ts'

const source = import.meta.url

/** What the database does with a review. */
const inDatabase: readonly Sabotage[] = [
  byTrigger(
    source,
    { name: 'silence-keeps', says: 'whatever nobody answered for is kept' },
    {
      on: 'update on upheld_access.review_item',
      body: `if new.how = 'silence' and new.outcome is null then new.decision := 'keep'; end if; return new;`,
    },
  ),
  byTrigger(
    source,
    { name: 'keys-overlooked', says: 'keys of programs stand in no review' },
    {
      on: 'insert on upheld_access.review_item',
      body: `if new.kind = 'api-key' then return null; end if; return new;`,
    },
  ),
  byTrigger(
    source,
    { name: 'removal-forgotten', says: 'a role that is taken away comes back in the same moment' },
    {
      on: 'update on upheld_access.member',
      body: `if cardinality(new.roles) < cardinality(old.roles) then new.roles := old.roles; end if; return new;`,
    },
  ),
  byTrigger(
    source,
    { name: 'unanswered-counts', says: 'a review that is over counts, whatever was left open in it' },
    {
      on: 'update on upheld_access.review',
      body: `if new.state = 'closed' then new.complete := true; end if; return new;`,
    },
  ),
  sabotage(source, {
    name: 'nobody-due',
    says: 'no review is ever due for an organization that is new',
    async apply(twin) {
      await twin.admin.query('drop trigger review_due on upheld_access.account')
      return twin
    },
  }),
]

type Reviews = NonNullable<PeopleBend['reviews']>
type Entering = ReturnType<ReturnType<NonNullable<PeopleBend['identity']>>['enter']>

/** A refusal of a decision is answered by writing it down all the same. */
const deciding =
  (refusal: string, set: string) =>
  (twin: TwinWorld): PeopleBend => {
    const reviews: Reviews = sound => ({
      ...sound,
      async decide(...given) {
        try {
          await sound.decide(...given)
        } catch (error) {
          if (codeOf(error) !== refusal) throw error
          const [, , , decisions] = given
          for (const { id, decision, reason } of decisions)
            await twin.admin.query(`update upheld_access.review_item r set ${set} where id = $1`, [
              id,
              decision,
              reason,
            ])
        }
      },
    })
    return { reviews }
  }

const byColleague = `decision = $2, reason = $3, how = 'reviewer', decided_at = now(), decided_by = (
  select m.id::text from upheld_access.member m where m.organization_id = r.organization_id and m.id <> r.holder limit 1)`

/** What the pages make of it. */
const inPages: readonly Sabotage[] = [
  byPart(
    source,
    { name: 'own-access-decided', says: 'whoever decides about themselves does it in the name of a colleague' },
    deciding('reviews.own_access', byColleague),
  ),
  byPart(
    source,
    { name: 'decision-taken-back', says: 'whoever comes later decides anew' },
    deciding('reviews.already_decided', 'decision = $2, reason = $3'),
  ),
  byPart(source, { name: 'entrance-remembered', says: 'who may come in is asked once a day' }, () => {
    const remembered = new Map<string, Entering>()
    return {
      identity: sound => ({
        ...sound,
        enter(token, organization, errand) {
          const key = `${token} ${organization}`
          const before = remembered.get(key)
          const found = before ?? sound.enter(token, organization, errand)
          remembered.set(key, found)
          return found
        },
      }),
    }
  }),
]

export const sabotages: readonly Sabotage[] = [...inDatabase, ...inPages]
