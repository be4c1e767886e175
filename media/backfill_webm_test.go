package media

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestFootageIsLookedAt sends what has the right hash and the wrong content.
func TestFootageIsLookedAt(t *testing.T) {
	whole := footageFile(t, "6")
	none := func(args ...string) []byte { return footageFile(t, "6", args...) }
	for name, c := range map[string]struct {
		file   []byte
		status int
	}{
		"whole":           {whole, 204},
		"VP9":             {none("-c:v", "libvpx-vp9", "-c:a", "libopus"), 204},
		"no sound":        {none("-c:v", "libvpx", "-an"), 204},
		"a torn end":      {whole[:len(whole)-200], 204},
		"half of it":      {whole[:len(whole)/2], 422},
		"too long":        {footageFile(t, "9"), 422},
		"no picture":      {none("-vn", "-c:a", "libopus"), 415},
		"Vorbis":          {none("-c:v", "libvpx", "-c:a", "libvorbis"), 415},
		"only a header":   {whole[:300], 415},
		"no header":       {whole[300:], 415},
		"text":            {[]byte(strings.Repeat("not a film ", 100)), 415},
		"zeros":           {make([]byte, 5000), 415},
		"MP4 by its name": {append([]byte("\x00\x00\x00\x18ftypmp42"), make([]byte, 400)...), 415},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHall(t)
			h.outage()
			if a := h.patch(h.begin(c.file, 40, 46), c.file, 0); a.status != c.status {
				t.Errorf("%d %s, want %d", a.status, a.body, c.status)
			}
			if got := len(h.backfills()); (got == 1) != (c.status == 204) {
				t.Errorf("%d are journaled", got)
			}
		})
	}
}

// TestHolesAreNotCovered counts only what a backfill has frames of.
func TestHolesAreNotCovered(t *testing.T) {
	file := footageFile(t, "10", "-vf", "select='lt(t,3)+gt(t,7)'", "-fps_mode", "passthrough", "-c:v", "libvpx", "-an")
	h := newHall(t)
	h.outage()
	if a := h.patch(h.begin(file, 40, 50), file, 0); a.status != http.StatusNoContent {
		t.Fatalf("%d %s", a.status, a.body)
	}
	b := h.backfills()[0]
	if len(b.Holes) != 1 || (b.Holes[0].Length()-4*time.Second).Abs() > 300*time.Millisecond {
		t.Errorf("holes %+v", b.Holes)
	}
	if a := h.account(); (a.Backfilled-6*time.Second).Abs() > 300*time.Millisecond || !a.Whole() {
		t.Errorf("account %+v", a)
	}
	if w := h.wanted().Wanted; len(w) != 3 {
		t.Errorf("wanted %+v", w)
	}
}
