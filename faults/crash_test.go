package faults_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// number is how often something is tried, unless an environment variable says
// otherwise.
func number(t *testing.T, env string, usual int) int {
	t.Helper()
	v := os.Getenv(env)
	if v == "" {
		return usual
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatalf("%s: %v", env, err)
	}
	return n
}

// TestKill (F01) kills the server at random moments.
func TestKill(t *testing.T) {
	slow(t)
	trials := number(t, "QYRAGY_FAULTS_KILLS", 20)
	b := newBed(t, t.TempDir())
	random := rand.New(rand.NewPCG(1, 1))
	var cuts []time.Time
	for range trials {
		server := b.serve(t)
		cameras := b.publish(t)
		b.recording(t)
		time.Sleep(time.Second + time.Duration(random.Int64N(int64(3*time.Second))))
		cuts = append(cuts, kill(t, server))
		kill(t, cameras)
	}
	stop(t, b.serve(t)) // recovers
	all := records(t, b.data)
	var lost []time.Duration
	for _, r := range all {
		r.accounted(t)
		for _, cut := range cuts {
			lost = append(lost, r.lost(t, cut))
		}
	}
	n := verify(t, b.data, all)
	t.Logf("F01: %d kills, %d seats, %d segments verified; lost %s", trials, seats, n, spread(lost))
	if most := lost[len(lost)-1]; most > time.Second {
		t.Errorf("a kill cost %v", most)
	}
}

// TestPowerCut (F02) copies the disk under a running server, as a power cut
// would leave it, and starts another server on each copy.
func TestPowerCut(t *testing.T) {
	slow(t)
	cutsWanted := number(t, "QYRAGY_FAULTS_CUTS", 5)
	dir := t.TempDir()
	image, disk := filepath.Join(dir, "disk"), filepath.Join(dir, "mnt")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	able(t, "truncate", "-s", "600M", image)
	able(t, "mkfs.ext4", "-q", image)
	able(t, "mount", "-o", "loop", image, disk)
	defer exec.Command("umount", "-l", disk).Run() // where the test ended early
	b := newBed(t, filepath.Join(disk, "data"))
	server := b.serve(t)
	cameras := b.publish(t)
	b.recording(t)
	random := rand.New(rand.NewPCG(2, 2))
	var cuts []time.Time
	copyOf := func(i int) string { return filepath.Join(dir, fmt.Sprint("cut", i)) }
	for i := range cutsWanted {
		time.Sleep(2*time.Second + time.Duration(random.Int64N(int64(4*time.Second))))
		cuts = append(cuts, time.Now())
		must(t, "cp", "--sparse=always", image, copyOf(i))
	}
	stop(t, cameras)
	stop(t, server)
	must(t, "umount", disk)
	var lost []time.Duration
	segments := 0
	for i, cut := range cuts {
		must(t, "mount", "-o", "loop", copyOf(i), disk)
		stop(t, b.serve(t))
		all := records(t, b.data)
		for _, r := range all {
			r.accounted(t)
			lost = append(lost, r.lost(t, cut))
		}
		segments += verify(t, b.data, all)
		must(t, "umount", disk)
	}
	t.Logf("F02: %d power cuts, %d seats, %d segments verified; lost %s", cutsWanted, seats, segments, spread(lost))
	if most := lost[len(lost)-1]; most > 2*time.Second {
		t.Errorf("a power cut cost %v", most)
	}
}
