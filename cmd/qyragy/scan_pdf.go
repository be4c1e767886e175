package main

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"strconv"

	"qyragy/proctor"
)

// This file looks at the structure of a scanned PDF (ISO 32000-2, 7.5) and
// draws none of it: a PDF is kept as it came, for a person's own viewer.

// scanInflated bounds what is unpacked of a PDF's object streams, bytes.
const scanInflated = 8 << 20

var (
	pdfHeader = regexp.MustCompile(`^%PDF-(1\.[0-7]|2\.0)\s`)
	pdfEnd    = regexp.MustCompile(`startxref\s+(\d{1,10})\s+%%EOF\s*$`)
	pdfTable  = regexp.MustCompile(`^\s*(xref\s|\d+\s+\d+\s+obj)`)
	pdfPage   = regexp.MustCompile(`/Type\s*/Page[^A-Za-z]`)
	// pdfActive is what a scanner never writes: what runs, what opens
	// something else, and what only a password shows.
	pdfActive = regexp.MustCompile(`/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToE|GoToR|Encrypt)[^A-Za-z]`)
	pdfPacked = regexp.MustCompile(`/Type\s*/ObjStm[^A-Za-z]`)
	pdfStream = regexp.MustCompile(`stream\r?\n`)
	pdfHex    = regexp.MustCompile(`#[0-9A-Fa-f]{2}`)
)

// pdfPages counts the pages of a scan, and refuses what is no whole, passive
// PDF of 1 to scanPages pages.
func pdfPages(data []byte) (int, error) {
	bad := proctor.Errorf(proctor.Invalid, "scan")
	end := pdfEnd.FindSubmatch(data[max(0, len(data)-1024):])
	if !pdfHeader.Match(data) || end == nil {
		return 0, bad
	}
	at, err := strconv.Atoi(string(end[1]))
	if err != nil || at >= len(data) || !pdfTable.Match(data[at:min(len(data), at+64)]) {
		return 0, bad
	}
	text, ok := pdfText(data)
	if !ok || pdfActive.Match(text) {
		return 0, bad
	}
	pages := len(pdfPage.FindAllIndex(text, scanPages+1))
	if pages < 1 || pages > scanPages {
		return 0, bad
	}
	return pages, nil
}

// pdfText is what of a PDF is not in streams, with its object streams unpacked
// and its names' escapes undone; false if they unpack to too much.
func pdfText(data []byte) ([]byte, bool) {
	var out bytes.Buffer
	for len(data) > 0 {
		start := pdfStream.FindIndex(data)
		if start == nil {
			break
		}
		head, body := data[:start[0]], data[start[1]:]
		out.Write(head)
		out.WriteByte('\n')
		size := bytes.Index(body, []byte("endstream"))
		if size < 0 {
			return nil, false
		}
		// The stream's own dictionary is the last object of head.
		if dictionary := head[max(0, bytes.LastIndex(head, []byte(" obj"))):]; pdfPacked.Match(dictionary) && !inflate(&out, body[:size]) {
			return nil, false
		}
		data = body[size+len("endstream"):]
	}
	out.Write(data)
	out.WriteByte('\n')
	return pdfHex.ReplaceAllFunc(out.Bytes(), func(escape []byte) []byte {
		n, _ := strconv.ParseUint(string(escape[1:]), 16, 8) // matched as hex
		return []byte{byte(n)}
	}), true
}

// inflate unpacks an object stream into out, which stays within scanInflated
// beyond the file itself.
func inflate(out *bytes.Buffer, packed []byte) bool {
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return false
	}
	n, err := io.Copy(out, io.LimitReader(z, scanInflated+1))
	out.WriteByte('\n')
	return n <= scanInflated && (err == nil || n > 0)
}
