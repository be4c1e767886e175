package vision

import (
	"image"
	"os"
	"path/filepath"
	"testing"

	"gocv.io/x/gocv"

	"qyragy/detect"
	"qyragy/proctor"
)

// Two people side by side, of every two identities that there are: another
// person is there in at least 98 of 100.
func TestTwoPeopleSideBySide(t *testing.T) {
	v := eyes(t)
	folders, err := filepath.Glob(filepath.Join(shot(t, "identities"), "*"))
	if err != nil || len(folders) < 2 {
		t.Fatalf("no identities: %v", err)
	}
	found, all := 0, 0
	for i, a := range folders {
		for j, b := range folders[:i] {
			left, right := photographs(t, a), photographs(t, b)
			jpeg := beside(t, left[j%len(left)], right[i%len(right)])
			r := detect.LookRequest{Terms: detect.Terms{Off: []proctor.Cause{proctor.CauseObject, proctor.CauseAway}}}
			reply := v.LookJPEG(jpeg, r)
			if all++; len(reply.Look.Observations) > 0 && reply.Look.Observations[0].Cause == proctor.CauseOutsider {
				found++
			} else {
				t.Logf("%s beside %s: %+v", filepath.Base(a), filepath.Base(b), reply.Look)
			}
		}
	}
	t.Logf("another person found in %d of %d", found, all)
	if 100*found < 98*all {
		t.Errorf("another person found in %d of %d", found, all)
	}
}

func photographs(t *testing.T, folder string) []string {
	t.Helper()
	r, err := filepath.Glob(filepath.Join(folder, "*.jpg"))
	if err != nil || len(r) == 0 {
		t.Fatalf("no photographs in %s: %v", folder, err)
	}
	return r
}

// beside puts two portraits into one camera's picture, the right one smaller.
func beside(t *testing.T, left, right string) []byte {
	t.Helper()
	room := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(120, 130, 140, 0), 480, 640, gocv.MatTypeCV8UC3)
	defer room.Close()
	for i, p := range []string{left, right} {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		m, err := decodeJPEG(b)
		if err != nil {
			t.Fatal(err)
		}
		h := []int{320, 200}[i]
		w := min(310, m.Cols()*h/m.Rows())
		at := room.Region(image.Rect(0, 0, w, w*m.Rows()/m.Cols()).Add(image.Pt(10+i*(600-w), 60)))
		gocv.Resize(m, &at, image.Pt(at.Cols(), at.Rows()), 0, 0, gocv.InterpolationArea)
		at.Close()
		m.Close()
	}
	jpeg, err := encodeJPEG(room, 80)
	if err != nil {
		t.Fatal(err)
	}
	return jpeg
}
