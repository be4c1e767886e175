package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

// observation is everything that is counted, at one moment.
type observation struct {
	at      time.Time
	pids    []int
	servers []usage
	self    usage
	packets int64
	uptime  time.Duration // of all publishers together
}

func observe(pids []int, crowd []*publisher) (observation, error) {
	o := observation{at: time.Now(), pids: pids}
	for _, pid := range pids {
		u, err := readUsage(pid)
		if err != nil {
			return o, err
		}
		o.servers = append(o.servers, u)
	}
	// Without /proc (not Linux) the generator's own cost is simply unknown.
	o.self, _ = readUsage(os.Getpid())
	for _, p := range crowd {
		o.uptime += p.standing().uptime
		for _, f := range p.feeds {
			o.packets += f.packets.Load()
		}
	}
	return o, nil
}

// result is what a run found. CPU figures are CPU time, not wall-clock
// time, so that sharing the machine with the generator hardly touches them.
type result struct {
	Seats       int            `json:"seats"`
	Connected   int            `json:"connected"`   // at the end
	Joined      int            `json:"joined"`      // ever
	Rejoined    int            `json:"rejoined"`    // connections beyond each seat's first
	JoinP50     float64        `json:"join_p50_ms"` // from the POST until media can flow
	JoinP95     float64        `json:"join_p95_ms"`
	Packets     int64          `json:"packets_sent"` // whole run
	Frames      int64          `json:"video_frames_sent"`
	Lost        int64          `json:"packets_lost"` // newest receiver reports, summed
	Resent      int64          `json:"packets_resent"`
	PLIs        int64          `json:"plis"`
	Seconds     float64        `json:"measured_seconds"`
	SeatSeconds float64        `json:"seat_seconds"` // connected time within them
	PacketRate  float64        `json:"packets_per_second"`
	Processes   []processUsage `json:"processes,omitempty"`
	SelfCPU     float64        `json:"generator_cpu_ms_per_seat_second"`
	Errors      map[string]int `json:"errors,omitempty"` // of seats not connected at the end
}

type processUsage struct {
	PID     int     `json:"pid"`
	CPU     float64 `json:"cpu_ms_per_seat_second"`
	Seconds float64 `json:"cpu_seconds"`
	RSS     float64 `json:"rss_mib"`
	Peak    float64 `json:"peak_rss_mib"`
}

func newReport(crowd []*publisher, began, ended observation) *result {
	r := &result{Seats: len(crowd), Seconds: ended.at.Sub(began.at).Seconds(), Errors: map[string]int{}}
	r.SeatSeconds = (ended.uptime - began.uptime).Seconds()
	if r.Seconds > 0 {
		r.PacketRate = float64(ended.packets-began.packets) / r.Seconds
	}
	var joins []time.Duration
	for _, p := range crowd {
		s := p.standing()
		if s.connected {
			r.Connected++
		} else if s.err != nil {
			r.Errors[s.err.Error()]++
		}
		if s.joins > 0 {
			r.Joined++
			r.Rejoined += s.joins - 1
			joins = append(joins, s.joined)
		}
		r.addFeeds(p.feeds)
	}
	r.JoinP50, r.JoinP95 = quantile(joins, 0.5), quantile(joins, 0.95)
	r.SelfCPU = r.perSeatSecond(ended.self.cpu - began.self.cpu)
	for i, pid := range ended.pids {
		spent := ended.servers[i].cpu - began.servers[i].cpu
		r.Processes = append(r.Processes, processUsage{
			PID: pid, CPU: r.perSeatSecond(spent), Seconds: spent.Seconds(),
			RSS: mebibytes(ended.servers[i].rss), Peak: mebibytes(ended.servers[i].peak),
		})
	}
	return r
}

func (r *result) addFeeds(feeds []*feed) {
	r.Frames += feeds[0].frames.Load() // video comes first
	for _, f := range feeds {
		r.Packets += f.packets.Load()
		r.Lost += f.lost.Load()
		r.Resent += f.resent.Load()
		r.PLIs += f.plis.Load()
	}
}

// perSeatSecond is CPU milliseconds for every second of a connected seat.
func (r *result) perSeatSecond(cpu time.Duration) float64 {
	if r.SeatSeconds <= 0 {
		return 0
	}
	return float64(cpu.Microseconds()) / 1000 / r.SeatSeconds
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }

// quantile is the q-quantile of times in milliseconds, by nearest rank.
func quantile(times []time.Duration, q float64) float64 {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return float64(times[int(q*float64(len(times)-1)+0.5)].Microseconds()) / 1000
}

// print writes the report as a table or as JSON.
func (r *result) print(out io.Writer, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) { fmt.Fprintf(w, name+"\t"+format+"\n", args...) }
	line("connected", "%d of %d (%d joined, %d rejoined)", r.Connected, r.Seats, r.Joined, r.Rejoined)
	line("join", "p50 %.0f ms, p95 %.0f ms", r.JoinP50, r.JoinP95)
	line("sent", "%d packets, %d video frames; %.0f packets/s over %.1f s", r.Packets, r.Frames, r.PacketRate, r.Seconds)
	line("lost", "%d packets by receiver reports, %d resent, %d PLIs", r.Lost, r.Resent, r.PLIs)
	for _, p := range r.Processes {
		line(fmt.Sprintf("process %d", p.PID), "%.2f ms CPU per seat-second (%.2f s), RSS %.0f MiB, peak %.0f MiB",
			p.CPU, p.Seconds, p.RSS, p.Peak)
	}
	line("generator", "%.2f ms CPU per seat-second", r.SelfCPU)
	for _, text := range slices.Sorted(maps.Keys(r.Errors)) {
		line("error", "%d × %s", r.Errors[text], text)
	}
	return w.Flush()
}
