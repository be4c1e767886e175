package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"qyragy/proctor"
)

// What is recorded: published, away, published again.
const (
	firstRun  = 10 * time.Second
	awayRun   = 3 * time.Second
	secondRun = 8 * time.Second
)

// The film's grey in its second 0, how much it grows each second, and how many
// seconds it has.
const (
	filmGrey    = 24
	filmStep    = 7
	filmSeconds = 30
)

// brightening makes a film whose brightness tells the second, noisy enough to
// need the bit rate of a camera.
func brightening(t *testing.T) string {
	t.Helper()
	var filter strings.Builder
	for s := range filmSeconds {
		fmt.Fprintf(&filter, "color=c=0x%06x:s=640x480:r=15:d=1[s%d];", 0x010101*(filmGrey+filmStep*s), s)
	}
	for s := range filmSeconds {
		fmt.Fprintf(&filter, "[s%d]", s)
	}
	fmt.Fprintf(&filter, "concat=n=%d,noise=alls=12:allf=t,format=yuv420p[film]", filmSeconds)
	out := filepath.Join(t.TempDir(), "brightening.ivf")
	run(t, nil, "ffmpeg", "-v", "error", "-y", "-filter_complex", filter.String(), "-map", "[film]",
		"-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "500k", "-g", "15", out)
	return out
}

// TestPlayback plays a seat's recording with a gap in it: from the start, any
// second, over the gap at 4×, and what is being recorded now.
func TestPlayback(t *testing.T) {
	if testing.Short() {
		t.Skip("records half a minute")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	camera := brightening(t)
	s := startServer(t, 1)
	seat := s.demo.Seats[0].ID
	publish := func() (stop func()) {
		return publishUntil(t, root, "--clip", camera, "--audio", filepath.Join(root, "models/clips/honest.ogg"),
			"--target", filepath.Join(s.cfg.Data, "demo.json"))
	}
	stop := publish()
	staff := newBrowser(t, "playback", "")
	staff.login(s.base, "proctor")
	awaitRecorded(t, s, seat, firstRun)
	stop()
	time.Sleep(awayRun)
	stop = publish()
	awaitRecorded(t, s, seat, secondRun/2)

	staff.throttle()
	staff.inject(watching)
	staff.open(s.base + "/review/" + string(seat))
	t.Logf("at 2 Mbit/s and 50 ms: the first picture %.0f ms after the player is there", evaluated[float64](staff, "see the first picture", `firstPicture()`))
	checkNow(t, s, staff, seat)
	awaitRecorded(t, s, seat, secondRun)
	stop()
	await(t, "the last segment", 10*time.Second, func() bool {
		_, recording := s.media.Live(seat)
		return !recording
	})
	staff.open(s.base + "/review/" + string(seat))
	checkSeeks(t, s, staff, seat)
	checkCrossing(t, s, staff, seat)
	staff.shot("review")
}

// publishUntil runs the headless examinee until the returned function is called.
func publishUntil(t *testing.T, root string, args ...string) (stop func()) {
	t.Helper()
	cmd := exec.Command(filepath.Join(root, "bin", "examinee"), args...)
	cmd.Dir = root
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if !stopped {
			_ = cmd.Process.Signal(os.Interrupt)
			_ = cmd.Wait()
		}
		stopped = true
	}
	t.Cleanup(stop)
	return stop
}

func awaitRecorded(t *testing.T, s *server, seat proctor.SeatID, length time.Duration) {
	t.Helper()
	await(t, "a recording of "+length.String(), length+20*time.Second, func() bool {
		g, ok := s.media.Live(seat)
		return ok && g.End.Sub(g.Start) >= length
	})
}

// throttle gives the page a slow network.
func (p *person) throttle() {
	p.t.Helper()
	slow := network.Conditions{Latency: 50, DownloadThroughput: 2e6 / 8, UploadThroughput: 2e6 / 8}
	p.do("have a slow network", 10*time.Second, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, network.Enable, network.EnableParams{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{&slow}})
		return err
	}))
}

// inject runs a script in every page before its own.
func (p *person) inject(script string) {
	p.t.Helper()
	p.do("take a script", 10*time.Second, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return err
	}))
}

