package media

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"

	"qyragy/proctor"
)

// encoding is a way to make a real stream of a codec.
type encoding struct {
	codec, name string   // name is what Segment.Codecs begins with
	args        []string // ffmpeg's
	payloader   func() rtp.Payloader
}

var encodings = []encoding{
	{"vp8", "vp8", strings.Fields("-c:v libvpx -deadline realtime -cpu-used 8 -lag-in-frames 0 -auto-alt-ref 0 -b:v 400k -f ivf"), func() rtp.Payloader { return &codecs.VP8Payloader{EnablePictureID: true} }},
	{"vp9", "vp9", strings.Fields("-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -lag-in-frames 0 -b:v 400k -f ivf"), func() rtp.Payloader { return &codecs.VP9Payloader{} }},
	{"h264", "avc1.42C0", strings.Fields("-c:v libx264 -profile:v baseline -preset ultrafast -tune zerolatency -pix_fmt yuv420p -b:v 400k -f h264"), func() rtp.Payloader { return &codecs.H264Payloader{} }},
	{"av1", "av01.0.0", strings.Fields("-c:v libaom-av1 -usage realtime -cpu-used 8 -lag-in-frames 0 -error-resilience 1 -b:v 400k -f ivf"), func() rtp.Payloader { return &codecs.AV1Payloader{} }},
}

// encode makes a test picture's frames at 15 a second, a key frame a second.
func (e encoding) encode(t *testing.T, seconds, size string) [][]byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "stream")
	args := append([]string{"-f", "lavfi", "-i", "testsrc2=size=" + size + ":rate=15:duration=" + seconds}, e.args...)
	ffmpeg(t, append(append(args[:len(args)-2:len(args)-2], "-g", "15", "-keyint_min", "15"), append(args[len(args)-2:], path)...)...)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if e.codec == "h264" {
		return accessUnits(data)
	}
	var out [][]byte
	for p := data[32:]; len(p) >= 12; {
		n := int(binary.LittleEndian.Uint32(p))
		out = append(out, p[12:12+n])
		p = p[12+n:]
	}
	return out
}

// accessUnits cuts an Annex B stream of one picture's slices after the other
// before each first slice's parameter sets.
func accessUnits(stream []byte) (out [][]byte) {
	var unit []byte
	slices := false
	for _, nal := range bytes.Split(bytes.ReplaceAll(stream, []byte{0, 0, 0, 1}, []byte{0, 0, 1}), []byte{0, 0, 1}) {
		if len(nal) < 2 {
			continue
		}
		kind := nal[0] & 0x1f
		slice := kind == nalSlice || kind == nalIDR
		if slices && (!slice || nal[1]&0x80 != 0) {
			out, unit, slices = append(out, unit), nil, false
		}
		slices = slices || slice
		unit = append(append(unit, 0, 0, 1), nal...)
	}
	return append(out, unit)
}

// wire packetises frames at 15 a second from at, and calls each for every packet.
func (e encoding) wire(frames [][]byte, at time.Time, each func(packet)) {
	p := e.payloader()
	seq, ts := uint16(65500), uint32(1<<32-90000) // both wrap
	for i, f := range frames {
		now := at.Add(time.Duration(i) * time.Second / 15)
		payloads := p.Payload(1180, f)
		for k, b := range payloads {
			each(packet{seq: seq, ts: ts, marker: k == len(payloads)-1, payload: b, at: now})
			seq++
		}
		ts += 6000
	}
}

// record takes frames by way of packets, assembler and recorder to sealed files.
func (e encoding) record(t *testing.T, frames [][]byte) (*recorder, []proctor.Segment) {
	t.Helper()
	j := &journal{}
	r, now := newTestRecorder(t, j)
	r.audio, r.begun = true, *now
	a := newAssembler(e.codec, func(f frame) { r.push(0, f) })
	order := &reorderer{emit: a.push}
	sound := *now
	start := *now
	e.wire(frames, start, func(p packet) {
		for ; !sound.After(p.at); sound = sound.Add(20 * time.Millisecond) {
			r.push(0, frame{track: audioTrack, key: true, at: sound, data: []byte{0xf8, 0xff, 0xfe}})
		}
		*now = p.at
		order.push(p)
		r.turn()
	})
	*now = now.Add(3 * time.Second)
	r.turn()
	if a.lost+a.dropped > 0 {
		t.Errorf("%d frames lost, %d dropped", a.lost, a.dropped)
	}
	segments, _, gaps := j.all()
	if len(gaps) > 0 {
		t.Errorf("gaps: %+v", gaps)
	}
	return r, segments
}

