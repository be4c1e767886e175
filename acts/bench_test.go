package acts_test

import (
	"bytes"
	"crypto/x509"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/acts/gost"
	"qyragy/proctor"
)

// withStills is filled with six stills as a camera of 1280x720 gives them.
func withStills(b *testing.B) acts.Document {
	b.Helper()
	d := filled()
	d.Stills = nil
	noise := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a picture
	for i := range 6 {
		m := image.NewYCbCr(image.Rect(0, 0, 1280, 720), image.YCbCrSubsampleRatio420)
		for j := range m.Y {
			m.Y[j] = uint8(j/5000+noise.IntN(24)) + uint8(i)
		}
		for j := range m.Cb {
			m.Cb[j], m.Cr[j] = 120, 136
		}
		var out bytes.Buffer
		if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 80}); err != nil {
			b.Fatal(err)
		}
		d.Stills = append(d.Stills, acts.Still{At: at("2026-12-02T05:04:15Z").Add(time.Duration(i) * time.Second), JPEG: out.Bytes()})
	}
	return d
}

func BenchmarkDraft(b *testing.B) {
	d := withStills(b)
	var pdf []byte
	for b.Loop() {
		pdf = render(b, d)
	}
	b.ReportMetric(float64(len(pdf))/1024, "KiB")
}

func BenchmarkSign(b *testing.B) {
	o, n := newOffice(b), newNational(b)
	pdf := o.signed(b, render(b, withStills(b)), 2)
	head := external(proctor.RoleHead)
	c := n.issue(b, 0, "ҚҰРМАНБЕКОВА ГҮЛНАР", "ӘБІЛҚЫЗЫ", "700101400123", nil)
	stamp, witness := stamping(b, n, head.At), o.witness(b)
	for name, sign := range map[string]func() error{
		"key": func() error {
			_, err := acts.Sign(pdf, o.signers[proctor.RoleHead], acts.SignOptions{Role: head.Role, At: head.At})
			return err
		},
		"stamped": func() error { // the authority's answer is made here, by RSA
			_, err := acts.Sign(pdf, o.signers[proctor.RoleHead], acts.SignOptions{Role: head.Role, At: head.At, Stamp: stamp})
			return err
		},
		"paper": func() error {
			_, err := acts.Attest(pdf, witness, onPaper(proctor.RoleHead))
			return err
		},
		"ncalayer": func() error { // the card signs within: RSA
			_, err := outside(b, pdf, c, head, nil)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := sign(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	o, n := newOffice(b), newNational(b)
	d := withStills(b)
	roots := []*x509.Certificate{o.authority.Certificate}
	for name, c := range map[string]struct {
		pdf     []byte
		options acts.VerifyOptions
	}{
		"keys":    {o.signed(b, render(b, d), 3), acts.VerifyOptions{Roots: roots}},
		"methods": {stampedMix(b, o, n, d), acts.VerifyOptions{Roots: roots, National: n.roots(b), Stamps: n.roots(b).Roots}},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if r, err := acts.VerifyWith(c.pdf, c.options); err != nil || !r.Complete || !r.Trusted {
					b.Fatal(strings.Join(r.Problems, "; "))
				}
			}
		})
	}
	b.Run("gost", benchGOST)
}

// benchGOST verifies an act that three cards of the national authority signed.
func benchGOST(b *testing.B) {
	o, d := atNow(b)
	d.Stills = withStills(b).Stills
	pdf := render(b, d)
	national := gost.Options{}
	for i, r := range acts.Roles() {
		g := newGOSTCard(b)
		g.iin(b, "80010130012"+string(rune('0'+i)))
		x := d.Official(r)
		p, err := acts.Prepare(pdf, acts.External{Role: r, Login: x.Login, Name: x.Name, At: time.Now()})
		if err != nil {
			b.Fatal(err)
		}
		if pdf, err = acts.Embed(p, g.sign(b, p.Covered())); err != nil {
			b.Fatal(err)
		}
		national.Roots = append(national.Roots, g.roots(b).Roots...)
	}
	for b.Loop() {
		r, err := acts.VerifyWith(pdf, acts.VerifyOptions{Roots: []*x509.Certificate{o.authority.Certificate}, National: national})
		if err != nil || !r.Complete || !r.Trusted {
			b.Fatal(strings.Join(r.Problems, "; "))
		}
	}
}

// iin certifies the card's key for another person.
func (g gostCard) iin(t testing.TB, iin string) {
	t.Helper()
	g.write(t, "c.cnf", []byte(strings.Replace(gostConfig, "IIN123456789011", "IIN"+iin, 1)))
	g.run(t, "req", "-engine", "gost", "-config", "c.cnf", "-new", "-key", "signer.key", "-md_gost12_512", "-out", "signer.csr")
	g.run(t, "x509", "-engine", "gost", "-req", "-in", "signer.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "4712",
		"-md_gost12_512", "-extfile", "c.cnf", "-extensions", "signer", "-out", "signer.pem")
}
