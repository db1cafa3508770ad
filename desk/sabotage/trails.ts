import { fixed, type Sabotage } from './sabotage.ts'

const claim = 'audit.complete'

/** Changes that the log of their organization does not tell, and a log that others read. */
export const trails: readonly Sabotage[] = [
  {
    name: 'deletions-unrecorded',
    says: 'The trigger that records deletions is off on desk.message, to make a clean-up faster.',
    claim,
    plan: fixed({
      break: ['alter table desk.message disable trigger upheld_audit_delete'],
      mend: ['alter table desk.message enable always trigger upheld_audit_delete'],
    }),
  },
  {
    name: 'logs-open',
    says: 'Row security is off on the entries of all logs, so that support can search them.',
    claim,
    plan: fixed({
      break: ['alter table upheld_audit.leaf disable row level security'],
      mend: ['alter table upheld_audit.leaf enable row level security'],
    }),
  },
  {
    name: 'entries-deletable',
    says: 'The application may delete entries that are not in the log yet.',
    claim,
    plan: fixed({
      break: [
        'grant select, delete on upheld_audit.pending to upheld_app',
        'create policy opened on upheld_audit.pending to upheld_app using (true)',
      ],
      mend: [
        'drop policy if exists opened on upheld_audit.pending',
        'revoke select, delete on upheld_audit.pending from upheld_app',
      ],
    }),
  },
]
