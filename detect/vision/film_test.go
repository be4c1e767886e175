package vision

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"

	"qyragy/clips"
	"qyragy/detect"
	"qyragy/proctor"
)

// film is what a camera shows, look by look, after the encoder.
func film(t testing.TB, kilobytes int, frames ...[]byte) [][]byte {
	t.Helper()
	keys, err := clips.KeyFrames(t.Context(), frames, kilobytes)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// shots reads frames of a picture or clip.
func shots(t testing.TB, path, filter string, count int) [][]byte {
	t.Helper()
	frames, err := clips.Frames(t.Context(), path, filter, count)
	if err != nil {
		t.Fatal(err)
	}
	return frames
}

// staged draws n frames of a staging over frames, which go round.
func staged(s clips.Staging, frames [][]byte, n int) [][]byte {
	var r [][]byte
	for i := range n {
		f := bytes.Clone(frames[i%len(frames)])
		s.Draw(f, i)
		r = append(r, f)
	}
	return r
}

// watch looks at a film from the camera's first look on.
func watch(t testing.TB, v *Vision, keys [][]byte) [][]proctor.Observation {
	t.Helper()
	var memory []byte
	var r [][]proctor.Observation
	for i, k := range keys {
		q := request(detect.VP8, k)
		q.Age, q.Memory = i, memory
		reply := v.Look(q)
		if reply.Err != "" {
			t.Fatal(reply.Err)
		}
		if memory = reply.Memory; len(memory) > 16<<10 {
			t.Fatalf("a memory of %d bytes", len(memory))
		}
		r = append(r, reply.Look.Observations)
	}
	return r
}

func saw(seen []proctor.Observation, c proctor.Cause) bool {
	return slices.ContainsFunc(seen, func(o proctor.Observation) bool { return o.Cause == c })
}

// within reports whether a cause was seen in one of the first looks.
func within(looks [][]proctor.Observation, c proctor.Cause) bool {
	return slices.ContainsFunc(looks, func(o []proctor.Observation) bool { return saw(o, c) })
}

// honest is what a camera shows before and without a staging: a real one if
// there is one.
func honest(t testing.TB, n int) [][]byte {
	t.Helper()
	if m, _ := filepath.Glob(filepath.Join(media, "webcam", "[e-m]*.mkv")); len(m) > 0 {
		return shots(t, m[0], "fps=3", n)
	}
	return shots(t, sample(t, "sample6.jpg"), other, 1)
}

// A hand, a sticker, a lid, a cap or a shutter is found within three looks,
// whether or not the camera showed a room before, on a good line and on a bad
// one; and goes on being found.
func TestCoveringsAreFound(t *testing.T) {
	v := eyes(t)
	base := honest(t, 3)
	found, all, looks, hits := 0, 0, 0, 0
	for _, kilobytes := range []int{12, 4} {
		for _, s := range clips.Coverings() {
			for _, before := range []int{0, 3} {
				cover := staged(s, base, 3)
				seen := watch(t, v, film(t, kilobytes, append(slices.Clone(base[:min(before, len(base))]), cover...)...))
				seen = seen[len(seen)-3:]
				all++
				if within(seen, proctor.CauseCovered) {
					found++
				} else {
					t.Logf("%s after %d looks, %d kB: not found: %+v", s.Name, before, kilobytes, seen)
				}
				for _, o := range seen {
					looks++
					if saw(o, proctor.CauseCovered) {
						hits++
					}
				}
			}
		}
	}
	if found*100 < all*99 {
		t.Errorf("only %d of %d coverings were found within three looks", found, all)
	}
	t.Logf("%d of %d coverings found within 3 looks; %d of %d looks", found, all, hits, looks)
}

// A dark room is not covered, with a face or without.
func TestDarkRoomsAreNotCovered(t *testing.T) {
	v := eyes(t)
	paths := []string{sample(t, "sample6.jpg"), sample(t, "sample3.jpg")}
	for _, g := range []string{"webcam/*.mkv", "closeup/*.mp4", "desk/*.jpg"} {
		m, _ := filepath.Glob(filepath.Join(media, g))
		paths = append(paths, m[:min(4, len(m))]...)
	}
	looks := 0
	for _, p := range paths {
		base := shots(t, p, "", 1)
		for _, s := range clips.DarkRooms() {
			for _, kilobytes := range []int{12, 4} {
				for i, o := range watch(t, v, film(t, kilobytes, staged(s, base, 2)...)) {
					if looks++; saw(o, proctor.CauseCovered) || saw(o, proctor.CauseBlurred) {
						t.Errorf("%s of %s, %d kB, look %d: %+v", s.Name, filepath.Base(p), kilobytes, i, o)
					}
				}
			}
		}
	}
	t.Logf("%d looks at dark rooms", looks)
}

// A notice that stands where the camera was is no cover: a program has it.
func TestPlaceholdersAreBlocked(t *testing.T) {
	v := eyes(t)
	base := honest(t, 3)
	for _, s := range clips.Placeholders() {
		for _, before := range []int{0, 3} {
			keys := film(t, 12, append(slices.Clone(base[:min(before, len(base))]), staged(s, base, 8)...)...)
			seen := watch(t, v, keys)
			last := seen[len(seen)-1]
			if !saw(last, proctor.CauseBlocked) || last[0].Detail != "placeholder" {
				t.Errorf("%s after %d looks: %+v", s.Name, before, last)
			}
			if within(seen, proctor.CauseCovered) {
				t.Errorf("%s after %d looks is covered: %+v", s.Name, before, seen)
			}
		}
	}
}

// blurSet is single persons' pictures and clips, and their names.
func blurSet(t *testing.T) []string {
	t.Helper()
	shot(t, "identities")
	var r []string
	for _, g := range []string{"webcam/*", "closeup/*", "identities/*/*"} {
		m, _ := filepath.Glob(filepath.Join(media, g))
		r = append(r, m...)
	}
	return r
}

// Who is out of focus is found; who is sharp is not, however small, or soft,
// or badly encoded. It makes no difference whether the camera was sharp before.
func TestBlurIsFound(t *testing.T) {
	v := eyes(t)
	const size = "scale='min(640,iw)':'min(480,ih)':force_original_aspect_ratio=decrease:force_divisible_by=2"
	for _, c := range []struct {
		sigma string
		least float64
	}{{"", 0}, {"2", 0}, {"3", 0.95}, {"5", 0.95}, {"8", 0.95}} {
		faces, blurred := 0, 0
		for i, p := range blurSet(t) {
			if filepath.Ext(p) == ".jpg" && i%2 == 1 {
				continue
			}
			filter := size
			if c.sigma != "" {
				filter += ",gblur=sigma=" + c.sigma
			}
			rate := "200k" // at a frame a second: 25 kB, a photograph's at 25
			if filepath.Ext(p) == ".jpg" {
				rate = "5M"
			} else {
				filter = "fps=1," + filter
			}
			look := v.Look(request(detect.VP8, keyFramesAt(t, p, filter, rate)[0])).Look
			if len(look.Faces) == 0 && c.sigma == "" {
				continue
			}
			faces++
			if saw(look.Observations, proctor.CauseBlurred) || saw(look.Observations, proctor.CauseCovered) {
				blurred++
			} else if c.least > 0 {
				t.Logf("sigma %s: %s is not found: %+v", c.sigma, filepath.Base(p), look)
			}
			if c.sigma == "" && saw(look.Observations, proctor.CauseBlurred) {
				t.Errorf("%s is sharp: %+v", filepath.Base(p), look)
			}
		}
		t.Logf("sigma %q: %d of %d blurred", c.sigma, blurred, faces)
		if float64(blurred) < c.least*float64(faces) {
			t.Errorf("sigma %s: only %d of %d found", c.sigma, blurred, faces)
		}
	}
}

func keyFramesAt(t testing.TB, path, filter, rate string) [][]byte {
	t.Helper()
	ivf := filepath.Join(t.TempDir(), "a.ivf")
	ffmpeg(t, "-i", path, "-an", "-vf", filter, "-frames:v", "1", "-pix_fmt", "yuv420p",
		"-c:v", "libvpx", "-g", "1", "-b:v", rate, "-deadline", "realtime", "-f", "ivf", ivf)
	return readFrames(t, ivf)
}
