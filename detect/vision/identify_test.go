package vision

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"qyragy/detect"
)

// numbers are those of a still's face.
func numbers(t *testing.T, v *Vision, jpeg []byte) []float32 {
	t.Helper()
	r := v.Portrait(detect.PortraitRequest{JPEG: jpeg})
	if r.Err != "" || len(r.Face) != embeddingSize {
		t.Fatalf("%d numbers, %s", len(r.Face), r.Err)
	}
	return r.Face
}

func TestPortrait(t *testing.T) {
	v := eyes(t)
	her := numbers(t, v, still(t, sample(t, "sample1.jpg"), oneWoman))
	for _, c := range []struct {
		name, sample, filter string
		same                 bool
		err                  string
	}{
		{"the same picture", "sample1.jpg", oneWoman, true, ""},
		{"the same face elsewhere, darker and smaller", "sample1.jpg", herAgain + ",lutyuv=y=val*0.7,scale=320:240", true, ""},
		{"another person", "sample6.jpg", other, false, ""},
		{"a third person", "sample3.jpg", third, false, ""},
		{"several people", "sample6.jpg", wholeRoom, false, detect.RefusedFaces},
		{"nobody", "sample5.jpg", "crop=400:300:1100:40", false, detect.RefusedNoFace},
		{"blurred", "sample1.jpg", oneWoman + ",gblur=sigma=6", false, detect.RefusedBlurred},
		{"too small", "sample1.jpg", oneWoman + ",scale=160:120", false, detect.RefusedSmall},
		{"too dark", "sample6.jpg", other + ",lutyuv=y=val*0.1", false, detect.RefusedDark},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := v.Portrait(detect.PortraitRequest{JPEG: still(t, sample(t, c.sample), c.filter), Live: true})
			if got.Err != c.err || got.Refused() != (c.err != "") {
				t.Fatalf("%q, sharpness %.1f", got.Err, got.Sharpness)
			}
			if d := detect.Distance(her, got.Face); (d <= 0.60) != c.same {
				t.Errorf("distance %.2f, the same: %v", d, c.same)
			}
		})
	}
	him := numbers(t, v, still(t, sample(t, "sample6.jpg"), other))
	for _, light := range []string{"0.6", "0.4", "0.24"} {
		dark := v.Portrait(detect.PortraitRequest{JPEG: still(t, sample(t, "sample6.jpg"), other+",lutyuv=y=val*"+light), Live: true})
		if d := detect.Distance(him, dark.Face); d > 0.60 {
			t.Errorf("in %s of the light %.2f from himself: %q, sharpness %.1f", light, d, dark.Err, dark.Sharpness)
		} else {
			t.Logf("in %s of the light %.2f from himself, sharpness %.1f", light, d, dark.Sharpness)
		}
	}
	frame := v.Portrait(detect.PortraitRequest{Codec: detect.VP8, Data: keyFrame(t, detect.VP8, sample(t, "sample1.jpg"), oneWoman), Live: true})
	if d := detect.Distance(her, frame.Face); d > 0.60 || frame.Sharpness == 0 || frame.Width < 50 {
		t.Errorf("her key frame is %.2f from her photo: %s", d, frame.Err)
	}
}

// Only a head that is turned far is not compared.
func TestTurned(t *testing.T) {
	face := func(aside, down float64) []point {
		return []point{{100, 100}, {160, 100}, {130 + 60*aside, 100 + 60*down}, {110, 160}, {150, 160}}
	}
	for _, c := range []struct {
		aside, down float64
		turned      bool
	}{
		{0, 0.5, false}, {0.25, 0.5, false}, {-0.25, 0.6, false}, {0.4, 0.5, true}, {-0.4, 0.5, true},
		{0, 0.98, true}, {0, -0.1, true}, {math.NaN(), 0.5, true},
	} {
		if got := turned(face(c.aside, c.down)); got != c.turned {
			t.Errorf("the nose %.2f aside, %.2f down: turned %v", c.aside, c.down, got)
		}
	}
}

func TestPortraitRefusesForeignFiles(t *testing.T) {
	v := eyes(t)
	her := still(t, sample(t, "sample1.jpg"), oneWoman)
	huge := append([]byte{}, her...)
	at := startOfFrame(t, huge)
	huge[at+5], huge[at+6], huge[at+7], huge[at+8] = 0xff, 0xff, 0xff, 0xff
	for name, b := range map[string][]byte{
		"nothing": nil, "garbage": []byte("\xff\xd8garbage"), "65535 by 65535": huge, "half a file": her[:100],
		"too long": make([]byte, maxJPEG+1),
	} {
		if got := v.Portrait(detect.PortraitRequest{JPEG: b}); got.Err == "" || got.Refused() || got.Face != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// startOfFrame finds a JPEG's SOF0 marker, after which the size is.
func startOfFrame(t *testing.T, b []byte) int {
	t.Helper()
	for i := 2; i+4 < len(b) && b[i] == 0xff; i += 2 + int(b[i+2])<<8 + int(b[i+3]) {
		if b[i+1] == 0xc0 {
			return i
		}
	}
	t.Fatal("no SOF0 in the JPEG")
	return 0
}

// Photographs of the same people, years and cameras apart.
func TestPortraitsOfRealPeople(t *testing.T) {
	v := eyes(t)
	root := shot(t, "identities")
	people, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var genuine, refused, impostors, accepted int
	var first [][]float32
	for _, p := range people {
		files, _ := filepath.Glob(filepath.Join(root, p.Name(), "*.jpg"))
		for i, f := range files[:min(4, len(files))] {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				first = append(first, numbers(t, v, b))
				continue
			}
			live := v.Portrait(detect.PortraitRequest{JPEG: b, Live: true})
			if live.Err != "" {
				continue
			}
			for k, enrolled := range first {
				d := detect.Distance(enrolled, live.Face)
				if same := d <= 0.60; k == len(first)-1 {
					genuine++
					if !same {
						refused++
						t.Logf("refused %s at %.2f", f, d)
					}
				} else if impostors++; same {
					accepted++
					t.Logf("accepted %s as %s at %.2f", f, people[k].Name(), d)
				}
			}
		}
	}
	t.Logf("%d of %d genuine pairs refused, %d of %d impostor pairs accepted", refused, genuine, accepted, impostors)
	if genuine < 15 || impostors < 50 || refused*20 > genuine || accepted*50 > impostors {
		t.Error("more mistakes than one genuine pair in 20 or one impostor pair in 50, or too few pairs")
	}
}
