package vision

import (
	"path/filepath"
	"strings"
	"testing"

	"qyragy/detect"
	"qyragy/proctor"
)

// One sight of an object is none; two of three looks tell of it, and so do
// the looks between, until it is gone from two of three.
func TestObjectsAreSeenTwice(t *testing.T) {
	phone := []proctor.Thing{{Kind: proctor.Phone, Score: 0.52, Box: proctor.Box{W: 0.1, H: 0.1}}, {Kind: proctor.Phone, Score: 0.4}}
	var s sights
	for i, c := range []struct {
		found []proctor.Thing
		want  string
	}{
		{phone, ""}, {nil, ""}, {phone, "phone 0.52, 2 of 3"}, {phone, "phone 0.52, 2 of 3"},
		{phone, "phone 0.52, 3 of 3"}, {nil, "phone 0.52, 2 of 3"}, {nil, ""},
	} {
		s = s.add(c.found)
		got := ""
		for _, o := range s.observations() {
			got += o.Detail
			if o.Cause != proctor.CauseObject || o.Box == nil || *o.Box != phone[0].Box || o.Score != 0.52 {
				t.Errorf("look %d: %+v", i, o)
			}
		}
		if got != c.want {
			t.Errorf("look %d: %q, want %q", i, got, c.want)
		}
	}
}

// Real desks: all phones are found, and where none is, none.
func TestObjectsOnRealDesks(t *testing.T) {
	v := eyes(t)
	pictures, err := filepath.Glob(filepath.Join(shot(t, "desk"), "*.jpg"))
	if err != nil || len(pictures) == 0 {
		t.Fatalf("no pictures: %v", err)
	}
	for _, p := range pictures {
		r := request(detect.VP8, keyFrame(t, detect.VP8, p, "scale=1280:-2"))
		var told []string
		for range 2 {
			reply := v.Look(r)
			r.Memory = reply.Memory
			told = nil
			for _, o := range reply.Look.Observations {
				if o.Cause == proctor.CauseObject {
					told = append(told, strings.Fields(o.Detail)[0])
				}
			}
		}
		t.Logf("%s: %v", filepath.Base(p), told)
	}
}

// What nobody wants to hear of is not looked for.
func TestOffIsNotComputed(t *testing.T) {
	v := eyes(t)
	r := request(detect.VP8, keyFrame(t, detect.VP8, sample(t, "sample6.jpg"), wholeRoom))
	r.Terms.Off = []proctor.Cause{proctor.CauseOutsider, proctor.CauseObject}
	l := v.Look(r).Look
	if l.Persons != nil || l.Objects != nil || causes(t, l) != "" {
		t.Errorf("looked for what is off: %+v", l)
	}
	r.Terms.Off = []proctor.Cause{proctor.CauseObject}
	if l := v.Look(r).Look; l.Persons == nil || l.Objects != nil || causes(t, l) != "outsider" {
		t.Errorf("without objects: %+v", l)
	}
}
