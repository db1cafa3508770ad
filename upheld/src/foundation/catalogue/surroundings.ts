import type { Queryable } from '../../core/ports.ts'
import { readDefaults } from './defaults.ts'
import { readExtensions, readForeignServers, readLanguages } from './extensions.ts'
import type { Catalogue } from './facts.ts'
import { readLargeObjects, readPublications, readSlots, readSubscriptions } from './outflow.ts'
import { readRoles } from './roles.ts'
import { readOperators, readRoutines } from './routines.ts'
import type { Unseen } from './section.ts'
import { readStatisticsViewsMended, readSystemRelations, readSystemRoutines } from './system-grants.ts'

type Surroundings = Pick<
  Catalogue,
  | 'routines'
  | 'operators'
  | 'roles'
  | 'systemRoutines'
  | 'systemRelations'
  | 'statisticsViewsMended'
  | 'defaults'
  | 'publications'
  | 'subscriptions'
  | 'slots'
  | 'largeObjects'
  | 'extensions'
  | 'languages'
  | 'foreignServers'
>

/** Everything around the relations: who there is, what may be called, and the ways out of the database. */
export async function readSurroundings(tx: Queryable, onUnseen: (unseen: Unseen) => void): Promise<Surroundings> {
  return {
    routines: await readRoutines(tx, onUnseen),
    operators: await readOperators(tx, onUnseen),
    roles: await readRoles(tx, onUnseen),
    systemRoutines: await readSystemRoutines(tx, onUnseen),
    systemRelations: await readSystemRelations(tx, onUnseen),
    statisticsViewsMended: await readStatisticsViewsMended(tx, onUnseen),
    defaults: await readDefaults(tx, onUnseen),
    publications: await readPublications(tx, onUnseen),
    subscriptions: await readSubscriptions(tx, onUnseen),
    slots: await readSlots(tx, onUnseen),
    largeObjects: await readLargeObjects(tx, onUnseen),
    extensions: await readExtensions(tx, onUnseen),
    languages: await readLanguages(tx, onUnseen),
    foreignServers: await readForeignServers(tx, onUnseen),
  }
}
