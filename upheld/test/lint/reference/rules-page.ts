import { advisories } from '../../../src/foundation/releases/index.ts'
import { allRules } from '../../../src/proof/lint/index.ts'
import { holes, type Hole } from './holes.ts'

const majors = [18, 17, 16, 15]

/** docs/reference/rules.md: every rule, every hole with whoever answers it, every fault with the release that mends it. */
export function rulesPage(): string {
  return [
    '# Rules of the linter',
    '',
    'Written by `node upheld/test/tidy/write-reference.ts`; `npm run tidy` compares it with the rules.',
    'The severity is that of the rule in general: critical shows every row to others, low is a hardening that nothing',
    'reaches yet. A place may be worse or better. What the catalogue cannot tell is unproven, not fine.',
    '',
    '| rule | severity | holes | what is wrong | what somebody could do with it |',
    '| --- | --- | --- | --- | --- |',
    ...[...allRules]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, severity, holes: numbers, title, why }) =>
        row([`\`${id}\``, severity, [...numbers].sort((a, b) => a - b).join(', '), title, why]),
      ),
    '',
    '## Holes, and who answers them',
    '',
    'Ways around row security that are known to us. Rules look at the catalogue; claims attack the running system; the',
    'driver and the kernel leave no room for some; and some are faults of Postgres that a release mends.',
    '',
    '| hole | what | rules | attacked | driver and kernel | releases |',
    '| --- | --- | --- | --- | --- | --- |',
    ...holes.map(hole =>
      row([
        String(hole.number),
        hole.says,
        rulesFor(hole)
          .map(id => `\`${id}\``)
          .join(' '),
        hole.attacked ?? '',
        hole.driver ?? '',
        faultsFor(hole).join(' '),
      ]),
    ),
    '',
    '## Faults of Postgres, and the minor releases that mend them',
    '',
    '`upheld doctor`, the server that Upheld starts by itself and the rule `server.release` read this table. A number with',
    'a question mark was reckoned from another branch, and not read in a release note: it counts as unproven. A branch',
    'without a number never lacked the mend.',
    '',
    row(['fault', 'what', 'hole', ...majors.map(String)]),
    row(['---', '---', '---', ...majors.map(() => '---')]),
    ...advisories.map(({ cve, about, holes: numbers, mendedIn }) =>
      row([
        cve,
        about,
        numbers.join(', '),
        ...majors.map(major => {
          const mend = mendedIn.find(one => one.major === major)
          return mend === undefined ? '' : `${major}.${mend.minor}${mend.confirmed ? '' : '?'}`
        }),
      ]),
    ),
    '',
  ].join('\n')
}

export function rulesFor({ number }: Hole): readonly string[] {
  return allRules
    .filter(rule => rule.holes.includes(number))
    .map(({ id }) => id)
    .sort()
}

export function faultsFor({ number }: Hole): readonly string[] {
  return advisories.filter(advisory => advisory.holes.includes(number)).map(({ cve }) => cve)
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|') || '-').join(' | ')} |`
}
