import { readdirSync, readFileSync } from 'node:fs'
import { shippedOf, type Shipped } from '../../foundation/tenancy/index.ts'
import { folder } from './install.ts'

let read: Shipped | undefined

/** What the tables of persons and members are, read from the very files that install them: a database is compared with it. */
export function peopleKernel(): Shipped {
  read ??= shippedOf(
    readdirSync(folder)
      .toSorted()
      .map(name => readFileSync(new URL(name, folder), 'utf8'))
      .join('\n'),
  )
  return read
}
