package media

import (
	"bytes"
	"testing"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
)

func TestKeyFramesBeginWhereTheySay(t *testing.T) {
	for _, c := range []struct {
		codec   string
		payload []byte
		want    bool
	}{
		{"vp8", []byte{0x10, 0x00, 1, 2}, true},
		{"vp8", []byte{0x10, 0x01, 1, 2}, false},             // an inter frame
		{"vp8", []byte{0x00, 0x00, 1, 2}, false},             // not its beginning
		{"vp8", []byte{0x90, 0x80, 0x81, 0x02, 0x00}, true},  // with a picture ID
		{"vp9", []byte{0x08, 1, 2}, true},                    // B
		{"vp9", []byte{0x48, 1, 2}, false},                   // B and P
		{"h264", []byte{0x67, 0x42}, true},                   // SPS
		{"h264", []byte{0x65, 0x88}, true},                   // IDR
		{"h264", []byte{0x41, 0x9a}, false},                  // a P slice
		{"h264", []byte{0x78, 0x00, 0x10, 0x67, 0x42}, true}, // STAP-A with an SPS
		{"h264", []byte{0x7c, 0x85, 0x88}, true},             // the first fragment of an IDR
		{"h264", []byte{0x7c, 0x05, 0x88}, false},            // another one
		{"av1", []byte{0x18, 0x0a}, true}, {"av1", []byte{0x10, 0x32}, false}, {"av1", nil, false}, {"other", []byte{0x10, 0}, false},
	} {
		if got := startsKey(c.codec, c.payload); got != c.want {
			t.Errorf("%s %x: %v", c.codec, c.payload, got)
		}
	}
}

// TestNewestPictureIsKept: what is given to a new viewer is a key frame and
// everything since, whole, and in timestamps that do not delay what follows.
func TestNewestPictureIsKept(t *testing.T) {
	var g gop
	seq := uint16(65530)
	var since [][]byte
	for i, f := range clip(t, "3", "320", "240") {
		if key, _, _ := inspect("vp8", f); key {
			since = nil
		}
		for j, p := range (&codecs.VP8Payloader{}).Payload(1100, f) {
			seq++
			since = append(since, p)
			g.add(1, "vp8", &rtp.Header{SequenceNumber: seq, Timestamp: uint32(i) * 6000, Marker: j%2 == 1}, p)
		}
	}
	kept := g.replay()
	if len(kept) != len(since) || len(since) < 15 {
		t.Fatalf("%d packets kept, %d since the key frame", len(kept), len(since))
	}
	last := kept[len(kept)-1].packet
	if last.SequenceNumber != seq || last.Timestamp != 44*6000 || last.Timestamp-kept[0].packet.Timestamp != 14*90 {
		t.Errorf("from %+v to %+v", kept[0].packet.Header, last.Header)
	}
	for i, k := range kept {
		if !bytes.Equal(k.packet.Payload, since[i]) || k.packet.SequenceNumber != seq-uint16(len(kept)-1-i) {
			t.Fatalf("packet %d differs", i)
		}
	}
	g.add(2, "vp8", &rtp.Header{}, []byte{0x10, 0x01, 1})
	if g.camera != 1 {
		t.Error("another camera begins without a key frame")
	}
	for range maxGopPackets {
		g.add(1, "vp8", &rtp.Header{}, []byte{0x10, 0x01, 1})
	}
	if g.replay() != nil {
		t.Error("it grows without bound")
	}
}
