package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"qyragy/detect"
	"qyragy/detect/vision"
	"qyragy/proctor"
)

// counter takes looks.
type counter struct{ looks chan struct{} }

func (c counter) Look(context.Context, proctor.Look) error { c.looks <- struct{}{}; return nil }
func (c counter) Terms(proctor.SeatID) detect.Terms        { return detect.Terms{} }

// spent is the processor time of a process so far, and its memory in MiB.
func spent(b *testing.B, pid int) (cpu time.Duration, resident int) {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	number := func(i int) int { n, _ := strconv.Atoi(fields[i]); return n }
	const tick = 10 * time.Millisecond // USER_HZ
	return time.Duration(number(11)+number(12)) * tick, number(21) * os.Getpagesize() >> 20
}

// BenchmarkRealPath is what a look costs the detector's process, asked by the
// server's own dispatcher over NATS: the key frames of the demonstration's film,
// one a second, of eight seats at a time. watched is with a thumbnail for each.
func BenchmarkRealPath(b *testing.B) {
	const film, program = "../../models/clips/honest.ivf", "../../bin/detector"
	data, err := os.ReadFile(film)
	if err != nil {
		b.Skip("the clips are missing: make clips")
	}
	if _, err := os.Stat(program); err != nil {
		b.Skip("the detector is missing: make build")
	}
	codec, all, err := readIVF(data)
	if err != nil {
		b.Fatal(err)
	}
	var keys [][]byte
	for _, f := range all {
		if vision.KeyFrame(codec, f) {
			keys = append(keys, f)
		}
	}
	s, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoLog: true, NoSigs: true})
	if err != nil {
		b.Fatal(err)
	}
	s.Start()
	defer s.Shutdown()
	if !s.ReadyForConnections(10 * time.Second) {
		b.Fatal("NATS does not start")
	}
	c := exec.Command(program, "run", "--nats", s.ClientURL(), "--workers", "1", "--models", modelsDir)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { c.Process.Signal(syscall.SIGTERM); c.Wait() }()
	nc, err := nats.Connect(s.ClientURL())
	if err != nil {
		b.Fatal(err)
	}
	defer nc.Close()
	for _, watched := range []bool{false, true} {
		b.Run(fmt.Sprintf("watched=%v", watched), func(b *testing.B) { realPath(b, nc, c.Process.Pid, codec, keys, watched) })
	}
}

func realPath(b *testing.B, nc *nats.Conn, pid int, codec detect.Codec, keys [][]byte, watched bool) {
	const seats, warm = 8, 4
	took := counter{make(chan struct{}, seats)}
	d := detect.New(detect.Config{NATS: nc, Looks: took, Seats: took, InFlight: 2, Timeout: time.Minute})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	defer func() { cancel(); <-done }()
	at := time.Now()
	round := func(n int) {
		for i := range seats {
			seat := proctor.SeatID(fmt.Sprint("seat", i))
			if watched {
				d.Latest(seat)
			}
			d.KeyFrame(seat, 1, at.Add(time.Duration(n)*time.Second), string(codec), keys[(n+7*i)%len(keys)])
		}
		for range seats {
			<-took.looks
		}
	}
	for d.Stats().Looks == 0 { // until it listens
		d.KeyFrame("seat0", 1, at, string(codec), keys[0])
		select {
		case <-took.looks:
		case <-time.After(100 * time.Millisecond):
		}
	}
	for n := range warm {
		round(n)
	}
	before, _ := spent(b, pid)
	b.ResetTimer()
	rounds := max(1, b.N/seats)
	for n := range rounds {
		round(warm + n)
	}
	after, resident := spent(b, pid)
	b.ReportMetric(float64((after-before).Microseconds())/1000/float64(rounds*seats), "cpu-ms/look")
	b.ReportMetric(float64(resident), "RSS-MiB")
	b.ReportMetric(float64(d.Stats().Failed), "failed")
}
