/** The catalogue by what a reader worries about. A claim belongs where the first word of its id is listed. */
const topics: readonly (readonly [title: string, words: readonly string[]])[] = [
  ['Your data stays yours', ['isolation', 'purpose', 'residency', 'egress', 'ai', 'webhooks', 'widget', 'payments']],
  ['Sealed', ['encryption', 'passwords', 'tls']],
  ['Who may enter', ['mfa', 'takeover', 'sessions', 'roles', 'access', 'support', 'production']],
  ['Under attack', ['headers', 'attacks', 'limits', 'addresses', 'overload', 'origin', 'network']],
  ['Yours to take, and to delete', ['export', 'erasure', 'retention', 'backups', 'database']],
  ['Watched, and answered for', ['audit', 'logs', 'detection', 'telemetry', 'incidents', 'oncall', 'disclosure']],
  [
    'Software, suppliers, people',
    ['dependencies', 'code', 'subprocessors', 'vendors', 'provider', 'people', 'contracts'],
  ],
]
const others = 'And also'

/** Groups items by topic, in the order above; what no topic knows comes last. Empty groups are left out. */
export function byTopic<T>(
  items: readonly T[],
  idOf: (item: T) => string,
): readonly (readonly [title: string, items: readonly T[]])[] {
  const groups = new Map<string, T[]>([...topics.map(([title]) => title), others].map(title => [title, []]))
  for (const item of items) groups.get(topicOf(idOf(item)))?.push(item)
  return [...groups].filter(([, group]) => group.length > 0)
}

function topicOf(id: string): string {
  const word = id.split('.', 1).join('')
  return topics.find(([, words]) => words.includes(word))?.[0] ?? others
}
