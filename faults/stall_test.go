package faults_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"qyragy/proctor"
)

// clipIndex knows a clip's frames by their bytes.
func clipIndex(t *testing.T, path string) (index map[string]int, frames int) {
	t.Helper()
	all := ivf(t, path)
	index = map[string]int{}
	for i, f := range all {
		index[string(f)] = i
	}
	return index, len(all)
}

// kept says how many frames of the time between a seat's first and last were
// recorded so that they can be shown.
func (b *bed) kept(t *testing.T, all []record) (shown, expected int) {
	t.Helper()
	index, frames := clipIndex(t, filepath.Join(clips(t), "honest.ivf"))
	for _, r := range all {
		n, _ := decodable(t, b.data, r, index, frames)
		shown += n
		expected += int(r.segments[len(r.segments)-1].End.Sub(r.segments[0].Start).Seconds()*15 + 0.5)
	}
	return shown, expected
}

// TestStall (F08) stops the whole server for a while, as a machine does that
// has too much to do.
func TestStall(t *testing.T) {
	slow(t)
	needFFmpeg(t)
	b := newBed(t, t.TempDir())
	server := b.serve(t)
	cameras := b.publish(t)
	b.recording(t)
	for range 3 {
		time.Sleep(4 * time.Second)
		signal(t, server, syscall.SIGSTOP)
		time.Sleep(2500 * time.Millisecond)
		signal(t, server, syscall.SIGCONT)
	}
	time.Sleep(4 * time.Second)
	stop(t, cameras)
	stop(t, server)
	all := records(t, b.data)
	for _, r := range all {
		r.accounted(t)
		if len(r.gaps) > 0 {
			t.Errorf("%s: %+v", r.id, r.gaps)
		}
	}
	shown, expected := b.kept(t, all)
	t.Logf("F08: the server stopped three times for 2.5 s: %d of %d frames recorded, no gap", shown, expected)
	if shown < expected*999/1000 {
		t.Errorf("%d of %d frames", shown, expected)
	}
}

// TestFrozenDisk (F08) freezes the spool's file system: at first frames wait
// in memory, and when they are too many they become a gap.
func TestFrozenDisk(t *testing.T) {
	slow(t)
	needFFmpeg(t)
	dir := t.TempDir()
	heavy := filepath.Join(dir, "heavy.ivf")
	must(t, "ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=640x480:rate=15:duration=6,noise=alls=60:allf=t",
		"-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "12", "-b:v", "8M", "-g", "15", "-keyint_min", "15", "-auto-alt-ref", "0", "-lag-in-frames", "0", heavy)
	for _, c := range []struct {
		name, clip string
		frozen     time.Duration
		gap        bool
	}{
		{"0.5 Mbit/s a seat", "", 15 * time.Second, false},
		{"8 Mbit/s a seat", heavy, 25 * time.Second, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			b := newBed(t, filepath.Join(dir, "data"))
			b.clip = c.clip
			image, spool := filepath.Join(dir, "disk"), filepath.Join(b.data, "spool")
			if err := os.MkdirAll(spool, 0o700); err != nil {
				t.Fatal(err)
			}
			able(t, "truncate", "-s", "600M", image)
			able(t, "mkfs.ext4", "-q", image)
			able(t, "mount", "-o", "loop", image, spool)
			defer exec.Command("umount", "-l", spool).Run()
			server := b.serve(t)
			cameras := b.publish(t)
			b.recording(t)
			time.Sleep(4 * time.Second)
			before := resident(t, server.Process.Pid)
			able(t, "fsfreeze", "-f", spool)
			thaw := func() { exec.Command("fsfreeze", "-u", spool).Run() }
			defer thaw()
			from := time.Now()
			time.Sleep(c.frozen)
			most := resident(t, server.Process.Pid)
			thaw()
			to := time.Now()
			time.Sleep(6 * time.Second)
			stop(t, cameras)
			stop(t, server)
			all := records(t, b.data)
			var gaps []time.Duration
			for _, r := range all {
				r.accounted(t)
				for _, g := range r.gaps {
					gaps = append(gaps, g.To.Sub(g.From))
					if g.Cause != proctor.GapOverload || g.From.Before(from.Add(-2*time.Second)) || g.To.After(to.Add(3*time.Second)) {
						t.Errorf("%s: frozen from %v to %v: %+v", r.id, from, to, g)
					}
				}
			}
			if (len(gaps) > 0) != c.gap {
				t.Errorf("%d gaps", len(gaps))
			}
			n := verify(t, b.data, all)
			if len(gaps) == 0 {
				gaps = []time.Duration{0}
			}
			t.Logf("F08: disk frozen for %v, %s: gaps (overload) %s; RSS %d -> %d MiB; %d segments verified", c.frozen, c.name, spread(gaps), before, most, n)
			if c.clip == "" {
				shown, expected := b.kept(t, all)
				t.Logf("F08: %d of %d frames recorded", shown, expected)
			}
		})
	}
}
