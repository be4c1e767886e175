package main

import (
	"bytes"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"qyragy/clips"
)

// stagedFilm makes a browser's camera of honest seconds and then of seconds
// that a staging has drawn over.
func stagedFilm(t *testing.T, name string, honest, staged int, draw func(frame []byte, n int)) string {
	t.Helper()
	honestClip, err := filepath.Abs("../../models/clips/honest.ivf")
	if err != nil {
		t.Fatal(err)
	}
	frames, err := clips.Frames(t.Context(), honestClip, "", (honest+staged)*clips.FPS)
	if err != nil {
		t.Skipf("%v (make clips)", err)
	}
	for n, f := range frames[honest*clips.FPS:] {
		draw(f, n)
	}
	out := filepath.Join(t.TempDir(), name+".y4m") // which Chromium neither decodes nor plays faster
	cmd := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p",
		"-s", fmt.Sprintf("%dx%d", clips.Width, clips.Height), "-r", fmt.Sprint(clips.FPS), "-i", "pipe:0",
		"-vf", "fps=10", "-f", "yuv4mpegpipe", out)
	cmd.Stdin = bytes.NewReader(slices.Concat(frames...))
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make %s: %v\n%s", out, err, said)
	}
	return out
}

// black draws a covered lens: no light, and a sensor's noise.
func black(frame []byte, n int) {
	const y = clips.Width * clips.Height
	for i := range frame[:y] {
		frame[i] = 16 + byte((i*7+i/clips.Width*13+n*31)%3)
	}
	for i := range frame[y:] {
		frame[y+i] = 128
	}
}

// held draws the first of its frames again and again: a picture that stands.
func held() func(frame []byte, n int) {
	var first []byte
	return func(frame []byte, n int) {
		if first == nil {
			first = slices.Clone(frame)
		}
		copy(frame, first)
	}
}

// desk is a cut of a photograph of a desk at which nobody's face is seen, nil
// where the photographs are not to be had.
func desk(t *testing.T, name, filter string) []byte {
	t.Helper()
	photo, err := filepath.Abs("../../../shared/media/desk/" + name)
	if err != nil {
		t.Fatal(err)
	}
	cut, err := clips.Frames(t.Context(), photo, filter, 1)
	if err != nil {
		t.Logf("no desk is staged: %v", err)
		return nil
	}
	return cut[0]
}

// emptyChair draws a room with nobody's face in it, and a sensor's noise.
func emptyChair(t *testing.T) func(frame []byte, n int) {
	t.Helper()
	room := desk(t, "20230115_122752.jpg", fmt.Sprintf("scale=%d:%d", clips.Width, clips.Height))
	if room == nil {
		return nil
	}
	return func(frame []byte, n int) {
		for i, v := range room {
			frame[i] = byte(min(235, max(16, int(v)+(i*7+i/clips.Width*13+n*31)%5-2)))
		}
	}
}

// phoneBeside draws a phone, cut out of a photograph of a desk, before the
// examinee.
func phoneBeside(t *testing.T) func(frame []byte, n int) {
	t.Helper()
	const wide, high = 320, 272
	cut := desk(t, "20230115_123004.jpg", fmt.Sprintf("crop=iw*0.22:ih*0.25:iw*0.10:ih*0.40,scale=%d:%d,pad=%d:%d:0:%d",
		wide, high, clips.Width, clips.Height, clips.Height-high))
	if cut == nil {
		return nil
	}
	return func(frame []byte, n int) {
		plane := func(from, width, height, w, h int) {
			for y := height - h; y < height; y++ {
				copy(frame[from+y*width:][:w], cut[from+y*width:])
			}
		}
		const y = clips.Width * clips.Height
		plane(0, clips.Width, clips.Height, wide, high)
		plane(y, clips.Width/2, clips.Height/2, wide/2, high/2)
		plane(y+y/4, clips.Width/2, clips.Height/2, wide/2, high/2)
	}
}

// narrow is a network between a browser and the server's media port, which can
// be made thin or dead. What waits longer than a quarter of a second is lost.
type narrow struct {
	front *net.UDPConn
	to    *net.UDPAddr

	mu    sync.Mutex
	rate  int // bit/s towards the server; < 0 is without bounds
	free  time.Time
	backs map[string]*net.UDPConn
	wg    sync.WaitGroup
}

