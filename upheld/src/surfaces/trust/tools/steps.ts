/** One step with tools that are not ours. The page, the guide and a test that runs it are all made from it. */
interface ToolStep {
  readonly name: string
  readonly title: string
  /** Programs that it takes, such as `openssl`. */
  readonly needs: readonly string[]
  readonly says: string
  /** For bash, in the folder of the steps before. It ends with 0 when the step holds and says what is in `prints`. */
  readonly commands: string
  readonly prints: string
}

/** What is set before the first step: where the page is, and the key that the reader was given on another way. */
export function settings(site: string, key: string): string {
  return `SITE='${site}'\nKEY='${key}'`
}

const take: ToolStep = {
  name: 'take',
  title: 'Take the log',
  needs: ['curl', 'jq'],
  says: 'One file has everything: the key, the signed head and every entry. The key in it has to be the one that you keep.',
  commands: `curl -fsS "$SITE/security/evidence/bundle" -o evidence.json
test "$(jq -r .key evidence.json)" = "$KEY"
jq -j .checkpoint evidence.json > checkpoint
sed -n '1,3p' checkpoint`,
  prints: 'the name of the log, how many entries it has, and its root',
}

const signature: ToolStep = {
  name: 'signature',
  title: 'The signature on the head',
  needs: ['openssl', 'base64'],
  says: 'A signed note: the text, an empty line, the signature. The key is Ed25519; openssl takes it with twelve bytes before it that say so (RFC 8410).',
  commands: `printf '%s' "$KEY" | cut -d+ -f3- | base64 -d | tail -c 32 > raw.key
{ printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'; cat raw.key; } > key.der
sed '/^$/,$d' checkpoint > head.txt
tail -n 1 checkpoint | cut -d' ' -f3 | base64 -d | tail -c 64 > head.sig
openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in head.txt -sigfile head.sig`,
  prints: 'Signature Verified Successfully',
}

const entry: ToolStep = {
  name: 'entry',
  title: 'One entry and its hash',
  needs: ['curl', 'od', 'sha256sum'],
  says: 'Entries lie in files of 256, each after its length in two bytes. The hash of an entry is SHA-256 over a zero byte and the entry (RFC 6962); it stands first in the file of hashes.',
  commands: `SIZE=$(sed -n 2p checkpoint)
TILE=000; test "$SIZE" -ge 256 || TILE="000.p/$SIZE"
curl -fsS "$SITE/security/evidence/tile/entries/$TILE" -o entries
curl -fsS "$SITE/security/evidence/tile/0/$TILE" -o hashes
LENGTH=$(od -An -tu1 -N2 entries | awk '{ print $1 * 256 + $2 }')
tail -c +3 entries | head -c "$LENGTH" > entry-0.json
HASH=$(printf '\\0' | cat - entry-0.json | sha256sum | cut -d' ' -f1)
test "$HASH" = "$(od -An -v -tx1 -N32 hashes | tr -d ' \\n')"
echo "entry 0 is $HASH"`,
  prints: 'entry 0 is, and 64 digits',
}

const root: ToolStep = {
  name: 'root',
  title: 'All entries give the signed root',
  needs: ['python3'],
  says: 'Every entry is hashed, then the hashes in pairs up to one root. Change, drop, add or move one entry, and another root comes out. Python needs nothing but its own library.',
  commands: `cat > root.py <<'END'
import base64, hashlib, sys, urllib.request

site, head = sys.argv[1], open('checkpoint', encoding='utf-8').read().split('\\n')
size, wanted = int(head[1]), head[2]

def entries():
    for first in range(0, size, 256):
        width = min(256, size - first)
        digits = str(first // 256)
        groups = [digits.zfill(-(-len(digits) // 3) * 3)[at:at + 3] for at in range(0, len(digits), 3)]
        name = '/'.join(['x' + group for group in groups[:-1]] + groups[-1:])
        part = '' if width == 256 else f'.p/{width}'
        data = urllib.request.urlopen(f'{site}/security/evidence/tile/entries/{name}{part}').read()
        for _ in range(width):
            length = int.from_bytes(data[:2], 'big')
            yield data[2:2 + length]
            data = data[2 + length:]

def over(hashes):
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return hashlib.sha256(b'\\x01' + over(hashes[:half]) + over(hashes[half:])).digest()

leaves = [hashlib.sha256(b'\\x00' + entry).digest() for entry in entries()]
found = base64.b64encode(over(leaves) if leaves else hashlib.sha256().digest()).decode()
if found != wanted:
    sys.exit(f'{len(leaves)} entries give {found}, and {wanted} was signed')
print(f'{len(leaves)} entries give the signed root')
END
python3 root.py "$SITE"`,
  prints: 'how many entries give the signed root',
}

const proof: ToolStep = {
  name: 'proof',
  title: 'The proof of one entry, with Go’s own packages',
  needs: ['go', 'golang.org/x/mod (Debian: golang-golang-x-mod-dev)'],
  says: 'Each run has a proof to download, which stands without the rest of the log. The packages that guard Go’s modules read it.',
  commands: `curl -fsS "$SITE/security/evidence/proof/0.tlog-proof" -o entry-0.tlog-proof
cat > check.go <<'END'
package main

import (
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	text, err := os.ReadFile(os.Args[1])
	must(err)
	entry, err := os.ReadFile(os.Args[2])
	must(err)
	proof, head, _ := strings.Cut(string(text), "\\n\\n")
	verifier, err := note.NewVerifier(os.Args[3])
	must(err)
	signed, err := note.Open([]byte(head), note.VerifierList(verifier))
	must(err)
	lines := strings.Split(signed.Text, "\\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)
	parts := strings.Split(proof, "\\n")
	index, err := strconv.ParseInt(strings.TrimPrefix(parts[1], "index "), 10, 64)
	must(err)
	var hashes tlog.RecordProof
	for _, part := range parts[2:] {
		hash, err := tlog.ParseHash(part)
		must(err)
		hashes = append(hashes, hash)
	}
	must(tlog.CheckRecord(hashes, size, root, index, tlog.RecordHash(entry)))
	fmt.Printf("entry %d stands in %s\\n", index, lines[0])
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
END
GO111MODULE=off GOPATH=/usr/share/gocode go run check.go entry-0.tlog-proof entry-0.json "$KEY"`,
  prints: 'entry 0 stands in the log',
}

const verdicts: ToolStep = {
  name: 'verdicts',
  title: 'What the newest run of each claim says',
  needs: ['jq'],
  says: 'The entries are plain JSON. A run counts until expires_at, by your own clock, and only while its claim_digest is the one that was set down last.',
  commands: `jq -r '[.leaves[] | select(.type == "upheld/run@v1")] | group_by(.claim)[] | max_by(.sequence)
  | "\\(.claim) \\(.verdict) until \\(.expires_at)"' evidence.json`,
  prints: 'each claim, its verdict, and until when that counts',
}

export const toolSteps: readonly ToolStep[] = [take, signature, entry, root, proof, verdicts]
