package bundle

import (
	"cmp"
	"slices"

	"qyragy/proctor"
	"qyragy/proctor/ledger"
)

// Source says where a file of evidence is: the object of Receipt or, while the
// store has not got it, the sealed Segment or Backfill.
type Source struct {
	Receipt  *proctor.Receipt
	Segment  *proctor.Segment
	Backfill *proctor.Backfill
}

// Assemble makes the manifest of what the taken records speak of, and says
// where its files are. What has been deleted since is not in it. Origins are
// the server's own pages, nil where they are not known.
func Assemble(s *Scope, records [][]byte, origins []string) (Manifest, map[string]Source, error) {
	var f facts
	m := Manifest{Format: Format, Act: s.act, Seats: s.seats, Whole: s.whole, Records: []Ref{}, Files: []File{}}
	for _, raw := range records {
		rec, err := ledger.ParseRecord(raw)
		if err != nil {
			return m, nil, err
		}
		e, err := rec.Event()
		if err != nil {
			return m, nil, err
		}
		f.add(e)
		m.Records = append(m.Records, Ref{e.Seq, int64(len(raw)), ledger.Hash(raw)})
	}
	if f.drafted == nil {
		return m, nil, proctor.Errorf(proctor.NotFound, "act")
	}
	m.Number, m.Version, m.Exam = f.drafted.Number, f.version, f.drafted.Exam
	if f.passkeys() {
		m.Origins = spelled(origins)
	}
	sources := map[string]Source{}
	add := func(name string, k Kind, seq uint64, sum string, size int64, from Source) {
		if r := from.Receipt; r != nil && f.expired[r.VersionID] {
			return
		}
		m.Files = append(m.Files, File{name, k, size, sum, seq})
		sources[name] = from
	}
	f.documents(add)
	f.recordings(add)
	slices.SortFunc(m.Files, func(a, b File) int {
		return cmp.Or(cmp.Compare(order(a.Kind), order(b.Kind)), cmp.Compare(a.Name, b.Name))
	})
	return m, sources, m.check()
}

// order is that of the kinds in a bundle.
func order(k Kind) int {
	return slices.Index([]Kind{KindAct, KindScan, KindStill, KindBackfill, KindSegment}, k)
}

type adder func(name string, k Kind, seq uint64, sum string, size int64, from Source)

// documents adds each version that was signed, and the current one as it is.
func (f *facts) documents(add adder) {
	for n, v := range f.versions {
		var d *proctor.Document
		switch {
		case len(v.signatures) > 0:
			d = &v.signatures[len(v.signatures)-1].Document
		case n == f.version:
			d = v.rendered
		}
		if d == nil {
			continue
		}
		r := d.Receipt
		add(ActName(n), KindAct, v.records[len(v.records)-1], r.SHA256, r.Size, Source{Receipt: &r})
		first := len(v.records) - len(v.signatures)
		for i, s := range v.signatures {
			if scan := s.Signature.Scan; scan != nil {
				add(ScanName(n, s.Signature.Role), KindScan, v.records[first+i], scan.SHA256, scan.Size, Source{Receipt: scan})
			}
		}
	}
}

func (f *facts) recordings(add adder) {
	for seq, s := range f.stills {
		r := s.Still.Receipt
		add(StillName(s.Incident), KindStill, seq, r.SHA256, r.Size, Source{Receipt: &r})
	}
	for at, s := range f.sealed {
		g := s.thing
		add(SegmentName(at.seat, at.number), KindSegment, s.seq, g.SHA256, g.Size,
			Source{f.receipt(KindSegment, at), &g, nil})
	}
	for at, s := range f.backs {
		b := s.thing
		add(BackfillName(at.seat, at.number), KindBackfill, s.seq, b.SHA256, b.Size,
			Source{f.receipt(KindBackfill, at), nil, &b})
	}
}

func (f *facts) receipt(k Kind, at part) *proctor.Receipt {
	if x, ok := f.kept[taken{k, at.seat, at.number}]; ok {
		return &x.receipt
	}
	return nil
}

// Acts are the versions of the act among the files.
func (m Manifest) Acts() []File {
	var out []File
	for _, f := range m.Files {
		if f.Kind == KindAct {
			out = append(out, f)
		}
	}
	return out
}

// passkeys reports whether any signature was confirmed by a passkey.
func (f *facts) passkeys() bool {
	for _, v := range f.versions {
		if slices.ContainsFunc(v.signatures, func(s *proctor.ActSigned) bool { return s.Signature.Passkey != nil }) {
			return true
		}
	}
	return false
}
