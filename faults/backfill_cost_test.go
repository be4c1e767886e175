package faults_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestBackfillCost prints what the page's own recording costs her computer:
// the CPU time of all of Chromium's processes with it and without.
func TestBackfillCost(t *testing.T) {
	slow(t)
	if !alone(t) {
		return
	}
	const length = 40 * time.Second
	b := newBed(t, t.TempDir())
	server := b.serve(t)
	x := sit(t, b, chromedp.Flag("use-file-for-fake-video-capture", film(t)))
	spend := func() map[string]time.Duration {
		time.Sleep(8 * time.Second)
		before := chromium(t)
		time.Sleep(length)
		after := chromium(t)
		for kind, spent := range before {
			after[kind] -= spent
		}
		return after
	}
	with := spend()
	const blind = "delete window.MediaRecorder"
	if _, err := chromedp.Call(x.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: blind}); err != nil {
		t.Fatal(err)
	}
	x.do("reload", 30*time.Second, chromedp.Reload())
	x.recorded(30 * time.Second)
	without := spend()
	var sum [2]time.Duration
	for kind := range with {
		t.Logf("%-16s %.1f %% of a core with the page's own recording, %.1f %% without", kind, percent(with[kind], length), percent(without[kind], length))
		sum[0] += with[kind]
		sum[1] += without[kind]
	}
	t.Logf("all: %.1f %% and %.1f %%", percent(sum[0], length), percent(sum[1], length))
	stop(t, server)
}

func percent(part, whole time.Duration) float64 { return 100 * part.Seconds() / whole.Seconds() }

// film is a camera at a desk, as a browser takes it.
func film(t *testing.T) string {
	t.Helper()
	return filepath.Join(clips(t), "walk.mjpeg")
}

// chromium is the CPU time so far of this test's browser, by kind of process.
func chromium(t *testing.T) map[string]time.Duration {
	t.Helper()
	out := map[string]time.Duration{}
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		dir := filepath.Dir(path)
		words, err := os.ReadFile(filepath.Join(dir, "cmdline"))
		ns, _ := os.Readlink(filepath.Join(dir, "ns", "net"))
		if err != nil || ns != self || !strings.Contains(string(words), "chrom") {
			continue
		}
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		user, _ := strconv.Atoi(fields[11])
		system, _ := strconv.Atoi(fields[12])
		kind := "browser"
		if _, after, ok := strings.Cut(strings.ReplaceAll(string(words), "\x00", " "), "--type="); ok {
			kind, _, _ = strings.Cut(after, " ")
		}
		out[kind] += time.Duration(user+system) * 10 * time.Millisecond // USER_HZ is 100
	}
	return out
}
