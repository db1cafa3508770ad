import { fixed, type Sabotage } from './sabotage.ts'

const claim = 'production.least-privilege'

/** Rights that a login does not need for its work. */
export const rights: readonly Sabotage[] = [
  {
    name: 'keys-readable',
    says: 'The application may read the keys that sign its contexts.',
    claim,
    plan: fixed({
      break: [
        'grant usage on schema upheld_guard to upheld_app',
        'grant select on upheld_guard.context_key to upheld_app',
      ],
      mend: [
        'revoke select on upheld_guard.context_key from upheld_app',
        'revoke usage on schema upheld_guard from upheld_app',
      ],
    }),
  },
  {
    name: 'app-may-become-owner',
    says: 'The application’s login is a member of the role that owns the tables.',
    claim,
    plan: fixed({
      break: ['grant upheld_owner to upheld_app'],
      mend: ['revoke upheld_owner from upheld_app'],
    }),
  },
  {
    name: 'evidence-deletable',
    says: 'What writes the evidence may delete it again, and the trigger against that is off.',
    claim,
    plan: fixed({
      break: [
        'grant delete on upheld_proof.leaf to upheld_proof',
        'alter table upheld_proof.leaf disable trigger leaf_is_final',
      ],
      mend: [
        'alter table upheld_proof.leaf enable trigger leaf_is_final',
        'revoke delete on upheld_proof.leaf from upheld_proof',
      ],
    }),
  },
  {
    name: 'page-reads-customers',
    says: 'The login of the security page may read contacts, for a number on the page.',
    claim,
    plan: fixed({
      break: ['grant usage on schema desk to upheld_page', 'grant select on desk.contact to upheld_page'],
      mend: ['revoke select on desk.contact from upheld_page', 'revoke usage on schema desk from upheld_page'],
    }),
  },
]
