import { defineErrors } from '../../core/errors.ts'

export const refuse = defineErrors('tenancy', {
  no_context: { status: 500, public: 'The database was asked for rows without saying for which organization.' },
  bad_context: { status: 403, public: 'The database did not accept the signed context.' },
  expired_context: { status: 403, public: 'The signed context has expired. Are the clocks of both machines right?' },
  other_cell: { status: 403, public: 'This organization lives in another cell.' },
  no_cell: {
    status: 500,
    public: 'This organization lives in a cell that is not known here.',
    mend: 'Add the cell to the options of upheldCells().',
  },
  not_placed: { status: 404, public: 'No cell was ever given to this organization.' },
  wrong_cell_key: {
    status: 500,
    public: 'The context key of this cell was made for another cell.',
    mend: 'Give each cell the key that was installed in its own database.',
  },
  other_backend: { status: 403, public: 'The signed context belongs to another connection.' },
  no_actor: {
    status: 403,
    public: 'The context does not say who acts, and a change is recorded with its author.',
    mend: 'Write through organization.sql, which signs the actor with the context.',
  },
  no_grant: {
    status: 403,
    public: 'Staff reaches an organization only while a grant of that organization is live.',
  },
  no_staff_login: {
    status: 500,
    public: 'Staff reads with a login of its own, and this process was not given it.',
    mend: 'Give upheld() the option `staffDatabaseUrl`.',
  },
  bad_actor: { status: 500, public: 'The actor given to organization.as() is not right.' },
  not_sealed: {
    status: 500,
    public: 'A column for sealed values was given something else.',
    mend: 'Pass sealed({ table, column, row }, value) as the value.',
  },
  no_vault: {
    status: 500,
    public: 'A value was to be sealed or opened, and no vault is open.',
    mend: 'Give upheld() the option `vault`.',
  },
  no_objects: {
    status: 500,
    public: 'An object was asked for, and no store of objects is open.',
    mend: 'Give upheld() the options `vault` and `objects`.',
  },
  may_not_open: { status: 403, public: 'This actor may not open this sealed column.' },
  too_many_opened: { status: 500, public: 'Too many sealed values were to be opened at once.' },
  bad_place: {
    status: 500,
    public: 'A value is sealed for a table, a column and a row, and one of these is missing or no text.',
    mend: 'Name the row by the text of its primary key, one text for each column.',
  },
  row_unknown: {
    status: 500,
    public: 'A sealed value opens only together with the key of its row.',
    mend: 'Select the columns of the primary key beside it, once, from the table itself.',
  },
  no_crossing: { status: 403, public: 'Only a walk across organizations may do this.' },
  statement_refused: {
    status: 500,
    public: 'Only one SELECT, INSERT, UPDATE, DELETE, MERGE, WITH or VALUES may run for an organization.',
  },
  statement_timeout: { status: 503, public: 'The statement took longer than this organization may use.' },
  busy: { status: 503, public: 'This organization has too many statements waiting.' },
  no_connection: {
    status: 503,
    public: 'No connection to the database was free in time.',
    mend: 'Is the database there, and is every stream read to its end and every client given back?',
  },
  nested: {
    status: 500,
    public: 'Inside a transaction the same organization was asked for another statement of its own.',
    mend: 'Use the handle that the transaction gives.',
  },
  transaction_over: { status: 500, public: 'This transaction has ended; its handle can no longer be used.' },
  transaction_failed: {
    status: 500,
    public: 'The transaction could not be committed: one of its statements had failed.',
  },
  bad_savepoint: { status: 500, public: 'The name of a savepoint has 1 to 63 bytes.' },
  role_too_strong: { status: 500, public: 'The application logs in with a role that can step around row security.' },
  not_installed: { status: 500, public: 'This database has not been prepared for tenancy.' },
  pooler_between: {
    status: 500,
    public: 'Between this process and Postgres stands a pooler, and the option `pooler` is not set.',
    mend: 'Set pooler: true, or connect to Postgres itself.',
  },
  bad_options: { status: 500, public: 'An option of upheld() is not right.' },
  bad_reason: { status: 500, public: 'A walk across organizations needs a reason of 8 to 500 characters.' },
  bad_key_file: { status: 500, public: 'The context key file cannot be used.' },
  migration_changed: { status: 500, public: 'A migration that was applied has been changed since.' },
  migration_failed: { status: 500, public: 'A migration failed; nothing of it was kept.' },
  unsafe_schema: { status: 500, public: 'The tenant schemas break a rule of isolation.' },
})
