package media

import (
	"errors"
	"testing"

	"github.com/pion/sdp/v3"

	"qyragy/media/rtc"
)

// seedOffer is a short offer of the shape that browsers send.
const seedOffer = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n" +
	"a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n" +
	"a=setup:actpass\r\na=rtcp-mux\r\na=sendonly\r\na=rtpmap:111 opus/48000/2\r\n" +
	"m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n" +
	"a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n" +
	"a=setup:actpass\r\na=rtcp-mux\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\na=ssrc:1 cname:x\r\n"

// FuzzOffer: an offer is answered or refused with a sentence; nothing panics
// and nothing stays.
func FuzzOffer(f *testing.F) {
	f.Add([]byte(seedOffer))
	f.Add([]byte(seedOffer[:300]))
	s, err := New(Config{Spool: f.TempDir(), UDP: "127.0.0.1:0", Loopback: true, Log: &journal{}, Last: (&journal{}).last})
	if err != nil {
		f.Fatal(err)
	}
	s.ready = true
	f.Cleanup(func() { s.Close() })
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := rtc.ParseOffer(body)
		if err != nil {
			if !errors.As(err, new(rtc.BadOffer)) {
				t.Fatal(err)
			}
			return
		}
		for _, open := range []join{s.publish, s.view} {
			p, answer, err := open(newSeat(s, "s"), o)
			if err == nil {
				var d sdp.SessionDescription
				if err := d.UnmarshalString(answer); err != nil || len(d.MediaDescriptions) == 0 {
					t.Fatalf("no answer: %v", err)
				}
				p.close()
				<-p.gone
			}
		}
		if n := s.stats.panics.Load(); n != 0 {
			t.Fatal("contained a panic")
		}
	})
}
