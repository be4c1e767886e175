package detect

import (
	"testing"
	"time"
)

// A thumbnail is made of a camera's first look, and then of those that follow
// somebody's asking for one.
func TestThumbnailsAreMadeForThoseWhoLook(t *testing.T) {
	url := broker(t)
	seen := make(chan LookRequest, 1)
	worker(t, url, func(q LookRequest) *LookReply {
		seen <- q
		if q.Blind {
			return &LookReply{}
		}
		return &LookReply{Thumbnail: q.Frame.Data}
	})
	d, w := dispatching(t, url, Config{})
	look := func(n byte) (blind bool) {
		t.Helper()
		d.KeyFrame("s", 1, time.Now(), "vp8", []byte{n})
		q := <-seen
		eventually(t, "the look", func() bool { return w.count() == int(n) })
		return q.Blind
	}
	if look(1) {
		t.Error("no thumbnail of the first look")
	}
	if !look(2) {
		t.Error("a thumbnail that nobody asked for")
	}
	if jpeg, _, ok := d.Latest("s"); !ok || jpeg[0] != 1 {
		t.Errorf("thumbnail %v", jpeg)
	}
	if look(3) {
		t.Error("no thumbnail although somebody looks")
	}
	if jpeg, _, ok := d.Latest("s"); !ok || jpeg[0] != 3 {
		t.Errorf("thumbnail %v", jpeg)
	}
}
