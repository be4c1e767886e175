package bundle

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"qyragy/proctor"
	"qyragy/proctor/ledger"
)

// fileOf is the index of a file by its name.
func fileOf(t *testing.T, b *Bundle, name string) int {
	t.Helper()
	n := slices.IndexFunc(b.Manifest.Files, func(f File) bool { return f.Name == name })
	if n < 0 {
		t.Fatal(name, "is not in the bundle")
	}
	return n
}

// TestForgedBundles: bundles that are laid out as they should be, with every
// hash in the manifest right, of other evidence.
func TestForgedBundles(t *testing.T) {
	seg := func(n int) string { return SegmentName(testSeat, n) }
	other := func(w *world, b *Bundle, n int, data []byte) {
		r := w.object(data)
		b.Manifest.Files[n].SHA256, b.Manifest.Files[n].Size = r.SHA256, r.Size
	}
	record := func(b *Bundle, kind string) int {
		return slices.IndexFunc(b.Records, func(raw []byte) bool { return bytes.Contains(raw, []byte(kind)) })
	}
	rewrite := func(b *Bundle, n int, from, to string) {
		rec, err := ledger.ParseRecord(b.Records[n])
		if err != nil {
			t.Fatal(err)
		}
		rec.Data = strings.Replace(rec.Data, from, to, 1)
		raw := rec.Bytes()
		b.Records[n], b.Manifest.Records[n].SHA256, b.Manifest.Records[n].Size = raw, ledger.Hash(raw), int64(len(raw))
	}
	remove := func(b *Bundle, n int) {
		b.Records = slices.Delete(b.Records, n, n+1)
		b.Manifest.Records = slices.Delete(b.Manifest.Records, n, n+1)
		b.Proof.Records = slices.Delete(b.Proof.Records, n, n+1)
	}
	for _, c := range []struct {
		name, file, says string // of some problem
		change           func(*world, *Bundle)
	}{
		{"a segment dropped from the manifest", nameManifest, "record", func(_ *world, b *Bundle) {
			n := fileOf(t, b, seg(3))
			b.Manifest.Files = slices.Delete(b.Manifest.Files, n, n+1)
		}},
		{"a segment put in the place of another", seg(3), "does not speak of these bytes", func(_ *world, b *Bundle) {
			m, n := fileOf(t, b, seg(3)), fileOf(t, b, seg(4))
			b.Manifest.Files[m].SHA256, b.Manifest.Files[n].SHA256 = b.Manifest.Files[n].SHA256, b.Manifest.Files[m].SHA256
		}},
		{"a segment twice", "segments/S1/99999.webm", "speaks of another file", func(_ *world, b *Bundle) {
			f := b.Manifest.Files[fileOf(t, b, seg(3))]
			f.Name = seg(99999)
			b.Manifest.Files = append(b.Manifest.Files, f)
		}},
		{"segments in another order", nameManifest, "", func(_ *world, b *Bundle) {
			m, n := fileOf(t, b, seg(3)), fileOf(t, b, seg(4))
			b.Manifest.Files[m], b.Manifest.Files[n] = b.Manifest.Files[n], b.Manifest.Files[m]
		}},
		{"a segment under another's name", seg(6), "speaks of another file", func(_ *world, b *Bundle) {
			b.Manifest.Files[fileOf(t, b, seg(4))].Name = seg(6)
		}},
		{"another recording, re-hashed", seg(3), "does not speak of these bytes", func(w *world, b *Bundle) {
			other(w, b, fileOf(t, b, seg(3)), []byte("another recording"))
		}},
		{"another recording and its record, re-hashed", RecordName(13), "does not lead to the checkpoint's root", func(w *world, b *Bundle) {
			n := fileOf(t, b, seg(3))
			was := b.Manifest.Files[n].SHA256
			other(w, b, n, bytes.Repeat([]byte("x"), 400))
			rewrite(b, record(b, was), was, b.Manifest.Files[n].SHA256)
		}},
		{"another picture", StillName("I1"), "does not speak of these bytes", func(w *world, b *Bundle) {
			other(w, b, fileOf(t, b, StillName("I1")), []byte("a portrait"))
		}},
		{"the manifest's act", nameManifest, "the records are of act", func(_ *world, b *Bundle) { b.Manifest.Number = "A-2026-00008" }},
		{"the manifest's seat", nameManifest, "is not the manifest that record", func(_ *world, b *Bundle) { b.Manifest.Seats = []proctor.SeatID{"S2"} }},
		{"a record dropped", nameManifest, "is not the manifest that record", func(_ *world, b *Bundle) { remove(b, record(b, "incident.judged")) }},
		{"a signature's record dropped", ActName(1), "3 signatures, the journal has 2", func(_ *world, b *Bundle) { remove(b, len(b.Records)-2) }},
		{"a record changed, with its hash", "", "does not lead to the checkpoint's root", func(_ *world, b *Bundle) {
			rewrite(b, record(b, "incident.judged"), "A1", "A5")
		}},
		{"two records swapped in the proofs", "", "does not lead to the checkpoint's root", func(_ *world, b *Bundle) {
			b.Proof.Records[1], b.Proof.Records[2] = b.Proof.Records[2], b.Proof.Records[1]
		}},
		{"a proof left out", nameProof, "proofs of", func(_ *world, b *Bundle) { b.Proof.Records = b.Proof.Records[1:] }},
		{"a proof of an act's tree left out", ActName(1), "no proof that tree", func(_ *world, b *Bundle) { b.Proof.Trees = []Growth{} }},
		{"a proof of another tree", ActName(1), "rolled back or written anew", func(_ *world, b *Bundle) {
			b.Proof.Trees[0].Proof = append([]tlog.Hash{{1}}, b.Proof.Trees[0].Proof[1:]...)
		}},
		{"a checkpoint of another key", nameCheckpoint, "not a checkpoint", func(w *world, b *Bundle) {
			s, _ := newKey(t)
			b.Checkpoint, _ = (ledger.Checkpoint{Tree: w.j.Tree(), At: w.now}).Sign(s)
		}},
		{"an older checkpoint", nameExport, "younger than the checkpoint", func(w *world, b *Bundle) {
			old, err := w.j.TreeAt(t.Context(), w.j.Tree().Size-2)
			if err != nil {
				t.Fatal(err)
			}
			b.Checkpoint, _ = (ledger.Checkpoint{Tree: old, At: w.now}).Sign(w.signer)
		}},
		{"another key in the bundle", nameKey, "another journal's key than you gave", func(_ *world, b *Bundle) { _, b.Key = newKey(t) }},
		{"the export of another bundle", nameManifest, "is not the manifest that record", func(w *world, b *Bundle) {
			w.add(&proctor.EvidenceExported{Act: testAct, Manifest: strings.Repeat("0", 64)})
			rec, err := w.j.Newest(t.Context(), "evidence.exported", strings.Repeat("0", 64))
			if err != nil {
				t.Fatal(err)
			}
			w.prove(b)
			n, _ := rec.Number()
			p, err := w.j.Prove(t.Context(), w.j.Tree().Size, []uint64{n})
			if err != nil {
				t.Fatal(err)
			}
			b.Export, b.Proof.Export = rec.Bytes(), p[0]
		}},
		{"a record that is no export in its place", nameExport, "is no record of an export", func(_ *world, b *Bundle) {
			b.Export, b.Proof.Export = b.Records[len(b.Records)-1], b.Proof.Records[len(b.Records)-1]
		}},
		{"the act with one signature less", ActName(1), "does not speak of these bytes", func(w *world, b *Bundle) {
			n := fileOf(t, b, ActName(1))
			pdf := w.objects[b.Manifest.Files[n].SHA256]
			end := bytes.LastIndex(pdf[:len(pdf)-6], []byte("%%EOF\n")) + 6
			other(w, b, n, pdf[:end])
		}},
		{"another act's PDF", ActName(1), "it is act", func(w *world, b *Bundle) {
			pdf := w.objects[b.Manifest.Files[fileOf(t, b, ActName(1))].SHA256]
			other(w, b, fileOf(t, b, ActName(1)), bytes.Replace(pdf, []byte("A-2026-00007"), []byte("A-2026-00009"), 1))
		}},
		{"the whole journal written anew by another key", nameKey, "another journal's key than you gave", func(w *world, b *Bundle) {
			w2, b2, _ := inForce(t)
			for sum, x := range w2.objects {
				w.objects[sum] = x
			}
			*b = *b2
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, b, _ := inForce(t)
			o := w.options()
			c.change(w, b)
			r := check(t, w.zip(b), o)
			if !slices.ContainsFunc(r.Problems, func(p Problem) bool { return (c.file == "" || p.File == c.file) && strings.Contains(p.What, c.says) }) {
				t.Errorf("%q of %s is not said: %v", c.says, c.file, r.Problems)
			}
		})
	}
}

