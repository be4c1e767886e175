package acts_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The clauses of PDF/A-2b (ISO 19005-2:2011, level B) that an act can touch,
// asserted on the file as qpdf reads it. Clause numbers stand at each.

// pdfaFile is a file's objects by "n 0 R", the newest of each.
type pdfaFile struct {
	raw     []byte
	trailer map[string]any
	objects map[string]any
	streams map[string]pdfaStream
}

type pdfaStream struct {
	dict map[string]any
	data []byte
}

func readPDFA(t *testing.T, pdf []byte) pdfaFile {
	t.Helper()
	// Decoded, and as text that a test can search.
	out, err := exec.CommandContext(t.Context(), "qpdf", "--json=2", "--json-stream-data=inline", "--decode-level=generalized", "--json-key=qpdf", write(t, pdf)).Output()
	if err != nil {
		t.Fatal(err)
	}
	var j struct{ QPDF []map[string]json.RawMessage }
	if err := json.Unmarshal(out, &j); err != nil || len(j.QPDF) != 2 {
		t.Fatal(err)
	}
	f := pdfaFile{raw: pdf, objects: map[string]any{}, streams: map[string]pdfaStream{}}
	for name, raw := range j.QPDF[1] {
		var o struct {
			Value  any
			Stream *struct {
				Data string
				Dict map[string]any
			}
		}
		if err := json.Unmarshal(raw, &o); err != nil {
			t.Fatal(err)
		}
		id := strings.TrimPrefix(name, "obj:")
		switch {
		case id == "trailer":
			f.trailer, _ = o.Value.(map[string]any)
		case o.Stream != nil:
			data, err := base64.StdEncoding.DecodeString(o.Stream.Data)
			if err != nil {
				t.Fatal(err)
			}
			f.streams[id] = pdfaStream{o.Stream.Dict, data}
		default:
			f.objects[id] = o.Value
		}
	}
	return f
}

// get follows references and keys.
func (f pdfaFile) get(v any, path ...string) any {
	for {
		ref, ok := v.(string)
		if !ok {
			break
		}
		if o, ok := f.objects[ref]; ok {
			v = o
		} else if s, ok := f.streams[ref]; ok {
			v = s.dict
		} else {
			break
		}
	}
	if len(path) == 0 {
		return v
	}
	d, _ := v.(map[string]any)
	return f.get(d[path[0]], path[1:]...)
}

