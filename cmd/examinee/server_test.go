package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"
)

// whipServer is a small but real WHIP server that counts what it gets.
type whipServer struct {
	*httptest.Server
	api *webrtc.API

	mu       sync.Mutex
	sessions map[string]*webrtc.PeerConnection
	posts    int
	deletes  int
	refuse   int // POSTs still to be refused with 503
	tokens   []string
	frames   int                       // marker bits of video
	keys     int                       // first packets of key frames
	audio    int                       // audio packets
	seen     map[uint32]map[uint16]int // SSRC → sequence number → times received
	writer   func([]rtcp.Packet) error
	video    uint32 // SSRC of the newest video track
	last     uint16 // its newest sequence number
}

func newWHIPServer(t *testing.T) *whipServer {
	t.Helper()
	var media webrtc.MediaEngine
	if err := media.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetIPFilter(net.IP.IsLoopback)
	settings.DisableSRTPReplayProtection(true) // a retransmission of what came is to be seen
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s := &whipServer{
		sessions: map[string]*webrtc.PeerConnection{},
		seen:     map[uint32]map[uint16]int{},
		api: webrtc.NewAPI(webrtc.WithMediaEngine(&media), webrtc.WithSettingEngine(settings),
			webrtc.WithInterceptorRegistry(&interceptor.Registry{})),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /whip/{seat}", s.post)
	mux.HandleFunc("DELETE /session/{id}", s.delete)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(func() {
		s.restart()
		s.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return s
}

func (s *whipServer) post(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.posts++
	s.tokens = append(s.tokens, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	id := strconv.Itoa(s.posts)
	refused := s.refuse > 0
	if refused {
		s.refuse--
	}
	s.mu.Unlock()
	if refused {
		http.Error(w, "starting", http.StatusServiceUnavailable)
		return
	}
	offer, _ := io.ReadAll(r.Body)
	pc, err := s.api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { s.read(pc, track) })
	if err := answer(pc, string(offer)); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.sessions[id] = pc
	s.mu.Unlock()
	w.Header().Set("Location", "/session/"+id)
	w.WriteHeader(http.StatusCreated)
	io.WriteString(w, pc.LocalDescription().SDP)
}

func answer(pc *webrtc.PeerConnection, offer string) error {
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return err
	}
	a, err := pc.CreateAnswer(nil)
	if err != nil {
		return err
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(a); err != nil {
		return err
	}
	<-gathered
	return nil
}

func (s *whipServer) read(pc *webrtc.PeerConnection, track *webrtc.TrackRemote) {
	for {
		p, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		s.count(pc, track.Kind(), p)
	}
}

func (s *whipServer) count(pc *webrtc.PeerConnection, kind webrtc.RTPCodecType, p *rtp.Packet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen[p.SSRC] == nil {
		s.seen[p.SSRC] = map[uint16]int{}
	}
	s.seen[p.SSRC][p.SequenceNumber]++
	if kind == webrtc.RTPCodecTypeAudio {
		s.audio++
		return
	}
	s.writer, s.video, s.last = pc.WriteRTCP, p.SSRC, p.SequenceNumber
	if p.Marker {
		s.frames++
	}
	var d codecs.VP8Packet
	if payload, err := d.Unmarshal(p.Payload); err == nil && d.S == 1 && len(payload) > 0 && payload[0]&1 == 0 {
		s.keys++
	}
}

func (s *whipServer) delete(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	pc := s.sessions[r.PathValue("id")]
	delete(s.sessions, r.PathValue("id"))
	s.deletes++
	s.mu.Unlock()
	if pc != nil {
		pc.GracefulClose()
	}
}

// restart forgets every session, as a server that was restarted does.
func (s *whipServer) restart() {
	s.mu.Lock()
	old := s.sessions
	s.sessions = map[string]*webrtc.PeerConnection{}
	s.mu.Unlock()
	for _, pc := range old {
		pc.GracefulClose()
	}
}

// await polls until the condition, which runs under the lock, holds.
func (s *whipServer) await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for pause(t.Context(), 0) {
		s.mu.Lock()
		ok := condition()
		s.mu.Unlock()
		if ok {
			return
		}
		if !waitABit(t) {
			break
		}
	}
	t.Fatalf("never happened: %s", what)
}
