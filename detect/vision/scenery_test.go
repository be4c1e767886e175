package vision

import (
	"testing"

	"qyragy/detect"
	"qyragy/proctor"
)

// A face that a proctor called scenery does not count, its person neither; the
// same people elsewhere or much larger do.
func TestSceneryIsNobody(t *testing.T) {
	v := eyes(t)
	r := request(detect.VP8, keyFrame(t, detect.VP8, sample(t, "sample6.jpg"), wholeRoom))
	everybody := v.Look(r).Look
	if len(everybody.Faces) != 4 {
		t.Fatalf("%d faces: %+v", len(everybody.Faces), everybody)
	}
	r.Terms.Scenery = everybody.Faces[1:]
	if l := v.Look(r).Look; len(l.Faces) != 1 || causes(t, l) != "" {
		t.Errorf("with three faces as scenery: %+v", l)
	}
	r.Terms.Scenery = everybody.Faces[2:]
	if l := v.Look(r).Look; len(l.Faces) != 2 || causes(t, l) != "outsider" {
		t.Errorf("with two faces as scenery: %+v", l)
	}
	r.Terms.Scenery = nil
	for _, b := range everybody.Faces[1:] {
		r.Terms.Scenery = append(r.Terms.Scenery, proctor.Box{X: b.X + b.W/4, Y: b.Y + b.H/4, W: b.W / 2, H: b.H / 2})
	}
	if l := v.Look(r).Look; len(l.Faces) != 4 {
		t.Errorf("people much larger than the scenery were taken for it: %+v", l)
	}
}

// A face inside the box of a whole person is hers, but only where a head is.
func TestSceneryKnowsTheHeadOfAPerson(t *testing.T) {
	body := rect{100, 100, 200, 300}
	for name, c := range map[string]struct {
		head rect
		want bool
	}{
		"her head":          {rect{130, 115, 170, 160}, true},
		"at her shoulder":   {rect{170, 105, 210, 150}, false},
		"at her waist":      {rect{130, 200, 170, 245}, false},
		"wider than her":    {rect{90, 100, 210, 180}, false},
		"a dot on her brow": {rect{145, 105, 155, 115}, false},
	} {
		if got := (scenery{body}).shows(c.head); got != c.want {
			t.Errorf("%s: %v in her box", name, got)
		}
		if got := (scenery{c.head}).shows(body); got != c.want {
			t.Errorf("%s: her box for it: %v", name, got)
		}
	}
	if (scenery{body}).shows(rect{300, 100, 400, 300}) || (scenery{body}).shows(rect{50, 0, 250, 480}) {
		t.Error("a person elsewhere, or a much larger one, is scenery")
	}
}
