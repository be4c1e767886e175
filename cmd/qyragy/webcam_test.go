package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"qyragy/proctor"
)

// webcamFilm makes a camera film of ordinary webcam clips, a person two metres
// away: honest 25 s, black 8, honest 8, blurred 14, honest 8, two people 10,
// honest 10.
func webcamFilm(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../../shared/media/webcam")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no ../shared/media/webcam beside the repository: ordinary webcam clips are not tried")
	}
	out := filepath.Join(t.TempDir(), "webcam.mjpeg")
	const same = ",fps=15,scale=640:480,setsar=1,format=yuvj420p,trim=duration="
	filter := "[0:v]split=5[a][b][c][d][e];" +
		"[a]null" + same + "25,setpts=PTS-STARTPTS[honest1];" +
		"color=black:s=640x480:r=15,format=yuvj420p,trim=duration=8,setsar=1[black];" +
		"[b]null" + same + "8,setpts=PTS-STARTPTS[honest2];" +
		"[c]gblur=sigma=9" + same + "14,setpts=PTS-STARTPTS[blurred];" +
		"[d]null" + same + "8,setpts=PTS-STARTPTS[honest3];" +
		"[1:v]crop=320:480:160:0[left];[2:v]crop=320:480:160:0[right];[left][right]hstack" + same + "10,setpts=PTS-STARTPTS[two];" +
		"[e]null" + same + "10,setpts=PTS-STARTPTS[honest4];" +
		"[honest1][black][honest2][blurred][honest3][two][honest4]concat=n=7,noise=alls=2:allf=t,fps=30[film]" // Chromium plays MJPEG at 30 frames a second
	clip := func(name string) []string { return []string{"-stream_loop", "-1", "-i", filepath.Join(dir, name)} }
	args := slices.Concat([]string{"-v", "error", "-y"}, clip("help.mkv"), clip("learn.mkv"), clip("milk.mkv"),
		[]string{"-filter_complex", filter, "-map", "[film]", "-an", "-q:v", "4", "-f", "mjpeg", out})
	run(t, nil, "ffmpeg", args...)
	return out
}

// TestWebcam plays ordinary webcam clips: each stretch its own cause, none in
// the honest ones.
func TestWebcam(t *testing.T) {
	if testing.Short() {
		t.Skip("plays a minute of film")
	}
	camera := webcamFilm(t)
	s := startServer(t, 1)
	seat := s.demo.Seats[0]
	examinee := newBrowser(t, "webcam", camera)
	staff := newBrowser(t, "webcam-proctor", "")
	staff.login(s.base, "proctor")
	enter(t, s, examinee, staff, seat)
	got := awaitIncidents(t, s, seat.ID, 3)
	checkIncidents(t, got, []proctor.Cause{proctor.CauseCovered, proctor.CauseBlurred, proctor.CauseOutsider},
		[]time.Duration{0, 16 * time.Second, 38 * time.Second})
	examinee.click("finish")
	examinee.click("finish-confirm")
	examinee.see("finished", 20*time.Second)
	checkExtra(t, s, seat.ID)
}