func newNarrow(t *testing.T, server string) *narrow {
	t.Helper()
	to, err := net.ResolveUDPAddr("udp", server)
	if err != nil {
		t.Fatal(err)
	}
	front, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	n := &narrow{front: front, to: to, rate: -1, backs: map[string]*net.UDPConn{}}
	n.wg.Go(n.forward)
	t.Cleanup(func() {
		front.Close()
		n.mu.Lock()
		for _, b := range n.backs {
			b.Close()
		}
		n.mu.Unlock()
		n.wg.Wait()
	})
	return n
}

func (n *narrow) port() int { return n.front.LocalAddr().(*net.UDPAddr).Port }

func (n *narrow) set(rate int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rate = rate
}

// delay is how long a datagram has to wait, and whether it arrives at all.
func (n *narrow) delay(size int) (time.Duration, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.rate <= 0 {
		return 0, n.rate < 0
	}
	now := time.Now()
	if n.free.Before(now) {
		n.free = now
	}
	wait := n.free.Sub(now)
	if wait > 250*time.Millisecond {
		return 0, false
	}
	n.free = n.free.Add(time.Duration(size+28) * 8 * time.Second / time.Duration(n.rate))
	return wait, true
}

// forward takes a browser's datagrams to the server, from a port for each of
// the browser's.
func (n *narrow) forward() {
	buf := make([]byte, 2048)
	for {
		size, from, err := n.front.ReadFromUDP(buf)
		if err != nil {
			return
		}
		back, err := n.back(from)
		if err != nil {
			return
		}
		if wait, ok := n.delay(size); ok {
			data := bytes.Clone(buf[:size])
			time.AfterFunc(wait, func() { _, _ = back.Write(data) }) // a closed one loses it, as a network does
		}
	}
}

func (n *narrow) back(from *net.UDPAddr) (*net.UDPConn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if b := n.backs[from.String()]; b != nil {
		return b, nil
	}
	b, err := net.DialUDP("udp", nil, n.to)
	if err != nil {
		return nil, err
	}
	n.backs[from.String()] = b
	n.wg.Go(func() { n.answer(b, from) })
	return b, nil
}

// answer takes the server's datagrams to the browser.
func (n *narrow) answer(b *net.UDPConn, to *net.UDPAddr) {
	buf := make([]byte, 2048)
	for {
		size, err := b.Read(buf)
		if err != nil {
			return
		}
		n.mu.Lock()
		dead := n.rate == 0
		n.mu.Unlock()
		if !dead {
			_, _ = n.front.WriteToUDP(buf[:size], to) // a closed one loses it, as a network does
		}
	}
}

// through is a script that leaves the page no way but the narrow one.
func (n *narrow) through() string {
	return fmt.Sprintf(`(() => {
	const real = window.fetch;
	window.fetch = async (url, init) => {
		if (!String(url).includes("/whip/") || typeof init?.body !== "string") return real(url, init);
		const response = await real(url, { ...init, body: init.body.replace(/^a=candidate.*\r?\n/gm, "") });
		const text = (await response.text()).replace(/^(a=candidate:\S+ \d+ udp \d+ )\S+ \d+/gim, "$1127.0.0.1 %d");
		return new Response(text, { status: response.status, headers: response.headers });
	};
})();`, n.port())
}

// cameraScript lets a test take the page's camera away as a browser does.
const cameraScript = `(() => {
	const devices = navigator.mediaDevices;
	if (!devices) return;
	const real = devices.getUserMedia.bind(devices);
	const staged = window.staged = { fail: "", label: "", drawn: false, still: false, track: null };
	const drawn = async (camera) => { // a camera whose frames can be stopped
		const video = document.createElement("video");
		video.muted = true; video.srcObject = camera; await video.play();
		const canvas = document.createElement("canvas");
		canvas.width = 640; canvas.height = 480;
		const g = canvas.getContext("2d");
		setInterval(() => staged.still || g.drawImage(video, 0, 0, 640, 480), 66);
		return new MediaStream([...canvas.captureStream().getVideoTracks(), ...camera.getAudioTracks()]);
	};
	devices.getUserMedia = async (wanted) => {
		if (staged.fail) throw new DOMException("staged", staged.fail);
		let stream = await real(wanted);
		if (staged.drawn) stream = await drawn(stream);
		staged.track = stream.getVideoTracks()[0];
		if (staged.label) Object.defineProperty(staged.track, "label", { value: staged.label });
		return stream;
	};
	staged.end = (error) => {
		staged.fail = error;
		staged.track.stop();
		staged.track.dispatchEvent(new Event("ended"));
	};
	staged.mute = (on) => {
		staged.still = on;
		Object.defineProperty(staged.track, "muted", { value: on, configurable: true });
		staged.track.dispatchEvent(new Event(on ? "mute" : "unmute"));
	};
})();`
