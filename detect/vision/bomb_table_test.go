package vision

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"qyragy/detect"
)

// peak is the most memory that this process has had, in MiB.
func peak(t *testing.T) int {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return int(u.Maxrss >> 10)
}

// bombs are frames that ask for more than a frame may cost.
func bombs(t *testing.T) map[string]detect.LookRequest {
	t.Helper()
	pps := []byte{0x68, 0xce, 0x38, 0x80}
	idr := []byte{0x65, 0x88, 0x84, 0x21, 0xa0}
	key := []byte{0x32, 3, 0x10, 0, 0}
	large := keyFrame(t, detect.H264, sample(t, "sample1.jpg"), "scale=1280:960")
	r := rand.New(rand.NewPCG(3, 4))
	random := make([]byte, detect.MaxFrame)
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	zeros := unit(append([]byte{0x67, 66, 0xc0, 31}, make([]byte, 4096)...), pps, idr)
	all := map[string]detect.LookRequest{
		"VP8 16383x16383":    request(detect.VP8, append(vp8Header(16383, 16383), random[:5000]...)),
		"VP8 0x0":            request(detect.VP8, append(vp8Header(0, 0), random[:5000]...)),
		"VP9 65536x65536":    request(detect.VP9, append(vp9Header(65536, 65536), random[:5000]...)),
		"H.264 16384x16384":  request(detect.H264, unit(sps(1024, 1024), pps, idr)),
		"H.264 2^31 wide":    request(detect.H264, unit(sps(1<<31-1, 1), pps, idr)),
		"H.264 overflow":     request(detect.H264, unit(sps(1<<16, 1<<16), pps, idr)),
		"H.264 all zeros":    request(detect.H264, zeros),
		"H.264 1x1":          request(detect.H264, unit(sps(1, 1), pps, idr)),
		"H.264 two sizes":    request(detect.H264, unit(sps(40, 30), sps(4, 3), pps, idr)),
		"H.264 hidden units": request(detect.H264, unit(append(sps(40, 30), append([]byte{0, 0, 1}, sps(1024, 1024)...)...), pps, idr)),
		"H.264 many sets":    request(detect.H264, append(unit(sps(40, 30)), bytes.Repeat(unit(pps), 20_000)...)),
		"H.264 pictures":     request(detect.H264, append(bytes.Clone(large), bytes.Repeat(unit(idr), 20_000)...)),
		"H.264 slices":       request(detect.H264, append(bytes.Clone(large), bytes.Repeat(unit([]byte{0x65, 0x48, 0x84, 0x21}), 20_000)...)),
		"H.264 length":       request(detect.H264, []byte{0xff, 0xff, 0xff, 0xff, 0x67}),
		"AV1 65536x65536":    request(detect.AV1, append(sequence(65536, 65536), key...)),
		"AV1 1x1":            request(detect.AV1, append(sequence(1, 1), key...)),
		"AV1 length":         request(detect.AV1, []byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}),
		"AV1 no end":         request(detect.AV1, append(sequence(640, 480), bytes.Repeat([]byte{0x2a, 0}, 200_000)...)),
	}
	for _, codec := range everyCodec() {
		all[string(codec)+" random"] = request(codec, random)
		all[string(codec)+" largest, then noise"] = request(codec, largest(codec, random))
		whole := keyFrame(t, codec, sample(t, "sample1.jpg"), "scale=640:480")
		all[string(codec)+" truncated"] = request(codec, whole[:len(whole)/20])
	}
	return all
}

// largest is the header of the largest frame that is looked at, and noise.
func largest(codec detect.Codec, noise []byte) []byte {
	noise = noise[:detect.MaxFrame-1000]
	switch codec {
	case detect.VP8:
		return append(vp8Header(1280, 1024), noise...)
	case detect.VP9:
		return append(vp9Header(1280, 1024), noise...)
	case detect.H264:
		clean := bytes.ReplaceAll(noise, []byte{0, 0}, []byte{0, 1})
		return unit(sps(80, 64), []byte{0x68, 0xce, 0x38, 0x80}, append([]byte{0x65, 0x88, 0x84}, clean...))
	default:
		b := append(sequence(1280, 1024), 0x32)
		return append(append(binary.AppendUvarint(b, uint64(len(noise)+2)), 0x10, 0), noise...)
	}
}

// A bomb is answered, with an error or for what it shows, in little time and
// memory, and the next frame is looked at as if nothing had been.
func TestBombs(t *testing.T) {
	v := eyes(t)
	good := request(detect.VP8, keyFrame(t, detect.VP8, sample(t, "sample1.jpg"), oneWoman))
	for _, codec := range everyCodec() { // what decoders and networks need anyway
		v.Look(request(codec, keyFrame(t, codec, sample(t, "sample1.jpg"), "scale=1280:960")))
	}
	var slowest time.Duration
	var worst string
	for name, r := range bombs(t) {
		if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // begins VmHWM anew
			t.Logf("the peak cannot be begun anew: %v", err)
		}
		before, began := peak(t), time.Now()
		reply := v.Look(r)
		took := time.Since(began)
		t.Logf("%-28s %6.2f ms %+3d MiB  %s", name, took.Seconds()*1e3, peak(t)-before, reply.Err)
		if took > slowest {
			slowest, worst = took, name
		}
		if grew := peak(t) - before; grew > 50 {
			t.Errorf("%s took %d MiB", name, grew)
		}
		noise := strings.Contains(name, "noise") && (r.Frame.Codec == detect.VP8 || r.Frame.Codec == detect.VP9)
		if reply.Err == "" && !noise {
			t.Errorf("%s was looked at: %+v", name, reply.Look)
		}
	}
	t.Logf("slowest: %s, %v", worst, slowest)
	if reply := v.Look(good); reply.Err != "" || len(reply.Look.Faces) != 1 {
		t.Errorf("after them: %+v", reply)
	}
}
