import type { Command } from './command.ts'
import { lookSettings } from './look/mode.ts'

const server = ['state', 'database'] as const
const running = [
  'app',
  ...server,
  'host',
  'port',
  'publicOrigin',
  'trustedProxies',
  'logOrigin',
  'bodyBytesMax',
  'requestSecsMax',
  'mailServer',
  'mailFrom',
  'silenceSecsMax',
] as const
const adoption = ['database', 'schema', 'tenantColumn', 'directory', 'shared'] as const
const pace = ['lockTimeoutMs', 'patienceSecs', 'batchRowsMax', 'batchMs', 'pauseMs'] as const
const exits = 'Exit: 0 upheld, 1 refuted, 2 unproven, 64 not understood, 70 could not be done.'

/** Every command, in the order in which a newcomer meets them. Each is loaded when it is called: a start is quick then. */
export const commands: readonly Command[] = [
  {
    name: 'up',
    summary: 'start everything: Postgres, the application, its trust page and the probes',
    says: [
      'Runs until Ctrl-C. Starts its own Postgres in the state folder, or uses --database.',
      'A second start in the same folder says where the first one answers.',
    ],
    settings: running,
    arguments: [],
    run(invocation) {
      return import('./up.ts').then(({ up }) => up(invocation))
    },
  },
  {
    name: 'check',
    summary: 'attack now, once, and print the verdicts; or look at a database and a web address that are there',
    says: [
      'With --database or --url and no application it looks at what is there: it reads, and changes nothing.',
      'Otherwise it uses the running system when there is one, else starts what it needs and stops it again.',
      exits,
      'A look: 0 nothing at or above --fail-on, 1 something is, 2 a rule at or above it could not see, 70 no look at all.',
    ],
    settings: ['app', ...server, 'claim', 'publicOrigin', 'trustedProxies', 'logOrigin', ...lookSettings],
    arguments: [],
    run(invocation) {
      return import('./check.ts').then(({ check }) => check(invocation))
    },
  },
  {
    name: 'verify',
    summary: 'check an evidence bundle, an audit bundle or a fork, offline, with nothing but its file and a key',
    says: [
      '<bundle> is a file, or the address of an evidence bundle or log. Its kind is found by itself.',
      'Without --key the key inside the bundle is believed, and this is said. --policy, --seen and --fresh-secs are for',
      'audit bundles: the policy of witnesses that you trust, a head that you have kept, and how old it may be.',
      exits,
    ],
    settings: ['key', 'policy', 'seen', 'freshSecs'],
    arguments: ['bundle'],
    run(invocation) {
      return import('./verify.ts').then(({ verify }) => verify(invocation))
    },
  },
  {
    name: 'probe',
    summary: 'attack a live service from outside, under the contract that it publishes, and sign what you saw',
    says: [
      '<service> is its origin, such as https://desk.example. Without --agree its contract is shown, and nothing is sent.',
      'It works between two throw-away organizations that the service makes for you, and takes them away at the end.',
      'What you saw is signed with a key of your own, and held against what the service published: --out keeps it.',
      'Exit: 0 upheld here and published so, 1 refuted, 2 unproven, 64 not understood or not agreed to, 70 could not be done.',
    ],
    settings: ['agree', 'key', 'ownKey', 'out', 'compare', 'caFile', 'state'],
    arguments: ['service'],
    run(invocation) {
      return import('./probe.ts').then(({ probe }) => probe(invocation))
    },
  },
  {
    name: 'export',
    summary: 'write how every claim stands for auditors and their tools: OSCAL, CycloneDX, in-toto, SARIF, CAIQ, ASVS',
    says: [
      '<format>: oscal-assessment-results, oscal-assessment-plan, oscal-component-definition, cyclonedx, in-toto, sarif,',
      'caiq, caiq-csv, caiq-xlsx, asvs. caiq-xlsx fills in the questionnaire that --spreadsheet names.',
      'Needs the running system, and reads only what verified. Two exports of the same evidence are equal.',
      'Exit: 0 written, 2 written, and the record does not hold, 64 not understood, 70 could not be done.',
    ],
    settings: ['app', ...server, 'out', 'spreadsheet'],
    arguments: ['format'],
    run(invocation) {
      return import('./export.ts').then(({ exportClaims }) => exportClaims(invocation))
    },
  },
  {
    name: 'page init',
    summary: 'write a security page to begin with, whose sentences cite claims',
    says: [
      '--template eshop, cloud or desk is the kind of service. Without --out it is printed; a file that is there stays.',
      'Sentences on claims that are planned wait in the file, and come onto the page when these are proven.',
    ],
    settings: ['template', 'out'],
    arguments: [],
    run(invocation) {
      return import('./page/init.ts').then(({ pageInit }) => pageInit(invocation))
    },
  },
  {
    name: 'page check',
    summary: 'say what a security page promises that no claim carries, with line, column and mend',
    says: [
      '<file> is Markdown whose sentences cite claims: [sentence](claim:isolation.rows).',
      'With --app the claims of that application count as well. Exit: 0 it builds, 1 it does not.',
    ],
    settings: ['app'],
    arguments: ['file'],
    run(invocation) {
      return import('./page/check.ts').then(({ pageCheck }) => pageCheck(invocation))
    },
  },
  {
    name: 'witness',
    summary: 'watch the logs of others: cosign a head only when it continues the last one that was seen',
    says: [
      'Anybody can run one, for any log of C2SP tlog-tiles. It needs no access to anything but the signed heads.',
      'Its key is made the first time, in the folder witness of --state. It runs until Ctrl-C.',
    ],
    settings: ['listen', 'state', 'log', 'name'],
    arguments: [],
    run(invocation) {
      return import('./witness.ts').then(({ witness }) => witness(invocation))
    },
  },
  {
    name: 'doctor',
    summary: 'say what the server, the keys and this machine lack',
    says: ['Each fact comes with its mend. Exit: 0 all is well, 2 something is not.'],
    settings: ['app', ...server],
    arguments: [],
    run(invocation) {
      return import('./doctor.ts').then(({ doctor }) => doctor(invocation))
    },
  },
  {
    name: 'audit export',
    summary: "send an organization's audit log to its SIEM, or write it to a file, and go on where it stopped",
    says: [
      'Formats: ocsf, ecs, cef, cadf, ndjson, csv; or bundle, which `upheld verify` and other tools check offline.',
      'Every entry arrives at least once, in order; with --cursor the next run goes on after the last one that was taken.',
      'It is the operator who exports: that is an entry of the same log.',
    ],
    settings: [...server, 'organization', 'format', 'since', 'to', 'cursor', 'tokenFile', 'caFile'],
    arguments: [],
    run(invocation) {
      return import('./audit/export.ts').then(({ auditExport }) => auditExport(invocation))
    },
  },
  {
    name: 'audit search',
    summary: "say why nobody looks around in an organization's audit log from here",
    says: [
      'An organization searches its own log in its application. A grant of support opens its rows there, and no log here:',
      'the answer is a refusal, with its code.',
    ],
    settings: [...server, 'organization'],
    arguments: [],
    run(invocation) {
      return import('./audit/search.ts').then(({ auditSearch }) => auditSearch(invocation))
    },
  },
  {
    name: 'audit erase',
    summary: 'take away the personal values of entries: the entries stay, with every proof, and say that it was done',
    says: [
      'Without --yes <organization> it says which values, and changes nothing.',
      'What backups of the database and bundles of before hold stays there.',
    ],
    settings: [...server, 'organization', 'entry', 'reason', 'yes'],
    arguments: [],
    run(invocation) {
      return import('./audit/erase.ts').then(({ auditErase }) => auditErase(invocation))
    },
  },
  {
    name: 'audit rotate',
    summary: 'replace the keys that sign the audit logs, such as after a theft; everything goes on meanwhile',
    says: [
      'Each former key hands over to the next one in the log itself. What it signs after that is told from the log.',
      'Witnesses of the anchor log, and readers who have pinned its policy, need the key that is printed.',
    ],
    settings: [...server, 'reason'],
    arguments: [],
    run(invocation) {
      return import('./audit/rotate.ts').then(({ auditRotate }) => auditRotate(invocation))
    },
  },
  {
    name: 'audit succeed',
    summary: 'when the database was turned back and no newer copy is left: end every log, and go on in another one',
    says: [
      'It hides nothing: what was seen, what was found, and the --reason stay in the first leaf.',
      'Where the logs continue the head that was seen, it is refused.',
    ],
    settings: [...server, 'reason'],
    arguments: [],
    run(invocation) {
      return import('./audit/succeed.ts').then(({ auditSucceed }) => auditSucceed(invocation))
    },
  },
  {
    name: 'vault status',
    summary: 'say which keys there are, how old they are, and what is under way',
    says: ['Reads only, and needs no database. With --organization every key of it.'],
    settings: ['state', 'organization'],
    arguments: [],
    run(invocation) {
      return import('./vault/status.ts').then(({ vaultStatus }) => vaultStatus(invocation))
    },
  },
  {
    name: 'vault rotate',
    summary: 'replace keys of the vault while everything goes on: --what root, kek, data, index, objects or links',
    says: [
      'root: every KEK under a new root key. kek: new KEKs, and the data keys under them. No row is touched.',
      'data: new data keys, and every value sealed anew. index: every blind index made anew; look-ups can miss meanwhile.',
      'Stopped or killed, the same command goes on. Exit: 0 done, 2 some values keep their old key, 70 not finished.',
    ],
    settings: [...server, 'what', 'organization', 'settleSecs', 'dryRun'],
    arguments: [],
    run(invocation) {
      return import('./vault/rotate.ts').then(({ vaultRotate }) => vaultRotate(invocation))
    },
  },
  {
    name: 'vault shred',
    summary: 'destroy the keys of an organization, or of one person of it, and say who may still hold a copy',
    says: [
      'Without --yes <organization or subject> it says what would happen. It cannot be undone.',
      'Exit: 0 destroyed everywhere, 2 a place may still hold a key (ask again later), 70 could not be done.',
    ],
    settings: [...server, 'organization', 'subject', 'yes', 'backupsKeptDays', 'overwritesInPlace'],
    arguments: [],
    run(invocation) {
      return import('./vault/shred.ts').then(({ vaultShred }) => vaultShred(invocation))
    },
  },
  {
    name: 'keys rotate',
    summary: 'replace the key that binds statements to organizations, without downtime',
    says: ['The old key stays valid until every context signed with it has expired.'],
    settings: [...server],
    arguments: [],
    run(invocation) {
      return import('./keys.ts').then(({ rotateKeys }) => rotateKeys(invocation))
    },
  },
  {
    name: 'staff add',
    summary: "make somebody one of the operator's own people, who may ask customers for support access",
    says: [
      '<address> is that of an account which is there already and a member of no organization.',
      'It opens nothing: they need a second factor, a colleague, and the grant of a customer.',
    ],
    settings: [...server],
    arguments: ['address'],
    run(invocation) {
      return import('./staff/staff.ts').then(({ staffAdd }) => staffAdd(invocation))
    },
  },
  {
    name: 'staff end',
    summary: 'somebody works for the operator no more: every grant of theirs ends with the next statement',
    says: ['Who comes back later asks anew: no grant comes back with them.'],
    settings: [...server],
    arguments: ['address'],
    run(invocation) {
      return import('./staff/staff.ts').then(({ staffEnd }) => staffEnd(invocation))
    },
  },
  {
    name: 'staff list',
    summary: 'say who works for the operator, what is open to them now, and when they were last here',
    says: ['--stale: only those who were not here for 90 days. Exit: 0 nobody, 2 somebody to ask about.'],
    settings: [...server, 'stale'],
    arguments: [],
    run(invocation) {
      return import('./staff/staff.ts').then(({ staffList }) => staffList(invocation))
    },
  },
  {
    name: 'adopt plan',
    summary: 'say, step by step, how an existing schema comes under Upheld, or what stands in the way',
    says: [
      'Reads only. Each step with its SQL, its lock, what the application notices, and its way back.',
      'Exit: 0 it can be adopted, 1 not as it is, 70 could not look.',
    ],
    settings: [...adoption, 'sql'],
    arguments: [],
    run(invocation) {
      return import('./adopt/plan.ts').then(({ adoptPlan }) => adoptPlan(invocation))
    },
  },
  {
    name: 'adopt run',
    summary: 'do the steps, or go on with them, while the application goes on working',
    says: ['Killed anywhere, the next run goes on. Every step can be taken back: upheld adopt undo.'],
    settings: [...adoption, ...pace],
    arguments: [],
    run(invocation) {
      return import('./adopt/commands.ts').then(({ adoptRun }) => adoptRun(invocation))
    },
  },
  {
    name: 'adopt undo',
    summary: 'take the steps back, the newest first, until nothing of them is left',
    says: ['Works until the adoption is finished.'],
    settings: ['database', ...pace],
    arguments: [],
    run(invocation) {
      return import('./adopt/commands.ts').then(({ adoptUndo }) => adoptUndo(invocation))
    },
  },
  {
    name: 'adopt finish',
    summary: 'the last step: the old login is shut out, and the handle is the only way to the rows',
    says: [
      'Looks at everything once more, then closes the tables for a moment and does all of it or nothing.',
      'It cannot be undone, so it wants --yes <name of the database>.',
    ],
    settings: ['state', 'database', 'yes', 'lockTimeoutMs', 'patienceSecs'],
    arguments: [],
    run(invocation) {
      return import('./adopt/commands.ts').then(({ adoptFinish }) => adoptFinish(invocation))
    },
  },
  {
    name: 'config explain',
    summary: 'print every setting, where it came from, and its default',
    says: ['Secrets are shown as set or not set.'],
    settings: running,
    arguments: [],
    run(invocation) {
      return import('./config.ts').then(({ explainConfig }) => explainConfig(invocation))
    },
  },
  child('serve', {
    summary: 'the web process of `up`',
    says: ['Holds the logins of the application, its people, staff and the page, and the context key; nothing else.'],
    run: () => import('./serve.ts').then(({ serve }) => serve()),
  }),
  child('work', {
    summary: 'the process of `up` that sends mails and clears away',
    says: [
      'Holds the logins of the jobs, the application and staff, the context key, and where mails go; nothing else.',
    ],
    run: () => import('./work.ts').then(({ work }) => work()),
  }),
  child('record', {
    summary: 'the recording process of `up`',
    says: ['Holds the login of the audit logs, and the seeds of their keys; nothing else.'],
    run: () => import('./record.ts').then(({ record }) => record()),
  }),
  child('prove', {
    summary: 'the proving process of `up`',
    says: ['Holds the login of the record, the evidence key, and the server for its twins.'],
    run: () => import('./prove.ts').then(({ prove }) => prove()),
  }),
]

type Child = Pick<Command, 'summary' | 'says'> & { readonly run: () => Promise<number> }

/** A process of `up`: it is told everything over the channel, and nothing on its command line. */
function child(name: string, { summary, says, run }: Child): Command {
  return { name, summary, says, settings: [], arguments: [], hidden: true, run }
}
