package bundle

import (
	"bytes"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"qyragy/proctor"
	"qyragy/proctor/ledger"
)

// meaning holds what the files say against each other: the checkpoint signs the
// records, the records speak of the files, the act says what the records say.
func (c *checker) meaning() error {
	m := c.manifest
	r := &c.report
	r.Act, r.Number, r.Version, r.Exam, r.Seats = m.Act, m.Number, m.Version, m.Exam, m.Seats
	r.Files, r.Records, r.Bytes = len(m.Files), len(m.Records), m.Bytes()
	r.Manifest = sumOf(c.pieces[nameManifest])
	proof, err := readProof(c.pieces[nameProof])
	if err != nil {
		c.bad(nameProof, "%v", err)
		return nil
	}
	point, ok := c.checkpoint()
	if !ok {
		return nil
	}
	c.export(point, proof.Export)
	c.records(point, proof.Records)
	if err := c.files(); err != nil {
		return err
	}
	c.trees(point.Tree, proof.Trees)
	return nil
}

// checkpoint reads the signed root.
func (c *checker) checkpoint() (p ledger.Checkpoint, ok bool) {
	text := c.pieces[nameKey]
	own := strings.TrimSuffix(string(text), "\n")
	key, err := ledger.ParseKey(own)
	if err != nil || own+"\n" != string(text) {
		c.bad(nameKey, "this is no key of a journal")
		return p, false
	}
	if given := c.o.Key; given != nil {
		if given.Name() != key.Name() || given.KeyHash() != key.KeyHash() {
			c.bad(nameKey, "the bundle is of another journal's key than you gave")
		}
		key, c.report.Trusted = given, true
	}
	c.report.Key = own
	if p, err = ledger.OpenCheckpoint(c.pieces[nameCheckpoint], key); err != nil {
		c.bad(nameCheckpoint, "%v", err)
		return p, false
	}
	c.report.Origin, c.report.Tree, c.report.At = p.Origin, p.String(), p.At
	return p, true
}

// included reports whether a record is in the checkpoint's tree.
func (c *checker) included(file string, point ledger.Checkpoint, seq uint64, raw []byte, proof tlog.RecordProof) {
	if seq > uint64(point.Size) {
		c.problem(Problem{file, -1, seq, "it is younger than the checkpoint"})
		return
	}
	if tlog.CheckRecord(proof, point.Size, point.Root, int64(seq)-1, ledger.Leaf(raw)) != nil {
		c.problem(Problem{file, -1, seq, "its proof does not lead to the checkpoint's root"})
	}
}

// export checks the record of this export, which has the manifest's hash.
func (c *checker) export(point ledger.Checkpoint, proof tlog.RecordProof) {
	raw := c.pieces[nameExport]
	rec, err := ledger.ParseRecord(raw)
	if err != nil {
		c.bad(nameExport, "%v", err)
		return
	}
	seq, _ := rec.Number()
	c.included(nameExport, point, seq, raw, proof)
	e, err := rec.Event()
	f, ok := e.Fact.(*proctor.EvidenceExported)
	switch {
	case err != nil || !ok:
		c.problem(Problem{nameExport, -1, seq, "it is no record of an export"})
		return
	case f.Manifest != c.report.Manifest:
		c.bad(nameManifest, "it is not the manifest that record %d was written of", seq)
	case f.Act != c.manifest.Act || rec.Exam != string(c.manifest.Exam):
		c.problem(Problem{nameExport, -1, seq, "it is of another act"})
	}
	if n := len(c.manifest.Records); n > 0 && c.manifest.Records[n-1].Seq >= seq {
		c.problem(Problem{nameExport, -1, seq, "it is older than a record of the bundle"})
	}
	c.report.ExportedBy, c.report.ExportedAt = e.Actor, e.At
}