func segmentData(t *testing.T, r *recorder, g proctor.Segment) []byte {
	t.Helper()
	f, err := r.env.spool.root.Open(name(g.Seat, g.Number, "webm"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestEveryCodecIsRecordedAsItCame takes real streams to files in which every
// frame can be decoded.
func TestEveryCodecIsRecordedAsItCame(t *testing.T) {
	for _, e := range encodings {
		t.Run(e.codec, func(t *testing.T) {
			frames := e.encode(t, "4", "322x242")
			if len(frames) != 60 {
				t.Fatalf("%d frames", len(frames))
			}
			r, segments := e.record(t, frames)
			if len(segments) != 1 {
				t.Fatalf("%d segments", len(segments))
			}
			g := segments[0]
			if g.Frames != 60 || g.Width != 322 || g.Height != 242 || !strings.HasPrefix(g.Codecs, e.name) || !strings.HasSuffix(g.Codecs, ",opus") {
				t.Errorf("%+v", g)
			}
			data := segmentData(t, r, g)
			if p := ffprobe(t, data); p.Streams[0].Frames != "60" || p.Streams[0].Width != 322 || !strings.HasPrefix(p.Format.Duration, "4.0") {
				t.Errorf("%+v", p)
			}
			samePictures(t, e, frames, data)
		})
	}
}

// samePictures decodes the stream and the recording and compares every picture.
func samePictures(t *testing.T, e encoding, frames [][]byte, recording []byte) {
	t.Helper()
	dir := t.TempDir()
	stream, film := filepath.Join(dir, "stream.webm"), filepath.Join(dir, "film")
	if e.codec == "h264" {
		stream = filepath.Join(dir, "stream.h264")
		write(t, stream, bytes.Join(frames, nil))
	} else {
		w := newWebM(trackInfo{codec: e.codec, setup: setup{width: 322, height: 242}}, time.Unix(0, 0))
		for i, f := range frames {
			w.add(videoTrack, int64(i)*66, i%15 == 0, f)
		}
		write(t, stream, w.pending)
	}
	write(t, film, recording)
	want, got := pictures(t, stream), pictures(t, film)
	if len(want) == 0 || want != got {
		t.Errorf("other pictures than were sent:\n%s\n%s", want, got)
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// pictures is the hash of each decoded picture.
func pictures(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0:v", "-fps_mode", "passthrough", "-f", "framemd5", "-").Output()
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	var sums []string
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "#") {
			fields := strings.Split(line, ",")
			sums = append(sums, strings.TrimSpace(fields[len(fields)-1]))
		}
	}
	return strings.Join(sums, "\n")
}

// TestChangedPictureBeginsASegment: another size, as when a phone is turned,
// and other parameters of the same size.
func TestChangedPictureBeginsASegment(t *testing.T) {
	t.Parallel()
	for _, e := range encodings {
		t.Run(e.codec, func(t *testing.T) {
			_, segments := e.record(t, append(e.encode(t, "2", "320x240"), e.encode(t, "2", "240x320")...))
			if len(segments) != 2 || segments[0].Frames != 30 || segments[1].Frames != 30 ||
				segments[1].Width != 240 || segments[1].Height != 320 {
				t.Errorf("%+v", segments)
			}
		})
	}
	e := encodings[2]
	first := e.encode(t, "2", "320x240")
	e.args = append([]string{"-level", "4.0"}, e.args...)
	if _, segments := e.record(t, append(first, e.encode(t, "2", "320x240")...)); len(segments) != 2 || segments[0].Codecs == segments[1].Codecs {
		t.Errorf("other parameter sets: %+v", segments)
	}
}

// TestLossIsCutUpToAKeyFrame loses each packet in turn: what is recorded must
// be frames as they were sent, beginning again with a key frame.
func TestLossIsCutUpToAKeyFrame(t *testing.T) {
	for _, e := range encodings {
		t.Run(e.codec, func(t *testing.T) {
			frames := e.encode(t, "3", "322x242")
			var whole []frame
			packets := 0
			a := newAssembler(e.codec, func(f frame) { whole = append(whole, f) })
			order := &reorderer{emit: a.push}
			e.wire(frames, time.Unix(0, 0), func(p packet) { packets++; order.push(p) })
			if len(whole) != len(frames) {
				t.Fatalf("%d of %d frames", len(whole), len(frames))
			}
			for drop := 1; drop < packets; drop += 3 {
				var out []frame
				a := newAssembler(e.codec, func(f frame) { out = append(out, f) })
				order := &reorderer{emit: a.push}
				n := 0
				e.wire(frames, time.Unix(0, 0), func(p packet) {
					if n++; n-1 != drop {
						order.push(p)
					}
				})
				checkLoss(t, whole, out)
			}
		})
	}
}

// checkLoss compares what came out after a loss with what was sent: one run of
// frames is missing, and a key frame comes after it.
func checkLoss(t *testing.T, whole, out []frame) {
	t.Helper()
	i := 0
	for i < len(out) && bytes.Equal(out[i].data, whole[i].data) {
		i++
	}
	rest := out[i:]
	tail := whole[len(whole)-len(rest):]
	for k := range rest {
		if !bytes.Equal(rest[k].data, tail[k].data) {
			t.Fatalf("frame %d after the loss differs", k)
		}
	}
	if len(rest) > 0 && !rest[0].key {
		t.Error("goes on without a key frame")
	}
}

// TestKeyFramesStandAlone: what KeyFrameAt gives can be shown by itself.
func TestKeyFramesStandAlone(t *testing.T) {
	for _, e := range encodings {
		t.Run(e.codec, func(t *testing.T) {
			r, segments := e.record(t, e.encode(t, "3", "322x242"))
			s := &Server{spool: r.env.spool}
			codec, data, at, err := s.KeyFrameAt(t.Context(), segments[0], nil, segments[0].Start.Add(1500*time.Millisecond))
			if err != nil || codec != e.codec || at.Sub(segments[0].Start) < 900*time.Millisecond {
				t.Fatalf("%s at %v: %v", codec, at, err)
			}
			if codec == "h264" {
				if _, key, g, err := newFormat(codec).finish(data); err != nil || !key || g.width != 322 {
					t.Errorf("%v %+v %v", key, g, err)
				}
				return
			}
			w := newWebM(trackInfo{codec: codec, setup: setup{width: 322, height: 242}}, time.Unix(0, 0))
			w.add(videoTrack, 0, true, data)
			path := filepath.Join(t.TempDir(), "still.webm")
			write(t, path, w.pending)
			if got := pictures(t, path); len(strings.Fields(got)) != 1 {
				t.Errorf("decoded to %q", got)
			}
		})
	}
}
