package acts_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

func verify(t testing.TB, pdf []byte, roots ...*x509.Certificate) acts.Report {
	t.Helper()
	r, err := acts.Verify(pdf, roots...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestVerifyReportsWhoSigned(t *testing.T) {
	o, d := newOffice(t), filled()
	pdf := o.signed(t, render(t, d), 3)
	r := verify(t, pdf)
	if !r.Complete || r.Trusted || r.Number != d.Number || r.Act != d.Act || r.Digest != fmt.Sprintf("%x", d.Digest()) {
		t.Errorf("%+v", r)
	}
	for i, s := range r.Signatures {
		want := d.Official(acts.Roles()[i])
		if s.Name != want.Name || s.Login != want.Login || s.Role != acts.Roles()[i] ||
			!s.At.Equal(signedAt.Add(time.Duration(i)*time.Hour)) || s.Reason != "Қол қойдым" || len(s.Fingerprint) != 64 {
			t.Errorf("signature %d: %+v", i, s)
		}
	}
	if r.Signatures[2].Covers != len(pdf) {
		t.Errorf("the last signature covers %d of %d", r.Signatures[2].Covers, len(pdf))
	}
}

// covered returns where the three signatures end, revision 1 first.
func covered(t testing.TB, pdf []byte) []int {
	t.Helper()
	r := verify(t, pdf)
	head := bytes.Index(pdf, []byte("/SubFilter"))
	ends := []int{bytes.LastIndex(pdf[:head], []byte("%%EOF\n")) + 6}
	for _, s := range r.Signatures {
		ends = append(ends, s.Covers)
	}
	return ends
}

// replaced changes old to new, of equal length, in the part of pdf from from.
func replaced(t *testing.T, pdf []byte, from int, old, new string) []byte {
	t.Helper()
	if i := bytes.Index(pdf[from:], []byte(old)); i >= 0 && len(old) == len(new) {
		return slices.Concat(pdf[:from+i], []byte(new), pdf[from+i+len(old):])
	}
	t.Fatalf("no %q to replace", old)
	return nil
}

// shadow appends an update that redefines an object, as an editor would.
func shadow(pdf []byte, object int, body string) []byte {
	out := bytes.Clone(pdf)
	if out[len(out)-1] != '\n' {
		out = append(out, '\n')
	}
	at := len(out)
	out = fmt.Appendf(out, "%d 0 obj\n%s\nendobj\n", object, body)
	xref := len(out)
	prev := pdf[bytes.LastIndex(pdf, []byte("startxref\n"))+10:]
	prev = prev[:bytes.IndexByte(prev, '\n')]
	return fmt.Appendf(out, "xref\n%d 1\n%010d 00000 n \ntrailer\n<< /Size 99 /Root 22 0 R /Prev %s >>\nstartxref\n%d\n%%%%EOF\n", object, at, prev, xref)
}

func TestTamperedActsAreRefused(t *testing.T) {
	o := newOffice(t)
	draft := render(t, filled())
	pdf := o.signed(t, draft, 3)
	e := covered(t, pdf)
	again := filled()
	again.Version = 2
	other := o.signed(t, render(t, again), 3)
	oe := covered(t, other)
	last := bytes.LastIndex(pdf, []byte("/Contents <")) + 11
	rewritten := filepath.Join(t.TempDir(), "q.pdf")
	tool(t, "qpdf", write(t, pdf), rewritten)
	second := bytes.Index(pdf[e[1]:], []byte("/Contents <")) + e[1] + 11
	for name, mutant := range map[string][]byte{
		"a byte appended":          append(bytes.Clone(pdf), '\n'),
		"a byte cut":               pdf[:len(pdf)-1],
		"a byte before":            append([]byte{'\n'}, pdf...),
		"itself appended":          append(bytes.Clone(pdf), pdf...),
		"page 1 redrawn":           shadow(pdf, 4, "<< /Length 0 >>\nstream\n\nendstream"),
		"page 1 with a note":       shadow(pdf, 3, "<</Type /Page /Parent 1 0 R /Resources 2 0 R /Contents 4 0 R /Annots []>>"),
		"a catalog replaced":       shadow(pdf, 22, "<< /Type /Catalog /Pages 1 0 R >>"),
		"page 1 redrawn, unsigned": shadow(draft, 4, "<< /Length 0 >>\nstream\n\nendstream"),
		"rewritten by qpdf":        mustRead(t, rewritten),
		"first signature cut out":  slices.Concat(pdf[:e[0]], pdf[e[1]:]),
		"second signature cut out": slices.Concat(pdf[:e[1]], pdf[e[2]:]),
		"signatures swapped":       slices.Concat(pdf[:e[0]], pdf[e[1]:e[2]], pdf[e[0]:e[1]], pdf[e[2]:]),
		"first signature twice":    slices.Concat(pdf[:e[1]], pdf[e[0]:]),
		"another version's third":  slices.Concat(pdf[:e[2]], other[oe[2]:]),
		"another version's all":    slices.Concat(pdf[:e[0]], other[oe[0]:]),
		"another's first revision": slices.Concat(other[:oe[0]], pdf[e[0]:]),
		"one CMS for another":      slices.Concat(pdf[:last], pdf[second:second+8192], pdf[last+8192:]),
		"no CMS":                   slices.Concat(pdf[:last], bytes.Repeat([]byte{'0'}, 8192), pdf[last+8192:]),
		"capital hexadecimal":      slices.Concat(pdf[:last], bytes.ToUpper(pdf[last:last+8192]), pdf[last+8192:]),
		"something in the padding": slices.Concat(pdf[:last+8190], []byte("01"), pdf[last+8192:]),
		"another time":             replaced(t, pdf, e[2], "/M (D:2026", "/M (D:2027"),
		"another name":             replaced(t, pdf, e[2], "/Name <FEFF04", "/Name <FEFF05"),
		"a smaller range":          replaced(t, pdf, e[2], "/ByteRange [0 0", "/ByteRange [1 0"),
		"another field":            replaced(t, pdf, e[2], "(Signature3Head)", "(Signature4Head)"),
		"an invisible signature":   replaced(t, pdf, e[2], "/F 132", "/F 134"),
		"another number":           replaced(t, pdf, 0, `"number":"A-2026-00001"`, `"number":"A-2026-00002"`),
		"its identifier mended":    acts.Retrailer(replaced(t, draft, 0, `"number":"A-2026-00001"`, `"number":"A-2026-00002"`)),
		"its last half":            pdf[len(pdf)/2:],
		"nothing":                  nil,
	} {
		if r := verify(t, mutant, o.authority.Certificate); r.Whole() || r.Complete {
			t.Errorf("%s: accepted: %+v", name, r)
		}
	}
}

// TestSignatureHasOneSpelling turns (r, s) into (r, n-s), which is as good to
// any ECDSA library.
func TestSignatureHasOneSpelling(t *testing.T) {
	o := newOffice(t)
	pdf := o.signed(t, render(t, filled()), 1)
	forged, err := acts.HighS(pdf)
	if err != nil {
		t.Fatal(err)
	}
	if r := verify(t, forged); bytes.Equal(forged, pdf) || r.Whole() {
		t.Errorf("accepted: %+v", r)
	}
}

func TestLastSignatureRemoved(t *testing.T) {
	o := newOffice(t)
	pdf := o.signed(t, render(t, filled()), 3)
	for n, end := range covered(t, pdf)[:3] {
		r := verify(t, pdf[:end], o.authority.Certificate)
		if !r.Whole() || r.Complete || len(r.Signatures) != n {
			t.Errorf("%d/3: %+v", n, r)
		}
	}
}

// TestEveryFlippedByteIsCaught flips one bit at a sample of places: everywhere
// in the file, and densely where the signatures are.
func TestEveryFlippedByteIsCaught(t *testing.T) {
	o := newOffice(t)
	pdf := o.signed(t, render(t, filled()), 3)
	base, tried := covered(t, pdf)[0], 0
	for i := 0; i < len(pdf); {
		mutant := bytes.Clone(pdf)
		mutant[i] ^= 1 << (i % 7)
		if r := verify(t, mutant); r.Whole() {
			t.Errorf("byte %d (%q → %q) is not missed", i, pdf[i], mutant[i])
		}
		tried++
		if i < base {
			i += 37
		} else {
			i += 11
		}
	}
	t.Logf("%d flips caught", tried)
}

func TestStrangersSignaturesAreRefused(t *testing.T) {
	o, pdf := newOffice(t), render(t, filled())
	stranger := newOffice(t)
	one := o.signed(t, pdf, 1)
	d := filled()
	twice := o.issue(t, proctor.Person{Login: d.Specialist.Login, Name: d.Engineer.Name}, proctor.RoleEngineer)
	namesake := o.issue(t, proctor.Person{Login: "another", Name: d.Engineer.Name}, proctor.RoleEngineer)
	spec := o.signers[proctor.RoleSpecialist]
	for name, c := range map[string]struct {
		before []byte
		i      int
		signer acts.Signer
		at     time.Time
	}{
		"the same person twice":    {one, 1, twice, signedAt},
		"the same key twice":       {one, 1, spec, signedAt},
		"another of that name":     {one, 1, namesake, signedAt},
		"another office":           {pdf, 0, o.signers[proctor.RoleHead], signedAt},
		"another authority":        {one, 1, stranger.signers[proctor.RoleEngineer], signedAt},
		"before its certificate":   {pdf, 0, spec, at("2026-08-01T00:00:00Z")},
		"after its certificate":    {pdf, 0, spec, at("2027-12-01T00:00:00Z")},
		"before the act":           {pdf, 0, spec, at("2026-12-01T00:00:00Z")},
		"before the one before it": {one, 1, o.signers[proctor.RoleEngineer], signedAt.Add(-time.Hour)},
	} {
		opts := acts.SignOptions{Role: acts.Roles()[c.i], At: c.at}
		forged, err := acts.ForceSign(c.before, c.i, c.signer, opts)
		if err != nil {
			t.Fatal(err)
		}
		if r := verify(t, forged); r.Whole() || len(r.Signatures) != c.i {
			t.Errorf("%s: accepted by Verify: %+v", name, r)
		}
		if _, err := acts.Sign(c.before, c.signer, opts); proctor.KindOf(err) == "" {
			t.Errorf("%s: Sign says %v", name, err)
		}
	}
	three := stranger.signed(t, pdf, 3)
	if r := verify(t, three, o.authority.Certificate); r.Whole() {
		t.Errorf("another root: accepted: %+v", r)
	}
	if r := verify(t, three, o.authority.Certificate, stranger.authority.Certificate); !r.Complete {
		t.Errorf("one of two roots: refused: %+v", r)
	}
}

func TestEachOfficeSignsOnce(t *testing.T) {
	o := newOffice(t)
	pdf := render(t, filled())
	for n := range 4 {
		before := o.signed(t, pdf, n)
		for i, role := range acts.Roles() {
			_, err := o.signAs(before, n, role)
			if (err == nil) != (i >= n) {
				t.Errorf("%d signed, %s signs: %v", n, role, err)
			}
		}
	}
	if _, err := o.sign(shadow(pdf, 4, "<< >>"), proctor.RoleSpecialist); proctor.KindOf(err) != proctor.Conflict {
		t.Errorf("signing a changed file: %v", err)
	}
	wrong := o.signers[proctor.RoleHead]
	wrong.Key = o.signers[proctor.RoleEngineer].Key
	if _, err := acts.Sign(pdf, wrong, acts.SignOptions{Role: proctor.RoleSpecialist, At: signedAt}); proctor.KindOf(err) != proctor.Invalid {
		t.Errorf("signing with another's certificate: %v", err)
	}
}

// FuzzVerify edits a signed act: which of its four stages, where, how many
// bytes go, what comes instead. Only the stages themselves may pass.
func FuzzVerify(f *testing.F) {
	o := newOffice(f)
	d := filled()
	d.Stills = nil
	pdf := o.signed(f, render(f, d), 3)
	var whole [][]byte
	for _, n := range covered(f, pdf) {
		whole = append(whole, pdf[:n])
	}
	mix := stampedMix(f, o, newNational(f), d) // stages 4 to 7: all methods, stamped
	for _, n := range covered(f, mix) {
		whole = append(whole, mix[:n])
	}
	for stage, mark := range []string{"/Qyragy << ", "/Stamped ", "/Signer <", "/Scan <"} {
		f.Add(uint8(4+stage), uint32(bytes.LastIndex(mix, []byte(mark))), uint32(len(mark)), []byte(mark+"0"))
	}
	f.Add(uint8(3), uint32(0), uint32(0), []byte{})
	f.Add(uint8(3), uint32(0), uint32(1<<30), []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n%qyragy-act-1 xref 0000000045\nxref\n0 16\n"))
	f.Add(uint8(0), uint32(35), uint32(10), []byte("0000000046"))
	f.Add(uint8(1), uint32(len(pdf)), uint32(0), []byte("27 0 obj\n<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (D:20261203040000Z) /Reason <FEFF> "))
	for _, mark := range []string{"/M (", "/Reason <", "/Contents <3082", "/Rows", "\nxref\n0", "\"number\"", "startxref"} {
		f.Add(uint8(3), uint32(bytes.LastIndex(pdf, []byte(mark))), uint32(len(mark)+4), []byte(mark+"0"))
	}
	f.Fuzz(func(t *testing.T, stage uint8, from, cut uint32, put []byte) {
		b := whole[int(stage)%len(whole)]
		at := min(int(from), len(b))
		b = slices.Concat(b[:at], put, b[min(at+int(cut), len(b)):])
		r := verify(t, b, o.authority.Certificate)
		if r.Whole() && !slices.ContainsFunc(whole, func(w []byte) bool { return bytes.Equal(w, b) }) {
			t.Errorf("accepted a file that nobody made: %+v", r)
		}
	})
}

func TestKeysAreSealed(t *testing.T) {
	s := newOffice(t).signers[proctor.RoleHead]
	sealed, err := acts.Seal(s.Key, "құпиясөз 2026")
	if err != nil {
		t.Fatal(err)
	}
	key, err := acts.Unseal(sealed, "құпиясөз 2026")
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := key.Public().(*ecdsa.PublicKey); !ok || !p.Equal(s.Key.Public()) {
		t.Error("another key came out")
	}
	if _, err := acts.Unseal(sealed, "құпиясөз 2027"); proctor.KindOf(err) != proctor.Forbidden {
		t.Errorf("a wrong password: %v", err)
	}
	for _, i := range []int{0, 7, 20, 40, len(sealed) - 1} {
		bad := bytes.Clone(sealed)
		bad[i] ^= 0x80
		if _, err := acts.Unseal(bad, "құпиясөз 2026"); proctor.KindOf(err) == "" {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	if _, err := acts.Unseal(sealed[:20], "x"); proctor.KindOf(err) != proctor.Invalid {
		t.Errorf("a short blob: %v", err)
	}
}

func TestCertificatesInPEM(t *testing.T) {
	s := newOffice(t).signers[proctor.RoleHead]
	chain, err := acts.ParseCertificates(acts.CertificatePEM(s.Chain...))
	if err != nil || len(chain) != 2 || !chain[0].Equal(s.Chain[0]) {
		t.Errorf("%v %v", chain, err)
	}
	if _, err := acts.ParseCertificates([]byte("nothing")); proctor.KindOf(err) != proctor.Invalid {
		t.Error(err)
	}
}
