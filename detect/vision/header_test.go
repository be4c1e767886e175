package vision

import (
	"strings"
	"testing"

	"qyragy/detect"
)

// vp8Header is a key frame's header with a size, and nothing after it.
func vp8Header(width, height int) []byte {
	return []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, byte(width), byte(width >> 8), byte(height), byte(height >> 8)}
}

// vp9Header is a profile 0 key frame's header with a size.
func vp9Header(width, height int) []byte {
	w, h := uint64(width-1), uint64(height-1)
	// marker 2 bits, profile 2, existing, delta, shown, resilient; sync code;
	// colour space 3 bits, range 1; width and height 16 bits each.
	v := w<<20 | h<<4
	return []byte{0x82, 0x49, 0x83, 0x42, byte(v >> 32 & 0x0f), byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}
}

func TestFrameSizeOfRealFrames(t *testing.T) {
	for _, codec := range []detect.Codec{detect.VP8, detect.VP9} {
		for filter, want := range map[string]size{"scale=640:480": {640, 480}, "scale=1280:720": {1280, 720}, "scale=321:243": {321, 243}} {
			got, err := frameSize(codec, keyFrame(t, codec, sample(t, "sample1.jpg"), filter))
			if err != nil || got != want {
				t.Errorf("%s %s: %v, %v", codec, filter, got, err)
			}
		}
	}
}

// Nothing here may reach a decoder: the frames end after their headers, so
// the message must be the header's.
func TestOversizedFramesAreNotDecoded(t *testing.T) {
	v := eyes(t)
	for _, s := range []size{{16383, 16383}, {1301, 1008}, {16383, 81}, {16, 480}, {640, 31}} {
		for codec, frame := range map[detect.Codec][]byte{detect.VP8: vp8Header(s.width, s.height), detect.VP9: vp9Header(s.width, s.height)} {
			reply := v.Look(request(codec, frame))
			if !strings.Contains(reply.Err, "pixels") && !strings.Contains(reply.Err, "smaller") {
				t.Errorf("%s %v: %q", codec, s, reply.Err)
			}
		}
	}
}

func TestFramesThatAreNone(t *testing.T) {
	v := eyes(t)
	real8 := keyFrame(t, detect.VP8, sample(t, "sample1.jpg"), oneWoman)
	real9 := keyFrame(t, detect.VP9, sample(t, "sample1.jpg"), oneWoman)
	delta := append([]byte{}, real8...)
	delta[0] |= 1
	for name, r := range map[string]detect.LookRequest{
		"nothing":           request(detect.VP8, nil),
		"a delta frame":     request(detect.VP8, delta),
		"another codec":     request(detect.VP9, real8),
		"VP9 as VP8":        request(detect.VP8, real9),
		"H.264":             request("h264", real8),
		"AV1":               request("av1", real8),
		"H.265":             request("h265", real8),
		"a header alone":    request(detect.VP8, real8[:10]),
		"a VP9 header":      request(detect.VP9, real9[:12]),
		"more than allowed": request(detect.VP8, append(real8[:len(real8):len(real8)], make([]byte, detect.MaxFrame)...)),
	} {
		reply := v.Look(r)
		if reply.Err == "" || len(reply.Look.Observations) > 0 || reply.Thumbnail != nil {
			t.Errorf("%s: %+v", name, reply)
		}
	}
}

// Two VP9 frames in one: the second, of another size, must not be decoded.
func TestSecondFrameInOneIsIgnored(t *testing.T) {
	small := keyFrame(t, detect.VP9, sample(t, "sample1.jpg"), "scale=320:240")
	large := keyFrame(t, detect.VP9, sample(t, "sample1.jpg"), "scale=1920:1080")
	m, err := decode(detect.VP9, append(small[:len(small):len(small)], large...))
	if err != nil {
		return // refused is as good
	}
	defer m.close()
	if m.width != 320 || m.height != 240 {
		t.Errorf("decoded %dx%d", m.width, m.height)
	}
}

// This fuzzes the headers and the decoders.
func FuzzDecode(f *testing.F) {
	f.Add(byte(0), vp8Header(64, 64))
	f.Add(byte(1), vp9Header(64, 64))
	f.Add(byte(2), unit(sps(4, 4), []byte{0x68, 0xce, 0x38, 0x80}, []byte{0x65, 0x88, 0x84}))
	f.Add(byte(3), append(sequence(64, 64), 0x32, 2, 0x10, 0))
	f.Fuzz(func(t *testing.T, which byte, data []byte) {
		codec := everyCodec()[which%4]
		s, err := frameSize(codec, data)
		if err == nil && (s.width*s.height > maxPixels || s.width < minSide || s.height < minSide) {
			t.Fatalf("accepted %v", s)
		}
		m, err := decode(codec, data)
		if err != nil {
			return
		}
		defer m.close()
		if m.width != s.width&^1 || m.height != s.height&^1 {
			t.Fatalf("decoded %dx%d of a frame of %v", m.width, m.height, s)
		}
	})
}
