import { fixed, type Sabotage } from './sabotage.ts'

const claim = 'isolation.rows'
const ours = 'organization_id = (select upheld.organization_id())'

/** Row security of one table or another, opened a little. */
export const policies: readonly Sabotage[] = [
  {
    name: 'row-security-off',
    says: 'Row security was switched off on desk.message, to look at something, and never switched on again.',
    claim,
    plan: fixed({
      break: ['alter table desk.message disable row level security'],
      mend: ['alter table desk.message enable row level security'],
    }),
  },
  {
    name: 'policy-always-true',
    says: 'The policy of desk.contact was replaced by "true", because a report came out empty.',
    claim,
    plan: fixed({
      break: ['alter policy upheld_tenant on desk.contact using (true) with check (true)'],
      mend: [`alter policy upheld_tenant on desk.contact using (${ours}) with check (${ours})`],
    }),
  },
  {
    name: 'writes-unchecked',
    says: 'The policy of desk.merchant lost its check: reading is still bound, writing is free.',
    claim,
    plan: fixed({
      break: ['alter policy upheld_tenant on desk.merchant with check (true)'],
      mend: [`alter policy upheld_tenant on desk.merchant with check (${ours})`],
    }),
  },
  {
    name: 'second-policy',
    says: 'A second policy lets support staff read all conversations. Policies are joined by "or".',
    claim,
    plan: fixed({
      break: ['create policy support_reads on desk.conversation for select using (true)'],
      mend: ['drop policy if exists support_reads on desk.conversation'],
    }),
  },
  {
    name: 'app-owns-table',
    says: 'The application became the owner of desk.message, so that it could add a column itself, and an owner is above row security that is not forced.',
    claim,
    plan: fixed({
      break: ['alter table desk.message no force row level security', 'alter table desk.message owner to upheld_app'],
      mend: [
        'alter table desk.message owner to upheld_owner',
        'alter table desk.message force row level security',
        'revoke all on desk.message from upheld_app',
        'grant select, insert, update, delete on desk.message to upheld_app',
      ],
    }),
  },
]
