export type {
  Catalogue,
  Column,
  DefaultPrivilege,
  ForeignKey,
  Grant,
  Index,
  Oid,
  Policy,
  Publication,
  Relation,
  RelationKind,
  Role,
  Routine,
  Schema,
  Server,
  SystemRoutine,
  Trigger,
  UniqueKey,
} from './facts.ts'
export { sectionNames, type SectionName, type Unseen } from './section.ts'
export { readCatalogue, type CatalogueOptions } from './read.ts'
