package acts_test

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

// stampedMix is an act with a stamped key, an NCALayer and a paper signature.
func stampedMix(t testing.TB, o office, n *national, d acts.Document) []byte {
	t.Helper()
	pdf, err := acts.Sign(render(t, d), o.signers[proctor.RoleSpecialist], acts.SignOptions{Role: proctor.RoleSpecialist,
		At: signedAt, Stamp: stamping(t, n, signedAt.Add(time.Second))})
	if err != nil {
		t.Fatal(err)
	}
	c := n.issue(t, 0, "ІЗБАСАР ДӘУРЕН", "ҚУАНЫШҰЛЫ", "800101300123", nil)
	if pdf, err = outside(t, pdf, c, external(proctor.RoleEngineer), stamping(t, n, signedAt.Add(time.Hour+time.Minute))); err != nil {
		t.Fatal(err)
	}
	if pdf, err = acts.Attest(pdf, o.witness(t), onPaper(proctor.RoleHead)); err != nil {
		t.Fatal(err)
	}
	return pdf
}

// contentsOf is where the i-th signature's hexadecimal CMS lies in pdf.
func contentsOf(t testing.TB, pdf []byte, e []int, i int) (from, to int) {
	t.Helper()
	from = e[i] + bytes.Index(pdf[e[i]:], []byte("/Contents <")) + 11
	return from, from + bytes.IndexByte(pdf[from:], '>')
}

// byQPDF has qpdf make a mutant.
func byQPDF(t *testing.T, pdf []byte, args ...string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.pdf")
	tool(t, "qpdf", append(append([]string{"--warning-exit-0", write(t, pdf)}, args...), out)...)
	return mustRead(t, out)
}

// edited has qpdf write the file as text, changes it there, and mends its
// cross-reference: what a person with an editor does.
func edited(t *testing.T, pdf []byte, old, new string) []byte {
	t.Helper()
	text := byQPDF(t, pdf, "--qdf", "--object-streams=disable")
	if !bytes.Contains(text, []byte(old)) {
		t.Fatalf("no %q to edit", old)
	}
	return []byte(tool(t, "fix-qdf", write(t, bytes.Replace(text, []byte(old), []byte(new), 1))))
}

// attached has qpdf attach a file.
func attached(t *testing.T, pdf []byte) []byte {
	t.Helper()
	p := filepath.Join(t.TempDir(), "note.txt")
	if err := os.WriteFile(p, []byte("тағы"), 0o600); err != nil {
		t.Fatal(err)
	}
	return byQPDF(t, pdf, "--add-attachment", p, "--")
}