// watching are functions for the page: how long a picture took, and its grey.
const watching = `
const find = (id) => document.querySelector('[data-testid="' + id + '"]');
const pause = (ms) => new Promise((r) => setTimeout(r, ms));
async function element(id) { for (;;) { const e = find(id); if (e) return e; await pause(5); } }
const frame = (v) => new Promise((r) => v.requestVideoFrameCallback((_, m) => r(m.mediaTime)));
const began = element("playback-video").then(async (v) => { const t = performance.now(); await frame(v); return performance.now() - t; });
const firstPicture = () => began;
const position = () => Number(find("playback").dataset.position);
function grey() {
	const c = document.createElement("canvas"); c.width = 64; c.height = 48;
	const g = c.getContext("2d"); g.drawImage(find("playback-video"), 0, 0, 64, 48);
	const d = g.getImageData(0, 0, 64, 48).data;
	let sum = 0; for (let i = 0; i < d.length; i += 4) sum += d[i];
	return sum / (64 * 48);
}
async function seek(t) {
	const range = await element("timeline").then((e) => e.querySelector("input")), v = find("playback-video"), at = performance.now();
	range.value = t; range.dispatchEvent(new Event("input", { bubbles: true }));
	// A frame that was shown between two callbacks is not told of: a video that stands there has it.
	const stands = () => pause(250).then(() => v.seeking || v.readyState < 2 ? NaN : v.currentTime);
	for (;;) { const m = await Promise.race([frame(v), stands()]); if (Math.abs(m - t) < 0.5) break; }
	return { took: performance.now() - at, position: position(), grey: grey() };
}
`

// evaluated is the value of a script, or of its promise.
func evaluated[T any](p *person, what, script string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 90*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.shot("failed")
		p.t.Fatalf("%s could not %s: %v", p.name, what, err)
	}
	return v
}

// reach waits until a script with the test functions is true.
func (p *person) reach(what, script string, limit time.Duration) {
	p.t.Helper()
	end := fmt.Sprintf(`(async () => { for (let i = 0; i < %d; i++) { if (%s) return true; await pause(100); } return false; })()`, limit.Milliseconds()/100, script)
	if !evaluated[bool](p, what, end) {
		p.shot("failed")
		p.t.Fatalf("%s could not %s", p.name, what)
	}
}

// shown is a moment of the player.
type shown struct {
	Took     float64 `json:"took"`
	Position float64 `json:"position"`
	Grey     float64 `json:"grey"`
}

// second is the film's second that the picture shows.
func (s shown) second() float64 { return math.Round((s.Grey - filmGrey) / filmStep) }

// past is how far the picture is past that moment of a run; the film begins
// again whenever it has ended.
func (s shown) past(moment float64) float64 {
	return math.Remainder(s.second()-moment, filmSeconds)
}

// runsOf are the two runs of the film, in seconds since the first began: the
// recording before the gap and after it, however many segments each has.
func runsOf(t *testing.T, s *server, seat proctor.SeatID) (first, second [2]float64) {
	t.Helper()
	err := s.engine.ViewSeat(seat, func(_ *proctor.State, at *proctor.Seat) {
		for _, g := range at.Segments {
			t.Logf("segment %d: %s to %s", g.Number, g.Start, g.End)
		}
		for _, g := range at.Gaps {
			t.Logf("gap: %s to %s, %s", g.From, g.To, g.Cause)
		}
		if len(at.Gaps) != 1 || len(at.Segments) < 2 {
			t.Fatalf("%d gaps and %d segments, want a gap between two runs", len(at.Gaps), len(at.Segments))
		}
		since := func(at2 time.Time) float64 { return at2.Sub(at.Segments[0].Start).Seconds() }
		first[1] = since(at.Gaps[0].From)
		second = [2]float64{since(at.Gaps[0].To), since(at.Segments[len(at.Segments)-1].End)}
	})
	if err != nil {
		t.Fatal(err)
	}
	return first, second
}

// origin is the moment of the page's position 0, from the review as it is told.
const origin = `fetch('/api/v1/seats/%s').then((r) => r.json()).then((r) =>
	Math.min(...[r.from, r.account.from, ...r.segments.map((s) => s.start)].map(Date.parse)) / 1000)`

