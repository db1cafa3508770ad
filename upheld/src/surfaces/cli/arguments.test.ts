import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parseWords, type Grammar } from './arguments.ts'
import { nearest } from '../../core/nearest.ts'

const grammar: Grammar = { name: 'verify', settings: ['port', 'state', 'silenceSecsMax'], arguments: ['bundle'] }

suite('a command line', () => {
  test('gives its options and arguments', () => {
    const words = parseWords(grammar, ['--port', '80', 'file', '--json', '--state=here'])
    assert.deepEqual(
      [...words.given],
      [
        ['port', '80'],
        ['state', 'here'],
      ],
    )
    assert.deepEqual(words.positionals, ['file'])
    assert.equal(words.json, true)
    assert.equal(words.help, false)
  })

  const refused = [
    [['--prot', '80', 'file'], 'cli.unknown_option', /--prot: Did you mean --port\?/],
    [['--silence-sec-max=1', 'file'], 'cli.unknown_option', /Did you mean --silence-secs-max\?/],
    [['--Port=1', 'file'], 'cli.unknown_option', /Did you mean --port\?/],
    [['--zebra', 'file'], 'cli.unknown_option', /See: upheld verify --help/],
    [['--app', 'a', 'file'], 'cli.unknown_option', /--app/],
    [['-x', 'file'], 'cli.unknown_option', /-x/],
    [['--port', '1', '--port', '2', 'file'], 'cli.option_twice', /--port/],
    [['--port', 'file', '--json', '--json'], 'cli.option_twice', /--json/],
    [['file', '--port'], 'cli.bad_option', /--port/],
    [['--json=yes', 'file'], 'cli.bad_option', /--json/],
    [[], 'cli.argument_missing', /upheld verify <bundle>/],
    [['a', 'b'], 'cli.argument_unexpected', /b/],
  ] as const
  for (const [args, code, message] of refused) {
    test(`${['verify', ...args].join(' ')} is refused: ${code}`, () => {
      assert.throws(() => parseWords(grammar, args), { code, message, status: 400 })
    })
  }

  test('asks for no argument when it asks for help', () => {
    assert.equal(parseWords(grammar, ['--help']).help, true)
  })
})

test('the nearest word is the one that was meant, and a word far from all is nobody', () => {
  const known = ['port', 'state', 'database', 'silence-secs-max']
  const cases = [
    ['prot', 'port'],
    ['stat', 'state'],
    ['databse', 'database'],
    ['data', 'database'],
    ['silence-max', 'silence-secs-max'],
    ['zebra', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ] as const
  for (const [word, meant] of cases) assert.equal(nearest(word, known), meant, word)
})