// each calls see with every dictionary of the file, streams' too.
func (f pdfaFile) each(see func(d map[string]any)) {
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			see(v)
			for _, x := range v {
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(f.trailer)
	for _, o := range f.objects {
		walk(o)
	}
	for _, s := range f.streams {
		walk(s.dict)
	}
}

func TestActsArePDFA2b(t *testing.T) {
	o, n := newOffice(t), newNational(t)
	for name, pdf := range map[string][]byte{
		"drafted": render(t, filled()), "three keys": o.signed(t, render(t, filled()), 3),
		"three methods": mixed(t, o, n, render(t, filled())), "stamped": stampedMix(t, o, n, filled()),
		"Appendix B": render(t, filledB()),
	} {
		t.Run(name, func(t *testing.T) {
			f := readPDFA(t, pdf)
			f.wantStructure(t)
			f.wantNothingForbidden(t)
			f.wantColour(t)
			f.wantMetadata(t)
			f.wantFonts(t)
			f.wantFields(t)
		})
	}
}

// wantStructure: 6.1.2 header, 6.1.3 trailer, 6.1.7 streams, 6.1.10 filters,
// 6.1.13 limits.
func (f pdfaFile) wantStructure(t *testing.T) {
	t.Helper()
	if !regexp.MustCompile(`^%PDF-1\.[0-7]\n%[\x80-\xff]{4,}\n`).Match(latin(f.raw)) {
		t.Errorf("6.1.2: header %q", f.raw[:20])
	}
	trailers := bytes.Split(f.raw, []byte("\ntrailer\n"))[1:]
	for i, tr := range trailers {
		if head, _, _ := bytes.Cut(tr, []byte("startxref")); !bytes.Contains(head, []byte("/ID [<")) || bytes.Contains(head, []byte("/Encrypt")) {
			t.Errorf("6.1.3: trailer %d", i+1)
		}
	}
	if !bytes.HasSuffix(f.raw, []byte("\n%%EOF\n")) || bytes.Count(f.raw, []byte("\n%%EOF\n")) != len(trailers) {
		t.Error("6.1.3: something after the last end of file")
	}
	for id, s := range f.streams {
		if s.dict["/F"] != nil || s.dict["/FFilter"] != nil || s.dict["/FDecodeParms"] != nil {
			t.Errorf("6.1.7.1: stream %s is outside", id)
		}
		if filter := f.get(s.dict["/Filter"]); filter != nil && filter != "/FlateDecode" && filter != "/DCTDecode" {
			t.Errorf("6.1.7.2: stream %s: %v", id, filter)
		}
	}
	if len(f.objects)+len(f.streams) > 8388607 {
		t.Error("6.1.13: too many objects")
	}
	for _, m := range regexp.MustCompile(`<([0-9A-Fa-f\s]*)>`).FindAllSubmatch(withoutStreams(f.raw), -1) {
		if len(m[1])%2 != 0 || len(m[1])/2 > 32767 {
			t.Errorf("6.1.6, 6.1.13: a string of %d digits", len(m[1]))
		}
	}
	f.each(func(d map[string]any) {
		for k := range d {
			if len(k) > 127 {
				t.Errorf("6.1.13: name %s", k)
			}
		}
	})
}

// latin lets a pattern see bytes.
func latin(b []byte) []byte {
	var out []byte
	for _, c := range b[:min(64, len(b))] {
		if c < 0x80 {
			out = append(out, c)
		} else {
			out = append(out, 0xC2|c>>6&1, 0x80|c&0x3F)
		}
	}
	return out
}

func withoutStreams(b []byte) []byte {
	b = regexp.MustCompile(`(?s)stream\n.*?endstream`).ReplaceAll(b, nil)
	return regexp.MustCompile(`<<|>>`).ReplaceAll(b, []byte(" ")) // dictionaries are no strings
}

// wantNothingForbidden: 6.1.12 permissions, 6.2.5 graphics states, 6.2.8
// images, 6.2.9 forms, 6.2.10 transparency, 6.4.1 fields, 6.5 actions, 6.8
// files, 6.9 layers, 6.10, 6.11.
func (f pdfaFile) wantNothingForbidden(t *testing.T) {
	t.Helper()
	forbidden := []string{"/AA", "/OpenAction", "/A", "/JS", "/JavaScript", "/XFA", "/NeedAppearances", "/NeedsRendering", "/EmbeddedFiles", "/EF",
		"/OCProperties", "/OC", "/AlternatePresentations", "/PresSteps", "/Perms", "/Requirements", "/SMask", "/Group", "/BM", "/CA", "/ca", "/TR", "/TR2",
		"/HTP", "/HalftonePhase", "/Alternates", "/OPI", "/Interpolate", "/Ref", "/PS", "/Subtype2", "/ExtGState", "/Shading", "/Pattern", "/Crypt", "/LZWDecode"}
	f.each(func(d map[string]any) {
		for _, k := range forbidden {
			if v, ok := d[k]; ok {
				t.Errorf("%s is %v", k, v)
			}
		}
	})
	for id, s := range f.streams {
		if s.dict["/Subtype"] == "/Image" {
			if bits := s.dict["/BitsPerComponent"]; bits != 8.0 || (s.dict["/ColorSpace"] != "/DeviceRGB" && s.dict["/ColorSpace"] != "/DeviceGray") {
				t.Errorf("6.2.8: picture %s: %v", id, s.dict)
			}
		}
	}
}

// wantColour: 6.2.3 output intent, 6.2.4.3 device colours.
func (f pdfaFile) wantColour(t *testing.T) {
	t.Helper()
	list, _ := f.get(f.trailer, "/Root", "/OutputIntents").([]any)
	if len(list) != 1 || f.get(list[0], "/S") != "/GTS_PDFA1" || f.get(list[0], "/OutputConditionIdentifier") == nil {
		t.Fatalf("6.2.3: output intents %v", list)
	}
	d, _ := f.get(list[0]).(map[string]any)
	profile := f.streams[d["/DestOutputProfile"].(string)]
	if p := profile.data; len(p) < 128 || binary.BigEndian.Uint32(p) != uint32(len(p)) || p[8] > 4 ||
		string(p[12:20]) != "mntrRGB " || string(p[36:40]) != "acsp" || profile.dict["/N"] != 3.0 {
		t.Errorf("6.2.3: the profile is none")
	}
	for id, s := range f.streams {
		if regexp.MustCompile(`(?m)(^| )(k|K|cs|CS|scn|SCN|sh|gs)$`).Match(s.data) && f.drawn(id) {
			t.Errorf("6.2.4: stream %s sets other colours than RGB and grey", id)
		}
	}
}

// drawn reports whether a stream is a page's contents or a form.
func (f pdfaFile) drawn(id string) bool {
	if f.streams[id].dict["/Subtype"] == "/Form" {
		return true
	}
	found := false
	f.each(func(d map[string]any) { found = found || d["/Type"] == "/Page" && d["/Contents"] == id })
	return found
}

// wantMetadata: 6.6.2 metadata stream, 6.6.3 information dictionary, 6.6.4
// identification.
func (f pdfaFile) wantMetadata(t *testing.T) {
	t.Helper()
	root, _ := f.get(f.trailer, "/Root").(map[string]any)
	id, _ := root["/Metadata"].(string)
	s := f.streams[id]
	if s.dict["/Type"] != "/Metadata" || s.dict["/Subtype"] != "/XML" || s.dict["/Filter"] != nil {
		t.Errorf("6.6.2.1: %v", s.dict)
	}
	for d := xml.NewDecoder(bytes.NewReader(s.data)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("6.6.2.1: %v", err)
		}
	}
	text := string(s.data)
	between := func(a, b string) string {
		_, rest, _ := strings.Cut(text, a)
		got, _, _ := strings.Cut(rest, b)
		return got
	}
	if between("<pdfaid:part>", "<") != "2" || between("<pdfaid:conformance>", "<") != "B" || strings.Contains(text, "bytes=") || strings.Contains(text, "encoding=") {
		t.Errorf("6.6.4: %s", text)
	}
	info, _ := f.get(f.trailer, "/Info").(map[string]any)
	stamp := func(pdf any) string {
		m := regexp.MustCompile(`^u:D:(....)(..)(..)(..)(..)(..)Z$`).FindStringSubmatch(pdf.(string))
		if m == nil {
			return "no date"
		}
		return m[1] + "-" + m[2] + "-" + m[3] + "T" + m[4] + ":" + m[5] + ":" + m[6] + "Z"
	}
	for what, pair := range map[string][2]string{
		"title": {"u:" + between(`xml:lang="x-default">`, "<"), info["/Title"].(string)}, "producer": {"u:" + between("<pdf:Producer>", "<"), info["/Producer"].(string)},
		"created": {between("<xmp:CreateDate>", "<"), stamp(info["/CreationDate"])}, "modified": {between("<xmp:ModifyDate>", "<"), stamp(info["/ModDate"])},
	} {
		if pair[0] != pair[1] {
			t.Errorf("6.6.3: %s: %q in XMP, %q in /Info", what, pair[0], pair[1])
		}
	}
	if len(info) != 4 {
		t.Errorf("6.6.3: /Info has %d entries", len(info))
	}
}

