// Reads a log that Upheld wrote with the two packages that check Go's own module log, golang.org/x/mod/sumdb/note and
// tlog. Says how many leaves it found, or fails.
//
// usage: main <folder> <verifier key> [<witness key>]
//
// With a witness key the checkpoint must carry that witness's cosignature too (C2SP tlog-cosignature, Ed25519).
//
// The folder holds checkpoint, checkpoint.old, tile/..., proof/<index>.tlog-proof and consistency (one hash a line).
package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	if len(os.Args) != 3 && len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: main <folder> <verifier key> [<witness key>]")
		os.Exit(64)
	}
	leaves, err := check(os.Args[1], os.Args[2])
	if err == nil && len(os.Args) == 4 {
		err = checkCosignature(filepath.Join(os.Args[1], "checkpoint"), os.Args[3])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("%d leaves\n", leaves)
}

func check(folder, key string) (int64, error) {
	tree, err := openCheckpoint(filepath.Join(folder, "checkpoint"), key)
	if err != nil {
		return 0, err
	}
	old, err := openCheckpoint(filepath.Join(folder, "checkpoint.old"), key)
	if err != nil {
		return 0, err
	}
	reader := tlog.TileHashReader(tree, tiles{folder})
	if err := checkLeaves(folder, tree, reader); err != nil {
		return 0, err
	}
	return tree.N, checkGrowth(folder, old, tree, reader)
}

func openCheckpoint(path, key string) (tlog.Tree, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, err
	}
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return tlog.Tree{}, err
	}
	return openTree(text, verifier)
}

func openTree(text []byte, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tlog.Tree{}, errors.New("checkpoint: not three lines of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// The signature line of one witness: eight bytes of time, then Ed25519 over header, time and the text of the note.
func checkCosignature(path, key string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	parts := strings.SplitN(key, "+", 3)
	if len(parts) != 3 {
		return errors.New("witness key: not three parts")
	}
	material, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(material) != 1+ed25519.PublicKeySize || material[0] != 4 {
		return errors.New("witness key: not Ed25519 of type 4")
	}
	body, lines, _ := strings.Cut(string(text), "\n\n")
	for _, line := range strings.Split(lines, "\n") {
		words := strings.Split(line, " ")
		if len(words) != 3 || words[1] != parts[0] {
			continue
		}
		signature, err := base64.StdEncoding.DecodeString(words[2])
		if err != nil || len(signature) != 4+8+ed25519.SignatureSize || fmt.Sprintf("%x", signature[:4]) != parts[1] {
			return errors.New("cosignature: not well formed")
		}
		time := binary.BigEndian.Uint64(signature[4:12])
		message := fmt.Sprintf("cosignature/v1\ntime %d\n%s\n", time, body)
		if !ed25519.Verify(material[1:], []byte(message), signature[12:]) {
			return errors.New("cosignature: does not verify")
		}
		return nil
	}
	return errors.New("cosignature: not there")
}

// Every leaf of the entry bundles is proven twice: by a proof that Go makes out of our tiles, and by our own proof file
// where there is one.
func checkLeaves(folder string, tree tlog.Tree, reader tlog.HashReader) error {
	for index := int64(0); index < tree.N; index++ {
		leaf, err := readLeaf(folder, tree.N, index)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(leaf)); err != nil {
			return err
		}
		if err := checkProofFile(folder, tree, index, leaf); err != nil {
			return err
		}
	}
	return nil
}

func checkProofFile(folder string, tree tlog.Tree, index int64, leaf []byte) error {
	text, err := os.ReadFile(filepath.Join(folder, "proof", fmt.Sprintf("%d.tlog-proof", index)))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	head, _, _ := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || lines[1] != fmt.Sprintf("index %d", index) {
		return fmt.Errorf("proof %d: not a tlog-proof", index)
	}
	hashes, err := parseHashes(lines[2:])
	if err != nil {
		return err
	}
	return tlog.CheckRecord(tlog.RecordProof(hashes), tree.N, tree.Hash, index, tlog.RecordHash(leaf))
}

func checkGrowth(folder string, old, tree tlog.Tree, reader tlog.HashReader) error {
	proof, err := tlog.ProveTree(tree.N, old.N, reader)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(folder, "consistency"))
	if err != nil {
		return err
	}
	hashes, err := parseHashes(strings.Fields(string(text)))
	if err != nil {
		return err
	}
	return tlog.CheckTree(tlog.TreeProof(hashes), tree.N, tree.Hash, old.N, old.Hash)
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

func readLeaf(folder string, size, index int64) ([]byte, error) {
	tile := tlog.Tile{H: height, L: -1, N: index >> height, W: 1 << height}
	if rest := size - tile.N<<height; rest < 1<<height {
		tile.W = int(rest)
	}
	bundle, err := os.ReadFile(filepath.Join(folder, pathOf(tile)))
	for skip := index & (1<<height - 1); err == nil; skip-- {
		if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
			return nil, fmt.Errorf("leaf %d: the bundle is cut", index)
		}
		end := 2 + int(binary.BigEndian.Uint16(bundle))
		if skip == 0 {
			return bundle[2:end], nil
		}
		bundle = bundle[end:]
	}
	return nil, err
}

// Go names the height in its paths and calls the leaves "data"; C2SP has one height and calls them "entries".
func pathOf(tile tlog.Tile) string {
	path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
	return strings.Replace(path, "tile/data/", "tile/entries/", 1)
}

type tiles struct{ folder string }

func (t tiles) Height() int { return height }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(wanted))
	for i, tile := range wanted {
		bytes, err := os.ReadFile(filepath.Join(t.folder, pathOf(tile)))
		if err != nil {
			return nil, err
		}
		data[i] = bytes
	}
	return data, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