// records checks every record: its hash, its neighbours, its place in the tree.
func (c *checker) records(point ledger.Checkpoint, proofs []tlog.RecordProof) {
	refs := c.manifest.Records
	if len(proofs) != len(refs) {
		c.bad(nameProof, "%d proofs of %d records", len(proofs), len(refs))
		return
	}
	var before uint64
	var hash string
	for i, ref := range refs {
		name := RecordName(ref.Seq)
		raw := c.pieces[name]
		sum := ledger.Hash(raw)
		if sum != ref.SHA256 || int64(len(raw)) != ref.Size {
			c.problem(Problem{name, -1, ref.Seq, "it is not the record that the manifest has the SHA-256 of"})
		}
		c.included(name, point, ref.Seq, raw, proofs[i])
		rec, err := ledger.ParseRecord(raw)
		if err != nil {
			c.problem(Problem{name, -1, ref.Seq, err.Error()})
			continue
		}
		if n, _ := rec.Number(); n != ref.Seq {
			c.problem(Problem{name, -1, ref.Seq, "it says that it is record " + rec.Seq})
		}
		if before+1 == ref.Seq && before > 0 && rec.Prev != hash {
			c.problem(Problem{name, -1, ref.Seq, "it does not follow from the record before it"})
		}
		before, hash = ref.Seq, sum
		c.learn(name, rec)
	}
}

func (c *checker) learn(name string, rec ledger.Record) {
	e, err := rec.Event()
	if err != nil {
		c.bad(name, "%v", err)
		return
	}
	if rec.Exam != string(c.manifest.Exam) {
		c.problem(Problem{name, -1, e.Seq, "it is of another exam"})
	}
	c.facts.add(e)
}

// trees holds the checkpoint to what the journal has said elsewhere: on the
// acts of the bundle, and what the caller knows.
func (c *checker) trees(now ledger.Tree, growths []Growth) {
	used := map[string]bool{}
	for _, printed := range c.facts.printed {
		if used[printed.tree.String()] {
			continue
		}
		used[printed.tree.String()] = true
		c.grew(printed.file, printed.tree, now, growths)
	}
	for _, g := range growths {
		if !used[g.Tree] {
			c.bad(nameProof, "a proof of tree %s, which no act of the bundle prints", g.Tree)
		}
	}
	for _, t := range c.o.Trees {
		c.grew("", t, now, append(c.o.Growths, growths...))
	}
	for _, h := range c.o.Heads {
		if !c.knows(h) {
			c.bad("", "no record of the bundle has the head %s: it cannot be compared", h)
		} else {
			c.report.Held = append(c.report.Held, h)
		}
	}
}

func (c *checker) knows(head string) bool {
	for _, r := range c.manifest.Records {
		if r.SHA256 == head {
			return true
		}
	}
	return ledger.Hash(c.pieces[nameExport]) == head
}

// grew checks one tree from elsewhere against the checkpoint's.
func (c *checker) grew(file string, t, now ledger.Tree, growths []Growth) {
	name, key := file, t.String()
	if name == "" {
		name = nameCheckpoint
	}
	if t.Size == now.Size {
		if err := ledger.Grew(t, now, nil); err != nil {
			c.bad(name, "%v", err)
			return
		}
		c.hold(t)
		return
	}
	for _, g := range growths {
		if g.Tree != key {
			continue
		}
		if err := ledger.Grew(t, now, g.Proof); err != nil {
			c.bad(name, "rolled back or written anew: %v", err)
			return
		}
		c.hold(t)
		return
	}
	if file == "" && t.Size > now.Size {
		c.bad(name, "the journal had %d records already, the checkpoint has %d: rolled back, or the bundle is older; /journal/proof?from=%d&to=%d tells",
			t.Size, now.Size, now.Size, t.Size)
		return
	}
	c.bad(name, "no proof that tree %s became the checkpoint's; /journal/proof?from=%d&to=%d gives it", key, t.Size, now.Size)
}

// same is bytes.Equal of two hashes in hex.
func same(a, b string) bool { return bytes.Equal([]byte(a), []byte(b)) }
