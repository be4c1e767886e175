package hearing

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"qyragy/detect"
)

// TestSpeechAndNoise: what is speech, and what only sounds.
func TestSpeechAndNoise(t *testing.T) {
	h := open(t)
	t.Log(h.Name())
	cases := slices.Concat(Spoken(), Sounding())
	for i, c := range cases {
		for _, ms := range []int{20, 60} {
			if ms == 20 && i%8 > 0 { // the page's packets are of 60 ms
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", c.Name, ms), func(t *testing.T) {
				m, err := h.Measure(t.Context(), c, ms)
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%d of %d seconds are speech", m.Found, m.Seconds)
				if m.Seconds < 8 || c.Speech && m.Found < m.Seconds*8/10 || !c.Speech && m.Found > 0 {
					t.Errorf("%+v", m)
				}
			})
		}
	}
}

// Stereo is heard like mono, each channel as half of it.
func TestStereo(t *testing.T) {
	h := open(t)
	input := slices.Clone(Spoken()[0].Input)
	input[len(input)-1] += ",pan=stereo|c0=0*c0|c1=c0" // on the right alone
	r := h.Hear(detect.HearRequest{Packets: opus(t, 20, 2, input...)[50:100]})
	if r.Err != "" || r.Voice < 0.8 {
		t.Errorf("of a second of stereo speech %.2f is found %s", r.Voice, r.Err)
	}
}

// A sine of a known loudness measures as that.
func TestLevel(t *testing.T) {
	h := open(t)
	for _, want := range []float64{-20, -40} {
		amplitude := math.Sqrt2 * math.Pow(10, want/20)
		r := h.Hear(detect.HearRequest{Packets: opus(t, 60, 1, made(fmt.Sprintf("aevalsrc='%g*sin(2*PI*440*t)':d=1:s=48000", amplitude))...)})
		if r.Err != "" || math.Abs(r.Level-want) > 1.5 {
			t.Errorf("a sine of %v dBov measures %v %s", want, r.Level, r.Err)
		}
	}
}

// Requests that are too large, empty, or no Opus are answered, not suffered.
func TestBrokenSound(t *testing.T) {
	h := open(t)
	good := opus(t, 20, 1, Spoken()[0].Input...)
	for name, q := range map[string]detect.HearRequest{
		"nothing":          {},
		"an empty packet":  {Packets: [][]byte{good[0], {}}},
		"too many":         {Packets: slices.Repeat([][]byte{{0xf8}}, detect.MaxSoundPackets+1)},
		"too much":         {Packets: slices.Repeat([][]byte{make([]byte, 4096)}, 17)},
		"no Opus":          {Packets: [][]byte{bytes.Repeat([]byte{0xff}, 3000)}},
		"a packet too big": {Packets: [][]byte{make([]byte, 5000)}},
	} {
		if r := h.Hear(q); r.Err == "" || strings.Contains(r.Err, "panic") || r.Voice != 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	for _, memory := range [][]byte{make([]byte, 3), bytes.Repeat([]byte{0xff}, memorySize)} {
		if r := h.Hear(detect.HearRequest{Packets: good[:50], Memory: memory}); r.Err != "" || len(r.Memory) != memorySize {
			t.Errorf("a strange memory: %s", r.Err)
		}
	}
	// Two seconds are the most that is decoded, however long packets say that
	// they are: 128 of 120 ms.
	if pcm, err := decode(slices.Repeat([][]byte{{0x1b, 0x86}}, detect.MaxSoundPackets)); err == nil && len(pcm) > maxSamples {
		t.Errorf("%d samples", len(pcm))
	}
}
