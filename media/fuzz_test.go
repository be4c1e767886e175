package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"qyragy/proctor"
)

// FuzzPackets takes any packets of any codec through reordering, assembly and
// the writer: what comes out must be a recording with exactly the frames that
// came out, which begins with a key frame and has a header that can be read.
func FuzzPackets(f *testing.F) {
	f.Fuzz(func(t *testing.T, stream []byte, start uint16, kind byte) {
		codec := []string{"vp8", "vp9", "h264", "av1"}[kind%4]
		var out []frame
		var w *webmWriter
		a := newAssembler(codec, func(g frame) {
			if w == nil {
				w = newWebM(trackInfo{codec: codec, setup: g.setup}, time.Unix(0, 0))
			}
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
		if len(out) == 0 {
			return
		}
		if first := out[0]; !first.key || first.width < 1 || first.width > maxSide || first.height < 1 || first.height > maxSide {
			t.Fatalf("the first frame is no key frame: %+v", first.setup)
		}
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
	})
}

// FuzzSPS: no parameter set makes the parser panic or give an absurd size, and
// the record made of it says its profile.
func FuzzSPS(f *testing.F) {
	f.Fuzz(func(t *testing.T, nal []byte) {
		s, ok := parseSPS(nal)
		if !ok {
			return
		}
		if s.width < 1 || s.height < 1 || s.width > 1<<16 || s.height > 1<<17 {
			t.Fatalf("%+v", s)
		}
		if g, err := h264Setup([][]byte{nal}, [][]byte{{nalPPS}}); err == nil && (g.private[1] != nal[1] || len(g.name) != len("avc1.42E01F")) {
			t.Fatalf("%+v", g)
		}
	})
}

// FuzzSequence: no sequence header makes the parser panic or give an absurd size.
func FuzzSequence(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		s, ok := av1Setup(body, body)
		if ok && (s.width < 1 || s.height < 1 || s.width > 1<<16 || s.height > 1<<16 || len(s.name) != len("av01.0.04M.08")) {
			t.Fatalf("%+v", s)
		}
	})
}

// FuzzSpool starts a server on a spool with any files in it: nothing panics,
// nothing keeps it from starting, and the seat records.
func FuzzSpool(f *testing.F) {
	names := []string{"000000.json", "000000.part", "000000.webm", "000001.json", "000001.part", "000001.webm", "000002.json", "000002.part",
		"000000.json.bad", "000001.json.new", "1.json", "-1.json", "x", "99999999999999999999.json", "000000.webm.bad", "000003.webm"}
	f.Fuzz(func(t *testing.T, script []byte, logged byte) {
		root := t.TempDir()
		dir := filepath.Join(root, "seat-1")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for len(script) >= 3 { // which file, its length, its content
			path := filepath.Join(dir, names[script[0]&15])
			n := min(int(binary.BigEndian.Uint16(script[1:])), len(script)-3)
			if script[0]&0x80 != 0 {
				_ = os.Mkdir(path, 0o700) // it may be there: so be it
			} else {
				_ = os.WriteFile(path, script[3:3+n], 0o600)
			}
			script = script[3+n:]
		}
		j := &journal{}
		for number := range int(logged % 4) {
			j.segments = append(j.segments, proctor.Segment{Seat: "seat-1", Number: number, SHA256: "00"})
		}
		opened(t, root, j)
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
