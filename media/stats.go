package media

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// counters grow from the server's start.
type counters struct {
	packets, bytes, frames, audio, dropped, lost, copies    atomic.Int64
	segments, stored, uploadErrors, gaps, diskErrors        atomic.Int64
	backfills                                               atomic.Int64
	viewerDrops, panics, tooLarge, clockBreaks, quarantined atomic.Int64
}

// Stats are the server's totals since it began, and a few present values.
type Stats struct {
	Seats      int // with a publisher
	Viewers    int
	Joining    int   // sessions that are not connected yet
	Packets    int64 // RTP packets received
	Bytes      int64 // of them
	Frames     int64 // video frames recorded
	Audio      int64 // audio packets recorded
	Dropped    int64 // video frames that arrived and could not be recorded
	TooLarge   int64 // key frames recorded, but too large for the detectors
	Lost       int64 // packets that never came
	Copies     int64 // packets that came twice or too late
	Segments   int64 // sealed
	Stored     int64 // segments and backfills in the vault
	Gaps       int64
	DiskErrors int64
	// ClockBreaks are jumps of a camera's clock, or drifts of more than 200 ms
	// from the server's; each begins a new segment.
	ClockBreaks int64
	Quarantined int64 // segments whose files were damaged and set aside at the start
	Backfills   int64 // pieces that clients sent of what was missed
	// UploadErrors are attempts that failed; Backlog is how many sealed
	// segments and backfills wait for the vault.
	UploadErrors int64
	Backlog      int
	SpoolBytes   int64 // on disk now
	ViewerDrops  int64 // packets that a viewer was too slow for
	Panics       int64 // contained; each ended one session or request
	// SocketDrops are datagrams that the kernel dropped because a receive
	// buffer was full, in this whole network namespace since it began.
	SocketDrops int64
}

// Stats reads the counters. It lists the spool's directory: for a scrape, not
// for a hot path.
func (s *Server) Stats() Stats {
	c := &s.stats
	st := Stats{
		Packets: c.packets.Load(), Bytes: c.bytes.Load(), Frames: c.frames.Load(), Audio: c.audio.Load(),
		Dropped: c.dropped.Load(), Lost: c.lost.Load(), Copies: c.copies.Load(), Segments: c.segments.Load(),
		Stored: c.stored.Load(), Gaps: c.gaps.Load(), Backfills: c.backfills.Load(), DiskErrors: c.diskErrors.Load(),
		UploadErrors: c.uploadErrors.Load(), Backlog: s.uploads.backlog(), ViewerDrops: c.viewerDrops.Load(),
		Panics: c.panics.Load(), ClockBreaks: c.clockBreaks.Load(), Quarantined: c.quarantined.Load(), TooLarge: c.tooLarge.Load(), SocketDrops: socketDrops(),
	}
	s.mu.Lock()
	st.Joining = s.joins
	seats := make([]*seat, 0, len(s.seats))
	for _, seat := range s.seats {
		seats = append(seats, seat)
	}
	s.mu.Unlock()
	for _, seat := range seats {
		publishing, viewers := seat.count()
		if publishing {
			st.Seats++
		}
		st.Viewers += viewers
	}
	for _, seat := range seats {
		for _, ext := range []string{"part", "webm"} {
			if _, n, err := s.spool.numbers(seat.id, ext); err == nil {
				st.SpoolBytes += n
			}
		}
	}
	return st
}

// socketDrops reads Udp RcvbufErrors; 0 where there is no such file.
func socketDrops() int64 {
	data, err := os.ReadFile("/proc/net/snmp")
	if err != nil {
		return 0
	}
	var names []string
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] != "Udp:" {
			continue
		}
		if names == nil {
			names = fields
			continue
		}
		for i, name := range names {
			if name == "RcvbufErrors" && i < len(fields) {
				n, _ := strconv.ParseInt(fields[i], 10, 64)
				return n
			}
		}
	}
	return 0
}
