package vision

import (
	"path/filepath"
	"slices"
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

// Real desks, twelve photographs of one, shown for two looks each: every phone
// is told of and no other; books and laptops are told of less often.
func TestObjectsOnRealDesks(t *testing.T) {
	v := eyes(t)
	folder := shot(t, "desk")
	hits, all, alarms := map[string]int{}, map[string]int{}, map[string]int{}
	for name, there := range deskTruth() {
		r := request(detect.VP8, keyFrame(t, detect.VP8, filepath.Join(folder, name), "scale=640:-2"))
		var told string
		for range 2 {
			reply := v.Look(r)
			r.Memory = reply.Memory
			told = ""
			for _, o := range reply.Look.Observations {
				if o.Cause == proctor.CauseObject {
					told += strings.Fields(o.Detail)[0][:1]
				}
			}
		}
		for _, kind := range []string{"p", "b", "l"} {
			switch seen := strings.Contains(told, kind); {
			case strings.Contains(there, kind):
				all[kind]++
				if seen {
					hits[kind]++
				}
			case seen:
				alarms[kind]++
			}
		}
	}
	t.Logf("told of %v of %v, false alarms %v", hits, all, alarms)
	if hits["p"] < 5 || hits["b"] < 5 || alarms["p"] > 0 || alarms["b"] > 0 || alarms["l"] > 1 {
		t.Errorf("told of %v of %v, false alarms %v", hits, all, alarms)
	}
}

// deskTruth says what lies on each photograph: phone, book, laptop.
func deskTruth() map[string]string {
	return map[string]string{
		"20230115_122752.jpg": "", "20230115_122819.jpg": "p", "20230115_122841.jpg": "b", "20230115_122901.jpg": "l",
		"20230115_122919.jpg": "l", "20230115_122949.jpg": "pl", "20230115_123004.jpg": "pl", "20230115_123031.jpg": "bl",
		"20230115_123047.jpg": "bl", "20230115_123057.jpg": "bpl", "20230115_123112.jpg": "bpl", "20230115_123139.jpg": "bpl",
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
	r = request(detect.VP8, keyFrame(t, detect.VP8, sample(t, "sample1.jpg"), oneWoman))
	r.Terms.Off = []proctor.Cause{proctor.CauseObject}
	if l := v.Look(r).Look; len(l.Persons) != 1 || l.Objects != nil || causes(t, l) != "" {
		t.Errorf("without objects: %+v", l)
	}
}

// Who keeps moving with nothing in her hands is looked at less and less often,
// and again soon once she rested.
func TestObjectsArePatientWithMotion(t *testing.T) {
	still, moved := make(cells, cellColumns*cellRows), make(cells, cellColumns*cellRows)
	for i := range 8 {
		moved[i] = 200
	}
	s := scene{measures: measures{spread: 50, cells: moved}, faces: []face{{box: rect{300, 200, 360, 260}}},
		width: 640, height: 480, allowed: 1, memory: memory{Faces: 1, Persons: 1, Cells: still}}
	var waits []int
	for range 8 {
		n := 1
		for ; s.search() != thingsSearch; n++ {
			s.memory.Stirs, s.memory.Sought = s.stirs(), s.memory.Sought+1
		}
		waits = append(waits, n)
		s.searched = thingsSearch
		s.memory.Stirs, s.memory.Sought, s.searched = s.stirs(), 0, noSearch
	}
	if want := []int{3, 6, 12, 24, 24, 24, 24, 24}; !slices.Equal(waits, want) {
		t.Errorf("objects were looked for after %v looks, not %v", waits, want)
	}
	s.cells = still
	for range 30 {
		s.memory.Stirs, s.memory.Sought = s.stirs(), s.memory.Sought+1
	}
	if s.memory.Stirs != 0 {
		t.Error("a scene that rested is still waited for")
	}
}
