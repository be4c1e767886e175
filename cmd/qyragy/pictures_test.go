package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"qyragy/proctor"
)

// pixelate makes every face on the page unrecognisable, for documentation.
const pixelate = `(() => {
	for (const img of document.querySelectorAll('img')) {
		if (!img.complete || !img.naturalWidth) continue;
		const c = document.createElement('canvas'); c.width = 14; c.height = 10;
		c.getContext('2d').drawImage(img, 0, 0, 14, 10);
		img.style.imageRendering = 'pixelated'; img.src = c.toDataURL();
	}
	for (const v of document.querySelectorAll('video')) v.style.filter = 'blur(24px)';
})()`

// TestPictures takes the documentation's pictures into QYRAGY_SHOTS: the wall
// with nine seats, in each language.
func TestPictures(t *testing.T) {
	dir := os.Getenv("QYRAGY_SHOTS")
	if dir == "" {
		t.Skip("takes pictures only where QYRAGY_SHOTS names a directory")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, 9)
	publish(t, root, "--demo", s.cfg.Data)
	for n, clip := range []string{"honest", "two", "covered"} {
		rest := s.demo
		rest.Seats = s.demo.Seats[3+2*n : 5+2*n]
		file := filepath.Join(t.TempDir(), clip+".json")
		b, err := json.Marshal(rest)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		publish(t, root, "--clip", filepath.Join(root, "models/clips", clip+".ivf"), "--seats", "2", "--target", file)
		time.Sleep(4 * time.Second) // so that not all do the same at once
	}
	staff := newBrowser(t, "wall", "")
	staff.login(s.base, "proctor")
	staff.see("tile", 20*time.Second)
	time.Sleep(22 * time.Second)
	for _, language := range []string{"kk", "ru", "en"} {
		staff.click("language-" + language)
		time.Sleep(2 * time.Second)
		staff.do("pixelate", 10*time.Second, chromedp.Evaluate[chromedp.Void](pixelate))
		staff.shot(language)
	}
	var candidate proctor.IncidentID
	for _, seat := range s.demo.Seats {
		for _, i := range incidentsOf(s, seat.ID) {
			candidate = i.ID
		}
	}
	if candidate == "" {
		t.Error("no candidate among nine seats, of which four misbehave")
	}
}

// publish runs the headless examinee until the test ends.
func publish(t *testing.T, root string, args ...string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(root, "bin", "examinee"), args...)
	cmd.Dir = root
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
}
