package rtc

import (
	"strings"
	"testing"

	"github.com/pion/rtp"
)

const levelURI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

func TestOfferedExtensions(t *testing.T) {
	for lines, want := range map[string]uint8{
		"":                                       0,
		"a=extmap:1 " + levelURI:                 1,
		"a=extmap:14/sendonly " + levelURI:       14,
		"a=extmap:3/sendrecv " + levelURI + " x": 3,
		"a=extmap:2/recvonly " + levelURI:        0,
		"a=extmap:2/inactive " + levelURI:        0,
		"a=extmap:15 " + levelURI:                0,
		"a=extmap:0 " + levelURI:                 0,
		"a=extmap:-1 " + levelURI:                0,
		"a=extmap:257 " + levelURI:               0,
		"a=extmap:1\r\na=extmap:x " + levelURI + "\r\na=extmap:4 other\r\na=extmap:5 " + levelURI: 5,
		strings.Repeat("a=extmap:4 other\r\n", 40) + "a=extmap:5 " + levelURI:                     0,
	} {
		if lines != "" {
			lines = strings.TrimSpace(lines) + "\r\n"
		}
		body := "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n" +
			"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n" +
			"a=fingerprint:sha-256 " + strings.Repeat("00:", 31) + "00\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n" + lines
		o, err := ParseOffer([]byte(body))
		if err != nil {
			t.Fatalf("%q: %v", lines, err)
		}
		if id, ok := o.Sections[0].Extension(levelURI); id != want || ok != (want != 0) {
			t.Errorf("%q: %d, %v, want %d", lines, id, ok, want)
		}
	}
}

// A packet's payload begins where its header says, however the extensions in
// it are padded.
func TestHeaderSize(t *testing.T) {
	for name, raw := range map[string][]byte{
		"plain":           {0x80, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1},
		"level":           {0x90, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xbe, 0xde, 0, 1, 0x10, 0x85, 0, 0},
		"padded in front": {0x90, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xbe, 0xde, 0, 2, 0, 0, 0, 0x10, 0x85, 0, 0, 0},
		"padding alone":   {0x90, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xbe, 0xde, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		"two bytes":       {0x90, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0x10, 0x00, 0, 2, 1, 1, 0x85, 0, 0, 0, 0, 0},
		"sources":         {0x92, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xbe, 0xde, 0, 0},
	} {
		var h rtp.Header
		if n, err := h.Unmarshal(raw); err != nil || n != len(raw) {
			t.Fatalf("%s: the test's packet is wrong: %d, %v", name, n, err)
		}
		if n := headerSize(raw); n != len(raw) {
			t.Errorf("%s: %d, want %d", name, n, len(raw))
		}
	}
}
