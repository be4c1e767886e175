package acts_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

// officeB is an office that also has the head of the Registrar's Office.
func officeB(t testing.TB) office {
	t.Helper()
	o, x := newOffice(t), filledB().Registrar
	o.signers[proctor.RoleRegistrar] = o.issue(t, proctor.Person{Login: x.Login, Name: x.Name}, proctor.RoleRegistrar)
	return o
}

func (o office) signAs(pdf []byte, i int, r proctor.Role) ([]byte, error) {
	return acts.Sign(pdf, o.signers[r], acts.SignOptions{Role: r, Reason: "Қол қойдым", At: signedAt.Add(time.Duration(i) * time.Hour)})
}

// stagesB are an inspection with no, one, two and three signatures.
func (o office) stagesB(t testing.TB, d acts.DocumentB) [][]byte {
	t.Helper()
	stages := [][]byte{render(t, d)}
	for i, r := range acts.TemplateB().Roles {
		next, err := o.signAs(stages[i], i, r)
		if err != nil {
			t.Fatal(err)
		}
		stages = append(stages, next)
	}
	return stages
}

func TestEveryFormHasItsOwnSigners(t *testing.T) {
	a, b := acts.TemplateA(), acts.TemplateB()
	if want := []proctor.Role{proctor.RoleSpecialist, proctor.RoleEngineer, proctor.RoleHead}; !slices.Equal(a.Roles, want) || !slices.Equal(acts.Roles(), want) {
		t.Errorf("A: %v", a.Roles)
	}
	if want := []proctor.Role{proctor.RoleHead, proctor.RoleRegistrar, proctor.RoleSpecialist}; !slices.Equal(b.Roles, want) {
		t.Errorf("B: %v", b.Roles)
	}
	for want, got := range map[string]string{
		"Signature1Specialist": acts.FieldName(0), "Signature2Engineer": a.FieldName(1), "Signature3Head": a.FieldName(2),
		"Signature1Head": b.FieldName(0), "Signature2Registrar": b.FieldName(1), "Signature3Specialist": b.FieldName(2),
		"A-2026-00005": acts.Number(2026, 5), "B-2026-00012": b.Number(2026, 12),
		"A-1": a.Version, "B-1": b.Version,
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestInspectionSatisfiesOtherSoftware(t *testing.T) {
	o := officeB(t)
	for n, pdf := range o.stagesB(t, filledB()) {
		p := write(t, pdf)
		wantSound(t, p)
		s := wantSigned(t, p, n)
		r := verify(t, pdf, o.authority.Certificate)
		if !r.Whole() || len(r.Signatures) != n || r.Complete != (n == 3) || r.Template != "B-1" || r.Number != "B-2026-00001" {
			t.Errorf("%d signatures: %+v", n, r)
		}
		if r.DocumentB.Digest() != filledB().Digest() || !reflect.DeepEqual(r.Document, acts.Document{}) {
			t.Errorf("%d signatures: the report has another content", n)
		}
		for i, sig := range r.Signatures {
			if sig.Role != acts.TemplateB().Roles[i] || !strings.Contains(s, "Signature Field Name: "+acts.TemplateB().FieldName(i)) {
				t.Errorf("signature %d: %+v", i, sig)
			}
		}
	}
}

func TestInspectionIsSignedOnceInEachOffice(t *testing.T) {
	o := officeB(t)
	for n, before := range o.stagesB(t, filledB()) {
		for r := range o.signers {
			_, err := o.signAs(before, n, r)
			if open := slices.Index(acts.TemplateB().Roles, r) >= n; (err == nil) != open {
				t.Errorf("%d signed, %s signs: %v", n, r, err)
			}
			if r == proctor.RoleEngineer && proctor.KindOf(err) != proctor.Forbidden {
				t.Errorf("the engineer-programmer signs: %v", err)
			}
		}
	}
}

// TestTheWrongPeopleCannotSignB forges what Sign would refuse.
func TestTheWrongPeopleCannotSignB(t *testing.T) {
	o, d := officeB(t), filledB()
	stages := o.stagesB(t, d)
	for name, c := range map[string]struct {
		i      int
		signer acts.Signer
	}{
		"the engineer as head":             {0, o.signers[proctor.RoleEngineer]},
		"the specialist first":             {0, o.signers[proctor.RoleSpecialist]},
		"the head again as registrar":      {1, o.issue(t, proctor.Person{Login: d.Head.Login, Name: d.Registrar.Name}, proctor.RoleRegistrar)},
		"the head's key again":             {1, o.signers[proctor.RoleHead]},
		"another registrar":                {1, o.issue(t, proctor.Person{Login: "other", Name: "Басқа Б.Б."}, proctor.RoleRegistrar)},
		"the engineer as specialist":       {2, o.signers[proctor.RoleEngineer]},
		"another authority's specialist":   {2, officeB(t).signers[proctor.RoleSpecialist]},
		"the specialist for the registrar": {1, o.signers[proctor.RoleSpecialist]},
	} {
		forged, err := acts.ForceSign(stages[c.i], c.i, c.signer, acts.SignOptions{At: signedAt.Add(9 * time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		if r := verify(t, forged, o.authority.Certificate); r.Whole() || len(r.Signatures) != c.i {
			t.Errorf("%s: accepted: %+v", name, r)
		}
	}
}

// TestOnlyOneActsOwnOrderIsWhole puts the revisions of an act, of its next
// version and of an Appendix A act signed by the same people together in every
// way: only what Sign made, in its order, is whole.
func TestOnlyOneActsOwnOrderIsWhole(t *testing.T) {
	o, second := officeB(t), filledB()
	second.Version = 2
	a := filled()
	a.Stills = nil
	files := [][]byte{o.stagesB(t, filledB())[3], o.stagesB(t, second)[3], o.signed(t, render(t, a), 3)}
	var parts [][]byte
	whole := map[string]bool{}
	for _, pdf := range files {
		start := 0
		for _, end := range covered(t, pdf) {
			parts, start = append(parts, pdf[start:end]), end
			whole[string(pdf[:end])] = true
		}
	}
	tried := 0
	var walk func(b []byte, depth int)
	walk = func(b []byte, depth int) {
		if r := verify(t, b, o.authority.Certificate); r.Whole() != whole[string(b)] {
			t.Errorf("%d parts, %d bytes: whole is %v: %v", depth, len(b), r.Whole(), r.Problems)
		}
		tried++
		if depth < 3 || depth == 3 && whole[string(b)] {
			for _, p := range parts {
				walk(slices.Concat(b, p), depth+1)
			}
		}
	}
	walk(nil, 0)
	t.Logf("%d files tried", tried)
}

func TestTamperedInspectionsAreRefused(t *testing.T) {
	o := officeB(t)
	stages := o.stagesB(t, filledB())
	draft, pdf := stages[0], stages[3]
	signed := len(draft) // where the first signature starts
	last := bytes.LastIndex(pdf, []byte("/Contents <")) + 11
	rewritten := filepath.Join(t.TempDir(), "q.pdf")
	tool(t, "qpdf", write(t, pdf), rewritten)
	for name, mutant := range map[string][]byte{
		"a byte appended":              append(bytes.Clone(pdf), ' '),
		"a byte cut":                   pdf[:len(pdf)-1],
		"page 1 redrawn":               shadow(pdf, 4, "<< /Length 0 >>\nstream\n\nendstream"),
		"page 1 redrawn, unsigned":     shadow(draft, 4, "<< /Length 0 >>\nstream\n\nendstream"),
		"rewritten by qpdf":            mustRead(t, rewritten),
		"other minutes":                replaced(t, pdf, 0, `"decision_minutes":25`, `"decision_minutes":95`),
		"another decision":             replaced(t, pdf, 0, `"decision_code":"extra_time"`, `"decision_code":"reschedule"`),
		"another decision, mended":     acts.Retrailer(replaced(t, draft, 0, `"decision_code":"extra_time"`, `"decision_code":"reschedule"`)),
		"a shorter gap, mended":        acts.Retrailer(replaced(t, draft, 0, `"to":"2026-12-02T05:05:02Z"`, `"to":"2026-12-02T05:04:12Z"`)),
		"another examinee, mended":     acts.Retrailer(replaced(t, draft, 0, `"student_id":"20231173"`, `"student_id":"20231179"`)),
		"the other form, mended":       acts.Retrailer(replaced(t, draft, 0, `"template":"B-1"`, `"template":"A-1"`)),
		"an unknown form, mended":      acts.Retrailer(replaced(t, draft, 0, `"template":"B-1"`, `"template":"B-9"`)),
		"an unknown decision, mended":  acts.Retrailer(replaced(t, draft, 0, `"extra_time"`, `"extra_tyme"`)),
		"a form field of A":            replaced(t, pdf, signed, "(Signature1Head)", "(Signature3Head)"),
		"the registrar's field hidden": replaced(t, pdf, signed, "/F 132", "/F 134"),
		"a signature moved":            replaced(t, pdf, signed, "/Rect [279.", "/Rect [179."),
		"another time":                 replaced(t, pdf, signed, "/M (D:2026", "/M (D:2027"),
		"a wider range":                replaced(t, pdf, signed, "/ByteRange [0 0", "/ByteRange [0 1"),
		"no CMS":                       slices.Concat(pdf[:last], bytes.Repeat([]byte{'0'}, 8192), pdf[last+8192:]),
		"something in the padding":     slices.Concat(pdf[:last+8190], []byte("01"), pdf[last+8192:]),
	} {
		if r := verify(t, mutant, o.authority.Certificate); r.Whole() || r.Complete {
			t.Errorf("%s: accepted: %+v", name, r)
		}
	}
	if forged, err := acts.HighS(pdf); err != nil || verify(t, forged).Whole() {
		t.Errorf("the other ECDSA form is accepted: %v", err)
	}
}

func TestEveryFlippedByteOfBIsCaught(t *testing.T) {
	o := officeB(t)
	stages := o.stagesB(t, filledB())
	pdf, step := stages[3], 149
	for i := 0; i < len(pdf); i += step {
		if i > len(stages[0]) {
			step = 37
		}
		mutant := bytes.Clone(pdf)
		mutant[i] ^= 1 << (i % 7)
		if verify(t, mutant).Whole() {
			t.Errorf("byte %d (%q → %q) is not missed", i, pdf[i], mutant[i])
		}
	}
}

// TestPrintedUnsigned is what a wet-ink office prints: names at empty lines,
// and no picture of a signature.
func TestPrintedUnsigned(t *testing.T) {
	o := officeB(t)
	for name, c := range map[string]acts.Content{"A": filled(), "B": filledB()} {
		pdf := render(t, c)
		out := tool(t, "pdftotext", "-layout", "-f", "1", "-l", "1", write(t, pdf), "-")
		if strings.Contains(out, "SHA-256") || strings.Count(out, "(қолы)") != 3 {
			t.Errorf("%s: %s", name, out)
		}
		r := verify(t, pdf)
		names := []string{r.Document.Specialist.Name, r.Document.Engineer.Name, r.Document.Head.Name}
		if name == "B" {
			names = []string{r.DocumentB.Head.Name, r.DocumentB.Registrar.Name, r.DocumentB.Specialist.Name}
		}
		for _, n := range names {
			if n == "" || !strings.Contains(out, n) {
				t.Errorf("%s: no %q in\n%s", name, n, out)
			}
		}
	}
	signed := tool(t, "pdftotext", "-layout", "-f", "1", "-l", "1", write(t, o.stagesB(t, filledB())[3]), "-")
	if strings.Count(signed, "SHA-256") != 3 || !strings.Contains(signed, "Офис-регистратор басшысы\n") {
		t.Errorf("signed, it shows\n%s", signed)
	}
}

// FuzzVerifyB edits an inspection at any of its four stages, as FuzzVerify
// does an act of Appendix A. Only the stages themselves may pass.
func FuzzVerifyB(f *testing.F) {
	o := officeB(f)
	whole := o.stagesB(f, filledB())
	pdf := whole[3]
	f.Add(uint8(3), uint32(0), uint32(0), []byte{})
	for i, edit := range []string{`"template":"A-1"`, `"template":"B-1"`, `"seats":[]`, `"loss":1e-3`, `"gaps":null`, "/Rows [[1 2 3 4]", "(Signature1Specialist)", "/Contents <3082"} {
		mark := []byte(edit[:7])
		f.Add(uint8(i), uint32(max(0, bytes.LastIndex(pdf, mark))), uint32(len(edit)), []byte(edit))
	}
	f.Fuzz(func(t *testing.T, stage uint8, from, cut uint32, put []byte) {
		b := whole[int(stage)%len(whole)]
		at := min(int(from), len(b))
		edited := slices.Concat(b[:at], put, b[min(at+int(cut), len(b)):])
		known := slices.ContainsFunc(whole, func(w []byte) bool { return bytes.Equal(w, edited) })
		if r := verify(t, edited, o.authority.Certificate); r.Whole() && !known {
			t.Errorf("accepted a file that nobody made: %s", fmt.Sprint(r))
		}
	})
}
