package acts

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"unicode/utf16"
)

// readBase accounts for revision 1. Its layout is checked against the
// cross-reference, all that finish wrote against finish itself, and the
// canonical JSON against the digest that the annex prints. What fpdf drew is
// vouched for by the signatures and, before there are any, by /ID.
func (f *file) readBase(pdf []byte) bool {
	objects, end, ok := f.readObjects(pdf)
	if !ok {
		return false
	}
	f.size, f.first = len(objects), len(objects)-8
	if err := f.readPrivate(objects[f.size-2]); err != nil {
		f.problem(0, "%v", err)
		return false
	}
	f.id = sha256.Sum256(pdf[:end])
	tail := trailer1(pdf[:end], f.size, f.spare[2], f.xref)
	if !bytes.HasPrefix(pdf[end:], []byte(tail)) {
		f.problem(end, "the act's own bytes do not match their identifier")
		return false
	}
	f.pdf, f.drafted = pdf[:end+len(tail)], end+len(tail)
	return f.readDocument(objects)
}

// readObjects cuts revision 1 by its cross-reference. Objects must lie end to
// end, in order, with nothing between them; end is where the trailer starts.
func (f *file) readObjects(pdf []byte) (objects [][]byte, end int, ok bool) {
	var n int
	if len(pdf) < headLength {
		f.problem(0, "this is not an act")
		return nil, 0, false
	}
	f.xref, _ = strconv.Atoi(string(pdf[headLength-11 : headLength-1]))
	if string(pdf[:headLength]) != fmt.Sprintf(fileHead, f.xref) {
		f.problem(0, "this is not an act")
		return nil, 0, false
	}
	if f.xref < headLength || f.xref > len(pdf) {
		f.problem(f.xref, "the file ends too early")
		return nil, 0, false
	}
	line, _, _ := bytes.Cut(pdf[f.xref:min(len(pdf), f.xref+32)], []byte(" \n"))
	if m := regexp.MustCompile(`^xref\n0 ([1-9][0-9]{0,5})\n`).FindSubmatch(line); m != nil {
		n, _ = strconv.Atoi(string(m[1]))
	}
	table := f.xref + len(fmt.Sprintf("xref\n0 %d\n", n))
	end = table + 20*n
	if n < 16 || end > len(pdf) {
		f.problem(f.xref, "no table of objects here")
		return nil, 0, false
	}
	offsets := make([]int, n+1)
	offsets[n] = f.xref
	want := []byte("0000000000 65535 f \n")
	for i := 1; i < n; i++ {
		offsets[i], _ = strconv.Atoi(string(pdf[table+20*i : table+20*i+10]))
		want = fmt.Appendf(want, "%010d 00000 n \n", offsets[i])
	}
	if i := difference(pdf[table:end], want); i >= 0 || offsets[1] != headLength {
		f.problem(table, "the table of objects is not in order")
		return nil, 0, false
	}
	objects = make([][]byte, n)
	for i := 1; i < n; i++ {
		if objects[i], ok = bodyOf(pdf, i, offsets[i], offsets[i+1]); !ok {
			f.problem(offsets[i], "object %d is not where it should be", i)
			return nil, 0, false
		}
	}
	return objects, end, true
}

func bodyOf(pdf []byte, n, from, to int) ([]byte, bool) {
	head, tail := fmt.Sprintf("%d 0 obj\n", n), "\nendobj\n"
	if from < 0 || to > len(pdf) || from+len(head)+len(tail) > to {
		return nil, false
	}
	b := pdf[from:to]
	if !bytes.HasPrefix(b, []byte(head)) || !bytes.HasSuffix(b, []byte(tail)) {
		return nil, false
	}
	return b[len(head) : len(b)-len(tail)], true
}

// readPrivate takes the few numbers that a signer needs; that they are spelled
// as Render spells them is checked with the other objects.
func (f *file) readPrivate(b []byte) error {
	const num = `([0-9]{1,6})`
	const box = `\[([0-9.]{1,8}) ([0-9.]{1,8}) ([0-9.]{1,8}) ([0-9.]{1,8})\]`
	form := regexp.MustCompile(`^<< /Digest <[0-9a-f]{64}> /Font ` + num + ` 0 R /Page ` + num + ` 0 R /Rows \[` + box + ` ` + box + ` ` + box +
		`\] /Act [0-9]+ 0 R /Own \[` + num + ` ` + num + ` ` + num + ` ` + num + `\] >>$`)
	m := form.FindSubmatch(b)
	if m == nil {
		return fmt.Errorf("the act does not describe itself")
	}
	whole := func(i int) int { v, _ := strconv.Atoi(string(m[i])); return v }
	real := func(i int) float64 { v, _ := strconv.ParseFloat(string(m[i]), 64); return v }
	f.font, f.page = whole(1), whole(2)
	for i := 3; i < 15; i += 4 {
		f.rows = append(f.rows, rect{real(i), real(i + 1), real(i + 2), real(i + 3)})
	}
	for i := range f.spare {
		f.spare[i] = whole(15 + i)
		if f.spare[i] < 1 || f.spare[i] >= f.first {
			return fmt.Errorf("the act does not describe itself")
		}
	}
	return nil
}

// readDocument reads the canonical JSON and compares everything that finish
// made of it.
func (f *file) readDocument(objects [][]byte) bool {
	body := objects[f.size-3]
	_, canon, _ := bytes.Cut(body, []byte("\nstream\n"))
	canon = bytes.TrimSuffix(canon, []byte("\nendstream"))
	c, err := readContent(canon, f.options.registry())
	if err == nil {
		f.paper, err = newPaper(c, f.options.registry())
	}
	if err != nil {
		f.problem(f.xref, "%v", err)
		return false
	}
	for i, o := range f.objects(f.paper, f.rows) {
		n := f.first + i - len(f.spare)
		if i < len(f.spare) {
			n = f.spare[i]
		}
		if !bytes.Equal(objects[n], o) {
			f.problem(f.xref, "object %d is not what the act's content makes it", n)
			return false
		}
	}
	f.describe(c)
	if !printed(objects[annexContents], f.report.Digest) {
		f.problem(f.xref, "the annex prints another digest than the content's")
		return false
	}
	return true
}

// describe fills in what the report says of the content.
func (f *file) describe(c Content) {
	p, r := f.paper, &f.report
	r.Template, r.Act, r.Number, r.Version = p.template.Version, p.act, p.number, p.version
	r.Digest = hex.EncodeToString(p.digest[:])
	switch c := c.(type) {
	case Document:
		r.Document = c
	case DocumentB:
		r.DocumentB = c
	}
}

// annexContents is the object with the annex's first page: fpdf numbers pages
// and their contents from 3 on.
const annexContents = 6

// printed reports whether a page's contents show both halves of the digest.
func printed(body []byte, digest string) bool {
	_, data, ok := bytes.Cut(body, []byte("stream\n"))
	if !ok {
		return false
	}
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return false
	}
	text, err := io.ReadAll(io.LimitReader(z, 4<<20))
	return err == nil && bytes.Contains(text, utf16be(digest[:32])) && bytes.Contains(text, utf16be(digest[32:]))
}

func fromUTF16(b []byte) string {
	var u []uint16
	for ; len(b) >= 2; b = b[2:] {
		u = append(u, binary.BigEndian.Uint16(b))
	}
	return string(utf16.Decode(u))
}
