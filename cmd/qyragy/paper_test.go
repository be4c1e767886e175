package main

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net/http"
	"slices"
	"strings"
	"testing"

	"qyragy/proctor"
)

// TestPaperOverHTTP has an act printed, signed by hand and scanned; refuses
// every scan and every word on it that may not count; and lets others than us
// judge the document in which all three hands are attested.
func TestPaperOverHTTP(t *testing.T) {
	s := startQuiet(t, 2)
	a, other := drafted(t, s, 0), drafted(t, s, 1)
	specialist, head, registrar := newCaller(t, s, "specialist"), newCaller(t, s, "head"), newCaller(t, s, "registrar")
	watcher := newCaller(t, s, "proctor")
	pages := printed(t, pdfOf(t, s, a.ID), 150)
	form := jpegOf(t, signedByHand(pages[0], 3, 0.8, 1))
	scans := "/api/v1/acts/" + string(a.ID) + "/scans"

	for _, c := range []struct {
		name   string
		by     *caller
		query  string
		data   []byte
		status int
		key    string
	}{
		{"a proctor", watcher, "?version=1", form, http.StatusForbidden, "role"},
		{"no version", specialist, "", form, http.StatusBadRequest, "scan_no_version"},
		{"another version", specialist, "?version=2", form, http.StatusConflict, "act_changed"},
		{"a text", specialist, "?version=1", []byte("мәтін"), http.StatusBadRequest, "scan"},
		{"a torn picture", specialist, "?version=1", form[:len(form)/2], http.StatusBadRequest, "scan"},
		{"a bomb", specialist, "?version=1", bomb(20_000), http.StatusBadRequest, "scan_large"},
		{"a dot", specialist, "?version=1", bomb(8), http.StatusBadRequest, "scan"},
		{"a torn PDF", specialist, "?version=1", pdfOf(t, s, a.ID)[:4000], http.StatusBadRequest, "scan"},
		{"a PDF that runs", specialist, "?version=1", passive("/OpenAction << /S /J#61vaScript /JS (x) >>", 1), http.StatusBadRequest, "scan"},
		{"too long a PDF", specialist, "?version=1", passive("", 21), http.StatusBadRequest, "scan"},
		{"too much", specialist, "?version=1", bytes.Repeat([]byte{0}, 21<<20), http.StatusRequestEntityTooLarge, "too_large"},
		{"another act's code", specialist, "?version=1", jpegOf(t, signedByHand(printed(t, pdfOf(t, s, other.ID), 150)[1], 1, 0.5, 2)), http.StatusConflict, "scan_other"},
		{"the form alone", specialist, "?version=1", form, http.StatusOK, ""},
		{"the same again", registrar, "?version=1", form, http.StatusConflict, "scan_used"},
	} {
		if status, key := c.by.send(scans+c.query, c.data, nil); status != c.status || key != c.key {
			t.Errorf("scan of %s: %d %q, want %d %q", c.name, status, key, c.status, c.key)
		}
	}
	if status, key := registrar.send("/api/v1/acts/"+string(other.ID)+"/scans?version=1", form, nil); status != http.StatusConflict || key != "scan_used" {
		t.Errorf("the same scan for another act: %d %q", status, key)
	}
	var now proctor.Act
	for name, data := range map[string][]byte{
		"form and annex": jpegOf(t, together(signedByHand(pages[0], 3, -1, 3), signedByHand(pages[1], 0, -1, 4))),
		"a scanned PDF":  passive("", 2),
	} {
		if status, key := specialist.send(scans+"?version=1", data, &now); status != http.StatusOK {
			t.Fatalf("%s: %d %q", name, status, key)
		}
	}
	now = actOf(t, s, a.ID)
	code := func(kind string, want proctor.ScanCode) proctor.Scan {
		n := slices.IndexFunc(now.Scans, func(c proctor.Scan) bool { return c.Kind == kind && c.Code == want })
		if n < 0 {
			t.Fatalf("no %s scan whose code %s: %+v", kind, want, now.Scans)
		}
		return now.Scans[n]
	}
	plain, marked, file := code("image/jpeg", proctor.CodeAbsent), code("image/jpeg", proctor.CodeMatches), code("application/pdf", proctor.CodeAbsent)
	if file.Pages != 2 {
		t.Errorf("a PDF of %d pages", file.Pages)
	}
	if got := registrar.scanned(scans + "/" + string(plain.ID)); !bytes.Equal(got, form) {
		t.Errorf("the scan comes back as %d bytes of %d", len(got), len(form))
	}
	viewed := false
	events := s.engine.SubscribeAll()
	registrar.scanned(scans + "/" + string(marked.ID))
	events.Close()
	for e := range events.C {
		f, ok := e.Fact.(*proctor.EvidenceViewed)
		viewed = viewed || ok && strings.Contains(f.What, string(marked.ID))
	}
	if !viewed {
		t.Error("a look at a scan is not journaled")
	}
	refuseAttestations(t, s, a, plain, marked, map[string]*caller{"specialist": specialist, "head": head, "registrar": registrar})

	word := func(scan proctor.Scan, number string, roles ...proctor.Role) map[string]any {
		return map[string]any{"scan": scan.ID, "roles": roles, "number": number, "password": demoPassword, "document": actOf(t, s, a.ID).Document.Receipt.SHA256}
	}
	if status, key := registrar.try("/api/v1/acts/"+string(a.ID)+"/attest", word(plain, a.Number, proctor.RoleSpecialist), nil); status != http.StatusOK {
		t.Fatalf("the first hand: %d %q", status, key)
	}
	if annulled(t, s, a.Seat) {
		t.Fatal("annulled after one")
	}
	// The engineer signs by key, the head by hand.
	newCaller(t, s, "engineer").signByKey(s, a.ID, proctor.RoleEngineer, http.StatusOK)
	if status, key := registrar.try("/api/v1/acts/"+string(a.ID)+"/attest", word(marked, "", proctor.RoleHead), nil); status != http.StatusOK {
		t.Fatalf("the head's hand: %d %q", status, key)
	}
	now = actOf(t, s, a.ID)
	if now.State != proctor.InForce || !annulled(t, s, a.Seat) {
		t.Fatalf("three signatures: %s", now.State)
	}
	for n, want := range []struct {
		method  proctor.SignatureMethod
		matched proctor.ScanMatch
	}{{proctor.MethodPaper, proctor.MatchNumber}, {proctor.MethodKey, ""}, {proctor.MethodPaper, proctor.MatchQR}} {
		if got := now.Signatures[n]; got.How() != want.method || got.Matched != want.matched {
			t.Errorf("signature %d is %+v", n, got)
		}
	}
	checkSigned(t, s, a)

	// All three of the other act at once, from one scan.
	otherPages := printed(t, pdfOf(t, s, other.ID), 150)
	path := "/api/v1/acts/" + string(other.ID)
	if status, key := head.send(path+"/scans?version=1", jpegOf(t, signedByHand(otherPages[0], 3, 1.2, 9)), &now); status != http.StatusOK {
		t.Fatalf("scan: %d %q", status, key)
	}
	if status, key := registrar.try(path+"/attest", map[string]any{"scan": now.Scans[0].ID, "roles": proctor.SigningOrder(), "number": other.Number,
		"password": demoPassword, "document": now.Document.Receipt.SHA256}, &now); status != http.StatusOK || now.State != proctor.InForce {
		t.Fatalf("three hands: %d %q, %s", status, key, now.State)
	}
	checkSigned(t, s, other)
}

