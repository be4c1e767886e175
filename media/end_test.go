package media

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"qyragy/media/vault"
	"qyragy/proctor"
)

func openVault(t *testing.T) *vault.Vault {
	t.Helper()
	e, err := vault.OpenEmbedded(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	c := e.Config("recordings")
	t.Cleanup(c.Transport.(interface{ CloseIdleConnections() }).CloseIdleConnections)
	v, err := vault.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// blocks reads a recording's video frames.
func blocks(t *testing.T, data []byte) (video [][]byte, at []int64) {
	t.Helper()
	_, err := scan(bytes.NewReader(data), int64(len(data)), false, func(b block) bool {
		if b.track == videoTrack {
			video = append(video, data[b.offset:b.offset+int64(b.size)])
			at = append(at, b.ms)
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return video, at
}

// probe is what ffprobe says of a recording.
type probe struct {
	Format struct {
		Duration string `json:"duration"`
	} `json:"format"`
	Streams []struct {
		CodecName string `json:"codec_name"`
		Width     int    `json:"width"`
		Height    int    `json:"height"`
		Frames    string `json:"nb_read_frames"`
	} `json:"streams"`
}

func ffprobe(t *testing.T, data []byte) probe {
	t.Helper()
	path := filepath.Join(t.TempDir(), "probe.webm")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.Command("ffprobe", "-v", "warning", "-count_frames", "-show_format", "-show_streams", "-of", "json", path)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ffprobe: %v: %s", err, stderr.Bytes())
	}
	if stderr.Len() > 0 {
		t.Errorf("ffprobe warns: %s", stderr.Bytes())
	}
	var p probe
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestEveryFrameIsRecordedAndStored sends a real clip through the whole path.
func TestEveryFrameIsRecordedAndStored(t *testing.T) {
	sent := clip(t, "4", "320", "240")
	k, stop := run(t, t.TempDir(), &journal{}, openVault(t))
	c := publish(t, k, "seat-1")
	c.play(t, sent[:45])
	if g, ok := k.Live("seat-1"); !ok || g.Frames == 0 || g.Width != 320 {
		t.Errorf("Live: %v %v", g, ok)
	}
	if r, err := k.OpenLive("seat-1"); err != nil {
		t.Error(err)
	} else {
		data, _ := io.ReadAll(r)
		r.Close()
		if video, _ := blocks(t, data); len(video) == 0 {
			t.Error("the live file has no frames")
		}
	}
	c.play(t, sent[45:])
	c.end(t)
	until(t, "a segment is stored", func() bool { _, r, _ := k.journal.all(); return len(r) > 0 && k.Stats().Backlog == 0 })
	segments, receipts, gaps := k.journal.all()
	if len(gaps) > 0 {
		t.Errorf("gaps: %v", gaps)
	}
	var recorded [][]byte
	for i, g := range segments {
		if _, err := os.Stat(filepath.Join(k.dir, name(g.Seat, g.Number, "webm"))); err == nil {
			t.Error("the local copy is still there")
		}
		r, err := k.OpenSegment(t.Context(), g, &receipts[i])
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		if hex.EncodeToString(sum[:]) != g.SHA256 || int64(len(data)) != g.Size || g.Number != i {
			t.Errorf("segment %d: hash or size or number differs: %+v", i, g)
		}
		video, _ := blocks(t, data)
		recorded = append(recorded, video...)
		p := ffprobe(t, data)
		if len(p.Streams) != 2 || p.Streams[0].CodecName != "vp8" || p.Streams[0].Width != 320 || p.Streams[1].CodecName != "opus" {
			t.Errorf("ffprobe: %+v", p)
		}
		if p.Format.Duration == "" {
			t.Error("the recording has no duration")
		}
		at := g.Start.Add(1500 * time.Millisecond)
		codec, key, exact, err := k.KeyFrameAt(t.Context(), g, &receipts[i], at)
		if err != nil || codec != "vp8" || exact.After(at) || at.Sub(exact) > 1200*time.Millisecond {
			t.Errorf("KeyFrameAt: %s %v %v", codec, exact.Sub(at), err)
		}
		if isKey, w, h := inspect("vp8", key); !isKey || w != 320 || h != 240 {
			t.Errorf("KeyFrameAt: %v %dx%d", isKey, w, h)
		}
	}
	if len(recorded) != len(sent) {
		t.Fatalf("%d frames sent, %d recorded", len(sent), len(recorded))
	}
	for i := range sent {
		if !bytes.Equal(sent[i], recorded[i]) {
			t.Fatalf("frame %d differs", i)
		}
	}
	stop()
	k.frames.mu.Lock()
	defer k.frames.mu.Unlock()
	if len(k.frames.keys) != 4 {
		t.Errorf("the tap has %d key frames of 4", len(k.frames.keys))
	}
	last := k.reports.all[len(k.reports.all)-1]
	if last.Connected || !k.reports.all[0].Connected && !k.reports.all[1].Connected {
		t.Errorf("reports: %+v", k.reports.all)
	}
}

// TestReconnectGoesOnInTheSameTimeline ends a session and begins another.
func TestReconnectGoesOnInTheSameTimeline(t *testing.T) {
	sent := clip(t, "2", "320", "240")
	k, _ := run(t, t.TempDir(), &journal{}, nil)
	began := time.Now()
	c := publish(t, k, "seat-1")
	c.play(t, sent)
	c.end(t)
	time.Sleep(1500 * time.Millisecond)
	again := publish(t, k, "seat-1")
	again.play(t, sent)
	taken := publish(t, k, "seat-1") // in place of again
	taken.play(t, sent)
	taken.end(t)
	ended := time.Now()
	until(t, "three sessions are sealed", func() bool { g, _, _ := k.journal.all(); return len(g) >= 3 && g[len(g)-1].Camera == 2 })
	segments, _, gaps := k.journal.all()
	total, prev := 0, ""
	for i, g := range segments {
		if g.Number != i || g.Prev != prev || g.Recovered {
			t.Errorf("segment %d: %+v", i, g)
		}
		prev = g.SHA256
		total += g.Frames
	}
	if total != 3*len(sent) {
		t.Errorf("%d of %d frames", total, 3*len(sent))
	}
	if len(gaps) != 1 || gaps[0].Cause != proctor.GapNetwork || !gaps[0].From.Equal(segments[0].End) || !gaps[0].To.Equal(segments[1].Start) {
		t.Errorf("gaps: %+v of %+v", gaps, segments)
	}
	accounted(t, segments, gaps, began, ended)
}

// TestViewerSeesTheSeat joins while a publisher plays.
func TestViewerSeesTheSeat(t *testing.T) {
	t.Parallel()
	sent := clip(t, "4", "320", "240")
	k, _ := run(t, t.TempDir(), &journal{}, nil)
	c := publish(t, k, "seat-1")
	played := make(chan struct{})
	go func() { defer close(played); c.play(t, sent) }()
	v := &client{pc: newPC(t)}
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecTypeAudio} {
		if _, err := v.pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
			t.Fatal(err)
		}
	}
	var frames, sounds atomic.Int32
	v.pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			p, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			if track.Kind() == webrtc.RTPCodecTypeAudio {
				sounds.Add(1)
			} else if p.Marker {
				frames.Add(1)
			}
		}
	})
	until(t, "the publisher is there", func() bool { return k.Stats().Seats == 1 })
	v.connect(t, k.url+"/whep/seat-1")
	<-played
	if frames.Load() < 30 || sounds.Load() == 0 {
		t.Errorf("the viewer got %d frames and %d audio packets", frames.Load(), sounds.Load())
	}
	if k.Stats().Viewers != 1 {
		t.Error("the viewer is not counted")
	}
	v.end(t)
	c.end(t)
	if st := k.Stats(); st.Viewers != 0 || st.Seats != 0 || st.ViewerDrops != 0 {
		t.Errorf("%+v", st)
	}
}

// TestFlushSealsSoon closes the open segment at the next key frame.
func TestFlushSealsSoon(t *testing.T) {
	t.Parallel()
	sent := clip(t, "4", "320", "240")
	k, _ := run(t, t.TempDir(), &journal{}, nil)
	c := publish(t, k, "seat-1")
	played := make(chan struct{})
	go func() { defer close(played); c.play(t, sent) }()
	until(t, "recording", func() bool { _, ok := k.Live("seat-1"); return ok })
	if err := k.FlushSeat(t.Context(), "seat-1"); err != nil {
		t.Fatal(err)
	}
	if g, _, _ := k.journal.all(); len(g) != 1 {
		t.Errorf("%d segments sealed", len(g))
	}
	<-played
	c.end(t)
	if err := k.FlushSeat(t.Context(), "nobody"); err != nil {
		t.Error(err)
	}
	until(t, "all is sealed", func() bool { g, _, _ := k.journal.all(); return len(g) == 2 && g[0].Frames+g[1].Frames == len(sent) })
}
