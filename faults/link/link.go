// Package link is a bad network between two network namespaces: datagrams are
// late by a while that differs, get lost, and come twice. It stands in for
// netem where the kernel has none, and needs root. It is for tests on one
// machine: no rate limit (that is tc's tbf), no IPv6.
package link

import (
	"container/heap"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Conditions are what every packet meets, in each direction.
type Conditions struct {
	Delay  time.Duration // one way: half of the round trip
	Jitter time.Duration // the delay is even over Delay ± Jitter, so packets overtake each other
	Loss   float64       // share that never arrives, 0 to 1
	Copy   float64       // share that arrives twice, 0 to 1
}

// End is one end: a TUN device in a namespace, with an address.
type End struct {
	Namespace string       // a name of `ip netns`
	Device    string       // at most 15 letters
	Addr      netip.Prefix // of the device
}

// Link is a running link.
type Link struct {
	conditions atomic.Pointer[Conditions]
	files      [2]*os.File
	running    sync.WaitGroup
	stop       chan struct{}

	// Sent, Lost and Copied count packets of both directions.
	Sent, Lost, Copied atomic.Int64
}

// Open makes a link; seed makes its luck repeatable.
func Open(a, b End, c Conditions, seed uint64) (*Link, error) {
	l := &Link{stop: make(chan struct{})}
	l.conditions.Store(&c)
	for i, e := range []End{a, b} {
		f, err := device(e)
		if err != nil {
			return nil, errors.Join(err, l.close())
		}
		l.files[i] = f
	}
	for i := range l.files {
		queue := &delayed{wake: make(chan struct{}, 1)}
		l.running.Go(func() { l.receive(l.files[i], queue, rand.New(rand.NewPCG(seed, uint64(i)))) })
		l.running.Go(func() { l.deliver(l.files[1-i], queue) })
	}
	return l, nil
}

// Set changes the conditions for packets from now on.
func (l *Link) Set(c Conditions) { l.conditions.Store(&c) }

// Close removes the devices; what is under way is lost.
func (l *Link) Close() error {
	close(l.stop)
	err := l.close()
	l.running.Wait()
	return err
}

func (l *Link) close() (err error) {
	for _, f := range l.files {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	return err
}

// device makes a TUN device in a namespace and sets it up.
func device(e End) (*os.File, error) {
	type result struct {
		f   *os.File
		err error
	}
	made := make(chan result)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine, in whatever namespace it is
		f, err := openIn(e)
		made <- result{f, err}
	}()
	r := <-made
	if r.err != nil {
		return nil, fmt.Errorf("link: device %s in %s: %w", e.Device, e.Namespace, r.err)
	}
	for _, args := range [][]string{
		{"addr", "add", e.Addr.String(), "dev", e.Device},
		{"link", "set", e.Device, "mtu", "1500", "txqueuelen", "2000", "up"},
	} {
		if out, err := exec.Command("ip", append([]string{"-n", e.Namespace}, args...)...).CombinedOutput(); err != nil {
			return nil, errors.Join(fmt.Errorf("link: ip %v: %w: %s", args, err, out), r.f.Close())
		}
	}
	return r.f, nil
}

// openIn opens a TUN device in a namespace; the thread stays there.
func openIn(e End) (*os.File, error) {
	ns, err := unix.Open("/var/run/netns/"+e.Namespace, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(ns)
	if err := unix.Setns(ns, unix.CLONE_NEWNET); err != nil {
		return nil, err
	}
	request, err := unix.NewIfreq(e.Device)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), e.Device), nil
}

// receive takes packets from one end and decides their fate.
func (l *Link) receive(from *os.File, to *delayed, random *rand.Rand) {
	buf := make([]byte, 65536)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return // closed
		}
		c := l.conditions.Load()
		l.Sent.Add(1)
		if random.Float64() < c.Loss {
			l.Lost.Add(1)
			continue
		}
		copies := 1
		if random.Float64() < c.Copy {
			copies = 2
			l.Copied.Add(1)
		}
		now, data := time.Now(), append([]byte(nil), buf[:n]...)
		for range copies {
			late := c.Delay + time.Duration((2*random.Float64()-1)*float64(c.Jitter))
			to.add(item{now.Add(late), data})
		}
	}
}

// deliver writes packets to the other end when their time has come.
func (l *Link) deliver(to *os.File, from *delayed) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		data, wait := from.next(time.Now())
		if data != nil {
			// A device that is full drops, as a network does.
			_, _ = to.Write(data)
			continue
		}
		timer.Reset(wait)
		select {
		case <-l.stop:
			return
		case <-from.wake:
		case <-timer.C:
		}
	}
}

// item is a packet on its way.
type item struct {
	due  time.Time
	data []byte
}

// delayed holds the packets of one direction, the earliest due first.
type delayed struct {
	mu    sync.Mutex
	items byDue
	wake  chan struct{} // capacity 1: look again
}

func (d *delayed) add(i item) {
	d.mu.Lock()
	heap.Push(&d.items, i)
	first := d.items[0].due.Equal(i.due)
	d.mu.Unlock()
	if first {
		select {
		case d.wake <- struct{}{}:
		default:
		}
	}
}

// next takes what is due, or says how long to wait.
func (d *delayed) next(now time.Time) ([]byte, time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.items) == 0 {
		return nil, time.Hour
	}
	if wait := d.items[0].due.Sub(now); wait > 0 {
		return nil, wait
	}
	return heap.Pop(&d.items).(item).data, 0
}

// byDue is a heap.
type byDue []item

// Len implements heap.Interface.
func (q byDue) Len() int { return len(q) }

// Less implements heap.Interface.
func (q byDue) Less(i, j int) bool { return q[i].due.Before(q[j].due) }

// Swap implements heap.Interface.
func (q byDue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push implements heap.Interface.
func (q *byDue) Push(x any) { *q = append(*q, x.(item)) }

// Pop implements heap.Interface.
func (q *byDue) Pop() any {
	old := *q
	last := old[len(old)-1]
	old[len(old)-1] = item{}
	*q = old[:len(old)-1]
	return last
}
