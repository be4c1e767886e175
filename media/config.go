package media

import (
	"context"
	"log/slog"
	"net"
	"time"

	"qyragy/proctor"
)

// Log is the journal as the recorder sees it. Each call must be durable when
// it returns, and must not mind being told the same thing twice after a crash.
// An error ends the server: what cannot be journaled must not go on.
type Log interface {
	SegmentSealed(ctx context.Context, g proctor.Segment) error
	SegmentStored(ctx context.Context, seat proctor.SeatID, number int, r proctor.Receipt) error
	RecordingGap(ctx context.Context, g proctor.Gap) error
}

// Frames takes key frames for the detectors, about one a second for each seat.
// It must not block; data is shared and must not be changed. codec is "vp8",
// "vp9", "h264" or "av1".
type Frames interface {
	KeyFrame(seat proctor.SeatID, camera int, at time.Time, codec string, data []byte)
}

// Monitor takes a report a second for each seat that has a publisher, and a
// last one when it has gone. It must not block.
type Monitor interface {
	Report(r proctor.MediaReport)
}

// Config is what a Server needs. Everything without a remark is required.
type Config struct {
	Spool string                                           // directory of recordings under way, made if absent
	UDP   string                                           // "host:port" of the one media socket; port 0 takes any, no host is all interfaces
	TCP   net.Listener                                     // optional: ICE over TCP
	Vault Vault                                            // nil: sealed segments stay in the spool
	Keep  time.Duration                                    // retention of stored segments; 0 means no lock
	Log   Log                                              // the journal
	Last  func(proctor.SeatID) (number int, sha256 string) // newest journaled segment; sha256 is "" if there is none

	TCPPorts  []int     // optional: announced instead of TCP's own port
	Backfills Backfills // optional: takes what clients send of the time that was missed
	// Reserve is how many bytes of the spool's disk are for seats that are
	// recorded already: no backfill and no new seat is taken when less is free,
	// 256 MiB if 0; negative for none.
	Reserve int64

	PublicIPs []net.IP         // optional: announced instead of the machine's own
	Loopback  bool             // announce 127.0.0.1 too: tests and demos
	VideoKbps int              // bandwidth asked of publishers, 600 if 0
	Links     Links            // optional
	Frames    Frames           // optional
	Sounds    Sounds           // optional
	Monitor   Monitor          // optional
	Logger    *slog.Logger     // optional
	Now       func() time.Time // optional, for tests
}

// Links returns the Link headers with ICE servers for whoever publishes to a
// seat or watches it (RFC 9725 §4.6).
type Links func(seat proctor.SeatID, watches bool) []string
