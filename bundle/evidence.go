package bundle

import (
	"cmp"
	"fmt"
	"slices"

	"qyragy/acts"
	"qyragy/proctor"
	"qyragy/proctor/ledger"
)

// files holds the files of evidence to the records that speak of them.
func (c *checker) files() error {
	f, m := &c.facts, c.manifest
	c.report.Standing = f.standing
	switch {
	case f.drafted == nil:
		c.bad(nameManifest, "no record says that the act was drawn up")
		return nil
	case f.drafted.ID != m.Act || f.drafted.Number != m.Number || f.drafted.Exam != m.Exam:
		c.bad(nameManifest, "the records are of act %s %s", f.drafted.Number, f.drafted.ID)
	case f.version != m.Version:
		c.bad(nameManifest, "it is of version %d, the records know of %d", m.Version, f.version)
	}
	for _, file := range m.Files {
		if !f.speaks(file.Record, file) {
			c.problem(Problem{file.Name, -1, file.Record, "the record does not speak of these bytes"})
		}
	}
	c.names()
	c.chains()
	return c.acts()
}

// names holds each file's name to what its record speaks of.
func (c *checker) names() {
	want := map[uint64][]string{}
	for at, s := range c.facts.sealed {
		want[s.seq] = append(want[s.seq], SegmentName(at.seat, at.number))
	}
	for at, b := range c.facts.backs {
		want[b.seq] = append(want[b.seq], BackfillName(at.seat, at.number))
	}
	for n, v := range c.facts.versions {
		for _, seq := range v.records {
			want[seq] = append(want[seq], ActName(n))
		}
		for _, s := range v.signatures {
			for _, seq := range v.records {
				want[seq] = append(want[seq], ScanName(n, s.Signature.Role))
			}
		}
	}
	for seq, s := range c.facts.stills {
		want[seq] = append(want[seq], StillName(s.Incident))
	}
	for _, f := range c.manifest.Files {
		if !slices.Contains(want[f.Record], f.Name) {
			c.problem(Problem{f.Name, -1, f.Record, "the record speaks of another file"})
		}
	}
}

// chains checks that of two neighbouring segments the later one has the hash of
// the earlier, and that the store's receipt of each is of the same bytes.
func (c *checker) chains() {
	for at, k := range c.facts.kept {
		sum := c.facts.sealed[part{at.seat, at.number}].thing.SHA256
		if at.kind == KindBackfill {
			sum = c.facts.backs[part{at.seat, at.number}].thing.SHA256
		}
		if sum != k.receipt.SHA256 {
			c.badRecord(k.seq, "the store's receipt is of other bytes than were sealed")
		}
	}
	for at, s := range c.facts.sealed {
		before, ok := c.facts.sealed[part{at.seat, at.number - 1}]
		if ok && before.thing.SHA256 != s.thing.Prev {
			c.badRecord(s.seq, "segment %d of seat %s does not follow from the one before it", at.number, at.seat)
		}
	}
}

// acts checks every version of the act and holds it to the journal.
func (c *checker) acts() error {
	first := len(c.entries) - len(c.manifest.Files)
	for i, f := range c.manifest.Files {
		if f.Kind != KindAct || first+i >= len(c.entries) || c.entries[first+i].name != f.Name {
			continue
		}
		pdf, err := c.read(c.entries[first+i].data(), f.Size)
		if err != nil {
			return err
		}
		if err := c.act(f, c.entries[first+i], pdf); err != nil {
			return err
		}
	}
	for n, v := range c.facts.versions {
		if len(v.signatures) > 0 && !slices.ContainsFunc(c.manifest.Files, func(f File) bool { return f.Name == ActName(n) }) {
			c.bad(ActName(n), "it was signed and is not in the bundle")
		}
		for _, s := range v.signatures {
			c.scan(n, s)
		}
	}
	slices.SortFunc(c.report.Acts, func(a, b ActFile) int { return cmp.Compare(a.Version, b.Version) })
	return nil
}

func (c *checker) scan(n int, s *proctor.ActSigned) {
	scan := s.Signature.Scan
	if scan == nil {
		return
	}
	name := ScanName(n, s.Signature.Role)
	if !slices.ContainsFunc(c.manifest.Files, func(f File) bool { return f.Name == name && same(f.SHA256, scan.SHA256) }) {
		c.bad(name, "the signed print is not in the bundle")
	}
}

// act checks one version's PDF.
func (c *checker) act(f File, e entry, pdf []byte) error {
	o := c.o.Acts
	for n, v := range c.facts.versions {
		if f.Name == ActName(n) && c.report.Trusted {
			o.Existed = v.signedAt
		}
	}
	r, err := c.verify(pdf, o)
	if err != nil {
		c.bad(f.Name, "%v", err)
		return nil
	}
	c.report.Acts = append(c.report.Acts, ActFile{f.Name, r.Version, r, nil})
	for _, p := range r.Problems {
		c.bad(f.Name, "in the PDF: %s", p)
	}
	v := c.facts.versions[r.Version]
	if r.Act != c.manifest.Act || r.Number != c.manifest.Number || f.Name != ActName(r.Version) || v == nil {
		c.bad(f.Name, "it is act %s %s, version %d", r.Number, r.Act, r.Version)
		return nil
	}
	c.signatures(f, pdf, r, v)
	c.report.Acts[len(c.report.Acts)-1].Passkeys = c.passkeys(f.Name, r.Version, v)
	tree := r.Document.JournalTree
	if tree == "" {
		tree = r.DocumentB.JournalTree
	}
	if tree == "" {
		return nil
	}
	t, err := ledger.ParseTree(tree)
	if err != nil {
		c.bad(f.Name, "the journal's tree on it is unreadable")
		return nil
	}
	c.facts.printed = append(c.facts.printed, printed{f.Name, t})
	return nil
}

// signatures holds a PDF's signatures, and the bytes each was made over, to the
// journal's facts.
func (c *checker) signatures(f File, pdf []byte, r acts.Report, v *version) {
	if v.rendered != nil && !same(v.rendered.Digest, r.Digest) {
		c.bad(f.Name, "its content's digest is not the journal's")
	}
	if len(r.Signatures) != len(v.signatures) {
		c.bad(f.Name, "%d signatures, the journal has %d", len(r.Signatures), len(v.signatures))
	}
	for i := range min(len(r.Signatures), len(v.signatures)) {
		got, fact := r.Signatures[i], v.signatures[i]
		if what := differs(got, fact.Signature); what != "" {
			c.bad(f.Name, "signature %d: its %s is not the journal's", i+1, what)
		}
		if !same(fact.Document.Digest, r.Digest) || sumOf(pdf[:got.Covers]) != fact.Document.Receipt.SHA256 {
			c.bad(f.Name, "signature %d: the bytes up to %d are not those that the journal has the SHA-256 of", i+1, got.Covers)
		}
	}
}

// differs names what of a signature is not as journaled, "" for nothing.
func differs(got acts.Signature, want proctor.Signature) string {
	switch {
	case got.Login != want.Login:
		return "login"
	case got.Role != want.Role:
		return "role"
	case got.Name != want.Name:
		return "name"
	case got.Fingerprint != want.Certificate:
		return "certificate"
	case got.Method != want.How():
		return "method"
	case got.Attester != want.Attested:
		return "attester"
	case got.Scan != "" && (want.Scan == nil || got.Scan != want.Scan.SHA256):
		return "scan"
	case !got.At.Equal(want.At):
		return fmt.Sprintf("time %s", got.At)
	}
	return ""
}
