import type { Sabotage } from '../../src/proof/claims/index.ts'
import { byTrigger } from '../../src/proof/probes/people/breaking.ts'

const source = import.meta.url

/** Ways to break access reviews that their claim does not know of. */
export const unseenOfReviews: readonly Sabotage[] = [
  byTrigger(
    source,
    { name: 'key-lives-on', says: 'a key that is revoked opens as before' },
    {
      on: 'update on upheld_access.api_key',
      body: `new.revoked_at := null; new.revoked_by := null; new.revoked_why := null; return new;`,
    },
  ),
  byTrigger(
    source,
    { name: 'exceptions-overlooked', says: 'what was given beyond the roles stands in no review' },
    {
      on: 'insert on upheld_access.review_item',
      body: `if new.kind = 'override' then return null; end if; return new;`,
    },
  ),
  byTrigger(
    source,
    { name: 'restored-unnoticed', says: 'access that comes back is not compared with what was taken away' },
    {
      on: 'update on upheld_access.review_item',
      body: `if new.outcome = 'removed' and old.outcome is null then new.access := new.access || ' '; end if; return new;`,
    },
  ),
  byTrigger(
    source,
    { name: 'members-stay', says: 'whoever is to be a member no more stays one' },
    { on: 'update on upheld_access.member', body: `new.suspended_at := null; return new;` },
  ),
  byTrigger(
    source,
    { name: 'directories-overlooked', says: 'a directory that lets people in stands in no review' },
    {
      on: 'insert on upheld_access.review_item',
      body: `if new.kind = 'scim-link' then return null; end if; return new;`,
    },
  ),
  byTrigger(
    source,
    { name: 'empty-record', says: 'what is kept of a review is nothing, and its digest is right' },
    {
      on: 'update on upheld_access.review',
      body: `if new.state = 'closed' then
          new.record := '{}';
          new.digest := 'sha256:' || encode(sha256('{}'), 'hex');
        end if;
        return new;`,
    },
  ),
  byTrigger(
    source,
    { name: 'never-opened', says: 'no review opens by itself' },
    { on: 'insert on upheld_identity.review_due', body: `new.opens_at := 'infinity'; return new;` },
  ),
  byTrigger(
    source,
    { name: 'privileges-unmarked', says: 'what is privileged is a line like any other' },
    { on: 'insert on upheld_access.review_item', body: `new.privileged := false; return new;` },
  ),
]
