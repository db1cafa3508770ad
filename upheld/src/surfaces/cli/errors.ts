import { defineErrors } from '../../core/errors.ts'

/** Codes of this table that are the caller's fault (status 400) end the process with 64, all others with 70. */
export const refuse = defineErrors('cli', {
  unknown_command: { status: 400, public: 'There is no such command.', mend: 'See: upheld --help' },
  unknown_option: { status: 400, public: 'There is no such option.' },
  option_twice: { status: 400, public: 'An option is given twice.', mend: 'Give it once.' },
  bad_option: { status: 400, public: 'An option has a value that it cannot have.' },
  argument_missing: { status: 400, public: 'An argument is missing.' },
  argument_unexpected: { status: 400, public: 'There is one argument too many.' },
  unknown_claim: { status: 400, public: 'There is no such claim.', mend: 'See which there are: upheld check --json' },
  not_agreed: {
    status: 400,
    public: 'Nothing was sent: the contract has to be agreed to first.',
    mend: 'Read it, and agree to exactly this text: --agree <digest>',
  },
  other_contract: {
    status: 400,
    public: 'What was agreed to is not the contract as it is published now.',
    mend: 'Read the contract again, and agree to its digest.',
  },
  app_missing: {
    status: 400,
    public: 'No application is named.',
    mend: 'Name the module that exports it: --app <module>, or UPHELD_APP.',
  },
  app_unreadable: {
    status: 400,
    public: 'The application module cannot be loaded.',
    mend: 'It must be a module that exports `application`, as in src/application.ts.',
  },
  no_people: { status: 500, public: 'The application keeps its people itself, so there is nothing to do for them.' },
  bad_state_folder: {
    status: 400,
    public: 'The state folder cannot be used.',
    mend: 'Choose a folder that this user may write to: --state <folder>, or UPHELD_STATE.',
  },
  no_system: {
    status: 400,
    public: 'No Upheld system runs in this state folder.',
    mend: 'Start one and wait until its address is printed: npm start. Or name its folder: --state <folder>.',
  },
  database_unnamed: {
    status: 400,
    public: 'The system in this state folder runs on a server of its own choice.',
    mend: 'Name that server here too: --database <address>, or UPHELD_DATABASE_URL.',
  },
  no_keys: {
    status: 400,
    public: 'No keys of a vault are in this state folder.',
    mend: 'Name the folder of the system: --state <folder>. Keys that are lost are not made anew here.',
  },
  root_elsewhere: {
    status: 400,
    public: 'The root key of this system is not in a file of the state folder, and cannot be replaced from here.',
    mend: 'Make a new version or key in the key service, open it as `rootKey` with the old one in `olderRootKeys`, call rewrapKeys(): docs/guide/key-custody.md.',
  },
  people_kept: {
    status: 400,
    public: 'These keys belong to the people of all organizations, and are not destroyed together.',
    mend: 'Name one person: --subject <id of the person>. For an organization, name it: its keys are others.',
  },
  bad_journal: {
    status: 500,
    public: 'What an unfinished rotation noted down cannot be read.',
    mend: 'Remove the file that is named, and run the rotation again: it begins anew and loses nothing.',
  },
  keys_failed: {
    status: 500,
    public: 'Some keys could not be changed; all others are.',
    mend: 'The codes above say why. The same command tries them again.',
  },
  bundle_unreadable: {
    status: 400,
    public: 'The bundle cannot be read.',
    mend: 'Name a file, or the address of a bundle such as http://127.0.0.1:4180/security/evidence/bundle.',
  },
  look_only: {
    status: 400,
    public: 'This option is for a look at a database or a web address.',
    mend: 'Name what to look at, with --database or --url, and no application.',
  },
  not_for_a_look: {
    status: 400,
    public: 'This option is for an application that runs on Upheld, and this is a look at something else.',
    mend: 'Leave it out, or name the application: --app <module>.',
  },
  template_missing: {
    status: 400,
    public: 'No template is named.',
    mend: 'Name the kind of service: --template eshop, --template cloud or --template desk.',
  },
  page_there: {
    status: 400,
    public: 'There is a file of this name already, and it is left as it is.',
    mend: 'Name another one: --out <file>.',
  },
  page_unwritable: { status: 400, public: 'The page cannot be written.', mend: 'Name a file that this user may make.' },
  same_file: { status: 400, public: 'Two reports are to go to one file.', mend: 'Name two files.' },
  database_missing: {
    status: 400,
    public: 'No database is named.',
    mend: 'Name it with a superuser: --database postgres://..., or UPHELD_DATABASE_URL.',
  },
  organization_missing: {
    status: 400,
    public: 'No organization is named.',
    mend: 'Name it by its UUID: --organization <uuid>.',
  },
  unknown_organization: {
    status: 400,
    public: 'There is no such organization in this system.',
    mend: 'Look its UUID up in the application.',
  },
  unknown_person: {
    status: 400,
    public: 'Nobody has an account with this address.',
    mend: 'They sign up first, with an address of their own, at /sign-up.',
  },
  no_staff: { status: 400, public: 'This is none of the operator’s people.', mend: 'See who is: upheld staff list' },
  bad_export: {
    status: 400,
    public: 'These options do not go together.',
    mend: 'See: upheld audit export --help',
  },
  unknown_format: {
    status: 400,
    public: 'There is no such format.',
    mend: 'See which there are: upheld export --help',
  },
  already_there: {
    status: 400,
    public: 'There is something at this place already, and it is not replaced.',
    mend: 'Name another file, or take that one away.',
  },
  bad_claims_export: {
    status: 400,
    public: 'These options do not go together.',
    mend: 'See: upheld export --help',
  },
  adoption_broke_off: {
    status: 500,
    public: 'The connection to the database broke off in the middle of an adoption.',
    mend: 'Nothing is lost: run it again, and it goes on where it stopped.',
  },
  not_a_child: {
    status: 400,
    public: 'This command is started by `upheld up`, which hands it its logins and keys.',
    mend: 'Start the whole system: upheld up --app <module>.',
  },
  child_failed: {
    status: 500,
    public: 'A part of the system could not be started.',
    mend: 'Its last words are above. `upheld doctor` looks for the cause.',
  },
  server_died: {
    status: 500,
    public: 'The database server has ended.',
    mend: 'Start again; postgres.log in the state folder says what happened.',
  },
  bad_witnesses: {
    status: 400,
    public: 'The file of witnesses in the state folder cannot be read.',
    mend: 'It is a C2SP tlog-policy: witness <name> <key> <address> on each line, and at its end quorum <name>.',
  },
  witness_without_log: {
    status: 400,
    public: 'A witness watches a log, and none is named.',
    mend: "Give its verifier key: --log '<name>+<id>+<key>'. The page of the log shows it.",
  },
  witness_unnamed: {
    status: 400,
    public: 'This witness has no key yet, and no name to make one for.',
    mend: 'Say what it is to be called in its signatures: --name auditor.example/witness.',
  },
  answer_cut: {
    status: 500,
    public: 'The answer could not be written to its end.',
    mend: 'Is the disk full? Send it somewhere else.',
  },
  interrupted: { status: 500, public: 'Interrupted before everything was started.' },
  unexpected: {
    status: 500,
    public: 'Upheld failed on something that it did not expect.',
    mend: 'Run it again with UPHELD_DEBUG=1 to see where, and tell us.',
  },
})
