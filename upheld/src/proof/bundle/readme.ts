/** What a person reads who unpacked a bundle and knows nothing of us. */
export const bundleReadme = `An audit log that you can check without the people who wrote it
================================================================

This archive is the log of one organization: every entry up to one signed head. Nothing in it can be changed, dropped or
slipped in without breaking the signature or the tree under it. Who made the archive could have made all of it up,
though: so keep the two lines below where they cannot reach them, and compare them each time.

  log key              the member "key" of bundle.json
  policy fingerprint   sha256sum policy.txt

What is here

  bundle.json              what follows, and digests of the plain files
  policy.txt               the anchor log, its witnesses, and how many of them must have signed (C2SP tlog-policy)
  checkpoint               the signed head: origin, number of entries, root (C2SP tlog-checkpoint, signed-note)
  anchor/                  a leaf of the anchor log with this head in it, and the proof of that leaf (C2SP tlog-proof)
  tile/entries/            the entries, 256 in a file, each after its length in two bytes (C2SP tlog-tiles)
  tile/0/, tile/1/ ...     the hash tiles over them
  disclosures/             personal values of entries with their salts; erased ones point to the entry that says so
  proofs/                  proofs of single entries, to be handed on
  keys/                    when the log changed its key: the entry that names the next one, and the head up to it,
                           which is the last that the key before has signed
  before/                  logs that ended when the database was turned back, each laid out like this one; the first
                           entry of a log holds the head of the one before it

Three verifiers that know nothing of each other

  1. Node, with this project:
       npx upheld verify <this archive> --key '<log key>' --policy sha256:<policy fingerprint>

  2. Go, with the packages that check Go's own module log, golang.org/x/mod/sumdb/note and golang.org/x/mod/sumdb/tlog:
       note.Open(checkpoint, note.VerifierList(note.NewVerifier(<log key>)))
       tlog.CheckRecord(tlog.ProveRecord(size, index, tlog.TileHashReader(tree, tiles)), ...)
     A program of about 150 lines that does this for every entry is in the repository: upheld/test/third-party/go/main.go

  3. Any browser: the page "Check it yourself" of the service does the same with WebCrypto. The file stays with you.

By hand, for one entry: its hash is SHA-256 over a zero byte and the text of the entry; it must stand at its place in
tile/0/. A personal value is right when base64(SHA-256("upheld/commitment@v1" LF name LF salt value)) stands under its
name in the member "com" of its entry.
`
