package acts

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// Render draws the act: the form on page 1, the annex after it. Equal contents
// give equal bytes. The file is shaped as PDF/A-2b (ISO 19005-2), carries the
// canonical JSON, and has three empty signature fields.
func Render(c Content) ([]byte, error) { return renderUnder(c, templates()) }

func renderUnder(c Content, g registry) ([]byte, error) {
	if err := c.validate(g); err != nil {
		return nil, err
	}
	p, err := newPaper(c, g)
	if err != nil {
		return nil, err
	}
	pdf := newPDF()
	pdf.SetCreationDate(time.Unix(0, 0))
	pdf.SetModificationDate(time.Unix(0, 0))
	rows, rest, err := form(pdf, p)
	if err != nil {
		return nil, fmt.Errorf("draw form: %w", err)
	}
	if err := drawAnnex(pdf, p, rest); err != nil {
		return nil, fmt.Errorf("draw annex: %w", err)
	}
	cutFont(pdf)
	var raw bytes.Buffer
	if err := pdf.Output(&raw); err != nil {
		return nil, fmt.Errorf("draw act: %w", err)
	}
	b, err := finish(raw.Bytes(), p, rows)
	if err != nil {
		return nil, fmt.Errorf("finish act: %w", err)
	}
	return b, nil
}

// cutFont adds a last page with every letter a signature may need; finish
// leaves the page out of the file and its letters stay in the font.
func cutFont(pdf *fpdf.Fpdf) {
	pdf.AddPage()
	pdf.SetFont("serif", regular, 8)
	pdf.Text(0, 8, alphabet())
}

// base is what finish knows of the file it writes: object numbers.
type base struct {
	font, page, first int // the regular face, page 1, the first object of ours
	spare             [4]int
}

// finish takes fpdf's objects, drops its catalog, its information dictionary
// and the alphabet page, and writes the file anew: fpdf writes no /ID, names a
// wrong /Info beside an output intent, and knows no signature fields.
func finish(raw []byte, p paper, rows []rect) ([]byte, error) {
	objects, err := split(raw)
	if err != nil {
		return nil, err
	}
	if err := sortImages(objects); err != nil {
		return nil, err
	}
	n := len(objects) - 1
	pages := bytes.Count(objects[1], []byte(" 0 R ")) // in /Kids
	if pages < 3 || n < 2*pages+4 {
		return nil, fmt.Errorf("unexpected layout of %d objects, %d pages", n, pages)
	}
	b := base{page: 3, first: n + 1, spare: [4]int{2*pages + 1, 2*pages + 2, n - 1, n}}
	for i, o := range objects {
		if bytes.Contains(o, []byte("/Subtype /Type0\n/BaseFont /utf8serif\n")) {
			b.font = i
		}
	}
	if b.font == 0 {
		return nil, fmt.Errorf("no font among %d objects", n)
	}
	last := fmt.Appendf(nil, "%d 0 R ]", b.spare[0])
	objects[1] = bytes.Replace(objects[1], last, []byte("]"), 1)
	objects[1] = bytes.Replace(objects[1], fmt.Appendf(nil, "/Count %d", pages), fmt.Appendf(nil, "/Count %d", pages-1), 1)
	annots := fmt.Appendf(nil, "/Annots [%d 0 R %d 0 R %d 0 R]\n/Contents", b.widget(0), b.widget(1), b.widget(2))
	objects[b.page] = bytes.Replace(objects[b.page], []byte("/Contents"), annots, 1)
	for i, o := range b.objects(p, rows) {
		if i < len(b.spare) {
			objects[b.spare[i]] = o
		} else {
			objects = append(objects, o)
		}
	}
	return assemble(objects, b.spare[2]), nil
}

// formDict is an empty field's appearance.
const formDict = "/Type /XObject /Subtype /Form /BBox [0 0 120 29]"

func (b base) widget(i int) int { return b.first + 2 + i }

// objects are those that Render adds: the first four take the spare numbers,
// the others follow from b.first on. The last three are the canonical JSON, its
// description and the catalog, where Verify looks for them.
func (b base) objects(p paper, rows []rect) [][]byte {
	date := pdfDate(p.drawnUp)
	title := p.template.title + " " + p.number
	out := [][]byte{
		stream("/N 3", sRGB()),
		stream("/Type /Metadata /Subtype /XML", xmp(title, p.drawnUp)),
		fmt.Appendf(nil, "<< /Title %s /Producer (Qyragy) /CreationDate (%s) /ModDate (%s) >>", utf16Hex(title), date, date),
		fmt.Appendf(nil, "<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) /Info (sRGB) /DestOutputProfile %d 0 R >>", b.spare[0]),
		fmt.Appendf(nil, "<< /Fields [%d 0 R %d 0 R %d 0 R] /SigFlags 3 >>", b.widget(0), b.widget(1), b.widget(2)),
		stream(formDict, nil),
	}
	for i, r := range rows {
		out = append(out, widgetObject(p.template.FieldName(i), b.page, b.first+1, 0, r))
	}
	private := b.first + 6
	return append(out,
		stream("/Subtype /application#2Fjson", p.canon),
		b.private(p, rows),
		fmt.Appendf(nil, "<< /Type /Catalog /Version /1.7 /Pages 1 0 R /Lang (kk-KZ) /Metadata %d 0 R /OutputIntents [%d 0 R] /AcroForm %d 0 R"+
			" /PieceInfo << /Qyragy << /LastModified (%s) /Private %d 0 R >> >> >>", b.spare[1], b.spare[3], b.first, date, private))
}

