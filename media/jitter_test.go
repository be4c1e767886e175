package media

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// starts are sequence numbers around every boundary of their arithmetic.
var starts = []uint16{0, 1, 2, 254, 255, 256, 257, 511, 512, 513, 32766, 32767, 32768, 65533, 65534, 65535}

// feed pushes packets that carry their own index from start, a millisecond apart.
func feed(r *reorderer, start uint16, order []int) (got []int, lost int) {
	r.emit = func(p packet, n int) {
		got = append(got, int(p.payload[0])|int(p.payload[1])<<8)
		lost += n
	}
	at := time.Unix(0, 0)
	buf := make([]byte, 2) // borrowed: overwritten after each push
	for _, i := range order {
		at = at.Add(time.Millisecond)
		buf[0], buf[1] = byte(i), byte(i>>8)
		r.push(packet{seq: start + uint16(i), payload: buf, at: at})
	}
	r.flush()
	return got, lost
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func TestReordererRestoresOrderFromAnyStart(t *testing.T) {
	for _, start := range starts {
		t.Run(fmt.Sprint(start), func(t *testing.T) {
			random := rand.New(rand.NewPCG(uint64(start), 7))
			order := upTo(2000)
			for i := 1; i < len(order)-20; i += 20 { // shuffle all but the first
				random.Shuffle(20, func(a, b int) { order[i+a], order[i+b] = order[i+b], order[i+a] })
			}
			for i := 10; i < len(order); i += 7 { // and copy some
				order = append(order[:i], append([]int{order[i-random.IntN(10)]}, order[i:]...)...)
			}
			r := &reorderer{wait: time.Second}
			got, lost := feed(r, start, order)
			if lost != 0 || len(got) != 2000 || r.copies != len(order)-2000 {
				t.Fatalf("%d of 2000 came out, %d lost, %d copies of %d", len(got), lost, r.copies, len(order)-2000)
			}
			for i, n := range got {
				if n != i {
					t.Fatalf("packet %d came out as number %d", n, i)
				}
			}
		})
	}
}

func TestReordererBeginsWithTheEarliest(t *testing.T) {
	for _, start := range starts {
		r := &reorderer{wait: time.Second, settle: 10 * time.Millisecond}
		order := upTo(100)
		order[0], order[3], order[1], order[2] = 3, 0, 2, 1
		got, lost := feed(r, start, order)
		if lost != 0 || len(got) != 100 || got[0] != 0 || got[3] != 3 {
			t.Errorf("start %d: %v, %d lost", start, got[:4], lost)
		}
		short := &reorderer{wait: time.Second, settle: time.Second}
		if got, _ := feed(short, start, []int{2, 1, 0}); len(got) != 3 || got[0] != 0 {
			t.Errorf("start %d: a short stream came out as %v", start, got)
		}
	}
}

func TestReordererGivesUpInTime(t *testing.T) {
	for _, start := range starts {
		r := &reorderer{wait: 50 * time.Millisecond}
		order := append(upTo(10), upTo(200)[13:]...) // 10, 11 and 12 never come
		got, lost := feed(r, start, order)
		if lost != 3 || len(got) != 197 || r.lost != 3 || got[10] != 13 {
			t.Errorf("start %d: %d came out, %d lost", start, len(got), lost)
		}
		if len(r.held) != 0 {
			t.Errorf("start %d: %d still held", start, len(r.held))
		}
	}
}

func TestReordererTakesLatePacketsOnlyOnce(t *testing.T) {
	for _, start := range starts {
		r := &reorderer{wait: 5 * time.Millisecond}
		order := append(append([]int{0, 1, 3}, upTo(20)[4:]...), 2, 19, 2)
		got, lost := feed(r, start, order)
		if lost != 1 || len(got) != 19 || r.copies != 3 {
			t.Errorf("start %d: %v, %d lost, %d copies", start, got, lost, r.copies)
		}
	}
}

func TestReordererFollowsASenderThatBeginsAnew(t *testing.T) {
	for _, start := range starts {
		r := &reorderer{wait: time.Second}
		order := append(upTo(10), 20000, 50, 30000, 30001, 30002)
		got, _ := feed(r, start, order)
		want := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 50, 30001, 30002}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("start %d: %v", start, got)
		}
	}
}

func TestTimelineTrustsArrivalNotTheSDP(t *testing.T) {
	begin := time.Unix(1000, 0)
	for _, c := range []struct {
		name   string
		ticks  float64 // a second
		first  uint32
		broken int
	}{
		{"90 kHz", 90000, 0, 0}, {"wraps", 90000, 0xffffffff - 90000, 0},
		{"1 MHz", 1e6, 5, 0}, {"slow quartz", 89990, 5, 0}, {"no clock at all", 0, 9, 0},
	} {
		line := timeline{nominal: 90000}
		broken := 0
		random := rand.New(rand.NewPCG(1, 2))
		var last time.Time
		for i := range 900 {
			true1 := begin.Add(time.Duration(i) * time.Second / 15)
			at, b := line.at(c.first+uint32(int64(float64(i)/15*c.ticks)), true1.Add(time.Duration(random.IntN(30))*time.Millisecond))
			if b {
				broken++
			}
			if off := at.Sub(true1); off < -250*time.Millisecond || off > 250*time.Millisecond {
				t.Fatalf("%s: frame %d is off by %v", c.name, i, off)
			}
			if !at.After(last) {
				t.Fatalf("%s: time stands still at frame %d", c.name, i)
			}
			last = at
		}
		if broken != c.broken {
			t.Errorf("%s: %d breaks", c.name, broken)
		}
	}
}

func TestTimelineSeesJumps(t *testing.T) {
	for _, jump := range []int32{90000 * 3600, -90000 * 3600, 90000, -3000} {
		line := timeline{nominal: 90000}
		broken := 0
		for i := range 300 {
			ts := uint32(i * 6000)
			if i >= 150 {
				ts += uint32(jump)
			}
			now := time.Unix(1000, 0).Add(time.Duration(i) * time.Second / 15)
			at, b := line.at(ts, now)
			if b {
				broken++
			}
			if off := at.Sub(now).Abs(); off > 250*time.Millisecond {
				t.Fatalf("jump %d: frame %d is off by %v", jump, i, off)
			}
		}
		if want := 1; jump != -3000 && broken != want {
			t.Errorf("jump %d: %d breaks", jump, broken)
		}
	}
}

func TestTimelineForgivesAStall(t *testing.T) {
	line := timeline{nominal: 90000}
	for i := range 300 {
		now := time.Unix(1000, 0).Add(time.Duration(i) * time.Second / 15)
		sent := now
		if i >= 100 && i < 110 { // ten frames held up by the network, then all at once
			now = time.Unix(1000, 0).Add(110 * time.Second / 15)
		}
		if at, broken := line.at(uint32(i*6000), now); broken || at.Sub(sent).Abs() > 100*time.Millisecond && i > 20 {
			t.Fatalf("frame %d: %v, broken %v", i, at.Sub(sent), broken)
		}
	}
}
