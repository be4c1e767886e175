package acts

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"unicode/utf16"
)

// Every file of ours opens with these 45 bytes: version, the comment of bytes
// above 127 that PDF/A asks for, and where revision 1's cross-reference is.
// With the last, Verify reads from the front and never has to search.
const (
	fileHead   = "%%PDF-1.7\n%%\xe2\xe3\xcf\xd3\n%%qyragy-act-1 xref %010d\n"
	fileTail   = "startxref\n%d\n%%%%EOF\n"
	headLength = 9 + 6 + 30
)

// stream is a stream object's body.
func stream(dict string, data []byte) []byte {
	b := fmt.Appendf(nil, "<< %s /Length %d >>\nstream\n", dict, len(data))
	return append(append(b, data...), "\nendstream"...)
}

func utf16be(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.BigEndian.AppendUint16(b, u)
	}
	return b
}

// assemble writes revision 1: objects in order, one cross-reference, and an
// /ID that is the SHA-256 of all bytes before the trailer. The catalog is the
// last object.
func assemble(objects [][]byte, info int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, fileHead, 0)
	table := []byte("0000000000 65535 f \n")
	for i, o := range objects[1:] {
		table = fmt.Appendf(table, "%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	copy(b.Bytes(), fmt.Sprintf(fileHead, xref))
	fmt.Fprintf(&b, "xref\n0 %d\n%s", len(objects), table)
	b.WriteString(trailer1(b.Bytes(), len(objects), info, xref))
	return b.Bytes()
}

// trailer1 is revision 1's trailer after the bytes before it.
func trailer1(before []byte, size, info, xref int) string {
	id := sha256.Sum256(before)
	return fmt.Sprintf("trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R /ID [<%x> <%x>] >>\n"+fileTail,
		size, size-1, info, id, id, xref)
}

// fieldMark stands before the name of a signature's field.
const fieldMark = " /FT /Sig /T ("

// widgetObject is a signature field with its widget: empty, or with value.
func widgetObject(name string, page, appearance, value int, r rect) []byte {
	v := ""
	if value > 0 {
		v = fmt.Sprintf(" /V %d 0 R", value)
	}
	return fmt.Appendf(nil, "<< /Type /Annot /Subtype /Widget"+fieldMark+"%s) /F 132 /P %d 0 R /Rect %s /AP << /N %d 0 R >>%s >>",
		name, page, r, appearance, v)
}