// private describes the canonical JSON and what a signer needs to know.
func (b base) private(p paper, rows []rect) []byte {
	return fmt.Appendf(nil, "<< /Digest <%x> /Font %d 0 R /Page %d 0 R /Rows [%s %s %s] /Act %d 0 R /Own [%d %d %d %d] >>",
		p.digest, b.font, b.page, rows[0], rows[1], rows[2], b.first+5, b.spare[0], b.spare[1], b.spare[2], b.spare[3])
}

// split cuts fpdf's file into its objects' bodies by its cross-reference.
func split(raw []byte) ([][]byte, error) {
	at := bytes.LastIndex(raw, []byte("startxref\n"))
	if at < 0 {
		return nil, fmt.Errorf("no startxref")
	}
	var xref, n int
	if _, err := fmt.Sscanf(string(raw[at:]), "startxref\n%d", &xref); err != nil || xref > len(raw) {
		return nil, fmt.Errorf("bad startxref: %w", err)
	}
	if _, err := fmt.Sscanf(string(raw[xref:at]), "xref\n0 %d\n", &n); err != nil {
		return nil, fmt.Errorf("bad xref: %w", err)
	}
	objects := make([][]byte, n)
	table := raw[xref+len(fmt.Sprintf("xref\n0 %d\n", n)):]
	for i := 1; i < n; i++ {
		var off int
		if _, err := fmt.Sscanf(string(table[20*i:20*i+10]), "%d", &off); err != nil || off >= xref {
			return nil, fmt.Errorf("bad offset of object %d", i)
		}
		body, err := cutObject(raw[off:xref], i)
		if err != nil {
			return nil, err
		}
		objects[i] = body
	}
	return objects, nil
}

// cutObject returns the body between "n 0 obj" and "endobj". A stream's end is
// found by its /Length, because its bytes may hold any word.
func cutObject(b []byte, n int) ([]byte, error) {
	b, ok := bytes.CutPrefix(b, fmt.Appendf(nil, "%d 0 obj\n", n))
	end := bytes.Index(b, []byte("endobj"))
	if !ok || end < 0 {
		return nil, fmt.Errorf("object %d is not whole", n)
	}
	if i := bytes.Index(b[:end], []byte("stream\n")); i >= 0 {
		var length int
		j := bytes.LastIndex(b[:i], []byte("/Length "))
		if j < 0 {
			return nil, fmt.Errorf("stream %d has no length", n)
		}
		if _, err := fmt.Sscanf(string(b[j:i]), "/Length %d", &length); err != nil || i+length > len(b) {
			return nil, fmt.Errorf("stream %d has a bad length", n)
		}
		end = bytes.Index(b[i+length:], []byte("endobj"))
		if end < 0 {
			return nil, fmt.Errorf("stream %d is not whole", n)
		}
		end += i + length
	}
	return bytes.TrimRight(b[:end], "\n"), nil
}

func pdfDate(t time.Time) string { return t.UTC().Format("D:20060102150405Z") }

func xmp(title string, at time.Time) []byte {
	stamp := at.UTC().Format("2006-01-02T15:04:05Z")
	esc := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(printable(title))
	return []byte("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:dc="http://purl.org/dc/elements/1.1/"` +
		` xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">` +
		`<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>` +
		`<dc:title><rdf:Alt><rdf:li xml:lang="x-default">` + esc + `</rdf:li></rdf:Alt></dc:title>` +
		`<xmp:CreateDate>` + stamp + `</xmp:CreateDate><xmp:ModifyDate>` + stamp + `</xmp:ModifyDate>` +
		`<pdf:Producer>Qyragy</pdf:Producer></rdf:Description></rdf:RDF></x:xmpmeta>` +
		"\n<?xpacket end=\"r\"?>")
}

// utf16Hex is a PDF text string in hexadecimal: UTF-16BE with its mark.
func utf16Hex(s string) string {
	return "<FEFF" + strings.ToUpper(hex.EncodeToString(utf16be(printable(s)))) + ">"
}
