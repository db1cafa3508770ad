import { fixed, rewrite, type Plan, type Sabotage } from './sabotage.ts'

/** Who comes in, and what they may do. What is broken in code, such as a page that asks nobody, is broken on copies. */
export const people: readonly Sabotage[] = [
  {
    name: 'hashes-readable',
    says: 'The application may read the hashes of passwords, for a report on old ones.',
    claim: 'passwords.hashed',
    plan: fixed({
      break: [
        'grant usage on schema upheld_identity to upheld_app',
        'grant select on upheld_identity.password to upheld_app',
      ],
      mend: [
        'revoke select on upheld_identity.password from upheld_app',
        'revoke usage on schema upheld_identity from upheld_app',
      ],
    }),
  },
  {
    name: 'second-factor-forged',
    says: 'Every session is noted as one that began with a passkey, because somebody lost their telephone.',
    claim: 'mfa.enforced',
    plan: fixed(passing('upheld_identity.session', 'insert', "new.methods := new.methods || '{passkey}';")),
  },
  {
    name: 'guesses-forgotten',
    says: 'Failed guesses are set back to none each time, because a customer had mistyped too often.',
    claim: 'takeover.blocked',
    plan: fixed(
      passing(
        'upheld_identity.guess',
        'insert or update',
        'new.tries := 0; new.streak := 0; new.open_at := new.window_at;',
      ),
    ),
  },
  {
    name: 'sessions-never-idle',
    says: 'A session that nobody uses stays open for a month, so that nobody has to sign in again.',
    claim: 'sessions.sound',
    plan: fixed(passing('upheld_identity.session', 'insert', 'new.idle_secs := 2592000;')),
  },
  {
    name: 'denials-turned',
    says: 'An exception that denies is stored as one that allows.',
    claim: 'roles.enforced',
    plan: fixed(passing('upheld_access.override', 'insert', "new.effect := 'allow';")),
  },
  {
    name: 'keys-widened',
    says: 'Every new API key gets scopes for reading everything, so that integrations stop failing.',
    claim: 'roles.enforced',
    plan: fixed(
      passing(
        'upheld_access.api_key',
        'insert',
        "new.scopes := new.scopes || '{conversation.read,contact.read,merchant.read,revenue.read,activity.read}';",
      ),
    ),
  },
  {
    name: 'support-writes',
    says: 'The login that is to read for support may write conversations as well.',
    claim: 'support.by-consent',
    plan: fixed({
      break: ['grant insert, update, delete on desk.conversation to upheld_staff'],
      mend: ['revoke insert, update, delete on desk.conversation from upheld_staff'],
    }),
  },
  {
    name: 'support-stays',
    says: 'Ending a grant of support is written down with the request, and the grant goes on.',
    claim: 'support.by-consent',
    plan: sql =>
      rewrite(sql, ['upheld.end_support(uuid)'], /set ended_at = clock_timestamp\(\)/, 'set ended_at = null'),
  },
  {
    name: 'reviews-never-due',
    says: 'No access review is ever due for an organization that is new.',
    claim: 'access.reviewed',
    plan: async sql => {
      const { rows } = await sql.query(`
        select pg_get_triggerdef(oid) as definition from pg_trigger
        where tgrelid = 'upheld_access.account'::regclass and tgname = 'review_due'`)
      const drop = 'drop trigger if exists review_due on upheld_access.account'
      return { break: [drop], mend: [drop, String(rows[0]?.['definition'])] }
    },
  },
  {
    name: 'visitors-stay',
    says: 'A key that was ended goes on signing tokens of visitors and believing them.',
    claim: 'widget.scoped',
    plan: fixed(passing('upheld_access.visitor_key', 'update', 'new.ends_at := old.ends_at;')),
  },
]

/** Each row of a table passes through something on its way in. */
function passing(table: string, moment: string, body: string): Plan {
  const [schema = ''] = table.split('.')
  const routine = `${schema}.tired_developer()`
  return {
    break: [
      `create function ${routine} returns trigger language plpgsql as $$ begin ${body} return new; end $$`,
      `create trigger tired_developer before ${moment} on ${table} for each row execute function ${routine}`,
    ],
    mend: [`drop trigger if exists tired_developer on ${table}`, `drop function if exists ${routine}`],
  }
}