// TestForgedFiles: the bytes of the ZIP itself.
func TestForgedFiles(t *testing.T) {
	w, _, z := inForce(t)
	eocd := len(z) - 22
	files := namesAt(t, z)
	at := func(name string) int { return slices.Index(files, name) }
	drop := func(from, to int) []byte { return slices.Concat(z[:from], z[to:]) }
	s3, s4, s5 := at(SegmentName(testSeat, 2)), at(SegmentName(testSeat, 3)), at(SegmentName(testSeat, 4))
	dir := bytes.LastIndex(z, []byte("PK\x01\x02\x14\x03"))
	for name, c := range map[string]struct {
		z    []byte
		says string
	}{
		"a segment dropped":          {drop(s3, s4), `stands in its place`},
		"a segment doubled":          {slices.Concat(z[:s4], z[s3:s4], z[s4:]), `"segments/S1/00002.webm" stands in its place`},
		"two segments swapped":       {slices.Concat(z[:s3], z[s4:s5], z[s3:s4], z[s5:]), `"segments/S1/00003.webm" stands in its place`},
		"the end cut off":            {z[:len(z)-1], "the bundle ends within it"},
		"the directory cut off":      {z[:bytes.Index(z, []byte("PK\x01\x02"))], "the bundle ends within it"},
		"cut within a segment":       {z[:s4+100], "the bundle ends within it"},
		"cut in the front":           {z[:100], ""},
		"empty":                      {nil, "the bundle ends here"},
		"a byte after the end":       {append(bytes.Clone(z), 0), "1 bytes after the bundle's end"},
		"a comment":                  {slices.Concat(z[:eocd+20], []byte{1, 0, 'x'}), "it is not as the files' order"},
		"bytes before the beginning": {slices.Concat([]byte("#!/bin/sh\n"), z), "should begin at byte 0"},
		"a second end":               {slices.Concat(z, z[eocd:]), "22 bytes after"},
		"a link in the directory":    {patched(z, dir+38, []byte{0, 0, 0xff, 0xa1}), "it is not as the files' order"},
		"an entry less in the end":   {patched(z, eocd+8, []byte{z[eocd+8] - 1}), "it is not as the files' order"},
		"a deflated entry":           {patched(z, s3+8, []byte{8}), "its header is not as a bundle's"},
		"an encrypted entry":         {patched(z, s3+6, []byte{z[s3+6] | 1}), "its header is not as a bundle's"},
		"a name that climbs out":     {patched(z, s3+localLength, []byte("../../../etc/")), "stands in its place"},
		"a size that is not there":   {patched(z, 18, []byte{255, 255, 255, 127, 255, 255, 255, 127}), "too many"},
		"an entry hidden in between": {slices.Concat(z[:s4], []byte("PK\x03\x04hidden"), z[s4:]), "stands in its place"},
		"written by another program": {rezipped(t, z, zip.Store), ""},
		"compressed by another":      {rezipped(t, z, zip.Deflate), ""},
		"of zeros":                   {make([]byte, len(z)), "should begin at byte 0"},
	} {
		t.Run(name, func(t *testing.T) {
			r := check(t, c.z, w.options())
			if !slices.ContainsFunc(r.Problems, func(p Problem) bool { return p.Byte >= 0 && strings.Contains(p.What, c.says) }) {
				t.Errorf("%q is not said: %v", c.says, r.Problems)
			}
		})
	}
}

