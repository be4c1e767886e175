package clips

import (
	"bytes"
	"context"
	"testing"
)

func stagings() []Staging {
	return append(append(Coverings(), DarkRooms()...), Placeholders()...)
}

// Every staging draws the same on every run, changes the picture, and goes
// through the encoder.
func TestStagings(t *testing.T) {
	honest := make([]byte, frameBytes)
	shade(honest, func(x, y float64) paint { return paint{60 + 150*x*y, 110, 140} })
	for _, s := range stagings() {
		var films [2][][]byte
		for i := range films {
			for n := range 2 {
				frame := bytes.Clone(honest)
				s.Draw(frame, n)
				films[i] = append(films[i], frame)
			}
		}
		if !bytes.Equal(films[0][1], films[1][1]) {
			t.Errorf("%s is not the same twice", s.Name)
		}
		if bytes.Equal(films[0][0], honest) {
			t.Errorf("%s changes nothing", s.Name)
		}
		keys, err := KeyFrames(context.Background(), films[0], 12)
		if err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		for _, k := range keys {
			if len(k) < 10 || k[0]&1 != 0 { // RFC 6386, 9.1: 0 is a key frame
				t.Errorf("%s: not a key frame", s.Name)
			}
		}
	}
}

func TestSplitIVFRefusesWhatIsCutOff(t *testing.T) {
	for _, b := range [][]byte{nil, make([]byte, 31), make([]byte, 40), append(make([]byte, 32), 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)} {
		if _, err := splitIVF(b); err == nil {
			t.Errorf("%d bytes were taken for a film", len(b))
		}
	}
}