// wantFonts: 6.2.11.3 composite fonts, 6.2.11.4 embedding, 6.2.11.5 widths,
// 6.2.11.8 no missing glyph.
func (f pdfaFile) wantFonts(t *testing.T) {
	t.Helper()
	shown := f.shown(t)
	if len(shown) < 1 {
		t.Fatal("nothing is written anywhere")
	}
	for id, cids := range shown {
		font, _ := f.get(id).(map[string]any)
		list, _ := f.get(font["/DescendantFonts"]).([]any)
		if font["/Subtype"] != "/Type0" || font["/Encoding"] != "/Identity-H" || font["/ToUnicode"] == nil || len(list) != 1 {
			t.Fatalf("6.2.11.3: font %v", font)
		}
		cid, _ := f.get(list[0]).(map[string]any)
		descriptor, _ := f.get(cid["/FontDescriptor"]).(map[string]any)
		file, embedded := f.streams[str(descriptor["/FontFile2"])]
		gids, mapped := f.streams[str(cid["/CIDToGIDMap"])]
		if cid["/Subtype"] != "/CIDFontType2" || !embedded || !mapped || cid["/BaseFont"] != font["/BaseFont"] || descriptor["/FontName"] == nil || descriptor["/CIDSet"] != nil {
			t.Fatalf("6.2.11.4: font %v, %v", cid, descriptor)
		}
		widths := f.widths(cid)
		advance, glyphs := advances(t, file.data)
		for c := range cids {
			g := int(binary.BigEndian.Uint16(gids.data[2*c:]))
			if g == 0 || g >= glyphs {
				t.Errorf("6.2.11.8: U+%04X has no glyph", c)
				continue
			}
			if w, ok := widths[c]; !ok || w-advance(g) > 1 || advance(g)-w > 1 {
				t.Errorf("6.2.11.5: U+%04X is %v wide in /W, %v in the font", c, w, advance(g))
			}
		}
	}
}

func str(v any) string { s, _ := v.(string); return s }