// TestTamperedWithAfterThreeMethods changes an act of three signatures, of
// three methods, in every way an insider might. Each is caught, and the message
// names the byte, at or after which the change is; where is that byte's least.
func TestTamperedWithAfterThreeMethods(t *testing.T) {
	o, n := newOffice(t), newNational(t)
	pdf := stampedMix(t, o, n, filled())
	e := covered(t, pdf)
	again := filled()
	again.Version = 2
	other := stampedMix(t, o, n, again)
	oe := covered(t, other)
	options := acts.VerifyOptions{Roots: []*x509.Certificate{o.authority.Certificate}, National: n.roots(t), Stamps: n.roots(t).Roots}
	if r, err := acts.VerifyWith(pdf, options); err != nil || !r.Complete || !r.Trusted {
		t.Fatalf("untouched: %+v %v", r, err)
	}
	k0, k1 := contentsOf(t, pdf, e, 0)
	m0, m1 := contentsOf(t, pdf, e, 1)
	p0, p1 := contentsOf(t, pdf, e, 2)
	o0, o1 := contentsOf(t, other, oe, 1)
	x0, x1 := contentsOf(t, other, oe, 0)
	swap := func(from, to int, with []byte) []byte { return slices.Concat(pdf[:from], with, pdf[to:]) }
	hexed := func(from, to int, old, new string) []byte { // changes the CMS's own bytes
		at := bytes.Index(pdf[from:to], fmt.Appendf(nil, "%x", old))
		if at < 0 || len(old) != len(new) {
			t.Fatalf("no %q in the CMS", old)
		}
		return swap(from+at, from+at+2*len(old), fmt.Appendf(nil, "%x", new))
	}
	flip := func(at int) []byte { b := bytes.Clone(pdf); b[at] ^= 1; return b }
	const head = 0 // the place is named from the front: the whole file is rewritten
	for i, c := range []struct {
		name   string
		mutant []byte
		where  int
	}{
		{"an update appended", shadow(pdf, 4, "<< /Length 0 >>\nstream\n\nendstream"), e[3]},
		{"a shadow of page 1", shadow(pdf, 3, "<< /Type /Page /Parent 1 0 R /Resources 2 0 R /Contents 6 0 R >>"), e[3]},
		{"a note on page 1", shadow(pdf, 90, "<< /Type /Annot /Subtype /FreeText /Contents (x) /Rect [0 0 9 9] >>"), e[3]},
		{"a catalog with a script", shadow(pdf, 22, "<< /Type /Catalog /Pages 1 0 R /OpenAction << /S /JavaScript /JS (x) >> >>"), e[3]},
		{"pages swapped", byQPDF(t, pdf, "--pages", ".", "2,1", "--"), head},
		{"a page taken away", byQPDF(t, pdf, "--pages", ".", "1", "--"), head},
		{"pages turned", byQPDF(t, pdf, "--rotate=+180:1"), head},
		{"flattened", byQPDF(t, pdf, "--flatten-annotations=all"), head},
		{"made linear", byQPDF(t, pdf, "--linearize"), head},
		{"encrypted", byQPDF(t, pdf, "--encrypt", "", "x", "256", "--"), head},
		{"a file attached", attached(t, pdf), head},
		{"another title, by an editor", edited(t, pdf, "/Title", "/Tutle"), head},
		{"another rectangle, by an editor", edited(t, pdf, "/Rect [", "/Rect [ 1"), head},
		{"the first signature removed", slices.Concat(pdf[:e[0]], pdf[e[1]:]), e[0]},
		{"the second removed", slices.Concat(pdf[:e[1]], pdf[e[2]:]), e[1]},
		{"two signatures swapped", slices.Concat(pdf[:e[0]], pdf[e[1]:e[2]], pdf[e[0]:e[1]], pdf[e[2]:]), e[0]},
		{"the third twice", append(bytes.Clone(pdf), pdf[e[2]:]...), e[3]},
		{"a second end of file", append(bytes.Clone(pdf), "%%EOF\n"...), e[3]},
		{"an older table of objects", slices.Concat(pdf, pdf[bytes.LastIndex(pdf[:e[1]], []byte("xref\n")):e[1]]), e[3]},
		{"an older startxref", replaced(t, pdf, e[2], "startxref\n", "startxreg\n"), e[2]},
		{"another appearance", replaced(t, pdf, e[1], "/BBox [0 0 120 29]", "/BBox [0 0 120 28]"), e[1]},
		{"another seal's picture", replaced(t, pdf, e[2], "0.1 0.25 0.55 RG", "0.1 0.25 0.56 RG"), e[2]},
		{"metadata changed", replaced(t, pdf, 0, "<pdfaid:part>2", "<pdfaid:part>3"), head},
		{"the range shifted", replaced(t, pdf, e[1], "/ByteRange [0 0", "/ByteRange [1 0"), e[1]},
		{"the range widened", flip(m1 - 2*16384 - 14), e[1]},
		{"the padding used", swap(p1-2, p1, []byte("01")), e[2]},
		{"the padding cut", slices.Concat(pdf[:p1-2], pdf[p1:]), e[2]},
		{"another document's CMS by the same card", swap(m0, m1, other[o0:o1]), e[1]},
		{"another document's key signature", swap(k0, k1, other[x0:x1]), e[0]},
		{"another version's last signature", slices.Concat(pdf[:e[2]], other[oe[2]:]), e[2]},
		{"another version's first revision", slices.Concat(other[:oe[0]], pdf[e[0]:]), e[0]},
		{"the attester's name", hexed(p0, p1, "Куәгер", "Куәгар"), e[2]},
		{"the hand signer", replaced(t, pdf, e[2], fmt.Sprintf("/Signer <%x", "Құрман"), fmt.Sprintf("/Signer <%x", "Құрмен")), e[2]},
		{"the scan", replaced(t, pdf, e[2], fmt.Sprintf("/Scan <%x", scan[:4]), "/Scan <00000000"), e[2]},
		{"paper called ncalayer", replaced(t, pdf, e[2], "/Method /paper", "/Method /other"), e[2]},
		{"the stamp's time", hexed(k0, k1, "20261203040001Z", "20261203050001Z"), e[0]},
		{"the stamp's time beside NCALayer", hexed(m0, m1, "20261203050100Z", "20261203050200Z"), e[1]},
		{"the stamp denied", replaced(t, pdf, e[0], "/Stamped true", "/Stamped fals"), e[0]},
		{"the IIN", hexed(m0, m1, "IIN800101300123", "IIN800101300124"), e[1]},
		{"the signing time in the CMS", hexed(m0, m1, "261203050100Z", "261203050200Z"), e[1]},
		{"a later time", replaced(t, pdf, e[2], "/M (D:202612", "/M (D:202712"), e[2]},
	} {
		r, err := acts.VerifyWith(c.mutant, options)
		if err != nil || r.Whole() || r.Complete || bytes.Equal(c.mutant, pdf) {
			t.Errorf("%d, %s: accepted: %+v %v", i+1, c.name, r, err)
			continue
		}
		var at int
		if _, err := fmt.Sscanf(r.Problems[0], "byte %d:", &at); err != nil || at < c.where || at > len(c.mutant) {
			t.Errorf("%d, %s: looked for after byte %d: %s", i+1, c.name, c.where, r.Problems[0])
		}
		if strings.Contains(r.Problems[0], "\n") {
			t.Errorf("%d, %s: %q", i+1, c.name, r.Problems[0])
		}
	}
}

