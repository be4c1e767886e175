package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media/ivfreader"
	"github.com/pion/webrtc/v4/pkg/media/oggreader"

	"qyragy/clips"
)

// payloadSize is the largest RTP payload a frame is cut into. Browsers stay
// near 1200 bytes a packet, and so does this.
const payloadSize = 1180

// RTP clock rates: RFC 7741 §4.1 for VP8, RFC 7587 §4.1 for Opus.
const (
	vp8Clock  = 90000
	opusClock = 48000
)

// opusTicks is a 20 ms Opus packet in RTP clock ticks.
const opusTicks = opusClock / 50

// picture is one encoded frame, or one Opus packet, cut into RTP payloads.
// Many feeds read it at once; nobody writes to it.
type picture struct {
	payloads [][]byte
	key      bool
}

// clip is a piece of media, cut once, that any number of feeds play in a loop.
type clip struct {
	kind     webrtc.RTPCodecType
	interval time.Duration // from frame to frame
	ticks    uint32        // the same in RTP clock ticks
	frames   []picture
}

// nearestKey is the key frame closest to frame i, either way round the loop.
func (c *clip) nearestKey(i int) int {
	n := len(c.frames)
	for d := range n {
		if j := (i + d) % n; c.frames[j].key {
			return j
		}
		if j := (i - d + n) % n; c.frames[j].key {
			return j
		}
	}
	return 0
}

// loadVideo reads a whole IVF file of VP8.
func loadVideo(path string) (*clip, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open clip: %w", err)
	}
	defer f.Close()
	c, err := parseVideo(f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return c, nil
}

func parseVideo(in io.Reader) (*clip, error) {
	r, header, err := openIVF(in)
	if err != nil {
		return nil, err
	}
	c := &clip{kind: webrtc.RTPCodecTypeVideo}
	c.interval, c.ticks = frameTime(header)
	for {
		frame, _, err := r.ParseNextFrame()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("frame %d: %w", len(c.frames), err)
		}
		if len(frame) == 0 {
			return nil, fmt.Errorf("frame %d is empty", len(c.frames))
		}
		c.frames = append(c.frames, cutVP8(frame))
	}
	if len(c.frames) == 0 || !c.frames[0].key {
		return nil, errors.New("the clip must start with a key frame")
	}
	return c, nil
}

func openIVF(in io.Reader) (*ivfreader.IVFReader, *ivfreader.IVFFileHeader, error) {
	r, header, err := ivfreader.NewWith(in)
	if err != nil {
		return nil, nil, fmt.Errorf("not an IVF file: %w", err)
	}
	if header.FourCC != "VP80" {
		return nil, nil, fmt.Errorf("the file holds %q, want VP8", header.FourCC)
	}
	return r, header, nil
}

// frameTime is a frame's length in time and in RTP clock ticks. It trusts the
// header between 1 and 120 frames a second, and otherwise takes 15.
func frameTime(h *ivfreader.IVFFileHeader) (interval time.Duration, ticks uint32) {
	num, den := uint64(h.TimebaseNumerator), uint64(h.TimebaseDenominator)
	if num == 0 || den < num || den > 120*num {
		num, den = 1, clips.FPS
	}
	return time.Duration(uint64(time.Second) * num / den), uint32(vp8Clock * num / den)
}

// cutVP8 cuts a frame into RFC 7741 §4.2 payloads with an extended descriptor
// that leaves room for a 15-bit picture ID at bytes 2 and 3 (see feed.send).
func cutVP8(frame []byte) picture {
	const descriptor = 4
	p := picture{key: frame[0]&1 == 0} // RFC 7741 §4.3: inverse key frame flag
	for start := byte(0x10); len(frame) > 0; start = 0 {
		n := min(len(frame), payloadSize-descriptor)
		payload := make([]byte, descriptor, descriptor+n)
		payload[0] = 0x80 | start           // X, and S on the first
		payload[1], payload[2] = 0x80, 0x80 // I; M: the picture ID has 15 bits
		p.payloads = append(p.payloads, append(payload, frame[:n]...))
		frame = frame[n:]
	}
	return p
}

// loadAudio reads a whole Ogg Opus file of 20 ms packets, one a page.
func loadAudio(path string) (*clip, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open sound: %w", err)
	}
	defer f.Close()
	c, err := parseAudio(f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return c, nil
}

func parseAudio(in io.Reader) (*clip, error) {
	r, _, err := oggreader.NewWith(in)
	if err != nil {
		return nil, fmt.Errorf("not an Ogg Opus file: %w", err)
	}
	c := &clip{kind: webrtc.RTPCodecTypeAudio, interval: 20 * time.Millisecond, ticks: opusTicks}
	var last uint64
	for {
		packet, header, err := r.ParseNextPage()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("page %d: %w", len(c.frames), err)
		}
		if _, isHeader := header.HeaderType(packet); isHeader || len(packet) == 0 {
			continue
		}
		if step := header.GranulePosition - last; last > 0 && step > opusTicks {
			return nil, errors.New("pages hold more than one 20 ms packet; re-encode it: ffmpeg -i IN " +
				"-c:a libopus -b:a 32k -ac 1 -frame_duration 20 -page_duration 20000 OUT.ogg")
		}
		last = header.GranulePosition
		c.frames = append(c.frames, picture{payloads: [][]byte{packet}, key: true})
	}
	if len(c.frames) == 0 {
		return nil, errors.New("no Opus packets in it")
	}
	return c, nil
}
