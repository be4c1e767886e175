package media

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"qyragy/media/vault"
	"qyragy/proctor"
)

// What the server of a benchmark does with the media.
const (
	benchReceive = "receive" // reorder, count, answer; no recording
	benchRecord  = "record"  // write, fsync, seal and hash
	benchTap     = "tap"     // and hand key frames to the detectors' side
	benchStore   = "store"   // and upload to the embedded S3 store
)

// benchServerEnv makes this test binary be the server of a benchmark: a process
// of its own, so that its CPU time is its own.
const benchServerEnv = "QYRAGY_BENCH_SERVER"

// benchHello is what the server process says when it is ready, benchEnd what
// it says when all is sealed and stored.
type benchHello struct{ URL string }

type benchEnd struct {
	Recorded, Segments, Stored, Lost, Dropped, Keys int
	CPU                                             time.Duration
}

// countedKeys is a tap that costs nothing.
type countedKeys struct{ n chan struct{} }

func (c countedKeys) KeyFrame(proctor.SeatID, int, time.Time, string, []byte) { c.n <- struct{}{} }

// benchServer serves until its standard input ends.
func benchServer(mode string) error {
	dir := os.Getenv("QYRAGY_BENCH_DIR")
	answers := os.NewFile(3, "answers") // the store's library writes to standard output
	defer answers.Close()
	say := json.NewEncoder(answers).Encode
	j := &journal{}
	cfg := Config{Spool: filepath.Join(dir, "spool"), UDP: "127.0.0.1:0", Loopback: true, Log: j, Last: j.last}
	keys := countedKeys{make(chan struct{}, 1<<20)}
	if mode == benchTap || mode == benchStore {
		cfg.Frames = keys
	}
	if mode == benchStore {
		e, err := vault.OpenEmbedded(filepath.Join(dir, "s3"))
		if err != nil {
			return err
		}
		defer e.Close()
		if cfg.Vault, err = vault.Open(context.Background(), e.Config("recordings")); err != nil {
			return err
		}
	}
	s, err := New(cfg)
	if err != nil {
		return err
	}
	if mode == benchReceive {
		for i := range 1000 {
			s.seat(proctor.SeatID(strconv.Itoa(i + 1))).recorder.stopping = true
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	web := &http.Server{Handler: s.WHIP(anybody)}
	go web.Serve(l)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(context.Background()) }()
	if err := say(benchHello{"http://" + l.Addr().String() + "/whip/{i}"}); err != nil {
		return err
	}
	stopProfile, err := benchProfile(os.Getenv("QYRAGY_BENCH_PROFILE"))
	if err != nil {
		return err
	}
	defer stopProfile()
	_, _ = io.Copy(io.Discard, os.Stdin) // its end is the signal
	for s.Stats().Seats > 0 || recording(s) || mode == benchStore && (s.Stats().Backlog > 0 || s.Stats().Stored < s.Stats().Segments) {
		time.Sleep(100 * time.Millisecond)
	}
	web.Close()
	s.Close()
	if err := <-ended; err != nil {
		return err
	}
	end, err := benchTotals(s, j, len(keys.n))
	return errors.Join(err, say(end))
}

// recording reports that a segment is open.
func recording(s *Server) bool {
	s.mu.Lock()
	seats := slices.Collect(maps.Keys(s.seats))
	s.mu.Unlock()
	return slices.ContainsFunc(seats, func(id proctor.SeatID) bool { _, open := s.Live(id); return open })
}

// benchProfile writes a CPU profile to path, if there is one.
func benchProfile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); f.Close() }, pprof.StartCPUProfile(f)
}

func benchTotals(s *Server, j *journal, keys int) (benchEnd, error) {
	st := s.Stats()
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	end := benchEnd{Segments: int(st.Segments), Stored: int(st.Stored), Lost: int(st.Lost), Dropped: int(st.Dropped), Keys: keys,
		CPU: time.Duration(u.Utime.Nano() + u.Stime.Nano())}
	segments, _, _ := j.all()
	for _, g := range segments {
		end.Recorded += g.Frames
	}
	return end, err
}

