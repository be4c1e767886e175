package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media/oggwriter"
)

// testFrames are n frames of unlike sizes, a key frame first and then every 15.
func testFrames(n int) [][]byte {
	frames := make([][]byte, n)
	for i := range frames {
		frames[i] = bytes.Repeat([]byte{1, byte(i)}, 100+i%7)
		if i%15 == 0 && i < 45 {
			frames[i] = bytes.Repeat([]byte{0, byte(i)}, 4000)
		}
	}
	return frames
}

// ivfFile is an IVF file of VP8 at 15 frames a second.
func ivfFile(frames ...[]byte) []byte {
	b := make([]byte, 32)
	copy(b, "DKIF")
	binary.LittleEndian.PutUint16(b[6:], 32)
	copy(b[8:], "VP80")
	binary.LittleEndian.PutUint16(b[12:], 640)
	binary.LittleEndian.PutUint16(b[14:], 480)
	binary.LittleEndian.PutUint32(b[16:], 15)
	binary.LittleEndian.PutUint32(b[20:], 1)
	for i, f := range frames {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(f)))
		b = binary.LittleEndian.AppendUint64(b, uint64(i))
		b = append(b, f...)
	}
	return b
}

// oggFile is an Ogg Opus file of n pages of the given number of 20 ms frames.
func oggFile(t *testing.T, n, perPage int) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := oggwriter.NewWith(&buf, opusClock, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		p := &rtp.Packet{Header: rtp.Header{Timestamp: uint32(i * opusTicks * perPage)}, Payload: []byte{0x7b, byte(perPage), byte(i)}}
		if err := w.WriteRTP(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// A frame cut into packets must come out whole of pion's own depacketiser.
func TestFramesJoinUpAgain(t *testing.T) {
	want := testFrames(20)
	c, err := parseVideo(bytes.NewReader(ivfFile(want...)))
	if err != nil {
		t.Fatal(err)
	}
	if c.interval != time.Second/15 || c.ticks != 6000 {
		t.Errorf("interval %v, %d ticks", c.interval, c.ticks)
	}
	for i, frame := range c.frames {
		var got []byte
		for k, payload := range frame.payloads {
			var d codecs.VP8Packet
			part, err := d.Unmarshal(payload)
			if err != nil {
				t.Fatal(err)
			}
			if len(payload) > payloadSize || (d.S == 1) != (k == 0) {
				t.Errorf("frame %d payload %d: %d bytes, start %d", i, k, len(payload), d.S)
			}
			got = append(got, part...)
		}
		if !bytes.Equal(got, want[i]) || frame.key != (i%15 == 0) {
			t.Errorf("frame %d differs", i)
		}
	}
}

func TestBadClipsAreRefused(t *testing.T) {
	good := ivfFile(testFrames(3)...)
	h264 := bytes.Clone(good)
	copy(h264[8:], "H264")
	for name, data := range map[string][]byte{
		"empty": nil, "not IVF": []byte(strings.Repeat("x", 64)), "other codec": h264, "no frames": good[:32],
		"truncated": good[:len(good)-1], "starts with a delta frame": ivfFile([]byte{1, 2, 3}),
		"an empty frame": ivfFile([]byte{0, 1}, nil),
	} {
		if c, err := parseVideo(bytes.NewReader(data)); err == nil {
			t.Errorf("%s: %d frames", name, len(c.frames))
		}
	}
}

func TestOpusPackets(t *testing.T) {
	c, err := parseAudio(bytes.NewReader(oggFile(t, 50, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.frames); n < 49 || n > 50 || c.frames[1].payloads[0][2] != 1 {
		t.Errorf("%d packets", n)
	}
	if _, err := parseAudio(bytes.NewReader(oggFile(t, 50, 3))); err == nil || !strings.Contains(err.Error(), "-page_duration") {
		t.Errorf("pages of three packets: %v", err)
	}
	if _, err := parseAudio(strings.NewReader("RIFF")); err == nil {
		t.Error("a WAV file passes for Ogg")
	}
}

func TestNearestKeyGoesBothWaysRound(t *testing.T) {
	c := &clip{frames: make([]picture, 10)}
	c.frames[0].key, c.frames[5].key = true, true
	for from, want := range []int{0, 0, 0, 5, 5, 5, 5, 5, 0, 0} {
		if got := c.nearestKey(from); got != want {
			t.Errorf("nearestKey(%d) = %d, want %d", from, got, want)
		}
	}
}

// wire is a feed's far end.
type wire struct {
	packets []rtp.Packet
	at      []time.Time
}

func (w *wire) WriteRTP(h *rtp.Header, payload []byte) (int, error) {
	w.packets = append(w.packets, rtp.Packet{Header: *h, Payload: bytes.Clone(payload)})
	w.at = append(w.at, time.Now())
	return len(payload), nil
}

func (w *wire) Write(p []byte) (int, error) { return len(p), nil }

var _ webrtc.TrackLocalWriter = (*wire)(nil)

// Numbers must go on across every wrap, and a NACK find the packet on both sides.
func TestNumbersWrap(t *testing.T) {
	c, err := parseVideo(bytes.NewReader(ivfFile(testFrames(15)...)))
	if err != nil {
		t.Fatal(err)
	}
	for _, start := range []uint16{0, 1, 32767, 32768, 65500, 65530, 65534, 65535} {
		w := new(wire)
		f := newFeed(webrtc.RTPCodecTypeVideo)
		f.writer, f.seq, f.picture, f.ts = w, start, start&0x7fff, 0xffffffff-3000
		for _, frame := range c.frames {
			for i := range frame.payloads {
				f.sendPart(frame, i, c.ticks)
			}
		}
		checkNumbers(t, w.packets, start, c.ticks)
		sent := len(w.packets)
		for _, p := range w.packets[:sent] {
			f.resend(p.SequenceNumber)
		}
		for i, p := range w.packets[:sent] {
			if again := w.packets[sent+i]; again.String() != p.String() || !bytes.Equal(again.Payload, p.Payload) {
				t.Fatalf("start %d: packet %d comes back different", start, i)
			}
		}
		f.resend(start - 1)
		if len(w.packets) != 2*sent {
			t.Errorf("start %d: resent what was never sent", start)
		}
	}
}

func checkNumbers(t *testing.T, packets []rtp.Packet, start uint16, ticks uint32) {
	t.Helper()
	frame := uint16(0)
	for i, p := range packets {
		var d codecs.VP8Packet
		if _, err := d.Unmarshal(p.Payload); err != nil {
			t.Fatal(err)
		}
		if p.SequenceNumber != start+uint16(i) {
			t.Fatalf("start %d: packet %d has number %d", start, i, p.SequenceNumber)
		}
		if want := (start + frame) & 0x7fff; d.PictureID != want {
			t.Fatalf("start %d: picture %d, want %d", start, d.PictureID, want)
		}
		if want := uint32(0xffffffff-3000) + uint32(frame)*ticks; p.Timestamp != want {
			t.Fatalf("start %d: timestamp %d, want %d", start, p.Timestamp, want)
		}
		if p.Marker {
			frame++
		}
	}
	if frame != 15 {
		t.Errorf("%d frames", frame)
	}
}

// In a bubble of fake time the pacer must keep the clip's rate exactly, spread
// a key frame over bursts, and not run faster for a PLI a second.
func TestPacerKeepsTime(t *testing.T) {
	c, err := parseVideo(bytes.NewReader(ivfFile(testFrames(45)...)))
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w, p := new(wire), new(pacer)
		f := p.tracks(0, c)[0]
		f.writer = w
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		go func() {
			for pause(ctx, time.Second) {
				f.wantKey.Store(true)
			}
		}()
		began := time.Now()
		p.run(ctx)
		frames := int(f.frames.Load())
		if frames < 449 || frames > 451 {
			t.Errorf("%d frames in 30 s", frames)
		}
		last, inBurst := began, 0
		for _, at := range w.at {
			if at.Equal(last) {
				inBurst++
			} else {
				last, inBurst = at, 1
			}
			if inBurst > burst {
				t.Fatalf("%d packets at once", inBurst)
			}
		}
		s := p.queue[0]
		behind := (s.start + s.count - s.frame + 3*len(c.frames)*10) % len(c.frames)
		if behind > 8 && behind < len(c.frames)-8 {
			t.Errorf("the story is %d frames off its clock", behind)
		}
	})
}

// After a long sleep the pacer must not send the whole backlog.
func TestPacerDoesNotCatchUpForEver(t *testing.T) {
	c, err := parseVideo(bytes.NewReader(ivfFile(testFrames(45)...)))
	if err != nil {
		t.Fatal(err)
	}
	p := new(pacer)
	f := p.tracks(0, c)[0]
	f.writer = new(wire)
	now := time.Now().Add(time.Hour)
	next := p.step(now)
	if n := f.frames.Load(); n > 30 {
		t.Errorf("%d frames at once", n)
	}
	if !next.After(now) {
		t.Errorf("next frame is due %v ago", now.Sub(next))
	}
}

// Whatever ffmpeg reads goes out as VP8: here a picture made by ffmpeg itself.
func TestLiveCapture(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	picture := filepath.Join(t.TempDir(), "bars.png")
	if out, err := exec.Command("ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=320x240", "-frames:v", "1", picture).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s := newWHIPServer(t)
	end := start(t, &publishCmd{Clip: picture, Seats: 1, Target: s.URL + "/whip/1"}, terminal{new(log), new(log)})
	s.await(t, "live frames", func() bool { return s.frames >= 20 && s.keys >= 2 })
	if err := end(); err != nil {
		t.Fatal(err)
	}
	err := (&publishCmd{Clip: "/dev/video-none", Seats: 1, Target: s.URL + "/whip/1"}).Run(t.Context(), terminal{new(log), new(log)})
	if err == nil || !strings.Contains(err.Error(), "/dev/video-none") {
		t.Errorf("a missing camera: %v", err)
	}
}
