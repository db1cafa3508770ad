import type { Organization } from './foundation/tenancy/index.ts'
import type { People } from './people.ts'

/** A value that a route takes, as an example: what is written is sent, but for the marks that the functions below make. */
export type Example =
  string | number | boolean | null | Mark | readonly Example[] | { readonly [name: string]: Example }

type Mark =
  { readonly $id: string; readonly $number: boolean } | { readonly $fresh: string } | { readonly $secret: string }

/** An identifier of this kind: somebody's own in an honest request, another organization's in an attack. */
export function idOf(kind: string, as: 'text' | 'number' = 'text'): Mark {
  return { $id: kind, $number: as === 'number' }
}

/** A text that must be a new one each time, such as an address: `*` becomes twelve letters and digits. */
export function freshText(pattern: `${string}*${string}`): Mark {
  return { $fresh: pattern }
}

/** A secret that lets in whoever holds it, such as a sign-in link: never another organization's. */
export function secretOf(kind: string): Mark {
  return { $secret: kind }
}

/** How a list is read on: a first page that is too small for all, and the cursor that it gives for the next one. */
export interface Paging {
  /** The query parameter that takes the cursor. */
  readonly cursor: string
  /** The query that asks for a first page of one. */
  readonly first: Readonly<Record<string, string>>
  /** The cursor in an answer's body; undefined when there is none. */
  next(body: string): string | undefined
}

/** A small file, as somebody would choose it in a browser. */
export interface ExampleFile {
  readonly fileName: string
  readonly contentType: string
  readonly text: string
}

/** One method of one path, and everything that it takes. */
export interface DeclaredRoute {
  readonly method: string
  /** Such as `/contacts/:id`: each `:name` is one piece between two slashes, and has its value in `params`. */
  readonly path: string
  /** Roles of `furnish` that may use it; `public` for everybody, signed in or not. */
  readonly roles: readonly string[] | 'public'
  /** What a member needs by the access definition, where that is one permission; `member` for anybody who belongs to it. */
  readonly permission?: string
  readonly params?: Readonly<Record<string, Example>>
  readonly query?: Readonly<Record<string, Example>>
  readonly headers?: Readonly<Record<string, Example>>
  readonly cookies?: Readonly<Record<string, Example>>
  /** A body of one of two kinds. A list in a form becomes one field sent several times. */
  readonly json?: Example
  readonly form?: Readonly<Record<string, Example>>
  /** Files that the form carries beside its fields: it is then sent as multipart/form-data, the files at its end. */
  readonly files?: Readonly<Record<string, ExampleFile>>
  readonly paging?: Paging
  /**
   * False where no example can be an honest request, such as a page that takes a code which is new every half minute. It is
   * attacked all the same; that it works for whoever may use it is shown elsewhere.
   */
  readonly honest?: false
  /**
   * True where nothing is any organization's, such as the page that somebody signs in at. Whoever may not use it is refused;
   * of other organizations there is nothing to be had.
   */
  readonly apart?: true
  /** A page of Upheld's own: all of them find out in one place who asks and for which organization. */
  readonly house?: true
  /** False for a method that may write on a route that never does, such as a search by POST. */
  readonly changes?: false
}

/** What proves who asks. */
export interface Credentials {
  /** Such as `cookie` or `authorization`, in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Fields that each form of this session carries, such as a token against forgery. */
  readonly fields?: Readonly<Record<string, string>>
}

/** What was put into an organization for a probe. */
export interface Furnishing {
  /** By kind, one object each. Where an attack may delete or lock what is named, let it be one that nobody needs. */
  readonly ids: Readonly<Record<string, string>>
  readonly secrets?: Readonly<Record<string, string>>
  /** By role: every role that there is, each with credentials of its own. */
  readonly roles: Readonly<Record<string, Credentials>>
  /** Somebody of the operator, who belongs to no organization. */
  readonly operator?: Credentials
}

/** People who were put into an organization for a probe, before the application adds what is its own. */
export interface FurnishedPeople {
  readonly people: People
  /** One member for each role that the access definition has, and one without any, by the name `no role`. */
  readonly members: Readonly<Record<string, { readonly memberId: string; readonly personId: string }>>
  /** The furnishing so far: their sessions by role, and the identifiers that the pages of people take. */
  readonly furnishing: Furnishing
}

/** Every way into an application. What is mounted and not named here is a hole: let the application refuse to start. */
export interface Routes {
  readonly declared: readonly DeclaredRoute[]
  /**
   * Fills an empty organization that exists for probes alone with one object of each kind, `mark` in its texts, and
   * opens a way in for every role. Where Upheld keeps the people, they are there already, and what is given back here is
   * added to theirs. Two organizations differ in every id. Its rows are removed afterwards by the probe.
   */
  furnish(organization: Organization, mark: string, people?: FurnishedPeople): Promise<Furnishing>
}
