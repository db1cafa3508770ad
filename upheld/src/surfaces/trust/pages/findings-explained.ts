import { html } from 'hono/html'
import type { Markup } from '../../look/index.ts'

interface Explained {
  readonly name: string
  readonly title: string
  /** What a visitor has in front of them. */
  readonly sees: string
  /** What they should do. */
  readonly act: string
}

/**
 * What a check can find, each with its own words. They stand in the page for everybody; the script repeats the one that
 * it found, by the name in its `id`.
 */
const findings: readonly Explained[] = [
  {
    name: 'rollback',
    title: 'The log went back',
    sees: 'The head is truly signed, and has fewer entries than this browser has seen already. An older database was put back, or newer entries were taken away.',
    act: 'Ask the operator whether a backup was restored, and when. An honest one says so, and starts a log under a new name. Until then nothing that this log says counts.',
  },
  {
    name: 'replay',
    title: 'An old answer came again',
    sees: 'The head is exactly one that this browser saw before, and it has seen a newer one since. A cache on the way is late, or somebody hands out yesterday on purpose.',
    act: 'Load it again, from another network if you can. If the old head stays, newer entries are kept from you: ask others what they see.',
  },
  {
    name: 'fork',
    title: 'The past was rewritten',
    sees: 'The log has grown, and its first entries are not those that this browser saw. An append-only log cannot do that: somebody wrote a second history.',
    act: 'Believe neither history. Keep this browser as it is: it holds what you saw. Ask the witnesses below what they signed.',
  },
  {
    name: 'stolen-key',
    title: 'One key signs two histories',
    sees: 'Two heads of the same size, or of the time after a key was replaced, contradict each other and are signed with the true key. Either the operator tells two stories, or a thief of the key tells one of them.',
    act: 'Save both heads where that is offered. The file proves it to anybody: npx upheld verify two-heads.json. Send it to the operator and to the witnesses, and believe nothing under this key from now on.',
  },
  {
    name: 'key-change',
    title: 'The key is another',
    sees: 'The log bears the name that this browser knows, and is signed with another key. A key that is replaced hands over to the next one in the log; this one did not.',
    act: 'Compare the key on another way than this site: a contract, a call, a colleague who kept it. If it was replaced, let this browser forget what it saw. If nobody can say, believe nothing.',
  },
  {
    name: 'truncation',
    title: 'Entries are missing',
    sees: 'The head is signed for more entries than there are: a file of the log, or the end of your bundle, is cut off.',
    act: 'Download it again: a download that broke off looks like this. If the same entries are missing again, they are kept from you.',
  },
  {
    name: 'altered',
    title: 'Something was changed',
    sees: 'Entries, head and signature do not belong together. At least one of them is not what was signed.',
    act: 'Load it again. If it stays, keep the file, and tell the operator which step broke: somebody between you and the log, or its own database, changed it.',
  },
  {
    name: 'contradiction',
    title: 'The page says more than its log',
    sees: 'The log holds, and the page or its feed promises what the log does not bear out: an old copy of the page, a wrong clock, or a page that was made to look better.',
    act: 'Take what the log says, line by line above. Load the page again; if it still differs, tell the operator, and others who rely on this page.',
  },
  {
    name: 'unserved',
    title: 'The log is not shown now',
    sees: 'The site does not hand out its log. It cannot read it at this moment, or it has found itself that its log does not hold.',
    act: 'Nothing is promised meanwhile. Come back in some minutes and check again from this browser: it remembers what it saw, so that a log which comes back shorter or different is noticed.',
  },
]

export function findingsPart(): Markup {
  return html`<section class="part" id="findings">
    <h2>What a check can find, and what to do then</h2>
    <div class="prose">
      ${findings.map(
        ({ name, title, sees, act }) =>
          html`<div id="finding-${name}">
            <h3>${title}</h3>
            <p>${sees}</p>
            <p><strong>What to do.</strong> ${act}</p>
          </div>`,
      )}
    </div>
  </section>`
}
