import type { Sabotage } from '../../src/index.ts'
import { served, trigger, unseenIn, withSql } from './unseen.ts'

// Ways to spoil what members may do that the claim does not know of.

const unseen = unseenIn(import.meta.url)

export const unseenRoles: readonly Sabotage[] = [
  unseen('nobody-is-an-agent', twin =>
    served(twin, {
      access: sound => ({
        ...sound,
        setOf: (member, now) =>
          sound.setOf({ ...member, roles: member.roles.length > 0 ? member.roles : ['agent'] }, now),
      }),
    }),
  ),
  unseen('revoked-key-opens', twin =>
    withSql(
      twin,
      `create function public.spoil() returns trigger language plpgsql as $$ begin
         new.revoked_at := null; new.revoked_by := null; new.revoked_why := null; return new; end $$;
       create trigger spoil before update of revoked_at on upheld_access.api_key for each row execute function public.spoil()`,
    ),
  ),
  unseen('what-is-unknown-is-all', twin =>
    served(twin, {
      access: sound => ({
        ...sound,
        setOf: (member, now) =>
          sound.setOf(member.roles.every(role => sound.isRole(role)) ? member : { ...member, roles: ['owner'] }, now),
      }),
    }),
  ),
  unseen('one-denial-is-none', twin =>
    served(twin, {
      access: sound => ({
        ...sound,
        setOf(member, now) {
          const denials = member.overrides.filter(({ effect }) => effect === 'deny')
          const overrides =
            denials.length === 1 ? member.overrides.filter(one => one.effect !== 'deny') : member.overrides
          return sound.setOf({ ...member, overrides }, now)
        },
      }),
    }),
  ),
  unseen('invited-as-asked', twin =>
    served(twin, {
      identity: sound => ({
        ...sound,
        async invite(entry, given) {
          try {
            return await sound.invite(entry, given)
          } catch {
            const less = await sound.invite(entry, { ...given, roles: [] })
            await twin.admin.query('update upheld_access.invitation set roles = $1', [[...given.roles]])
            return less
          }
        },
      }),
    }),
  ),
  unseen('own-denial-withdrawn', twin =>
    served(twin, {
      identity: sound => ({
        ...sound,
        async withdrawOverrides(entry, ids) {
          await sound
            .withdrawOverrides(entry, ids)
            .catch(() => twin.admin.query('delete from upheld_access.override where id = any ($1::uuid[])', [[...ids]]))
        },
      }),
    }),
  ),
  unseen('keys-without-end', twin =>
    withSql(
      twin,
      trigger(
        'longer',
        'upheld_access.api_key',
        'insert',
        `new.expires_at := greatest(new.expires_at, now() + interval '30 days'); return new;`,
      ),
    ),
  ),
  unseen('nobody-is-suspended', twin =>
    withSql(
      twin,
      trigger('let_in', 'upheld_access.member', 'update of suspended_at', 'new.suspended_at := null; return new;'),
    ),
  ),
]