func patched(z []byte, at int, with []byte) []byte {
	out := bytes.Clone(z)
	copy(out[at:], with)
	return out
}

// rezipped is the same files, as archive/zip writes them.
func rezipped(t *testing.T, z []byte, method uint16) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(z), int64(len(z)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range in.File {
		body, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		to, err := w.CreateHeader(&zip.FileHeader{Name: f.Name, Method: method})
		if err == nil {
			_, err = io.Copy(to, body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestRollback: somebody who has the server, its key and its database cuts the
// journal's end off and goes on otherwise. Every bundle of it is whole, and
// what was printed before shows it.
func TestRollback(t *testing.T) {
	w, _, _ := inForce(t)
	printed := w.j.Tree() // on some other act's paper
	head, err := w.j.Newest(t.Context(), "evidence.exported", "")
	if err != nil {
		t.Fatal(err)
	}

	again := newWorld(t)
	again.signer, again.key = w.signer, w.key
	again.exam(7, 400)
	again.act(1, 3)
	for again.j.Tree().Size < printed.Size+3 {
		again.add(&proctor.SeatFinished{Seat: "S2"})
	}
	b, _ := again.prepared(false)
	z := again.zip(b)
	o := again.options()
	if r := check(t, z, o); !r.Complete() || !r.Trusted {
		t.Fatal("by itself it should be whole:", r.Problems)
	}
	now := again.j.Tree()
	proof, err := again.j.ProveGrowth(t.Context(), printed.Size, now.Size)
	if err != nil {
		t.Fatal(err)
	}
	o.Trees, o.Growths = []ledger.Tree{printed}, []Growth{{printed.String(), proof}}
	if r := check(t, z, o); r.Whole() || !strings.Contains(r.Problems[0].What, "rolled back or written anew") {
		t.Error("with a proof of the new journal's:", r.Problems)
	}
	o.Growths = nil
	if r := check(t, z, o); r.Whole() {
		t.Error("without a proof")
	}
	o.Trees = []ledger.Tree{{Size: now.Size + 5, Root: tlog.Hash{1}}}
	if r := check(t, z, o); r.Whole() || !strings.Contains(r.Problems[0].What, "rolled back, or the bundle is older") {
		t.Error("shorter than what was printed:", r.Problems)
	}
	o.Trees, o.Heads = nil, []string{ledger.Hash(head.Bytes())}
	if r := check(t, z, o); r.Whole() {
		t.Error("by the chain's printed head:", r.Problems)
	}

	// The same journal, later: nothing is rolled back.
	w.add(&proctor.SeatFinished{Seat: testSeat})
	b, _ = w.prepared(false)
	z = w.zip(b)
	proof, err = w.j.ProveGrowth(t.Context(), printed.Size, w.j.Tree().Size)
	if err != nil {
		t.Fatal(err)
	}
	o = w.options()
	o.Trees, o.Growths = []ledger.Tree{printed, w.j.Tree()}, []Growth{{printed.String(), proof}}
	if r := check(t, z, o); !r.Complete() || len(r.Held) != 3 {
		t.Error(r.Held, r.Problems)
	}
	o.Heads = []string{b.Manifest.Records[0].SHA256}
	if r := check(t, z, o); !r.Whole() {
		t.Error(r.Problems)
	}
}

// FuzzCheck: no bytes make the checker fail otherwise than by saying so, and
// only the writer's own are whole.
func FuzzCheck(f *testing.F) {
	w, _, z := inForce(f)
	f.Add(z)
	f.Add(z[:len(z)/2])
	f.Add(append([]byte("PK\x03\x04"), z[4:300]...))
	f.Add([]byte(nil))
	o := w.options()
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Check(t.Context(), bytes.NewReader(b), int64(len(b)), o)
		if err != nil || r.Whole() && !bytes.Equal(b, z) {
			t.Error(err, r)
		}
	})
}