// startOf is the page's position of the first segment.
func startOf(s *server, staff *person, seat proctor.SeatID) (start float64) {
	zero := evaluated[float64](staff, "ask for the review", fmt.Sprintf(origin, seat))
	_ = s.engine.ViewSeat(seat, func(_ *proctor.State, at *proctor.Seat) {
		start = float64(at.Segments[0].Start.UnixMilli())/1000 - zero
	})
	return start
}

// checkNow: what is recorded now is shown, a few seconds late.
func checkNow(t *testing.T, s *server, staff *person, seat proctor.SeatID) {
	t.Helper()
	zero := evaluated[float64](staff, "ask for the review", fmt.Sprintf(origin, seat))
	staff.click("playback-live")
	staff.reach("play what is recorded now", fmt.Sprintf(`(() => {
		const v = find("playback-video");
		return !v.paused && !v.seeking && v.readyState > 1 && Date.now() / 1000 - %f - position() < 5;
	})()`, zero), 60*time.Second)
	late := evaluated[float64](staff, "look how late it is", fmt.Sprintf(`Date.now() / 1000 - %f - position()`, zero))
	var again time.Time
	_ = s.engine.ViewSeat(seat, func(_ *proctor.State, at *proctor.Seat) { again = at.Gaps[0].To })
	due := time.Since(again).Seconds() - late
	if at := evaluated[shown](staff, "see now", `({ position: position(), grey: grey() })`); math.Abs(at.past(due)) > 1.5 {
		t.Errorf("now shows the film's second %v, want about %.1f", at.second(), math.Mod(due, filmSeconds))
	}
	t.Logf("what is recorded now is shown %.1f s later", late)
}

// checkSeeks goes to seconds before and after the gap, and looks at the film.
func checkSeeks(t *testing.T, s *server, staff *person, seat proctor.SeatID) {
	t.Helper()
	t.Logf("sealed: the first picture %.0f ms after the player is there", evaluated[float64](staff, "see the first picture", `firstPicture()`))
	_, last := runsOf(t, s, seat)
	start := startOf(s, staff, seat)
	for _, target := range []float64{last[0] + 5, 7, last[0] + 2, 3, last[1] - 1} {
		at := math.Round(start + target)
		got := evaluated[shown](staff, "seek", fmt.Sprintf(`seek(%v)`, at))
		into := got.Position - start
		if into >= last[0] {
			into -= last[0]
		}
		if off := got.past(into); off < -1.3 || off > 0.7 {
			t.Errorf("%.2f s of a segment shows the film's second %v", into, got.second())
		}
		t.Logf("a seek to %v s took %.0f ms", at, got.Took)
	}
}

// checkCrossing plays over the gap at 4×, with sound there.
func checkCrossing(t *testing.T, s *server, staff *person, seat proctor.SeatID) {
	t.Helper()
	first, last := runsOf(t, s, seat)
	start := startOf(s, staff, seat)
	before := evaluated[shown](staff, "seek before the gap", fmt.Sprintf(`seek(%v)`, math.Floor(start+first[1])-3))
	staff.click("playback-rate-4")
	staff.click("playback-toggle")
	staff.see("playback-passed", 20*time.Second)
	staff.reach("play on after the gap", fmt.Sprintf(`position() > %f && !find("playback-video").seeking`, start+last[0]+1), 20*time.Second)
	staff.shot("crossed")
	staff.click("playback-toggle")
	after := evaluated[shown](staff, "see the picture after the gap", `({ position: position(), grey: grey() })`)
	if before.second() < 3 || after.second() > before.second()+5 {
		t.Errorf("the film's second %v before the gap, %v after it: it began again", before.second(), after.second())
	}
	if n := evaluated[float64](staff, "count the sound", `find("playback-video").webkitAudioDecodedByteCount`); n == 0 {
		t.Error("no sound was played")
	}
	if !evaluated[bool](staff, "see the gap on the timeline", `!!find("gap") && find("sums").textContent.length > 0`) {
		t.Error("the timeline shows no gap")
	}
}
