package vision

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"qyragy/detect"
)

// otherKeyFrames encodes key frames of H.264 or AV1 as a seat's arrive.
func otherKeyFrames(t testing.TB, codec detect.Codec, args ...string) [][]byte {
	t.Helper()
	if codec == detect.AV1 {
		ivf := filepath.Join(t.TempDir(), "a.ivf")
		ffmpeg(t, append(args, "-pix_fmt", "yuv420p", "-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-g", "1", "-b:v", "1M", "-f", "ivf", ivf)...)
		return readFrames(t, ivf)
	}
	h264 := filepath.Join(t.TempDir(), "a.h264")
	ffmpeg(t, append(args, "-pix_fmt", "yuv420p", "-c:v", "libx264", "-profile:v", "baseline", "-g", "1", "-x264-params", "aud=1", "-b:v", "2M", "-f", "h264", h264)...)
	b, err := os.ReadFile(h264)
	if err != nil {
		t.Fatal(err)
	}
	var frames [][]byte
	for _, f := range bytes.Split(b, []byte{0, 0, 0, 1, 9})[1:] {
		frames = append(frames, lengths(append([]byte{0, 0, 0, 1, 9}, f...)))
	}
	return frames
}

// lengths turns a byte stream into NAL units behind their lengths.
func lengths(stream []byte) []byte {
	var out []byte
	for _, nal := range bytes.Split(stream, []byte{0, 0, 1})[1:] {
		nal = bytes.TrimRight(nal, "\x00")
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(nal))), nal...)
	}
	return out
}

// Every codec gives the same picture, and so the same look.
func TestLookAtOtherCodecs(t *testing.T) {
	v := eyes(t)
	for _, codec := range []detect.Codec{detect.H264, detect.AV1} {
		for _, c := range []struct {
			sample, filter, want string
			faces                int
		}{
			{"sample1.jpg", oneWoman, "", 1},
			{"sample6.jpg", wholeRoom, "outsider", 4},
			{"sample1.jpg", "scale=640:480,lutyuv=y=16:u=128:v=128", "covered", 0},
		} {
			reply := v.Look(request(codec, keyFrame(t, codec, sample(t, c.sample), c.filter)))
			if got := causes(t, reply.Look); reply.Err != "" || got != c.want || len(reply.Look.Faces) != c.faces {
				t.Errorf("%s %s: %q, %d faces, want %q and %d (%s)", codec, c.filter, got, len(reply.Look.Faces), c.want, c.faces, reply.Err)
			}
		}
		p := v.Picture(detect.PictureRequest{Codec: codec, Data: keyFrame(t, codec, sample(t, "sample1.jpg"), "scale=640:480")})
		if p.Err != "" || p.Width != 640 || p.Height != 480 {
			t.Errorf("%s: a still of %dx%d (%s)", codec, p.Width, p.Height, p.Err)
		}
	}
}

func TestOtherCodecsSizes(t *testing.T) {
	for _, codec := range []detect.Codec{detect.H264, detect.AV1} {
		for _, want := range []size{{640, 480}, {1280, 720}, {322, 242}, {1280, 1024}} {
			f := keyFrame(t, codec, sample(t, "sample1.jpg"), fmt.Sprintf("scale=%d:%d", want.width, want.height))
			if got, err := frameSize(codec, f); err != nil || got != want {
				t.Errorf("%s: %v, %v, want %v", codec, got, err, want)
			}
			p, err := decode(codec, f)
			if err != nil || p.size != want {
				t.Fatalf("%s %v: %v", codec, want, err)
			}
			p.close()
		}
	}
}

// sps is a baseline parameter set of the given number of macroblocks.
func sps(across, down int) []byte {
	w := &writer{}
	w.golomb(0)          // id
	w.golomb(0)          // frame numbers
	w.golomb(2)          // picture order
	w.golomb(1)          // references
	w.put(0, 1)          // gaps
	w.golomb(across - 1) // size
	w.golomb(down - 1)
	w.put(0b1100, 4) // whole frames, direct inference, no cropping, no VUI
	w.put(1, 1)
	return append([]byte{0x67, 66, 0xc0, 31}, escaped(w.bytes())...)
}

// escaped puts in emulation prevention bytes.
func escaped(b []byte) (out []byte) {
	zeros := 0
	for _, c := range b {
		if zeros >= 2 && c <= 3 {
			out, zeros = append(out, 3), 0
		}
		zeros++
		if c != 0 {
			zeros = 0
		}
		out = append(out, c)
	}
	return out
}

// sequence is an AV1 sequence header of the given largest size.
func sequence(width, height int) []byte {
	w := &writer{}
	w.put(0, 3+1+1+1+1+5) // profile, still, reduced, timing, delay, points
	w.put(0, 12)
	w.put(8, 5)
	w.put(0, 1)
	w.put(15, 4)
	w.put(15, 4)
	w.put(width-1, 16)
	w.put(height-1, 16)
	w.put(0, 1+3+4+1) // frame IDs, three tools, four tools, order hint
	w.put(0b10, 2)    // screen content tools: chosen, never
	w.put(0, 1)
	w.put(0, 3+1+1+1+1+2+1+1)
	w.put(1, 1)
	b := w.bytes()
	return append([]byte{0x0a, byte(len(b))}, b...)
}

type writer struct {
	b []byte
	n int
}

func (w *writer) put(v, n int) {
	for i := n - 1; i >= 0; i-- {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[w.n/8] |= byte(v>>i&1) << (7 - w.n%8)
		w.n++
	}
}

func (w *writer) golomb(v int) {
	n := 0
	for (v+1)>>n > 1 {
		n++
	}
	w.put(0, n)
	w.put(v+1, n+1)
}

func (w *writer) bytes() []byte { return w.b }

// unit puts a NAL unit behind its length.
func unit(nals ...[]byte) (out []byte) {
	for _, n := range nals {
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(n))), n...)
	}
	return out
}
