/** A hole planted in a database, with the sound form of the same thing beside it. */
export interface Planted {
  /** The rule that must see it, and must be silent about the twin. */
  readonly rule: string
  /** What is planted, as a heading. */
  readonly says: string
  /** `foreign`: a sound shop that never heard of Upheld. `upheld`: a shop that Upheld protects. */
  readonly on: 'foreign' | 'upheld'
  /** SQL, each as a superuser, with {app}, {owner}, {other} for roles of this case alone and {db} for its database. */
  readonly plant: readonly string[]
  readonly twin: readonly string[]
  /** False where no SQL can mend it. */
  readonly mends?: boolean
  /** SQL that must have worked before: an extension that this server may not have. */
  readonly extension?: string
  /** SQL that makes the roles of the server as they were, where the case changed what all databases share. */
  readonly after?: readonly string[]
}
