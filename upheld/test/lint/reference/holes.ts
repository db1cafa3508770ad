/** One way around row security, and who answers it besides rules and releases, which name their holes themselves. */
export interface Hole {
  readonly number: number
  readonly says: string
  /** What is attacked in a running system, with the claim that does it. */
  readonly attacked?: string
  /** What the driver, or the kernel below it, does so that the hole is not there. */
  readonly driver?: string
}

/** The holes that the linter, the probes and the driver are built against. The numbers are stable. */
export const holes: readonly Hole[] = [
  {
    number: 1,
    says: 'The application logs in as a superuser, or bypasses row security',
    attacked: '`isolation.rows` reads with the login and no context',
    driver: 'a connection of such a login is refused',
  },
  {
    number: 2,
    says: 'The owner of a table is not bound by its policy',
    attacked: '`isolation.rows` reads with the login and no context',
  },
  {
    number: 3,
    says: 'SET ROLE and RESET ROLE climb to a stronger role',
    attacked: '`isolation.rows` injects role switches; `production.least-privilege` tries to become more',
    driver: 'no statement but rows: the gate',
  },
  {
    number: 4,
    says: 'The context can be forged: a setting that anybody may set',
    attacked: '`isolation.rows` sets, splices, cuts and forges contexts, from inside a statement too',
    driver: 'the context is signed',
  },
  {
    number: 5,
    says: 'The context stays in a session that a pooler hands on',
    attacked: '`isolation.rows` interleaves organizations on one and on several connections',
    driver: 'context and statement in one flight, to the end of the transaction',
  },
  {
    number: 6,
    says: 'Tokens and statements are seen in views of activity, and in the log',
    attacked: '`isolation.rows` looks for a context in texts; `production.least-privilege` looks at other sessions',
    driver: 'the context is bound, never spliced',
  },
  {
    number: 7,
    says: 'A context that was seen is used again',
    attacked: '`isolation.rows` replays contexts: late, on another backend, in another cell',
    driver: 'seconds to live, and bound to a backend and a cell',
  },
  {
    number: 8,
    says: 'The function of a policy is marked IMMUTABLE, and its answer kept',
    attacked: '`isolation.rows` interleaves organizations on one connection',
  },
  {
    number: 9,
    says: 'A view reads with the rights of its owner',
    attacked: '`isolation.rows` reads every view with the rows of others there and gone',
  },
  {
    number: 10,
    says: 'A SECURITY DEFINER function reads, or runs, with the rights of its owner',
    attacked: '`isolation.rows` calls every function with the rows of others there and gone',
  },
  {
    number: 11,
    says: 'A materialized view is a copy without a policy',
    attacked: '`isolation.rows` reads it as it reads a view',
  },
  {
    number: 12,
    says: 'A partition or a child table is read by its own name',
    attacked: '`isolation.rows` attacks each as a table of its own',
  },
  {
    number: 13,
    says: 'A foreign key sees rows that its author may not see',
    attacked: '`isolation.rows` refers to rows of others',
  },
  {
    number: 14,
    says: 'ON DELETE and ON UPDATE reach rows of others',
    attacked: '`isolation.rows` deletes parents and looks for children that went with them',
  },
  {
    number: 15,
    says: 'A key that spans organizations tells whether a value is taken',
    attacked: '`isolation.rows` asks every key',
  },
  {
    number: 16,
    says: 'A refused upsert prints the hidden row',
    attacked: '`isolation.rows` upserts on every key and reads the texts of errors',
  },
  {
    number: 17,
    says: 'TRUNCATE, REFERENCES, TRIGGER and MAINTAIN know no policy',
    attacked: '`isolation.rows` and `production.least-privilege` try what the login may not',
    driver: 'no statement but rows: the gate',
  },
  {
    number: 18,
    says: 'A temporary or a public object is found before the real one',
    attacked: '`production.least-privilege` makes one',
    driver: 'the verifier and all that it calls search pg_temp last',
  },
  {
    number: 19,
    says: 'Cursors, prepared statements and locks stay in a pooled session',
    attacked: '`isolation.rows` sends them through the handle, and injects them',
    driver: 'one statement that reads or writes rows: the gate',
  },
  {
    number: 20,
    says: 'NOTIFY and LISTEN know no organization',
    attacked: '`production.least-privilege` calls other sessions',
    driver: 'no statement but rows: the gate',
  },
  {
    number: 21,
    says: 'Large objects belong to the role that all share',
    attacked: '`production.least-privilege` keeps one',
  },
  {
    number: 22,
    says: 'Estimates, sizes and statistics tell of the rows of all',
    driver: 'no EXPLAIN: the gate. How many rows the planner expects in all is seen in pg_class by every login',
  },
  { number: 23, says: "An operator of one's own is shown values out of statistics" },
  {
    number: 24,
    says: 'A function that is marked LEAKPROOF sees rows before the policy',
    attacked: '`isolation.rows` calls each on every column of its type',
  },
  {
    number: 25,
    says: 'A cached plan keeps the policies of another role',
    driver: 'one role, policies for PUBLIC, the organization read at run time',
  },
  { number: 26, says: 'MERGE passes over policies', attacked: '`isolation.rows` merges' },
  {
    number: 27,
    says: 'DROP OWNED takes its caller out of a policy',
    driver: 'no statement but rows: the gate; policies for PUBLIC',
  },
  {
    number: 28,
    says: 'Rows are written through a view',
    attacked: '`isolation.rows` writes through every view that takes it',
  },
  { number: 29, says: 'A right to call a function is not asked for everywhere' },
  {
    number: 30,
    says: 'COPY, and files of the host',
    attacked: '`production.least-privilege` reads and writes files and runs programs',
    driver: 'no COPY: the gate',
  },
  { number: 31, says: 'row_security is switched off: statements fail, and show nothing' },
  { number: 32, says: 'A sequence counts for all organizations' },
  { number: 33, says: 'Replication, change capture, dumps and pages of files carry every row' },
  {
    number: 34,
    says: 'A key stands in the text of a function, in a setting, or in a table that is read',
    attacked: '`production.least-privilege` reads the context keys',
  },
  {
    number: 35,
    says: 'A policy does not check what is written, or the organization may be empty or changed',
    attacked: '`isolation.rows` inserts, moves and takes over rows',
  },
  {
    number: 36,
    says: 'A second policy lets through what the first refuses',
    attacked: '`isolation.rows` reads and writes with and without looking',
  },
  { number: 37, says: 'A condition that is not leakproof uses no index before the wall: slow, then loosened' },
  {
    number: 38,
    says: 'Sleeping, locks and endless statements stop others',
    attacked: '`production.least-privilege` holds a lock that others wait for',
    driver: 'a statement timeout with each statement; a bound for each organization',
  },
  {
    number: 39,
    says: 'Another store leaks: a cache, a queue, files, a search index, a route',
    attacked: '`isolation.routes` sends the ids of others to every route; the stores are claims of their own',
  },
  { number: 40, says: 'A fault of the server itself turns a statement into code' },
]
