// Answers the challenge of a form that was slowed down, so that its sender need not wait: a number with which SHA-256 of
// `<challenge>.<number>` begins with so many zero bits. In small pieces, so that the page stays awake. Whoever sends the
// form before it is found sends it a moment later; without this script one waits as long as the page says.
const triesAtOnce = 4_000

const primes = []
for (let n = 2; primes.length < 64; n++) if (primes.every(prime => n % prime !== 0)) primes.push(n)
/** @param {number} root */
const fraction = root => Math.floor((root - Math.floor(root)) * 2 ** 32) | 0
const rounds = Int32Array.from(primes, prime => fraction(Math.cbrt(prime)))
const beginning = Int32Array.from(primes.slice(0, 8), prime => fraction(Math.sqrt(prime)))
const words = new Int32Array(64)

/** @param {number} word @param {number} by */
const turned = (word, by) => (word >>> by) | (word << (32 - by))

/** One block of FIPS 180-4. @param {Int32Array} before @param {Uint8Array} bytes @param {number} at */
function block(before, bytes, at) {
  const view = new DataView(bytes.buffer, at, 64)
  for (let n = 0; n < 16; n++) words[n] = view.getInt32(4 * n)
  for (let n = 16; n < 64; n++) {
    const [x, y] = [words[n - 15], words[n - 2]]
    words[n] =
      words[n - 16] +
      (turned(x, 7) ^ turned(x, 18) ^ (x >>> 3)) +
      words[n - 7] +
      (turned(y, 17) ^ turned(y, 19) ^ (y >>> 10))
  }
  let [a, b, c, d, e, f, g, h] = before
  for (let n = 0; n < 64; n++) {
    const one = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + rounds[n] + words[n]) | 0
    const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + one) | 0
    d = c
    c = b
    b = a
    a = (one + two) | 0
  }
  return Int32Array.from([a, b, c, d, e, f, g, h], (word, n) => word + before[n])
}

/** The first 32 bits of what begins with `state` after `done` bytes and ends with `rest`. @param {Int32Array} state */
function firstWord(state, done, rest) {
  const padded = new Uint8Array(Math.ceil((rest.length + 9) / 64) * 64)
  padded.set(rest)
  padded[rest.length] = 0x80
  new DataView(padded.buffer).setUint32(padded.length - 4, 8 * (done + rest.length))
  let last = state
  for (let at = 0; at < padded.length; at += 64) last = block(last, padded, at)
  return last[0]
}

/** @param {string} challenge */
async function solve(challenge) {
  const bits = Number(challenge.split('.')[3])
  const encoder = new TextEncoder()
  const head = encoder.encode(`${challenge}.`)
  // What all numbers have before them is worked on once.
  const done = head.length - (head.length % 64)
  let state = beginning
  for (let at = 0; at < done; at += 64) state = block(state, head, at)
  const start = new TextDecoder().decode(head.subarray(done))
  for (let number = 0; ; number++) {
    if (number % triesAtOnce === 0) await new Promise(resolve => setTimeout(resolve))
    if (Math.clz32(firstWord(state, done, encoder.encode(start + number))) >= bits) return `${challenge}.${number}`
  }
}

for (const input of document.querySelectorAll('input[data-work]')) {
  const { form } = input
  const said = form.querySelector('[data-work-says]')
  const found = solve(input.dataset.work)
  let open = true
  form.addEventListener('submit', event => {
    if (!open) return
    event.preventDefault()
    said.textContent = 'One moment.'
    void found.then(() => form.requestSubmit())
  })
  void found.then(answer => {
    open = false
    input.value = answer
    said.textContent = 'You can try again now.'
  })
}