// refuseAttestations tries every word on a scan that may not count.
func refuseAttestations(t *testing.T, s *server, a proctor.Act, plain, marked proctor.Scan, who map[string]*caller) {
	t.Helper()
	path := "/api/v1/acts/" + string(a.ID)
	if status, key := who["registrar"].send(path+"/scans?version=1", passive("", 3), nil); status != http.StatusOK {
		t.Fatalf("scan: %d %q", status, key)
	}
	scans := actOf(t, s, a.ID).Scans
	own := scans[len(scans)-1].ID
	for _, c := range []struct {
		name, by string
		change   map[string]any
		status   int
		key      string
	}{
		{"no number", "registrar", map[string]any{"number": ""}, http.StatusBadRequest, "attest_number"},
		{"one's own hand", "specialist", nil, http.StatusForbidden, "attest_own"},
		{"one of the three", "head", nil, http.StatusForbidden, "attest_own"},
		{"one's own scan", "registrar", map[string]any{"scan": own}, http.StatusForbidden, "attest_uploader"},
		{"no such scan", "registrar", map[string]any{"scan": "ghost"}, http.StatusNotFound, "scan"},
		{"out of order", "registrar", map[string]any{"roles": []string{"head"}}, http.StatusConflict, "sign_order"},
		{"a gap in the order", "registrar", map[string]any{"roles": []string{"specialist", "head"}}, http.StatusConflict, "sign_order"},
		{"another document", "registrar", map[string]any{"document": strings.Repeat("0", 64)}, http.StatusConflict, "act_changed"},
		{"a wrong password", "registrar", map[string]any{"password": "x"}, http.StatusForbidden, "password"},
	} {
		word := map[string]any{"scan": plain.ID, "roles": []string{"specialist"}, "number": a.Number, "password": demoPassword, "document": a.Document.Receipt.SHA256}
		for k, v := range c.change {
			word[k] = v
		}
		status, key := who[c.by].try(path+"/attest", word, nil)
		if status != c.status || key != c.key {
			t.Errorf("attest %s: %d %q, want %d %q", c.name, status, key, c.status, c.key)
		}
	}
	refuse := path + "/scans/" + string(own) + "/refuse"
	if status, key := who["head"].try(refuse, map[string]string{"text": ""}, nil); status != http.StatusBadRequest || key != "text" {
		t.Errorf("refuse without a word: %d %q", status, key)
	}
	if status, key := who["head"].try(refuse, map[string]string{"text": "Қолы көрінбейді"}, nil); status != http.StatusOK {
		t.Errorf("refuse: %d %q", status, key)
	}
	if n := len(actOf(t, s, a.ID).Signatures); n != 0 {
		t.Fatalf("%d signatures of refused words", n)
	}
}

