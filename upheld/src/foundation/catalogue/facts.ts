import type { Unseen } from './section.ts'

/** An object's number in the catalogue, as decimal text: it is larger than what an `int4` holds. */
export type Oid = string

/** One entry of an access control list, spelled out; the owner's own rights included. */
export interface Grant {
  /** `PUBLIC` is the empty name. */
  readonly grantee: string
  readonly grantor: string
  /** As SQL writes it, such as `SELECT`. */
  readonly privilege: string
  readonly grantable: boolean
}

export interface Server {
  /** As the server says it, such as `15.20` or `18.4 (Debian ...)`. */
  readonly version: string
  readonly database: string
  /** Who is looking, and whether a superuser. */
  readonly lookedAs: string
  readonly superuser: boolean
  readonly databaseOwner: string
  readonly databaseGrants: readonly Grant[]
  /** Names and values of the settings that rules look at; one that is not known here or may not be seen is absent. */
  readonly settings: Readonly<Partial<Record<string, string>>>
  /** Defaults set for a role, a database, or a role in a database (pg_db_role_setting). Values may hold secrets: never print them. */
  readonly defaults: readonly {
    readonly role: string
    readonly database: string
    readonly name: string
    readonly value: string
  }[]
  /** Upheld's own schemas are there. */
  readonly upheld: boolean
}

export interface Schema {
  readonly oid: Oid
  readonly name: string
  /** Quoted as SQL needs it. */
  readonly label: string
  readonly owner: string
  readonly grants: readonly Grant[]
}

export type RelationKind = 'table' | 'partitioned' | 'view' | 'materialized view' | 'foreign table' | 'sequence'

export interface Column {
  readonly number: number
  readonly name: string
  /** As SQL writes it, such as `numeric(10,2)`. */
  readonly type: string
  /** The type under a domain, without length: `uuid`, `bigint`, `oid`, `lo`. */
  readonly base: string
  readonly required: boolean
  readonly generated: boolean
  /** GENERATED ... AS IDENTITY. */
  readonly identity: boolean
  readonly default: string | null
  readonly grants: readonly Grant[]
}

export interface Policy {
  readonly name: string
  /** `*` for all, or r, a, w, d as in pg_policy. */
  readonly command: '*' | 'r' | 'a' | 'w' | 'd'
  readonly permissive: boolean
  /** Empty means PUBLIC. */
  readonly roles: readonly string[]
  /** As pg_get_expr prints it; null when there is none. */
  readonly using: string | null
  readonly check: string | null
  /** Functions of the database's own that its expressions call. */
  readonly routines: readonly Oid[]
  /** Other relations that its expressions read. */
  readonly reads: readonly Oid[]
}

export interface UniqueKey {
  readonly name: string
  readonly primary: boolean
  /** Null for an expression. Without the columns that are only included. */
  readonly columns: readonly (string | null)[]
  readonly partial: boolean
  /** As pg_get_indexdef prints it; for an exclusion constraint as pg_get_constraintdef does. */
  readonly definition: string
  /** Backs a constraint of this name. */
  readonly constraint: string | null
  /** An exclusion constraint tells as much as a unique key. */
  readonly exclusion: boolean
  /** False with NULLS NOT DISTINCT. */
  readonly nullsDistinct: boolean
  /** A partition's share of a key of the whole. */
  readonly inherited: boolean
}

export interface Index {
  readonly name: string
  readonly method: string
  readonly columns: readonly (string | null)[]
  readonly valid: boolean
  readonly partial: boolean
}

export interface ForeignKey {
  readonly name: string
  readonly columns: readonly string[]
  readonly target: Oid
  readonly targetColumns: readonly string[]
  /** As in pg_constraint: a no action, r restrict, c cascade, n set null, d set default. */
  readonly onDelete: string
  readonly onUpdate: string
  /** What `on delete set null (column)` names; empty: all columns of the key. */
  readonly onDeleteColumns: readonly string[]
  readonly validated: boolean
}

export interface Trigger {
  readonly name: string
  readonly routine: Oid
  /** In a session as people have them. */
  readonly enabled: boolean
  /** In every session, also one that copies as a replica. */
  readonly always: boolean
  /** As pg_get_triggerdef prints it. */
  readonly definition: string
}

export interface Relation {
  readonly oid: Oid
  readonly schema: string
  readonly name: string
  /** Schema and name, quoted where SQL needs it. */
  readonly label: string
  readonly kind: RelationKind
  readonly owner: string
  readonly grants: readonly Grant[]
  readonly rowSecurity: boolean
  readonly rowSecurityForced: boolean
  /** Direct parents, by partition or by inheritance. */
  readonly parents: readonly Oid[]
  readonly partition: boolean
  /** As pg_description holds it; a shared table says so here: `upheld:shared`. */
  readonly comment: string
  /** Reltuples: an estimate, below zero when never counted. */
  readonly rowsEstimate: number
  readonly columns: readonly Column[]
  readonly policies: readonly Policy[]
  readonly uniqueKeys: readonly UniqueKey[]
  readonly indexes: readonly Index[]
  readonly foreignKeys: readonly ForeignKey[]
  readonly triggers: readonly Trigger[]
  /** Rules (pg_rewrite) beside the one that makes a view. */
  readonly rules: readonly string[]
  /** Views: the statement, as pg_get_viewdef prints it. */
  readonly definition: string | null
  /** Views and materialized views: relations and functions that the definition reads; options. */
  readonly reads: readonly Oid[]
  readonly calls: readonly Oid[]
  readonly securityInvoker: boolean
  readonly securityBarrier: boolean
  /** Belongs to an extension. */
  readonly extension: string | null
}