// shown are the characters that each font draws.
func (f pdfaFile) shown(t *testing.T) map[string]map[int]bool {
	t.Helper()
	all := map[string]map[int]bool{}
	note := func(resources any, data []byte) {
		fonts, _ := f.get(resources, "/Font").(map[string]any)
		font := ""
		for _, m := range regexp.MustCompile(`(?s)(/[A-Za-z0-9]+) [0-9.]+ Tf|\(((?:\\.|[^\\()])*)\) ?Tj|<([0-9A-Fa-f]*)> ?Tj`).FindAllSubmatch(data, -1) {
			if len(m[1]) > 0 {
				font = str(fonts[string(m[1])])
				continue
			}
			text := unescaped(m[2])
			for i := 0; i+1 < len(m[3]); i += 2 {
				c, _ := strconv.ParseUint(string(m[3][i:i+2]), 16, 8)
				text = append(text, byte(c))
			}
			if font == "" {
				t.Fatal("text without a font")
			}
			for ; len(text) > 1; text = text[2:] {
				if all[font] == nil {
					all[font] = map[int]bool{}
				}
				all[font][int(binary.BigEndian.Uint16(text))] = true
			}
		}
	}
	f.each(func(d map[string]any) {
		if d["/Type"] == "/Page" {
			note(d["/Resources"], f.streams[str(d["/Contents"])].data)
		}
	})
	for _, s := range f.streams {
		if s.dict["/Subtype"] == "/Form" {
			note(s.dict["/Resources"], s.data)
		}
	}
	return all
}

func unescaped(b []byte) []byte {
	var out []byte
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) {
			i++
			if b[i] == 'r' {
				out = append(out, '\r')
				continue
			}
		}
		out = append(out, b[i])
	}
	return out
}

// widths reads a font's /W.
func (f pdfaFile) widths(cid map[string]any) map[int]float64 {
	out := map[int]float64{}
	list, _ := f.get(cid["/W"]).([]any)
	for i := 0; i+1 < len(list); i++ {
		first, _ := list[i].(float64)
		if all, ok := list[i+1].([]any); ok {
			for j, w := range all {
				out[int(first)+j], _ = w.(float64)
			}
			i++
		} else if i+2 < len(list) {
			last, _ := list[i+1].(float64)
			for c := int(first); c <= int(last); c++ {
				out[c], _ = list[i+2].(float64)
			}
			i += 2
		}
	}
	return out
}

// advances reads an embedded TrueType font's own widths, in 1/1000 em.
func advances(t *testing.T, font []byte) (func(glyph int) float64, int) {
	t.Helper()
	table := func(tag string) []byte {
		for i := 12; i < 12+16*int(binary.BigEndian.Uint16(font[4:])); i += 16 {
			if string(font[i:i+4]) == tag {
				at, n := binary.BigEndian.Uint32(font[i+8:]), binary.BigEndian.Uint32(font[i+12:])
				return font[at : at+n]
			}
		}
		t.Fatalf("6.2.11.4: no table %s in a font", tag)
		return nil
	}
	em := float64(binary.BigEndian.Uint16(table("head")[18:]))
	long := int(binary.BigEndian.Uint16(table("hhea")[34:]))
	metrics := table("hmtx")
	return func(g int) float64 {
		return float64(binary.BigEndian.Uint16(metrics[4*min(g, long-1):])) * 1000 / em
	}, int(binary.BigEndian.Uint16(table("maxp")[4:]))
}

// wantFields: 6.3.2 annotations' flags, 6.3.3 appearances, 6.4.1 fields, 6.4.3
// signatures.
func (f pdfaFile) wantFields(t *testing.T) {
	t.Helper()
	fields, _ := f.get(f.trailer, "/Root", "/AcroForm", "/Fields").([]any)
	page, _ := f.get(f.trailer, "/Root", "/Pages", "/Kids").([]any)
	annots, _ := f.get(page[0], "/Annots").([]any)
	if len(fields) != 3 || !slices.Equal(fields, annots) {
		t.Fatalf("6.4: fields %v, annotations %v", fields, annots)
	}
	seen := 0
	f.each(func(d map[string]any) {
		if d["/Type"] == "/Annot" {
			seen++
		}
	})
	if seen != 3 {
		t.Errorf("6.3: %d annotations", seen)
	}
	for _, x := range fields {
		d, _ := f.get(x).(map[string]any)
		flags, _ := d["/F"].(float64)
		const invisible, hidden, printed, noView, toggle = 1, 2, 4, 32, 256
		if d["/Subtype"] != "/Widget" || d["/FT"] != "/Sig" || int(flags)&(invisible|hidden|noView|toggle) != 0 || int(flags)&printed == 0 {
			t.Errorf("6.3.2: %v", d)
		}
		look, _ := d["/AP"].(map[string]any)
		if _, ok := f.streams[str(look["/N"])]; !ok || len(look) != 1 {
			t.Errorf("6.3.3: %v", look)
		}
		v, _ := f.get(d["/V"]).(map[string]any)
		if v != nil && (v["/Filter"] != "/Adobe.PPKLite" || v["/SubFilter"] != "/ETSI.CAdES.detached" || v["/ByteRange"] == nil || v["/Reference"] != nil || v["/Cert"] != nil) {
			t.Errorf("6.4.3: %v", v)
		}
	}
}
