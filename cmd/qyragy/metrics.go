package main

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics exposes the engine's counts for Prometheus. They are read when
// scraped; nothing is counted twice.
func (s *server) metrics() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), statsCollector{s})
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{MaxRequestsInFlight: 2})
}

// statsCollector turns the parts' Stats into metrics.
type statsCollector struct{ s *server }

// Describe implements prometheus.Collector; an unchecked collector describes
// nothing.
func (statsCollector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c statsCollector) Collect(out chan<- prometheus.Metric) {
	emit := func(kind prometheus.ValueType, name, help string, v float64) {
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc("qyragy_"+name, help, nil, nil), kind, v)
	}
	count := func(name, help string, v int64) { emit(prometheus.CounterValue, name, help, float64(v)) }
	gauge := func(name, help string, v int64) { emit(prometheus.GaugeValue, name, help, float64(v)) }

	m := c.s.media.Stats()
	gauge("publishers", "Seats with a publisher.", int64(m.Seats))
	gauge("viewers", "Live views that proctors have open.", int64(m.Viewers))
	count("rtp_packets_total", "RTP packets received.", m.Packets)
	count("rtp_bytes_total", "Bytes of them.", m.Bytes)
	count("rtp_lost_total", "RTP packets that never came.", m.Lost)
	count("frames_recorded_total", "Video frames recorded.", m.Frames)
	count("frames_dropped_total", "Video frames that arrived and could not be recorded.", m.Dropped)
	count("recording_gaps_total", "Gaps in recordings.", m.Gaps)
	count("segments_sealed_total", "Segments sealed.", m.Segments)
	count("segments_stored_total", "Segments and backfills in the object store.", m.Stored)
	count("upload_errors_total", "Attempts to store a segment or a backfill that failed.", m.UploadErrors)
	count("disk_errors_total", "Writes to the spool that failed.", m.DiskErrors)
	count("segments_quarantined_total", "Segments whose files were damaged and set aside at the start.", m.Quarantined)
	count("clock_breaks_total", "Jumps and drifts of cameras' clocks; each began a new segment.", m.ClockBreaks)
	count("frames_too_large_total", "Key frames recorded but too large for the detectors.", m.TooLarge)
	count("backfills_total", "Stretches that clients sent of what was missed.", m.Backfills)
	count("media_panics_total", "Panics over what a peer sent; each ended its session or request.", m.Panics)
	gauge("seats_unaccounted", "Finished seats of whose time a second or more is not accounted for: look at the log.", c.s.books.bad.Load())
	pending, refused := c.s.delivery.open()
	gauge("deliveries_pending", "Decisions that a system of record has not acknowledged.", pending)
	gauge("deliveries_refused", "Those of them that wait for a person.", refused)
	gauge("upload_backlog", "Sealed segments and backfills that wait for the object store.", int64(m.Backlog))
	gauge("spool_bytes", "Bytes in the spool.", m.SpoolBytes)
	count("udp_receive_drops_total", "Datagrams that the kernel dropped for want of buffer.", m.SocketDrops)

	if n := c.s.counter; n != nil {
		gauge("national_lists_stale", "Issuers of the national PKI without a current revocation list, where lists are configured.", int64(len(n.pki.lists.stale(time.Now()))))
	}

	d := c.s.dispatch.Stats()
	emit(prometheus.CounterValue, "looks_total", "Frames that detectors looked at.", float64(d.Looks))
	emit(prometheus.CounterValue, "looks_overtaken_total", "Frames that a newer one overtook.", float64(d.Overtaken))
	emit(prometheus.CounterValue, "looks_failed_total", "Looks that failed.", float64(d.Failed))
	gauge("looks_waiting", "Seats with a frame that nobody looks at yet.", int64(d.Waiting))
	l := c.s.listener.Stats()
	emit(prometheus.CounterValue, "sounds_total", "Seconds of sound that detectors heard.", float64(l.Heard))
	emit(prometheus.CounterValue, "sounds_overtaken_total", "Seconds of sound that newer ones overtook.", float64(l.Overtaken))
	emit(prometheus.CounterValue, "sounds_failed_total", "Seconds of sound that could not be heard.", float64(l.Failed))
	if c.s.bus.server != nil {
		gauge("detectors", "Detector processes that are listening.", int64(c.s.bus.workers()))
	}
	if c.s.turn.server != nil {
		r := c.s.turn.server.Stats()
		gauge("relay_allocations", "TURN allocations.", int64(r.Allocations))
		gauge("relay_connections", "TCP and TLS connections of TURN clients.", int64(r.Connections))
		count("relay_bytes_total", "Bytes relayed, both ways.", r.Bytes)
		count("relay_refused_total", "Packets and permissions for other places than the media port.", r.Refused)
	}
}
