import { UpheldError } from '../../src/core/errors.ts'
import { allRules, type LintFinding, type LintReport } from '../../src/proof/lint/index.ts'
import { outsideRules } from '../../src/proof/outside/index.ts'
import { assembleLook, type LookReport } from '../../src/surfaces/report/index.ts'

/** Names that somebody chose to do harm with: markup, line ends, quotes, a turned reading direction, half a character. */
export const hostileNames = [
  '<script>document.title="taken"</script>',
  '"><img src=x onerror="document.title=1">',
  'line\nno hole seen  isolation.rows',
  'it\'s "quoted" & 100% ``` {{x}} ${y}',
  '\u202egnirts\u202c \u0000\u001b[2J \u200b',
  '🦄 имя 名前',
  'lone \ud800 half',
  `a${'very'.repeat(400)}long`,
]

/** A report with a finding of each danger for each hostile name, and with something of everything that a report may hold. */
export function hostileReport(): LookReport {
  const rules = allRules.slice(0, 4)
  const severities = ['critical', 'high', 'medium', 'low'] as const
  const findings: LintFinding[] = hostileNames.flatMap(label =>
    severities.map((severity, index) => ({
      rule: rules[index]?.id ?? '',
      severity,
      place: { kind: 'table' as const, label },
      saw: `Row security is off on ${label}.`,
      mend: [`alter table ${label} enable row level security`],
    })),
  )
  const database: LintReport = {
    database: hostileNames[0] ?? '',
    release: '15.20',
    lookedAs: hostileNames[4] ?? '',
    tenantColumn: { name: hostileNames[2] ?? '', type: 'uuid', how: 'found' },
    appRoles: [hostileNames[1] ?? ''],
    population: { tables: 1, policies: 9 },
    findings,
    unproven: [{ rule: allRules[5]?.id ?? '', why: `It could not see ${hostileNames[0] ?? ''}.` }],
    unseen: [{ section: 'roles', why: 'The server answered 42501.' }],
  }
  return assembleLook({
    at: new Date('2026-11-21T12:00:00Z'),
    version: '0.1.0',
    database: { name: `ada@127.0.0.1/${hostileNames[0] ?? ''}`, report: database },
    address: {
      name: 'https://shop.example/',
      report: {
        address: 'https://shop.example/',
        tlsVersions: ['TLSv1.3'],
        population: { requests: 7, handshakes: 4, rules: outsideRules.length },
        findings: [
          {
            rule: 'headers.banner',
            severity: 'low',
            place: { kind: 'header', label: 'server' },
            saw: `It says ${hostileNames[0] ?? ''}.`,
            mend: ['Do not send server.'],
          },
        ],
        unproven: [{ rule: 'transport.plain', why: 'Nobody says which port speaks plain HTTP.' }],
      },
    },
    scratch: {
      name: 'ada@127.0.0.1/copy',
      fault: new UpheldError('scratch.in_use', {
        status: 409,
        public: 'Somebody else is connected.',
        mend: 'End them.',
      }),
    },
  })
}

/** Nothing found, nothing open. */
export function soundReport(): LookReport {
  const findings: LintFinding[] = []
  return assembleLook({
    at: new Date('2026-11-21T12:00:00Z'),
    version: '0.1.0',
    database: {
      name: 'ada@127.0.0.1/shop',
      report: {
        database: 'shop',
        release: '15.20',
        lookedAs: 'ada',
        appRoles: ['shopfront'],
        population: { tables: 3 },
        findings,
        unproven: [],
        unseen: [],
      },
    },
  })
}
