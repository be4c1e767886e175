package media

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"

	"qyragy/proctor"
)

// TestPublisherComesOverTCP is the way through a firewall that drops UDP.
func TestPublisherComesOverTCP(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	j := &journal{}
	s, err := New(Config{Spool: t.TempDir(), UDP: "127.0.0.1:0", TCP: listener, Loopback: true, Log: j, Last: j.last})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s.WHIP(anybody))
	defer web.Close()
	ended := make(chan error, 1)
	go func() { ended <- s.Run(t.Context()) }()
	until(t, "server is ready", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.ready })
	var se webrtc.SettingEngine
	se.SetIncludeLoopbackCandidate(true)
	se.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	se.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4})
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(se)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	defer pc.GracefulClose()
	c := &client{pc: pc}
	if c.video, err = webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, "video", "x"); err != nil {
		t.Fatal(err)
	}
	if c.audio, err = webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "audio", "x"); err != nil {
		t.Fatal(err)
	}
	for _, track := range []webrtc.TrackLocal{c.video, c.audio} {
		if _, err := pc.AddTrack(track); err != nil {
			t.Fatal(err)
		}
	}
	sent := clip(t, "1", "320", "240")
	c.connect(t, web.URL+"/whip/seat-1")
	c.play(t, sent)
	c.end(t)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if g, _, _ := j.all(); len(g) != 1 || g[0].Frames != len(sent) {
		t.Errorf("recorded over TCP: %+v", g)
	}
}

func TestPublicAddressIsAnnounced(t *testing.T) {
	j := &journal{}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Spool: t.TempDir(), UDP: "127.0.0.1:0", TCP: listener, TCPPorts: []int{443, 8189}, Loopback: true, PublicIPs: []net.IP{net.IPv4(203, 0, 113, 5)},
		Links: func(seat proctor.SeatID, watches bool) []string {
			return []string{fmt.Sprintf(`<turn:turn.example.net>; rel="ice-server"; username="%s %v"`, seat, watches)}
		}, Log: j, Last: j.last})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.ready = true
	r := httptest.NewRequest("POST", "/whip/s", strings.NewReader(seedOffer))
	r.Header.Set("Content-Type", typeSDP)
	w := httptest.NewRecorder()
	s.WHIP(anybody).ServeHTTP(w, r)
	if w.Code != http.StatusCreated || !strings.Contains(w.Body.String(), "203.0.113.5") || strings.Contains(w.Body.String(), "127.0.0.1 ") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, port := range []string{"443", "8189"} {
		if !strings.Contains(w.Body.String(), " 203.0.113.5 "+port+" typ host tcptype passive") {
			t.Errorf("no way over TCP to port %s: %s", port, w.Body)
		}
	}
	if !strings.Contains(w.Header().Get("Link"), `username="s false"`) {
		t.Errorf("no Link with the seat's ICE server: %q", w.Header())
	}
	if got := s.Announced(); len(got) != 1 || got[0].String() != "203.0.113.5" {
		t.Errorf("announced: %v", got)
	}
}
