import type { Offense } from './source.ts'

/** What no committed text may hold, with a line that breaks the rule. */
interface Phrase {
  readonly name: string
  readonly instead: string
  readonly only?: RegExp
  readonly form: RegExp
  readonly planted: string
}

// Written in pieces, so that this file does not break its own rules.
const unfinished = ['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK']

export function phrases(root: string): Phrase[] {
  const checkout = root.split('/').slice(0, 3).join('/')
  return [
    {
      name: 'unfinished work',
      instead: 'finish it, or write an issue',
      form: new RegExp(String.raw`\b(${unfinished.join('|')})\b`),
      planted: `// ${unfinished[0] ?? ''}: later`,
    },
    {
      name: "a person's folder",
      instead: 'a path relative to the repository, or os.tmpdir()',
      form: /(?<![\w.~-])\/(home|Users|builds|mnt)\/[a-z]/,
      planted: `const folder = '${['', 'home', 'ada'].join('/')}'`,
    },
    {
      name: 'the folder of this checkout',
      instead: 'a path relative to the repository',
      form: new RegExp(`${RegExp.escape(checkout)}(?![\\w-])`),
      planted: `const folder = '${checkout}/upheld'`,
    },
    {
      name: 'where a package was downloaded from',
      instead: 'npm install with omit-lockfile-registry-resolved: the integrity stays, the host does not',
      only: /(^|\/)(package-lock\.json|\.npmrc)$/,
      form: /"resolved": "https?:|registry\s*=/,
      planted: ['"resolved": "https', '//registry.example/zod.tgz"'].join(':'),
    },
  ]
}

export function spoken(phrase: Phrase, path: string, text: string): Offense[] {
  if (phrase.only?.test(path) === false) return []
  return text
    .split('\n')
    .flatMap((line, index) =>
      phrase.form.test(line) ? [{ at: `${path}:${index + 1}`, says: `${phrase.name}: ${phrase.instead}` }] : [],
    )
}