export interface Routine {
  readonly oid: Oid
  readonly schema: string
  /** With argument types, quoted, such as `shop.report(uuid)`. */
  readonly label: string
  readonly kind: 'function' | 'procedure' | 'aggregate' | 'window'
  readonly owner: string
  readonly language: string
  readonly definer: boolean
  readonly leakproof: boolean
  readonly volatility: 'immutable' | 'stable' | 'volatile'
  /** `name=value` as in proconfig. */
  readonly settings: readonly string[]
  readonly grants: readonly Grant[]
  readonly returnsTrigger: boolean
  /** Its text, or for a SQL-standard body what pg_get_function_sqlbody prints; null when it may not be seen. Never print it. */
  readonly source: string | null
  readonly extension: string | null
}

export interface Role {
  readonly oid: Oid
  readonly name: string
  readonly login: boolean
  readonly superuser: boolean
  readonly bypassesRowSecurity: boolean
  readonly createsRoles: boolean
  readonly createsDatabases: boolean
  readonly replicates: boolean
  readonly inherits: boolean
  /** Roles that it is a direct member of. */
  readonly memberOf: readonly { readonly role: string; readonly admin: boolean }[]
}

export interface DefaultPrivilege {
  readonly owner: string
  /** Empty: every schema. */
  readonly schema: string
  readonly kind: 'table' | 'sequence' | 'function' | 'type' | 'schema' | 'large object'
  readonly grants: readonly Grant[]
}

export interface Publication {
  readonly name: string
  readonly owner: string
  readonly allTables: boolean
  readonly tables: readonly { readonly oid: Oid; readonly filtered: boolean }[]
}

export interface SystemRoutine {
  /** Such as pg_catalog.set_config(text, text, boolean). */
  readonly label: string
  readonly name: string
  readonly public: boolean
  readonly grantees: readonly string[]
}

/** A table of pg_catalog that the server keeps closed, and who may read it all the same. */
export interface SystemRelation {
  readonly label: string
  readonly name: string
  readonly public: boolean
  readonly grantees: readonly string[]
}

interface ForeignServer {
  readonly name: string
  /** Quoted as SQL needs it. */
  readonly label: string
  /** The foreign data wrapper, such as postgres_fdw. */
  readonly wrapper: string
  readonly owner: string
  readonly grants: readonly Grant[]
  /** Roles that it holds a login for; PUBLIC is the empty name. */
  readonly mappings: readonly string[]
}

/** What the catalogue of one database says, read in one read-only transaction. System schemas are left out but for `systemRoutines`. */
export interface Catalogue {
  readonly server: Server
  readonly schemas: readonly Schema[]
  readonly relations: readonly Relation[]
  readonly routines: readonly Routine[]
  /** Routines of pg_catalog that reach around row security when PUBLIC or the application may call them. */
  readonly systemRoutines: readonly SystemRoutine[]
  /** Closed tables of pg_catalog that somebody besides their owner may read. */
  readonly systemRelations: readonly SystemRelation[]
  /** The views on extended statistics are those that keep to row security. */
  readonly statisticsViewsMended: boolean
  /** Operators of one's own, and whether their function is leakproof. */
  readonly operators: readonly { readonly label: string; readonly owner: string; readonly leakproof: boolean }[]
  readonly roles: readonly Role[]
  readonly defaults: readonly DefaultPrivilege[]
  readonly publications: readonly Publication[]
  readonly subscriptions: number
  /** Logical replication slots of this database, with their output plugin. */
  readonly slots: readonly { readonly name: string; readonly plugin: string }[]
  readonly largeObjects: { readonly count: number; readonly owners: readonly string[] }
  readonly extensions: readonly { readonly name: string; readonly version: string; readonly schema: string }[]
  readonly languages: readonly { readonly name: string; readonly trusted: boolean; readonly grants: readonly Grant[] }[]
  readonly foreignServers: readonly ForeignServer[]
  /** The schemas that Upheld protects; null where there is no Upheld, or where its list may not be seen. */
  readonly tenantSchemas: readonly string[] | null
  readonly eventTriggers: readonly {
    readonly name: string
    /** Such as ddl_command_end. */
    readonly event: string
    /** The commands that it is asked about; empty: all. */
    readonly tags: readonly string[]
    readonly enabled: boolean
    readonly routine: Oid
  }[]
  readonly unseen: readonly Unseen[]
}
