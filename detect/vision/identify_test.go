package vision

import (
	"os"
	"path/filepath"
	"testing"

	"qyragy/detect"
)

func TestIdentify(t *testing.T) {
	v := eyes(t)
	her := still(t, sample(t, "sample1.jpg"), oneWoman)
	for _, c := range []struct {
		name, sample, filter string
		same                 bool
		err                  string
	}{
		{"the same picture", "sample1.jpg", oneWoman, true, ""},
		{"the same face elsewhere, darker and smaller", "sample1.jpg", herAgain + ",lutyuv=y=val*0.7,scale=320:240", true, ""},
		{"another person", "sample6.jpg", other, false, ""},
		{"a third person", "sample3.jpg", third, false, ""},
		{"several people", "sample6.jpg", wholeRoom, false, "faces_live"},
		{"nobody", "sample5.jpg", "crop=400:300:1100:40", false, "no_face_live"},
		{"blurred", "sample1.jpg", oneWoman + ",gblur=sigma=6", false, "blurred_live"},
		{"too small", "sample1.jpg", oneWoman + ",scale=160:120", false, "blurred_live"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := v.Identify(detect.IdentifyRequest{Enrolled: her, Live: still(t, sample(t, c.sample), c.filter)})
			if got.Err != c.err || got.Same != c.same || (c.err == "" && got.Same != (got.Distance <= 0.60)) {
				t.Errorf("%+v", got)
			}
		})
	}
	empty := still(t, sample(t, "sample5.jpg"), "crop=400:300:1100:40")
	if got := v.Identify(detect.IdentifyRequest{Enrolled: empty, Live: her}); got.Err != "no_face_enrolled" {
		t.Errorf("enrolled without a face: %+v", got)
	}
}

func TestIdentifyRefusesForeignFiles(t *testing.T) {
	v := eyes(t)
	her := still(t, sample(t, "sample1.jpg"), oneWoman)
	huge := append([]byte{}, her...)
	at := startOfFrame(t, huge)
	huge[at+5], huge[at+6], huge[at+7], huge[at+8] = 0xff, 0xff, 0xff, 0xff
	for name, b := range map[string][]byte{
		"nothing": nil, "garbage": []byte("\xff\xd8garbage"), "65535 by 65535": huge, "half a file": her[:100],
		"too long": make([]byte, maxJPEG+1),
	} {
		if got := v.Identify(detect.IdentifyRequest{Enrolled: her, Live: b}); got.Err == "" || got.Same {
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
func TestIdentifyRealPeople(t *testing.T) {
	v := eyes(t)
	root := shot(t, "identities")
	people, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var genuine, refused, impostors, accepted int
	var first [][]byte
	for _, p := range people {
		files, _ := filepath.Glob(filepath.Join(root, p.Name(), "*.jpg"))
		for i, f := range files[:min(4, len(files))] {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				first = append(first, b)
				continue
			}
			for k, enrolled := range first {
				got := v.Identify(detect.IdentifyRequest{Enrolled: enrolled, Live: b})
				switch {
				case got.Err != "":
				case k == len(first)-1:
					genuine++
					if !got.Same {
						refused++
						t.Logf("refused %s at %.2f", f, got.Distance)
					}
				default:
					impostors++
					if got.Same {
						accepted++
						t.Logf("accepted %s as %s at %.2f", f, people[k].Name(), got.Distance)
					}
				}
			}
		}
	}
	t.Logf("%d of %d genuine pairs refused, %d of %d impostor pairs accepted", refused, genuine, accepted, impostors)
	if genuine < 15 || impostors < 50 || refused*20 > genuine || accepted*50 > impostors {
		t.Error("more mistakes than one genuine pair in 20 or one impostor pair in 50, or too few pairs")
	}
}
