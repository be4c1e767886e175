package media

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/pion/rtp"

	"qyragy/proctor"
)

// reportEvery is a second, less what the beat may come late.
const reportEvery = 950 * time.Millisecond

// seat joins what outlives a session: the recorder, and who watches.
type seat struct {
	server   *Server
	id       proctor.SeatID
	recorder *recorder

	mu       sync.Mutex
	current  *publisher // connected
	pending  *publisher // connecting
	viewers  map[string]*viewer
	newest   gop // of the connected publisher
	camera   int // of the newest publisher, -1 before the first
	closed   bool
	used     time.Time
	reportAt time.Time
	reported bool // a report said that a publisher is there
}

func newSeat(s *Server, id proctor.SeatID) *seat {
	st := &seat{server: s, id: id, viewers: map[string]*viewer{}, camera: -1, used: s.now()}
	st.recorder = newRecorder(id, s.env, st.wantKey)
	if number, sha256 := s.cfg.Last(id); sha256 != "" {
		st.recorder.next, st.recorder.prev = number+1, sha256
	}
	return st
}

// wantKey asks the seat's publisher for a key frame.
func (st *seat) wantKey() {
	if p := st.publisher(); p != nil {
		p.wantKey()
	}
}

func (st *seat) publisher() *publisher {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.current
}

func (st *seat) count() (publishing bool, viewers int) {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.current != nil, len(st.viewers)
}

// admit makes p the seat's connecting publisher: the last to come wins.
func (st *seat) admit(p *publisher) error {
	st.mu.Lock()
	old := st.pending
	closed := st.closed || p.ending.Load()
	if !closed {
		st.pending = p
		st.used = st.server.now()
	}
	st.mu.Unlock()
	if closed {
		return errNotReady()
	}
	if old != nil {
		old.close()
	}
	return nil
}

// activate makes a publisher whose transport is up the seat's own, in place of
// the one before. It may be called again.
func (st *seat) activate(p *publisher) {
	st.mu.Lock()
	if st.closed || p.active.Load() || st.pending != p {
		st.mu.Unlock()
		return
	}
	old := st.current
	st.current, st.pending = p, nil
	var promised []*viewer // another codec: they will ask again
	if old != nil && old.codec != p.codec {
		promised = slices.Collect(maps.Values(st.viewers))
	}
	if st.camera < 0 {
		st.camera = st.recorder.camera
	}
	st.camera++
	p.camera = st.camera
	if old != nil {
		old.active.Store(false)
	}
	st.recorder.begin(p.camera, p.audio)
	p.active.Store(true)
	st.mu.Unlock()
	for _, v := range promised { // not under the lock: the server's is taken before it
		v.close()
	}
	if old != nil {
		old.close()
	}
}

// leave is the end of a publisher, after its last frame.
func (st *seat) leave(p *publisher) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.pending == p {
		st.pending = nil
	}
	if st.current == p {
		st.current, st.newest.open = nil, false
	}
	st.used = st.server.now()
	if p.camera >= 0 {
		st.recorder.end(p.camera, p.left.Load())
	}
}

// relay keeps a video packet for who comes next and copies it to each viewer.
func (st *seat) relay(p *publisher, track byte, h *rtp.Header, payload []byte) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if track == videoTrack {
		st.newest.add(p.camera, p.codec, h, payload)
	}
	if len(st.viewers) == 0 {
		return
	}
	c := &rtp.Packet{Header: rtp.Header{Version: 2, Marker: h.Marker, SequenceNumber: h.SequenceNumber, Timestamp: h.Timestamp},
		Payload: append([]byte(nil), payload...)}
	for _, v := range st.viewers {
		if v.live {
			v.offer(relayed{packet: c, track: track, camera: p.camera})
		}
	}
}

// show begins the live picture of a viewer whose transport is up.
func (st *seat) show(v *viewer) {
	st.mu.Lock()
	kept := st.newest.replay()
	for _, k := range kept {
		v.offer(k)
	}
	v.live = true
	st.mu.Unlock()
	if len(kept) == 0 {
		st.wantKey()
	}
}

// session finds a publisher's or a viewer's peer by its resource's name.
func (st *seat) session(id string, whep bool) *peer {
	st.mu.Lock()
	defer st.mu.Unlock()
	if whep {
		if v := st.viewers[id]; v != nil {
			return v.peer
		}
		return nil
	}
	for _, p := range []*publisher{st.current, st.pending} {
		if p != nil && p.id == id {
			return p.peer
		}
	}
	return nil
}

// beat is the seat's share of the server's.
func (st *seat) beat(now time.Time) {
	st.mu.Lock()
	p := st.current
	due := now.Sub(st.reportAt) >= reportEvery && (p != nil || st.reported)
	if due {
		st.reportAt, st.reported = now, p != nil
	}
	st.mu.Unlock()
	if p != nil {
		p.askKey(now, false)
		p.answerMedia(now)
	}
	if !due {
		return
	}
	r := proctor.MediaReport{Seat: st.id, At: now}
	if p != nil {
		r = p.report(now)
		if p.blind(now) {
			st.recorder.refuse(proctor.GapDevice)
		}
		r.ClockDrift = time.Duration(st.recorder.drift.Load())
	}
	if st.server.cfg.Monitor != nil {
		st.server.cfg.Monitor.Report(r)
	}
}

// forgettable reports that nothing of the seat is worth keeping in memory: an
// exam lasts a day at most.
func (st *seat) forgettable(now time.Time) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.current != nil || st.pending != nil || len(st.viewers) > 0 || now.Sub(st.used) < forgetAfter {
		return false
	}
	st.recorder.mu.Lock()
	defer st.recorder.mu.Unlock()
	st.closed = !st.recorder.running
	return st.closed
}

// close ends the seat's sessions and lets no more in.
func (st *seat) close() {
	st.mu.Lock()
	st.closed = true
	var peers []*peer
	for _, p := range []*publisher{st.current, st.pending} {
		if p != nil {
			peers = append(peers, p.peer)
		}
	}
	for _, v := range st.viewers {
		peers = append(peers, v.peer)
	}
	st.mu.Unlock()
	for _, p := range peers {
		p.close()
	}
	for _, p := range peers {
		<-p.gone
	}
	st.mu.Lock()
	st.reportAt = time.Time{}
	st.mu.Unlock()
	st.beat(st.server.now()) // the last report
}
