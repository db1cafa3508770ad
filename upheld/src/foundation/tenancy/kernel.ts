import { readdirSync, readFileSync } from 'node:fs'
import { shippedOf, type Shipped } from './shipped.ts'

const folder = new URL('./kernel/', import.meta.url)
const judges = ['upheld_migrate', 'upheld_owner']

let read: Shipped | undefined

/** What the kernel installs, read from the very files that install it. Tests hold it against a database that was just prepared, on every supported major. */
export function kernel(): Shipped {
  read ??= shippedOf(
    readdirSync(folder)
      .sort()
      .map(file => readFileSync(new URL(file, folder), 'utf8'))
      .join('\n'),
    label => (/(faults|canonical_policy)\(/.test(label) ? judges : undefined),
  )
  return read
}
