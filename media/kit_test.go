package media

import (
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	wmedia "github.com/pion/webrtc/v4/pkg/media"
	"go.uber.org/goleak"

	"qyragy/proctor"
)

func TestMain(m *testing.M) {
	if mode := os.Getenv(benchServerEnv); mode != "" {
		if err := benchServer(mode); err != nil {
			slog.Error("the benchmark's server failed", "error", err)
			os.Exit(1)
		}
		return
	}
	// The embedded store's HTTP library: its date clock never ends, its pools take 10 s to.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"))
}

// journal keeps what the server tells a journal.
type journal struct {
	mu       sync.Mutex
	segments []proctor.Segment
	receipts []proctor.Receipt
	gaps     []proctor.Gap
	fail     error
}

func (j *journal) SegmentSealed(_ context.Context, g proctor.Segment) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.segments = append(j.segments, g)
	return j.fail
}

func (j *journal) SegmentStored(_ context.Context, _ proctor.SeatID, _ int, r proctor.Receipt) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.receipts = append(j.receipts, r)
	return nil
}

func (j *journal) RecordingGap(_ context.Context, g proctor.Gap) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.gaps = append(j.gaps, g)
	return nil
}

func (j *journal) last(seat proctor.SeatID) (int, string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	number, sum := -1, ""
	for _, g := range j.segments {
		if g.Seat == seat && g.Number > number {
			number, sum = g.Number, g.SHA256
		}
	}
	return number, sum
}

func (j *journal) all() ([]proctor.Segment, []proctor.Receipt, []proctor.Gap) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]proctor.Segment(nil), j.segments...), append([]proctor.Receipt(nil), j.receipts...), append([]proctor.Gap(nil), j.gaps...)
}

// frames keeps what the server's tap gives.
type frames struct {
	mu     sync.Mutex
	keys   [][]byte
	at     []time.Time
	codecs map[string]int
}

func (f *frames) KeyFrame(_ proctor.SeatID, _ int, at time.Time, codec string, data []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keys, f.at = append(f.keys, data), append(f.at, at)
	if f.codecs == nil {
		f.codecs = map[string]int{}
	}
	f.codecs[codec]++
}

// reports keeps what the server's monitor is told.
type reports struct {
	mu  sync.Mutex
	all []proctor.MediaReport
}

func (r *reports) Report(m proctor.MediaReport) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, m)
}

// kit is a running server with everything that the tests look at.
type kit struct {
	*Server
	dir     string
	journal *journal
	frames  *frames
	reports *reports
	url     string
	ended   chan error
}

func anybody(*http.Request, proctor.SeatID) error { return nil }

// run starts a server on dir; stop ends it.
func run(t *testing.T, dir string, j *journal, v Vault) (*kit, func()) {
	t.Helper()
	k := &kit{dir: dir, journal: j, frames: &frames{}, reports: &reports{}, ended: make(chan error, 1)}
	s, err := New(Config{Spool: dir, UDP: "127.0.0.1:0", Loopback: true, Vault: v, Log: j, Last: j.last,
		Frames: k.frames, Monitor: k.reports, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	k.Server = s
	mux := http.NewServeMux()
	mux.Handle("/whip/", s.WHIP(anybody))
	mux.Handle("/whep/", s.WHEP(anybody))
	web := httptest.NewServer(mux)
	k.url = web.URL
	go func() { k.ended <- s.Run(context.Background()) }()
	until(t, "server is ready", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.ready })
	var once sync.Once
	stop := func() {
		once.Do(func() {
			web.Close()
			s.Close()
			if err := <-k.ended; err != nil && j.fail == nil {
				t.Errorf("Run: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return k, stop
}

// until waits for something that must come true.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 3000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never came true: %s", what)
}

// clip makes a real VP8 clip, one key frame a second, and returns its frames.
func clip(t *testing.T, seconds, width, height string) [][]byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clip.ivf")
	ffmpeg(t, "-f", "lavfi", "-i", "testsrc2=size="+width+"x"+height+":rate=15:duration="+seconds,
		"-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "500k", "-g", "15", "-keyint_min", "15",
		"-auto-alt-ref", "0", "-lag-in-frames", "0", "-f", "ivf", path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for p := data[32:]; len(p) >= 12; {
		n := int(binary.LittleEndian.Uint32(p))
		out = append(out, p[12:12+n])
		p = p[12+n:]
	}
	return out
}

func ffmpeg(t *testing.T, args ...string) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	out, err := exec.Command("ffmpeg", append([]string{"-nostdin", "-loglevel", "error", "-y"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg: %v: %s", err, out)
	}
}

// client is a WebRTC peer of the tests.
type client struct {
	pc       *webrtc.PeerConnection
	video    *webrtc.TrackLocalStaticSample
	audio    *webrtc.TrackLocalStaticSample
	resource string
	etag     string
	up       chan struct{}
}

func newPC(t *testing.T, options ...func(*webrtc.API)) *webrtc.PeerConnection {
	t.Helper()
	var se webrtc.SettingEngine
	se.SetIncludeLoopbackCandidate(true)
	se.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	se.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	pc, err := webrtc.NewAPI(append(options, webrtc.WithSettingEngine(se))...).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pc.GracefulClose() })
	return pc
}

// offerOf makes pc's whole offer.
func offerOf(t *testing.T, pc *webrtc.PeerConnection) string {
	t.Helper()
	o, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(o); err != nil {
		t.Fatal(err)
	}
	<-gathered
	return pc.LocalDescription().SDP
}

func (c *client) connect(t *testing.T, url string, change ...func(string) string) {
	t.Helper()
	c.up = make(chan struct{})
	var once sync.Once
	c.pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			once.Do(func() { close(c.up) })
		}
	})
	status, h, answer := send(t, http.MethodPost, url, typeSDP, offerOf(t, c.pc), "")
	if status != http.StatusCreated {
		t.Fatalf("POST: %d %s", status, answer)
	}
	for _, f := range change {
		answer = f(answer)
	}
	base := url[:strings.Index(url, "/wh")]
	c.resource, c.etag = base+h.Get("Location"), h.Get("ETag")
	if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-c.up:
	case <-time.After(20 * time.Second):
		t.Fatal("never connected")
	}
}