// benchLoad is what `examinee publish --json` prints, as far as it is used.
type benchLoad struct {
	Connected int     `json:"connected"`
	JoinP50   float64 `json:"join_p50_ms"`
	JoinP95   float64 `json:"join_p95_ms"`
	Frames    int     `json:"video_frames_sent"`
	Packets   int     `json:"packets_sent"`
	Processes []struct {
		CPU float64 `json:"cpu_ms_per_seat_second"`
		RSS float64 `json:"peak_rss_mib"`
	} `json:"processes"`
}

// BenchmarkIngest measures the server's CPU time and memory under real
// publishers in another process: bin/examinee with the clips of `make clips`.
// cpu-ms/pub-s is of the steady state; life-ms/pub-s is of the process's whole
// life, with joins, sealing, hashing and uploading.
func BenchmarkIngest(b *testing.B) {
	for _, n := range []int{10, 50, 100} {
		for _, mode := range []string{benchReceive, benchRecord, benchTap, benchStore} {
			b.Run(fmt.Sprintf("%s/N=%d", mode, n), func(b *testing.B) {
				for range b.N {
					benchRun(b, mode, n)
				}
			})
		}
	}
}

func benchRun(b *testing.B, mode string, n int) {
	examinee, clips := "../bin/examinee", "../models/clips"
	if _, err := os.Stat(examinee); err != nil {
		b.Skip("bin/examinee is missing: make build")
	}
	if _, err := os.Stat(filepath.Join(clips, "honest.ivf")); err != nil {
		b.Skip("the clips are missing: make clips")
	}
	server := exec.Command(os.Args[0])
	server.Env = append(os.Environ(), benchServerEnv+"="+mode, "QYRAGY_BENCH_DIR="+b.TempDir())
	server.Stderr = os.Stderr
	in, err := server.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, answer, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	defer out.Close()
	server.ExtraFiles = []*os.File{answer}
	if err := errors.Join(server.Start(), answer.Close()); err != nil {
		b.Fatal(err)
	}
	defer func() { in.Close(); server.Wait() }()
	answers := json.NewDecoder(out)
	var hello benchHello
	if err := answers.Decode(&hello); err != nil {
		b.Fatal(err)
	}
	seconds := os.Getenv("QYRAGY_BENCH_SECONDS")
	if seconds == "" {
		seconds = "20"
	}
	var report bytes.Buffer
	load := exec.Command(examinee, "publish", "--target", hello.URL, "--seats", strconv.Itoa(n), "--ramp", "4s", "--duration", seconds+"s",
		"--clip", filepath.Join(clips, "honest.ivf"), "--audio", filepath.Join(clips, "honest.ogg"), "--json", "--pid", strconv.Itoa(server.Process.Pid))
	load.Stdout = &report
	if err := load.Run(); err != nil {
		b.Fatal(err)
	}
	in.Close()
	var end benchEnd
	if err := answers.Decode(&end); err != nil {
		b.Fatal(err)
	}
	var r benchLoad
	if err := json.Unmarshal(report.Bytes(), &r); err != nil {
		b.Fatal(err)
	}
	benchReport(b, r, end)
}

func benchReport(b *testing.B, r benchLoad, end benchEnd) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(r.Processes[0].CPU, "cpu-ms/pub-s")
	b.ReportMetric(end.CPU.Seconds()*1000/(float64(r.Frames)/15), "life-ms/pub-s")
	b.ReportMetric(r.Processes[0].RSS, "peak-MiB")
	b.ReportMetric(r.JoinP50, "join-p50-ms")
	b.ReportMetric(r.JoinP95, "join-p95-ms")
	b.ReportMetric(float64(r.Connected), "connected")
	b.ReportMetric(float64(r.Frames), "sent")
	b.ReportMetric(float64(end.Recorded), "recorded")
	b.ReportMetric(float64(end.Lost), "lost-packets")
	b.ReportMetric(float64(end.Dropped), "dropped")
	b.ReportMetric(float64(end.Stored), "stored")
}
