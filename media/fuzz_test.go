package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pion/rtp/codecs"
)

// FuzzPackets takes any packets through reordering, assembly and the writer:
// what comes out must be a recording with exactly the frames that came out.
func FuzzPackets(f *testing.F) {
	key := append([]byte{0x10, 0, 0, 0x9d, 1, 0x2a, 64, 1, 240, 0}, bytes.Repeat([]byte{7}, 3000)...)
	var seed []byte
	for i, p := range (&codecs.VP8Payloader{}).Payload(1000, append([]byte{0x10, 0, 0, 0x9d, 1, 0x2a, 64, 1, 240, 0}, key...)) {
		seed = append(seed, byte(i), 0, byte(len(p)>>8), byte(len(p)))
		seed = append(seed, p...)
	}
	f.Add(seed, uint16(65534), false)
	f.Add(seed, uint16(0), true)
	f.Fuzz(func(t *testing.T, stream []byte, start uint16, vp9 bool) {
		codec := "vp8"
		if vp9 {
			codec = "vp9"
		}
		var out []frame
		w := newWebM(trackInfo{codec: codec, setup: setup{width: 320, height: 240}}, time.Unix(0, 0))
		a := newAssembler(codec, func(g frame) {
			out = append(out, g)
			w.add(videoTrack, g.at.Sub(time.Unix(0, 0)).Milliseconds(), g.key, g.data)
		})
		r := &reorderer{wait: 100 * time.Millisecond, emit: a.push}
		now := time.Unix(0, 0)
		for len(stream) >= 4 {
			n := min(int(binary.BigEndian.Uint16(stream[2:]))&0x7ff, len(stream)-4)
			now = now.Add(time.Duration(stream[1]) * time.Millisecond)
			r.push(packet{seq: start + uint16(stream[0]), ts: uint32(stream[1]>>4) * 6000, marker: stream[1]&1 == 1, payload: stream[4 : 4+n], at: now})
			stream = stream[4+n:]
		}
		r.flush()
		got := 0
		_, err := scan(bytes.NewReader(w.pending), int64(len(w.pending)), false, func(b block) bool {
			if !bytes.Equal(w.pending[b.offset:b.offset+int64(b.size)], out[got].data) {
				t.Fatalf("frame %d differs", got)
			}
			got++
			return true
		})
		if err != nil || got != len(out) {
			t.Fatalf("%d of %d frames: %v", got, len(out), err)
		}
		if len(out) > 0 && !out[0].key {
			t.Fatal("the first frame is no key frame")
		}
	})
}

// FuzzRecovery: any file is sealed to one that seals to itself, or refused.
func FuzzRecovery(f *testing.F) {
	w := newWebM(trackInfo{codec: "vp8", setup: setup{width: 320, height: 240}, audio: true}, time.Unix(0, 0))
	for i := range 30 {
		w.add(videoTrack, int64(i)*66, i%15 == 0, bytes.Repeat([]byte{byte(i)}, 40))
		w.add(audioTrack, int64(i)*60, true, []byte{1, 2, 3})
	}
	f.Add(w.pending)
	f.Add(w.pending[:len(w.pending)/2])
	f.Add(w.pending[:60])
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(dir, "fuzz.webm")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		first, err := seal(file, -1, true)
		if err != nil {
			return
		}
		again, err := seal(file, -1, false)
		if err != nil || again != first {
			t.Fatalf("%+v, then %+v: %v", first, again, err)
		}
		if _, _, err := keyFrame(file, 100); err != nil && !errors.Is(err, errEmpty) {
			t.Fatal(err)
		}
	})
}

// FuzzFootage gives the reader of clients' files anything at all.
func FuzzFootage(f *testing.F) {
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := readFootage(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		if c.video == 0 || c.frames < 1 || c.width < 1 || c.width > maxSide || c.height < 1 || c.height > maxSide ||
			c.length() <= 0 || len(c.holes) > maxHoles || (c.codec != "vp8" && c.codec != "vp9") {
			t.Errorf("%+v", c)
		}
		from := time.Unix(1_800_000_000, 0)
		for _, h := range c.holesIn(from, from.Add(c.length())) {
			if h.From.Before(from) || !h.To.After(h.From) {
				t.Errorf("hole %+v of %+v", h, c)
			}
		}
	})
}
