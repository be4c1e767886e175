package vision

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"qyragy/detect"
	"qyragy/proctor"
)

// disguises are what makes another camera and another room of a clip: shifts,
// light, sharpness, noise, colour and a mirror, each before a hard compression.
func disguises() []string {
	return []string{
		"null", "hflip", "eq=brightness=-0.12", "eq=brightness=0.15:contrast=0.8", "crop=iw*0.85:ih*0.85:0:ih*0.15",
		"crop=iw*0.85:ih*0.85:iw*0.15:ih*0.15,hflip", "gblur=sigma=0.8", "noise=alls=12:allf=t",
		"pad=iw*1.25:ih*1.25:iw*0.05:ih*0.25:gray", "eq=saturation=0.2:gamma=0.8",
	}
}

// alarm follows one cause as the engine does by its default policy, and counts
// what would have been candidates.
type alarm struct {
	first, last, open int
	n, sights         int
}

func (a *alarm) look(at int, seen bool, open time.Duration) {
	if !seen {
		return
	}
	a.sights++
	if a.sights == 1 || at-a.last > 2 { // one look without is a flicker
		a.first, a.open = at, 0
	}
	a.last = at
	if a.open == 0 && time.Duration(at-a.first)*time.Second >= open {
		a.open = 1
		a.n++
	}
}

// Real cameras in many disguises, at which nobody does anything wrong, give
// hardly a false candidate. QYRAGY_DISGUISES says how many of the disguises are
// tried; without it one.
func TestFalseCandidates(t *testing.T) {
	v := eyes(t)
	most, err := strconv.Atoi(os.Getenv("QYRAGY_DISGUISES"))
	if err != nil {
		most = 1
	}
	clips, err := filepath.Glob(filepath.Join(shot(t, "webcam"), "*.mkv"))
	if err != nil || len(clips) == 0 {
		t.Fatalf("no clips: %v", err)
	}
	more, _ := filepath.Glob(filepath.Join(shot(t, "closeup"), "*.mp4"))
	total, looks, searches := map[proctor.Cause]int{}, 0, 0
	for _, disguise := range disguises()[:min(most, len(disguises()))] {
		for _, clip := range append(clips, more...) {
			if filepath.Base(clip) == "bird.mkv" { // somebody looks in
				continue
			}
			frames := keyFrames(t, detect.VP8, clip, disguise+",scale=640:-2,fps=5", "20")
			alarms, searched := watchClip(t, v, frames)
			looks, searches = looks+watchedLooks, searches+searched
			for c, a := range alarms {
				total[c] += a.n
				if a.sights > 0 {
					t.Logf("%s, %s: %s seen %d times, %d candidates", filepath.Base(clip), disguise, c, a.sights, a.n)
				}
			}
		}
	}
	t.Logf("%.2f examinee-hours, %d searches in %d looks: %v", float64(looks)/3600, searches, looks, total)
	if n := total[proctor.CauseOutsider]; n > 0 {
		t.Errorf("%d false candidates of other people", n)
	}
}

const watchedLooks = 40

// watchClip looks at a clip again and again, to its end and back, once a second.
func watchClip(t *testing.T, v *Vision, frames [][]byte) (map[proctor.Cause]*alarm, int) {
	t.Helper()
	rules := proctor.DefaultPolicy().Rules
	alarms := map[proctor.Cause]*alarm{proctor.CauseOutsider: {}, proctor.CauseObject: {}, proctor.CauseAway: {}, proctor.CauseNoFace: {}}
	var memory []byte
	searched := 0
	for at := range watchedLooks {
		k := at % max(1, 2*len(frames)-2)
		r := request(detect.VP8, frames[min(k, 2*len(frames)-2-k)])
		r.Age, r.Memory = at, memory
		reply := v.Look(r)
		if reply.Err != "" {
			t.Fatal(reply.Err)
		}
		if memory = reply.Memory; reply.Look.Persons != nil {
			searched++
		}
		for c, a := range alarms {
			seen := false
			for _, o := range reply.Look.Observations {
				seen = seen || o.Cause == c && !reply.Look.Calibrating
			}
			a.look(at, seen, rules[c].Open)
		}
	}
	return alarms, searched
}
