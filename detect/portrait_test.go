package detect

import (
	"encoding/json"
	"math"
	"testing"
)

func TestFaceTravels(t *testing.T) {
	want := Face{0, 1.5, -0.25, float32(math.Pi)}
	b, err := json.Marshal(Terms{Enrolled: []Face{want, {}}})
	if err != nil {
		t.Fatal(err)
	}
	var got Terms
	if err := json.Unmarshal(b, &got); err != nil || len(got.Enrolled) != 2 || Distance(got.Enrolled[0], want) != 0 || len(got.Enrolled[1]) != 0 {
		t.Errorf("%s came back as %+v, %v", b, got, err)
	}
	for _, bad := range []string{`{"enrolled":["AAA"]}`, `{"enrolled":["not base64!"]}`} {
		if json.Unmarshal([]byte(bad), &got) == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestDistance(t *testing.T) {
	a, b := Face{0, 3}, Face{4, 0}
	if d := Distance(a, b); d != 5 {
		t.Errorf("distance %g", d)
	}
	nan := Face{float32(math.NaN()), 0}
	if d := Nearest(a, []Face{b, a, nan}); d != 0 {
		t.Errorf("nearest %g", d)
	}
	for _, others := range [][]Face{nil, {{1}}, {nan}, {nil}} {
		if d := Nearest(a, others); !math.IsInf(d, 1) {
			t.Errorf("nearest of %v: %g", others, d)
		}
	}
}
