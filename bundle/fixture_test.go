package bundle

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"qyragy/acts"
	"qyragy/proctor"
	"qyragy/proctor/journal"
	"qyragy/proctor/ledger"
)

const (
	testExam = proctor.ExamID("E1")
	testSeat = proctor.SeatID("S1")
	testAct  = proctor.ActID("AK7")
)

// world is a journal with one act in force in it, and what it speaks of.
type world struct {
	t         testing.TB
	j         *journal.Journal
	now       time.Time
	authority acts.Authority
	signer    note.Signer
	key       string
	objects   map[string][]byte // by SHA-256
	// origins are the server's; confirm is the officials' passkeys, nil: none.
	origins []string
	confirm func(proctor.Consent) *proctor.PasskeyAssertion
}

func newWorld(t testing.TB) *world {
	t.Helper()
	j, err := journal.Open(t.Context(), filepath.Join(t.TempDir(), "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	now := time.Date(2026, 12, 2, 9, 0, 0, 0, time.UTC)
	a, err := acts.NewAuthority("Көрсету орталығы", now.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, j: j, now: now, authority: a, objects: map[string][]byte{}}
	w.signer, w.key = newKey(t)
	return w
}

func newKey(t testing.TB) (note.Signer, string) {
	t.Helper()
	private, public, err := ledger.NewKey("exam.example.kz/journal")
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return s, public
}

func (w *world) add(facts ...proctor.Fact) {
	w.t.Helper()
	w.addTo(testExam, facts...)
}

func (w *world) addTo(exam proctor.ExamID, facts ...proctor.Fact) {
	w.t.Helper()
	for _, f := range facts {
		w.now = w.now.Add(time.Second)
		_, err := w.j.Append(w.t.Context(), proctor.Event{At: w.now, Exam: exam, Actor: "proctor", Fact: f})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// object keeps bytes as the object store would.
func (w *world) object(b []byte) proctor.Receipt {
	sum := sumOf(b)
	w.objects[sum] = b
	return proctor.Receipt{Key: "k/" + sum[:8], VersionID: "v" + sum[:8], Size: int64(len(b)), SHA256: sum, At: w.now}
}

// exam writes down an exam with segments of so many bytes, a minute each.
func (w *world) exam(segments, size int) {
	w.t.Helper()
	start := w.now
	w.add(&proctor.ExamScheduled{Exam: proctor.Exam{ID: testExam, Title: "Алгоритмдер", Opens: start, Closes: start.Add(time.Hour)}},
		&proctor.SeatAssigned{Seat: testSeat, Examinee: proctor.Examinee{Name: "Студент А.", StudentID: "20B0001"}},
		&proctor.SeatAssigned{Seat: "S2", Examinee: proctor.Examinee{Name: "Басқа студент", StudentID: "20B0002"}},
		&proctor.ConsentGiven{Seat: testSeat, Version: "1"}, &proctor.SeatAdmitted{Seat: testSeat})
	w.addTo("E2", &proctor.ExamineeWarned{Seat: "S9", Cause: proctor.CauseCovered})
	random := rand.New(rand.NewPCG(1, 2))
	prev := ""
	for n := range segments {
		b := make([]byte, size)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		r := w.object(b)
		from := start.Add(time.Duration(n) * time.Minute)
		w.add(&proctor.SegmentSealed{Segment: proctor.Segment{
			Seat: testSeat, Number: n, Start: from, End: from.Add(time.Minute), Size: r.Size, SHA256: r.SHA256, Prev: prev, Codecs: "vp8",
		}}, &proctor.SegmentStored{Seat: testSeat, Number: n, Receipt: r})
		prev = r.SHA256
	}
	w.now = start.Add(time.Duration(segments) * time.Minute)
	w.add(&proctor.MessageSent{Seat: testSeat, Text: "жеке хабар"},
		&proctor.IncidentOpened{Incident: proctor.Incident{ID: "I1", Seat: testSeat, Cause: proctor.CauseCovered, State: proctor.IncidentOpen, Opened: start.Add(3 * time.Minute)}},
		&proctor.IncidentOpened{Incident: proctor.Incident{ID: "I2", Seat: "S2", Cause: proctor.CauseCovered, State: proctor.IncidentOpen, Opened: start.Add(3 * time.Minute)}},
		&proctor.IncidentEnded{Incident: "I1", At: start.Add(3*time.Minute + 30*time.Second)},
		&proctor.StillPinned{Incident: "I1", Still: proctor.Still{Receipt: w.object([]byte("a picture")), Segment: 3}},
		&proctor.IncidentJudged{Incident: "I1", Confirmed: true, Reasons: []proctor.Reason{proctor.A1}})
}

// act draws up the act, signed by so many.
func (w *world) act(version, signatures int) {
	w.t.Helper()
	if version == 1 {
		w.add(&proctor.ActDrafted{Act: proctor.Act{
			ID: testAct, Number: "A-2026-00007", Seat: testSeat, Exam: testExam, State: proctor.Drafted, Cause: "I1", Version: 1, DrawnUp: w.now,
		}})
	} else {
		w.add(&proctor.ActEdited{Act: testAct})
	}
	pdf, err := acts.Render(acts.Document{
		Act: testAct, Number: "A-2026-00007", Version: version, DrawnUp: w.now, JournalTree: w.j.Tree().String(),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := acts.Verify(pdf)
	if err != nil || !r.Whole() {
		w.t.Fatal(err, r.Problems)
	}
	w.add(&proctor.ActRendered{Act: testAct, Version: version, Document: proctor.Document{Receipt: w.object(pdf), Digest: r.Digest}})
	drawn := proctor.Act{ID: testAct, Version: version, Exam: testExam}
	for _, role := range proctor.SigningOrder()[:signatures] {
		drawn.Document = proctor.Document{Receipt: w.object(pdf), Digest: r.Digest}
		w.now = w.now.Add(time.Minute)
		p := proctor.Person{Login: proctor.Login(role), Name: "Лауазымды " + string(role)}
		s, err := w.authority.Issue(p, role, w.now.Add(-time.Minute), time.Hour)
		if err == nil {
			pdf, err = acts.Sign(pdf, s, acts.SignOptions{Role: role, At: w.now})
		}
		if err == nil {
			r, err = acts.Verify(pdf)
		}
		if err != nil {
			w.t.Fatal(err)
		}
		got := r.Signatures[len(r.Signatures)-1]
		var agreed *proctor.PasskeyAssertion
		if w.confirm != nil {
			agreed = w.confirm(drawn.Consent(p.Login, role))
		}
		w.add(&proctor.ActSigned{Act: testAct, Version: version, Document: proctor.Document{Receipt: w.object(pdf), Digest: r.Digest},
			Signature: proctor.Signature{Login: p.Login, Name: p.Name, Role: role, At: got.At, Method: got.Method, Certificate: got.Fingerprint, Passkey: agreed}})
	}
}

// prepared is a bundle before it is written.
func (w *world) prepared(whole bool) (*Bundle, map[string]Source) {
	w.t.Helper()
	ctx := w.t.Context()
	scope, err := Look(testAct, whole, w.j.OfExam(ctx, testExam))
	if err != nil {
		w.t.Fatal(err)
	}
	var records [][]byte
	for rec, err := range w.j.OfExam(ctx, testExam) {
		if err != nil {
			w.t.Fatal(err)
		}
		yes, err := scope.Takes(rec)
		if err != nil {
			w.t.Fatal(err)
		}
		if yes {
			records = append(records, rec.Bytes())
		}
	}
	m, sources, err := Assemble(scope, records, w.origins)
	if err != nil {
		w.t.Fatal(err)
	}
	sum, err := m.Sum()
	if err != nil {
		w.t.Fatal(err)
	}
	w.add(&proctor.EvidenceExported{Act: testAct, Manifest: sum, Files: len(m.Files), Bytes: m.Bytes()})
	b := &Bundle{Manifest: m, Records: records, Key: w.key}
	w.prove(b)
	return b, sources
}

// prove signs the journal as it stands, with b's records in it.
func (w *world) prove(b *Bundle) {
	w.t.Helper()
	ctx := w.t.Context()
	sum, err := b.Manifest.Sum()
	if err != nil {
		w.t.Fatal(err)
	}
	rec, err := w.j.Newest(ctx, "evidence.exported", sum)
	if err != nil {
		w.t.Fatal(err)
	}
	n, err := rec.Number()
	if err != nil {
		w.t.Fatal(err)
	}
	b.Export = rec.Bytes()
	tree := w.j.Tree()
	seqs := []uint64{n}
	for _, r := range b.Manifest.Records {
		seqs = append(seqs, r.Seq)
	}
	proofs, err := w.j.Prove(ctx, tree.Size, seqs)
	if err != nil {
		w.t.Fatal(err)
	}
	b.Proof = Proof{Export: proofs[0], Records: proofs[1:], Trees: []Growth{}}
	for _, f := range b.Manifest.Acts() {
		r, err := acts.Verify(w.objects[f.SHA256])
		if err != nil {
			w.t.Fatal(err)
		}
		t, err := ledger.ParseTree(r.Document.JournalTree)
		if err != nil {
			w.t.Fatal(err)
		}
		p, err := w.j.ProveGrowth(ctx, t.Size, tree.Size)
		if err != nil {
			w.t.Fatal(err)
		}
		b.Proof.Trees = append(b.Proof.Trees, Growth{t.String(), p})
	}
	if b.Checkpoint, err = (ledger.Checkpoint{Tree: tree, At: w.now}).Sign(w.signer); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) open(f File) (io.ReadCloser, error) {
	b, ok := w.objects[f.SHA256]
	if !ok {
		return nil, fmt.Errorf("%s is gone", f.Name)
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

// zip writes a bundle into memory.
func (w *world) zip(b *Bundle) []byte {
	w.t.Helper()
	var out bytes.Buffer
	if err := b.Write(&out, w.open); err != nil {
		w.t.Fatal(err)
	}
	if n, err := b.Size(); err != nil || n != int64(out.Len()) {
		w.t.Fatalf("%d bytes written, %d announced, %v", out.Len(), n, err)
	}
	return out.Bytes()
}

// inForce is a small world with an act of 3/3, in a bundle.
func inForce(t testing.TB) (w *world, b *Bundle, zip []byte) {
	t.Helper()
	w = newWorld(t)
	w.exam(7, 400)
	w.act(1, 3)
	b, _ = w.prepared(false)
	return w, b, w.zip(b)
}

func (w *world) options() Options {
	w.t.Helper()
	key, err := ledger.ParseKey(w.key)
	if err != nil {
		w.t.Fatal(err)
	}
	o := Options{Key: key}
	o.Acts.Roots = append(o.Acts.Roots, w.authority.Certificate)
	return o
}

func check(t testing.TB, zip []byte, o Options) Report {
	t.Helper()
	r, err := Check(t.Context(), bytes.NewReader(zip), int64(len(zip)), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
