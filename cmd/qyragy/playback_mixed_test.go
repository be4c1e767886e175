package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// mixed is a review of recordings by different encoders: H.264 in Matroska, a
// hole that a VP9 backfill covers and overlaps on either side, VP8 without
// sound, and a second track. Files begin at the film's second 0.
func mixed(origin time.Time) map[string]any {
	at := func(s float64) string {
		return origin.Add(time.Duration(s * float64(time.Second))).Format(time.RFC3339Nano)
	}
	segment := func(number int, from float64, codecs, track string) map[string]any {
		return map[string]any{"number": number, "start": at(from), "end": at(from + 10), "codecs": codecs, "width": 640, "height": 480, "frames": 150, "track": track, "size": 1, "sha256": "", "prev": ""}
	}
	stretch := func(from, to float64, kind, cause string, number int) map[string]any {
		return map[string]any{"from": at(from), "to": at(to), "kind": kind, "cause": cause, "number": number}
	}
	return map[string]any{
		"from": at(0), "to": at(30), "live": nil,
		"segments":  []any{segment(0, 0, "avc1.42c01e,opus", ""), segment(1, 16, "vp8", ""), segment(2, 5, "vp8", "screen")},
		"backfills": []any{map[string]any{"number": 0, "from": at(8), "to": at(18), "codecs": "vp9,opus", "frames": 150, "first_ms": 0, "sha256": "", "holes": []any{}}},
		"gaps":      []any{map[string]any{"from": at(10), "to": at(16), "cause": "network"}, map[string]any{"from": at(26), "to": at(30), "cause": "device"}},
		"account": map[string]any{"from": at(0), "to": at(30), "stretches": []any{
			stretch(0, 10, "recorded", "", 0), stretch(10, 16, "backfilled", "network", 0),
			stretch(16, 26, "recorded", "", 1), stretch(26, 30, "gap", "device", 0),
		}},
	}
}

// mixedFiles serves the recordings of mixed.
func mixedFiles(t *testing.T) *httptest.Server {
	t.Helper()
	film, dir := brightening(t), t.TempDir()
	make := func(name string, args ...string) {
		all := append([]string{"-v", "error", "-y", "-t", "10", "-i", film, "-f", "lavfi", "-t", "10", "-i", "sine=440:sample_rate=48000"}, args...)
		run(t, nil, "ffmpeg", append(all, filepath.Join(dir, name))...)
	}
	make("segments-0", "-c:v", "libx264", "-profile:v", "baseline", "-preset", "ultrafast", "-g", "30", "-c:a", "libopus", "-f", "matroska")
	make("backfills-0", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "500k", "-g", "100", "-c:a", "libopus", "-f", "webm", "-live", "1")
	make("segments-1", "-map", "0:v", "-c:v", "copy", "-f", "webm")
	make("segments-2", "-map", "0:v", "-c:v", "copy", "-f", "webm")
	files := http.FileServer(http.Dir(dir))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Headers", "Range")
		w.Header().Set("Access-Control-Expose-Headers", "Content-Range")
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// TestPlaybackMixed plays codecs, backfills and tracks that no single camera
// makes, as one timeline: in the page the review and the recordings are ours.
func TestPlaybackMixed(t *testing.T) {
	files := mixedFiles(t)
	s := startServer(t, 1)
	seat := string(s.demo.Seats[0].ID)
	staff := newBrowser(t, "mixed", "")
	staff.login(s.base, "proctor")
	told, err := json.Marshal(mixed(time.Now().Add(-time.Minute)))
	if err != nil {
		t.Fatal(err)
	}
	staff.do("ask another server too", 10*time.Second, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true})
		return err
	}))
	staff.inject(watching + fmt.Sprintf(`
const asked = window.fetch;
window.fetch = async (url, init) => {
	const media = /seats\/[^/]+\/(segments|backfills)\/(\d+)$/.exec(url);
	if (media) return asked(%q + "/" + media[1] + "-" + media[2], { headers: init.headers, signal: init.signal });
	const answer = await asked(url, init);
	if (!String(url).endsWith("/seats/" + %q)) return answer;
	return new Response(JSON.stringify({ ...await answer.json(), ...%s }));
};`, files.URL, seat, told))
	staff.open(s.base + "/review/" + seat)
	staff.see("playback-video-screen", 30*time.Second)
	for _, c := range []struct {
		at, second float64
		key        string
	}{{7, 7, "s0,s2"}, {13, 5, "b0"}, {20, 4, "s1,"}, {10, 2, "b0"}, {3, 3, "s0,"}} {
		got := evaluated[shown](staff, "seek", fmt.Sprintf(`seek(%v)`, c.at))
		if off := got.second() - c.second; off < -1 || off > 0.5 {
			t.Errorf("%v s shows the film's second %v, want %v", c.at, got.second(), c.second)
		}
		t.Logf("a seek to %v s took %.0f ms: %s", c.at, got.Took, evaluated[string](staff, "see what plays", `find("playback").dataset.shown + " " + find("playback").dataset.mode`))
	}
	evaluated[shown](staff, "seek before the hole", `seek(7)`)
	staff.click("playback-toggle")
	staff.see("playback-backfilled", 30*time.Second)
	staff.shot("backfilled")
	staff.click("playback-rate-2")
	staff.reach("play on after the backfill", `position() > 17 && find("playback").dataset.shown.startsWith("s1")`, 60*time.Second)
	if s := evaluated[shown](staff, "see the picture", `({ position: position(), grey: grey() })`); s.second() > 5 {
		t.Errorf("%v s shows the film's second %v", s.Position, s.second())
	}
	staff.reach("stop at the end", `find("playback-video").paused && position() > 25`, 60*time.Second)
	if mode := evaluated[string](staff, "see how it played", `find("playback").dataset.mode`); mode != "joined" {
		t.Errorf("it played %s, want joined", mode)
	}
}
