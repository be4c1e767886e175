package vision

import (
	"fmt"
	"testing"

	"qyragy/detect"
	"qyragy/proctor"
)

// watched plays frames of one camera and says what each look compared: "." not
// at all, "y" her face, "n" another's.
func watched(t *testing.T, v *Vision, r detect.LookRequest, frames ...[]byte) (string, []byte) {
	t.Helper()
	said := ""
	for _, frame := range frames {
		r.Frame.Data = frame
		reply := v.Look(r)
		if reply.Err != "" {
			t.Fatal(reply.Err)
		}
		seen := false
		for _, o := range reply.Look.Observations {
			if o.Cause == proctor.CauseIdentity {
				seen = true
				if want := fmt.Sprintf("distance %.2f, limit 0.60", *reply.Look.Distance); o.Detail != want || o.Box == nil || o.Score < 0.5 || o.Score > 1 {
					t.Errorf("observation %+v, want %q", o, want)
				}
			}
		}
		switch d := reply.Look.Distance; {
		case d == nil && !seen:
			said += "."
		case d != nil && *d <= 0.60 && !seen:
			said += "y"
		case d != nil && *d > 0.60 && seen:
			said += "n"
		default:
			said += "?"
		}
		if len(reply.Memory) > 4<<10 {
			t.Errorf("a memory of %d bytes", len(reply.Memory))
		}
		r.Memory = reply.Memory
	}
	return said, r.Memory
}

// The comparison's rhythm: every fifth look while all is well, at once when
// somebody else may have come, every look while it is somebody else, none while
// the picture is too bad to say.
func TestWhoSitsThere(t *testing.T) {
	v := eyes(t)
	frame := func(name, filter string) []byte { return keyFrame(t, detect.VP8, sample(t, name), filter) }
	her, he, nobody := frame("sample1.jpg", oneWoman), frame("sample6.jpg", other), frame("sample3.jpg", "crop=400:200:1450:0,scale=640:320,pad=640:480")
	blurred, black := frame("sample6.jpg", other+",gblur=sigma=5"), frame("sample1.jpg", "scale=640:480,lutyuv=y=16:u=128:v=128")
	two := frame("sample6.jpg", wholeRoom+",crop=640:480")
	small := frame("sample6.jpg", other+",scale=96:72,pad=640:480:200:200:gray")
	face := detect.Face(numbers(t, v, still(t, sample(t, "sample1.jpg"), herAgain)))
	for _, c := range []struct {
		name   string
		frames [][]byte
		want   string
	}{
		{"her, all the time", [][]byte{her, her, her, her, her, her, her}, "y....y."},
		{"another from the first look", [][]byte{he, he, he}, "nnn"},
		{"another in her place", [][]byte{her, her, he, he, he, her, her}, "y.nnny."},
		{"another after an empty chair", [][]byte{her, nobody, he, nobody, he}, "y.n.n"},
		{"her after an empty chair", [][]byte{her, nobody, her, her}, "y.y."},
		{"a covered lens", [][]byte{her, black, black, her}, "y..y"},
		{"another, blurred and then not", [][]byte{her, nobody, blurred, blurred, he}, "y...n"},
		{"another, small", [][]byte{small, small}, ".."},
		{"several people", [][]byte{two, two}, ".."},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request(detect.VP8, nil)
			r.Terms.Enrolled = []detect.Face{face}
			if got, _ := watched(t, v, r, c.frames...); got != c.want {
				t.Errorf("compared %s, want %s", got, c.want)
			}
		})
	}
	t.Run("not wanted", func(t *testing.T) {
		if got, _ := watched(t, v, request(detect.VP8, nil), he, he); got != ".." {
			t.Errorf("nobody enrolled: %s", got)
		}
		r := request(detect.VP8, nil)
		r.Terms = detect.Terms{Enrolled: []detect.Face{face}, Off: []proctor.Cause{proctor.CauseIdentity}}
		if got, _ := watched(t, v, r, he, he); got != ".." {
			t.Errorf("switched off: %s", got)
		}
	})
	t.Run("another camera", func(t *testing.T) {
		r := request(detect.VP8, nil)
		r.Terms.Enrolled = []detect.Face{face}
		_, r.Memory = watched(t, v, r, her, her)
		r.Frame.Camera++
		if got, _ := watched(t, v, r, her, her); got != "y." {
			t.Errorf("on another camera: %s", got)
		}
	})
	t.Run("another limit", func(t *testing.T) {
		r := request(detect.VP8, nil)
		r.Terms.Enrolled, r.Terms.Thresholds.Distance = []detect.Face{face}, 1.5
		r.Frame.Data = he
		if d := v.Look(r).Look; d.Distance == nil || *d.Distance < 0.60 || len(d.Observations) != 0 {
			t.Errorf("with a limit of 1.5: %+v", d)
		}
	})
	t.Run("with a companion", func(t *testing.T) {
		room := numbers(t, v, still(t, sample(t, "sample6.jpg"), other))
		r := request(detect.VP8, two)
		r.Terms = detect.Terms{Enrolled: []detect.Face{room}, Companions: 5}
		if d := v.Look(r).Look; d.Distance == nil || *d.Distance > 0.60 {
			t.Errorf("one of those in the room is enrolled: %+v", d)
		}
	})
}

// A memory that no look wrote is no memory.
func TestForgedFamiliarity(t *testing.T) {
	r := request(detect.VP8, nil)
	r.Memory = []byte(`{"camera":1,"faces":1,"identity":{"ago":-1000000}}`)
	if m := recall(r); m.Faces != 0 || m.Identity != (familiar{}) {
		t.Errorf("recalled %+v", m)
	}
}
