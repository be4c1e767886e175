package main

import (
	"testing"

	"qyragy/detect"
)

func seen(sharpness float64, face ...float32) sitting {
	return sitting{face: detect.PortraitReply{Face: face, Sharpness: sharpness}}
}

// Of an entry only faces like the one that the proctor sees are compared with
// later: a second person who sits down for a frame or two is not let in.
func TestEntryOfTwoPersons(t *testing.T) {
	all := []sitting{seen(50, 0, 0), seen(90, 0.1, 0), seen(40, 2, 2), {face: detect.PortraitReply{Err: detect.RefusedBlurred}}, seen(45, 2, 2.1)}
	fit := alike(good(all), sharpest(all), 0.6)
	if len(fit) != 2 || fit[0].face.Face[0] != 0 || fit[1].face.Face[0] != 0.1 {
		t.Errorf("kept %+v", fit)
	}
	if none := alike(nil, sitting{}, 0.6); len(none) != 0 {
		t.Errorf("kept %+v of nothing", none)
	}
}

// Comparing again and again does not push out what the proctor accepted.
func TestAcceptedEntryStays(t *testing.T) {
	r := &references{}
	for _, still := range []string{"a", "accepted", "b", "c", "d", "e", "f", "g"} {
		r.enter(entry{still: still}, "accepted")
	}
	if _, ok := r.entered("accepted"); !ok || len(r.entries) != entriesMost {
		t.Errorf("of %d entries the accepted one is there: %v", len(r.entries), ok)
	}
	if _, ok := r.entered("g"); !ok {
		t.Error("the newest is gone")
	}
}

// A worker's failure is not remembered as if it were the picture's.
func TestWorkersFailureIsNoAnswer(t *testing.T) {
	for r, fails := range map[*detect.PortraitReply]bool{
		{}: false, {Err: detect.RefusedNoFace}: false, {Err: "read the JPEG's header"}: false, {Err: "the session is gone", Fault: true}: true,
	} {
		if err := answered(*r); (err != nil) != fails {
			t.Errorf("%+v: %v", *r, err)
		}
	}
}