// scanned gets a scan's bytes, which may do nothing in a browser.
func (c *caller) scanned(path string) []byte {
	c.t.Helper()
	status, header, got := c.raw(http.MethodGet, path, "", nil)
	if status != http.StatusOK {
		c.t.Fatalf("%s: %d", path, status)
	}
	if csp := header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
		c.t.Errorf("a scan may do what it likes: %q", csp)
	}
	return got
}

// bomb is the head of a PNG that claims to be side by side pixels.
func bomb(side uint32) []byte {
	head := binary.BigEndian.AppendUint32([]byte("IHDR"), side)
	head = append(binary.BigEndian.AppendUint32(head, side), 8, 6, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(head))
}

// passive is a PDF of so many empty pages, with more in its catalog.
func passive(more string, pages int) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	fmt.Fprintf(&b, "1 0 obj\n<< /Type /Catalog /Pages 2 0 R %s >>\nendobj\n2 0 obj\n<< /Type /Pages /Count %d >>\nendobj\n", more, pages)
	for n := range pages {
		fmt.Fprintf(&b, "%d 0 obj\n<< /Type /Page /Parent 2 0 R >>\nendobj\n", n+3)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", at)
	return b.Bytes()
}

// packed is a PDF whose objects are in an object stream (ISO 32000-2, 7.5.7).
func packed(objects string) []byte {
	var z, b bytes.Buffer
	w := zlib.NewWriter(&z)
	w.Write([]byte(objects))
	w.Close()
	fmt.Fprintf(&b, "%%PDF-1.7\n1 0 obj\n<< /Type /ObjStm /Length %d /Filter /FlateDecode >>\nstream\n", z.Len())
	b.Write(z.Bytes())
	b.WriteString("\nendstream\nendobj\n")
	at := b.Len()
	fmt.Fprintf(&b, "2 0 obj\n<< /Type /XRef >>\nendobj\nstartxref\n%d\n%%%%EOF", at)
	return b.Bytes()
}

func TestPDFPages(t *testing.T) {
	page := "<< /Type /Page >> "
	for name, c := range map[string]struct {
		data []byte
		want int
	}{
		"one":              {passive("", 1), 1},
		"twenty":           {passive("", 20), 20},
		"packed":           {packed(page + page), 2},
		"none":             {passive("", 0), 0},
		"many":             {passive("", 21), 0},
		"runs":             {passive("/JS (x)", 1), 0},
		"launches":         {passive("/A << /S /Launch >>", 1), 0},
		"hidden":           {packed(page + "/#4aavaScript (x)"), 0},
		"encrypted":        {passive("/Encrypt 9 0 R", 1), 0},
		"packed too tight": {packed(page + strings.Repeat(" ", scanInflated)), 0},
		"no end":           {passive("", 1)[:60], 0},
		"points nowhere":   {bytes.Replace(passive("", 1), []byte("startxref\n"), []byte("startxref\n9"), 1), 0},
		"not a PDF":        {[]byte("%PDF-9.9\n"), 0},
		"unended stream":   {append([]byte("%PDF-1.4\nstream\n"), passive("", 1)[9:]...), 0},
	} {
		got, err := pdfPages(c.data)
		if got != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%s: %d pages, %v; want %d", name, got, err, c.want)
		}
	}
}

// FuzzScan reads anything as a scan: it answers, and what it takes is within
// its bounds.
func FuzzScan(f *testing.F) {
	f.Add(passive("", 2))
	f.Add(packed("<< /Type /Page >>"))
	f.Add(bomb(40))
	f.Fuzz(func(t *testing.T, data []byte) {
		var r scanReader
		got, err := r.read(data)
		if (err == nil) != (got.pages >= 1 && got.pages <= scanPages) && err == nil {
			t.Fatalf("took %+v", got)
		}
		if err != nil && proctor.KindOf(err) != proctor.Invalid {
			t.Fatal(err)
		}
	})
}