// send makes a request and returns the answer.
func send(t *testing.T, method, url, contentType, body, match string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if match != "" {
		req.Header.Set("If-Match", match)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
	return resp.StatusCode, resp.Header, string(data)
}

// publish connects a publisher of VP8 and Opus.
func publish(t *testing.T, k *kit, seat string) *client {
	t.Helper()
	return publishThrough(t, k, seat, func(answer string) string { return answer })
}

// publishThrough connects a publisher that gets the answer changed.
func publishThrough(t *testing.T, k *kit, seat string, change func(string) string) *client {
	t.Helper()
	return publishCodec(t, k, seat, webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, change)
}

// publishCodec connects a publisher of a codec.
func publishCodec(t *testing.T, k *kit, seat string, codec webrtc.RTPCodecCapability, change func(string) string) *client {
	t.Helper()
	c := &client{pc: newPC(t)}
	var err error
	c.video, err = webrtc.NewTrackLocalStaticSample(codec, "video", "examinee")
	if err != nil {
		t.Fatal(err)
	}
	c.audio, err = webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "audio", "examinee")
	if err != nil {
		t.Fatal(err)
	}
	for _, track := range []*webrtc.TrackLocalStaticSample{c.video, c.audio} {
		sender, err := c.pc.AddTrack(track)
		if err != nil {
			t.Fatal(err)
		}
		if track == c.video {
			only := slices.DeleteFunc(sender.GetParameters().Codecs, func(p webrtc.RTPCodecParameters) bool {
				return p.MimeType != codec.MimeType || codec.SDPFmtpLine != "" && p.SDPFmtpLine != codec.SDPFmtpLine
			})
			if err := c.pc.GetTransceivers()[0].SetCodecPreferences(only); err != nil || len(only) == 0 {
				t.Fatalf("offer %v: %v", only, err)
			}
		}
		go func() {
			buf := make([]byte, 1500)
			for {
				if _, _, err := sender.Read(buf); err != nil {
					return
				}
			}
		}()
	}
	c.connect(t, k.url+"/whip/"+seat, change)
	return c
}

// play sends frames at 15 a second, with silence as audio.
func (c *client) play(t *testing.T, frames [][]byte) {
	t.Helper()
	next := time.Now()
	for i, f := range frames {
		if err := c.video.WriteSample(wmedia.Sample{Data: f, Duration: time.Second / 15}); err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 {
			for range 10 {
				if err := c.audio.WriteSample(wmedia.Sample{Data: []byte{0xf8, 0xff, 0xfe}, Duration: 20 * time.Millisecond}); err != nil {
					t.Fatal(err)
				}
			}
		}
		next = next.Add(time.Second / 15)
		time.Sleep(time.Until(next))
	}
}

func (c *client) end(t *testing.T) {
	t.Helper()
	if status, _, _ := send(t, http.MethodDelete, c.resource, "", "", ""); status != http.StatusOK {
		t.Errorf("DELETE: %d", status)
	}
	if err := c.pc.GracefulClose(); err != nil {
		t.Error(err)
	}
}
