package media

import (
	"slices"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

func TestReceptionAsksForWhatIsMissing(t *testing.T) {
	var r reception
	r.begin(7, 90000)
	now := time.Unix(1_800_000_000, 0)
	send := func(seqs ...uint16) {
		for _, s := range seqs {
			r.packet(s, uint32(s)*900, now, true)
			now = now.Add(time.Millisecond)
		}
	}
	send(65533, 65534, 2, 1) // 65535 and 0 are missing, over the wrap
	if _, seqs := r.nacks(now); len(seqs) != 0 {
		t.Errorf("asked at once for %v", seqs)
	}
	now = now.Add(nackAfter)
	if ssrc, seqs := r.nacks(now); ssrc != 7 || !slices.Equal(seqs, []uint16{65535, 0}) {
		t.Errorf("asked for %v of %d", seqs, ssrc)
	}
	send(0)
	now = now.Add(nackAgain)
	if _, seqs := r.nacks(now); !slices.Equal(seqs, []uint16{65535}) {
		t.Errorf("asked again for %v", seqs)
	}
	now = now.Add(videoWait)
	if _, seqs := r.nacks(now); len(seqs) != 0 || len(r.missing) != 0 {
		t.Errorf("asked in vain for %v", seqs)
	}
	b, ok := r.block(now)
	if !ok || b.LastSequenceNumber != 65538 || b.TotalLost != 1 || b.FractionLost != 256/6 || b.SSRC != 7 {
		t.Errorf("report: %+v", b)
	}
	send(3, 4)
	r.report(&rtcp.SenderReport{NTPTime: 0x1234_5678_9abc_def0}, now)
	b, _ = r.block(now.Add(500 * time.Millisecond))
	if b.TotalLost != 1 || b.FractionLost != 0 || b.LastSenderReport != 0x5678_9abc || b.Delay != 32768 {
		t.Errorf("second report: %+v", b)
	}
	send(30000) // another stream
	if b, _ = r.block(now); b.TotalLost != 0 || b.LastSequenceNumber != 30000 {
		t.Errorf("after a jump: %+v", b)
	}
}

func TestReceptionJitter(t *testing.T) {
	var r reception
	r.begin(7, 90000)
	at := time.Unix(1_800_000_000, 0)
	for i := range 400 { // every second packet 10 ms late
		late := time.Duration(i%2) * 10 * time.Millisecond
		r.packet(uint16(i), uint32(i)*1800, at.Add(time.Duration(i)*20*time.Millisecond+late), false)
	}
	if b, _ := r.block(at); b.Jitter < 850 || b.Jitter > 950 { // 10 ms are 900 ticks
		t.Errorf("jitter %d", b.Jitter)
	}
}

// TestMissingIsBounded: a publisher that skips as many as it can must not make
// the list long.
func TestMissingIsBounded(t *testing.T) {
	var r reception
	r.begin(7, 90000)
	at := time.Unix(1_800_000_000, 0)
	for i := range 1000 {
		r.packet(uint16(i*window), 0, at, true)
	}
	if len(r.missing) > maxMissing || cap(r.missing) > 4*maxMissing {
		t.Errorf("%d are waited for, with room for %d", len(r.missing), cap(r.missing))
	}
	newest := uint16(999*window&0xffff - 1)
	if n := len(r.missing); n == 0 || r.missing[n-1].seq != newest {
		t.Errorf("the newest are not asked for: %v", r.missing)
	}
}
