package media

import (
	"bytes"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestBackfillFillsAnOutage sends what a 60 s outage left out, through a
// restart of the server in the middle of the upload.
func TestBackfillFillsAnOutage(t *testing.T) {
	file := footageFile(t, "60")
	h := newHall(t)
	h.outage()
	w := h.wanted()
	if len(w.Wanted) != 1 || !w.Wanted[0].From.Equal(h.at(30)) || !w.Wanted[0].To.Equal(h.at(90)) || !w.GraceUntil.Equal(h.at(3600).Add(2*time.Hour)) {
		t.Fatalf("wanted %+v", w)
	}
	a := h.claim(claimOf(file, h.at(30), h.at(90)))
	if a.status != http.StatusCreated || a.offset() != 0 {
		t.Fatalf("POST: %d %s", a.status, a.body)
	}
	at, half := a.header.Get("Location"), int64(len(file)/2)
	if a := h.patch(at, file[:half], 0); a.status != http.StatusNoContent || a.offset() != half {
		t.Fatalf("PATCH: %d %s %d", a.status, a.body, a.offset())
	}
	h.halt()
	h.run()
	if a := h.do(http.MethodHead, h.url+"/"+filepath.Base(at), "", nil, -1); a.status != 200 || a.offset() != half {
		t.Fatalf("HEAD after a restart: %d, offset %d of %d", a.status, a.offset(), half)
	}
	if a := h.patch(at, file[half:], 7); a.status != http.StatusConflict || a.offset() != half {
		t.Errorf("a wrong offset: %d %d", a.status, a.offset())
	}
	if a := h.claim(claimOf(file, h.at(30), h.at(90))); a.status != 200 || a.offset() != half || a.header.Get("Location") != at {
		t.Errorf("the same again: %d %d %s", a.status, a.offset(), a.header.Get("Location"))
	}
	if a := h.patch(at, file[half:], half); a.status != http.StatusNoContent || a.offset() != int64(len(file)) {
		t.Fatalf("the rest: %d %s", a.status, a.body)
	}
	until(t, "it is stored", func() bool {
		b := h.backfills()
		return len(b) == 1 && b[0].Receipt != nil && len(leftovers(t, h.dir)) == 0
	})
	b := h.backfills()[0]
	if b.Codecs != "vp8,opus" || b.Width != 160 || b.Height != 120 || b.Frames != 600 || b.ClockOffsetMS != -1500 || b.FirstMS > 50 || len(b.Holes) != 0 {
		t.Errorf("journaled %+v", b)
	}
	r, err := h.server.OpenBackfill(t.Context(), b.Backfill, b.Receipt)
	h.ok(err)
	got, err := io.ReadAll(r)
	h.ok(err)
	r.Close()
	if !bytes.Equal(got, file) {
		t.Error("what is stored is not what was sent")
	}
	if w := h.wanted(); len(w.Wanted) != 0 {
		t.Errorf("still wanted: %+v", w.Wanted)
	}
	if a := h.account(); a.Backfilled != time.Minute || a.Gap() != 0 || !a.Whole() {
		t.Errorf("account %+v", a)
	}
	if a := h.claim(claimOf(file, h.at(30), h.at(90))); a.status != 200 || a.offset() != int64(len(file)) {
		t.Errorf("a third time: %d %d", a.status, a.offset())
	}
	if a := h.claim(claimOf(append(file, 0), h.at(30), h.at(90))); a.status != http.StatusConflict {
		t.Errorf("a second copy: %d %s", a.status, a.body)
	}
}

// TestBackfillRefusesWhatCannotBe is the protocol's bad-input table.
func TestBackfillRefusesWhatCannotBe(t *testing.T) {
	h := newHall(t)
	h.outage()
	good := claimOf([]byte("x"), h.at(30), h.at(90))
	for name, c := range map[string]struct {
		change func(*claim)
		status int
	}{
		"inverted":         {func(c *claim) { c.From, c.To = c.To, c.From }, 400},
		"empty":            {func(c *claim) { c.To = c.From }, 400},
		"future":           {func(c *claim) { c.To = h.at(130) }, 400},
		"before admission": {func(c *claim) { c.From = h.at(-10) }, 400},
		"no times":         {func(c *claim) { c.From, c.To = time.Time{}, time.Time{} }, 400},
		"negative size":    {func(c *claim) { c.Size = -1 }, 400},
		"nothing":          {func(c *claim) { c.Size = 0 }, 400},
		"too large":        {func(c *claim) { c.Size = maxPiece + 1 }, 413},
		"short hash":       {func(c *claim) { c.SHA256 = "ab" }, 400},
		"upper-case hash":  {func(c *claim) { c.SHA256 = strings.ToUpper(c.SHA256) }, 400},
		"path as hash":     {func(c *claim) { c.SHA256 = strings.Repeat("../", 21) + "x" }, 400},
		"mp4":              {func(c *claim) { c.Type = "video/mp4" }, 415},
		"no type":          {func(c *claim) { c.Type = "" }, 415},
		"recorded time":    {func(c *claim) { c.From, c.To = h.at(2), h.at(28) }, 409},
	} {
		bad := good
		c.change(&bad)
		if a := h.claim(bad); a.status != c.status || a.body == "" {
			t.Errorf("%s: %d %q, want %d", name, a.status, a.body, c.status)
		}
	}
	h.reach(1900)
	long := claimOf([]byte("y"), h.at(200), h.at(200+601))
	if a := h.claim(long); a.status != 413 {
		t.Errorf("eleven minutes: %d %s", a.status, a.body)
	}
	for _, body := range []string{"", "{", "[]", `{"from":1}`, `{"size":"x"}`, strings.Repeat(" ", 5000) + "{}", "{}{}"} {
		if a := h.do(http.MethodPost, h.url, "application/json", strings.NewReader(body), -1); a.status != 400 {
			t.Errorf("%.20q: %d %s", body, a.status, a.body)
		}
	}
	if left := leftovers(t, h.dir); len(left) != 0 {
		t.Errorf("refused claims left %v", left)
	}
	a := h.claim(good)
	at := a.header.Get("Location")
	for name, got := range map[string]answered{
		"no such upload":   h.do(http.MethodHead, h.url+"/"+strings.Repeat("0", 32), "", nil, -1),
		"a strange name":   h.do(http.MethodHead, h.url+"/..%2f..%2fjournal.db", "", nil, -1),
		"a short name":     h.do(http.MethodHead, h.url+"/0", "", nil, -1),
		"another's upload": h.do(http.MethodHead, strings.Replace(h.url, string(h.seat), "nobody", 1)+"/"+filepath.Base(at), "", nil, -1),
	} {
		if got.status != 404 {
			t.Errorf("%s: %d", name, got.status)
		}
	}
	url := h.url + "/" + filepath.Base(at)
	for _, c := range []struct {
		name   string
		got    answered
		status int
	}{
		{"too much", h.patch(at, []byte("xy"), 0), 413},
		{"no offset", h.do(http.MethodPatch, url, typeBytes, strings.NewReader("x"), -1), 400},
		{"JSON", h.do(http.MethodPatch, url, "application/json", strings.NewReader("x"), 0), 415},
		{"PUT", h.do(http.MethodPut, url, typeBytes, strings.NewReader("x"), 0), 405},
		{"no WebM", h.patch(at, []byte("x"), 0), 415},
		{"gone then", h.patch(at, []byte("x"), 0), 404},
	} {
		if c.got.status != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, c.got.status, c.got.body, c.status)
		}
	}
	if left := leftovers(t, h.dir); len(left) != 0 {
		t.Errorf("refused uploads left %v", left)
	}
}

// TestWhoHasReleasedIsNotCancelled: its connection serves another request then.
func TestWhoHasReleasedIsNotCancelled(t *testing.T) {
	b := &backfills{busy: map[string]*holding{}}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				var over atomic.Bool
				release, err := b.hold(t.Context(), "piece", func() {
					time.Sleep(50 * time.Microsecond) // time for the request to end, if it can
					if over.Load() {
						t.Error("cancelled after its end")
					}
				})
				if err != nil {
					t.Error(err)
					return
				}
				release()
				over.Store(true)
			}
		})
	}
	all.Wait()
}
