import { html } from 'hono/html'
import type { Markup } from '../../look/index.ts'
import { exportFiles } from '../exports.ts'
import { paths, type View } from '../view.ts'
import { findingsPart } from './findings-explained.ts'
import { frame } from './frame.ts'
import { witnessed } from './witnessed.ts'

/** Where a reader checks a log in the browser. Everything on it can be read without a script; the checks need ours. */
export function checkPage(view: View): Markup {
  const main = html`<div class="opening">
      <h1>Check it yourself</h1>
      <p class="lede">
        Choose the audit bundle of your organization, or the evidence of this site. This browser recomputes every step
        with its own cryptography. The file stays with you: nothing is uploaded, and no server is asked whether it is
        right.
      </p>
    </div>
    ${here()} ${seenBefore()} ${steps()} ${otherwise(view)}
    <section class="part">
      <h2>Who else has seen it</h2>
      <div class="prose">${witnessed(view)}</div>
    </section>
    ${findingsPart()} ${forTools()}`
  return frame(view, {
    title: `Check it yourself · ${view.page.title}`,
    current: paths.check,
    main,
    script: paths.checkScript,
  })
}

function here(): Markup {
  return html`<section class="part">
    <h2>In this browser</h2>
    <div class="prose">
      <div id="tools" class="tools" hidden>
        <div class="field">
          <label for="file">A bundle from your disk</label>
          <input id="file" type="file" accept=".tar,.json" aria-describedby="about-file" />
          <p class="hint" id="about-file">An audit bundle (.tar) or an evidence bundle (.json).</p>
        </div>
        <div class="actions">
          <button id="here" class="button quiet" type="button">Check the evidence log of this site</button>
        </div>
      </div>
      <p id="status" role="status">
        The checks here need a script, and this browser has not run it. The other ways, below, need none.
      </p>
      <div id="finding" class="notice bad" role="alert" hidden></div>
      <ol id="results" class="checks" aria-label="Steps"></ol>
    </div>
  </section>`
}

/** Filled by the script, from what this browser keeps: no server knows it. */
function seenBefore(): Markup {
  return html`<section class="part" id="before">
    <h2>What this browser saw last</h2>
    <div class="prose">
      <p id="never">
        Nothing yet, or no script has run. After a check the head of the log is kept here, in this browser alone, and
        the next check is held against it.
      </p>
      <dl id="seen" class="facts wide"></dl>
      <p><button id="forget" class="button quiet" type="button" hidden>Let this browser forget</button></p>
    </div>
  </section>`
}

const explained: readonly (readonly [what: string, says: string])[] = [
  [
    'Signature',
    'The head of the log, its size and its root, was signed with the log’s key (Ed25519). Compare the key with the one that you were given: a page that lies would show its own.',
  ],
  [
    'Root',
    'Every entry is hashed, then the hashes in pairs, up to one root (RFC 6962). Change, drop, add or move one entry, and another root comes out.',
  ],
  [
    'Disclosures',
    'Names, addresses and the like are not in the log, only commitments to them. Each value in the bundle must match its commitment with its salt; an erased one must point to the entry that says so.',
  ],
  [
    'Anchor and witnesses',
    'The head of your log stands in one log over all customers’ logs, and others sign that one. Two stories about one log cannot both stand there.',
  ],
  [
    'Last time',
    'This browser remembers the last head that it checked, and sees when a log was cut or its past rewritten since.',
  ],
  [
    'The page itself',
    'The security page and its feed are read as any visitor gets them, and held against the entries by your own clock: a promise that the log does not bear out is named.',
  ],
]

function steps(): Markup {
  return html`<section class="part">
    <h2>What each step shows</h2>
    <div class="prose">
      <dl class="facts wide">
        ${explained.map(
          ([what, says]) =>
            html`<dt>${what}</dt>
              <dd>${says}</dd>`,
        )}
      </dl>
    </div>
  </section>`
}

function otherwise({ report: { log }, outsiders }: View): Markup {
  return html`<section class="part">
    <h2>Without this page</h2>
    <div class="prose">
      <p>
        A page that lies could lie about its checks too. These read the same files, and none of them is ours to change:
      </p>
      <pre>
npx upheld verify bundle.tar --key '${log === undefined ? 'the key that you keep' : 'the key of your log'}'</pre>
      <p>
        Or without anything of ours: <a href="${paths.tools}">openssl, sha256sum, Python and Go, step by step</a>. The
        files of this site’s log are under <a href="${paths.evidence}#verify">Evidence</a>.
      </p>
      ${outsiders === undefined ? '' : html`<p>Or attack it: <a href="${outsiders}">probe it yourself</a>.</p>`}
    </div>
  </section>`
}

const toolWords: Readonly<Record<string, string>> = {
  'oscal-component-definition.json': 'OSCAL component definition: what is claimed of which component',
  'oscal-assessment-plan.json': 'OSCAL assessment plan: how each claim is attacked, and how often',
  'oscal-assessment-results.json': 'OSCAL assessment results: how each claim stands',
  'claims.cdx.json': 'CycloneDX declarations',
  'claims.sarif': 'SARIF: attacks that came through',
  'caiq.json': 'answers to CAIQ v4 by number of the question',
  'caiq.csv': 'the same as CSV',
  'asvs-5.0.0.json': 'OWASP ASVS 5.0.0 by number of the requirement',
}

function forTools(): Markup {
  return html`<section class="part" id="exports">
    <h2>For the tools of an auditor</h2>
    <div class="prose">
      <p>
        The same in formats that other tools read. Nothing passes in them that is not upheld: what is unproven, planned
        or only stated says so there too.
      </p>
      <ul>
        ${exportFiles.map(
          file => html`<li><a href="${paths.exports}/${file}">${file}</a>: ${toolWords[file] ?? 'every claim'}</li>`,
        )}
      </ul>
    </div>
  </section>`
}
