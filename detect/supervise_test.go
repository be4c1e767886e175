package detect

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"
)

// The test binary is also the worker that the tests supervise.
func TestMain(m *testing.M) {
	switch os.Getenv("QYRAGY_TEST_ROLE") {
	case "worker":
		os.Exit(helperWorker())
	case "supervisor":
		os.Exit(helperSupervisor())
	}
	goleak.VerifyTestMain(m)
}

// helperWorker appends its process id to a file, answers looks if there is a
// broker, and beats until its standard input closes.
func helperWorker() int {
	f, err := os.OpenFile(os.Getenv("QYRAGY_TEST_PIDS"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return 1
	}
	fmt.Fprintln(f, os.Getpid())
	f.Close()
	if os.Getenv("QYRAGY_TEST_DIES") != "" {
		return 7
	}
	if url := os.Getenv("QYRAGY_TEST_NATS"); url != "" {
		nc, err := nats.Connect(url)
		if err != nil {
			return 1
		}
		defer nc.Close()
		nc.QueueSubscribe(SubjectLook, Queue, func(m *nats.Msg) {
			m.Respond(fmt.Appendf(nil, `{"look":{"detector":"%d"}}`, os.Getpid()))
		})
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	gone := make(chan struct{})
	go func() { io.Copy(io.Discard, os.Stdin); close(gone) }()
	beats := os.NewFile(3, "heartbeat")
	tick := time.NewTicker(20 * time.Millisecond)
	for {
		select {
		case <-stop:
			return 0
		case <-gone:
			return 0
		case <-tick.C:
			beats.Write([]byte{'.'})
		}
	}
}

// helperSupervisor supervises a worker until it is killed.
func helperSupervisor() int {
	s := supervisor(os.Getenv("QYRAGY_TEST_PIDS"))
	s.Run(context.Background())
	return 0
}

func supervisor(pids string, env ...string) *Supervisor {
	return &Supervisor{
		Path: os.Args[0], Args: []string{"-test.run=^$"},
		Env:      append([]string{"QYRAGY_TEST_ROLE=worker", "QYRAGY_TEST_PIDS=" + pids}, env...),
		Degraded: func(string) {}, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		silence: 2 * time.Second,
	}
}

// eventually waits until ok, and fails the test after a long time.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 6000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

// started are the process ids of the workers so far.
func started(t *testing.T, pids string) []int {
	t.Helper()
	b, err := os.ReadFile(pids)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var r []int
	for _, line := range strings.Fields(string(b)) {
		pid, err := strconv.Atoi(line)
		if err != nil {
			t.Fatal(err)
		}
		r = append(r, pid)
	}
	return r
}

func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(b), ") Z ")
}

// supervised runs s and returns a function that ends it.
func supervised(t *testing.T, s *Supervisor) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	ended := false
	stop = func() {
		if ended {
			return
		}
		ended = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("supervisor: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

func TestWorkerThatDiesIsRestarted(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGSEGV, syscall.SIGSTOP} {
		t.Run(sig.String(), func(t *testing.T) {
			pids := filepath.Join(t.TempDir(), "pids")
			stop := supervised(t, supervisor(pids))
			eventually(t, "a worker", func() bool { return len(started(t, pids)) == 1 })
			first := started(t, pids)[0]
			if err := syscall.Kill(first, sig); err != nil {
				t.Fatal(err)
			}
			eventually(t, "a second worker", func() bool { return len(started(t, pids)) == 2 })
			if alive(first) {
				t.Error("the first worker still lives")
			}
			second := started(t, pids)[1]
			stop()
			if alive(second) {
				t.Error("a worker outlived its supervisor")
			}
		})
	}
}

func TestWorkerThatKeepsDyingRests(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	s := supervisor(pids, "QYRAGY_TEST_DIES=1")
	told := make(chan string, 10)
	s.Degraded = func(detail string) { told <- detail }
	stop := supervised(t, s)
	if detail := <-told; !strings.Contains(detail, "5 times") {
		t.Errorf("told %q", detail)
	}
	stop()
	if n := len(started(t, pids)); n != maxRestarts || len(told) != 0 {
		t.Errorf("%d workers started, told %d times more", n, len(told))
	}
}

func TestWorkerThatIsNotThere(t *testing.T) {
	s := supervisor("")
	s.Path = filepath.Join(t.TempDir(), "nothing")
	s.rest = time.Millisecond
	told := make(chan string, 10)
	s.Degraded = func(detail string) {
		select {
		case told <- detail:
		default:
		}
	}
	supervised(t, s)
	if detail := <-told; !strings.Contains(detail, "no such file") {
		t.Errorf("told %q", detail)
	}
}

// However the supervisor's process ends, its workers end with it.
func TestWorkerEndsWithAKilledSupervisor(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "QYRAGY_TEST_ROLE=supervisor", "QYRAGY_TEST_PIDS="+pids)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a worker", func() bool { return len(started(t, pids)) == 1 })
	worker := started(t, pids)[0]
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the supervisor ended by itself")
	}
	eventually(t, "the worker ends", func() bool { return !alive(worker) })
}

// A heartbeat of another's pipe does not help: the descriptor is told.
func TestHeartbeatDescriptorIsTold(t *testing.T) {
	out := filepath.Join(t.TempDir(), "env")
	s := supervisor("")
	s.Path, s.Args = "/bin/sh", []string{"-c", `echo "$` + HeartbeatEnv + `" > "$0"; while :; do echo . >&3; sleep 0.05; done`, out}
	supervised(t, s)
	eventually(t, "the worker writes", func() bool {
		f, err := os.Open(out)
		if err != nil {
			return false
		}
		defer f.Close()
		line, err := bufio.NewReader(f).ReadString('\n')
		return err == nil && line == "3\n"
	})
}