// TestEveryFlippedByteOfAMixedActIsCaught flips one bit at a sample of places
// of the three updates.
func TestEveryFlippedByteOfAMixedActIsCaught(t *testing.T) {
	o, n := newOffice(t), newNational(t)
	d := filled()
	d.Stills = nil
	pdf := stampedMix(t, o, n, d)
	options := acts.VerifyOptions{Roots: []*x509.Certificate{o.authority.Certificate}, National: n.roots(t), Stamps: n.roots(t).Roots}
	tried := 0
	for i := covered(t, pdf)[0]; i < len(pdf); i += 43 {
		mutant := bytes.Clone(pdf)
		mutant[i] ^= 1 << (i % 7)
		if r, err := acts.VerifyWith(mutant, options); err != nil || r.Whole() {
			t.Errorf("byte %d (%q → %q) is not missed: %v", i, pdf[i], mutant[i], err)
		}
		tried++
	}
	t.Logf("%d flips caught", tried)
}

// FuzzEmbed puts anything where a CMS belongs.
func FuzzEmbed(f *testing.F) {
	n := newNational(f)
	d := filled()
	d.Stills = nil
	c := n.issue(f, 0, "ӘБЕНОВА ЖАНАР", "САПАРҚЫЗЫ", "700101400123", nil)
	p, err := acts.Prepare(render(f, d), external(proctor.RoleSpecialist))
	if err != nil {
		f.Fatal(err)
	}
	cms, err := acts.OutsideCMS(p.Covered(), c.chain, c.key, signedAt, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(0), uint32(0), []byte{})
	f.Add(uint32(0), uint32(1<<30), []byte("-----BEGIN CMS-----\n-----END CMS-----\n"))
	f.Add(uint32(len(cms)), uint32(0), []byte{0xA1, 0})
	for _, mark := range []string{"IIN", "\x31\x00", "261203"} {
		f.Add(uint32(max(0, bytes.Index(cms, []byte(mark)))), uint32(len(mark)+1), []byte(mark+"9"))
	}
	f.Fuzz(func(t *testing.T, from, cut uint32, put []byte) {
		at := min(int(from), len(cms))
		b := slices.Concat(cms[:at], put, cms[min(at+int(cut), len(cms)):])
		pdf, err := acts.Embed(p, b)
		if err != nil {
			return
		}
		if r := verify(t, pdf); !r.Whole() || len(r.Signatures) != 1 || r.Signatures[0].IIN != "700101400123" {
			t.Errorf("embedded what does not verify: %+v", r)
		}
	})
}
