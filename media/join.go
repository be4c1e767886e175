package media

import (
	"context"
	"math/rand/v2"

	"github.com/pion/webrtc/v4"

	"qyragy/proctor"
)

// publish begins a publisher's session.
func (s *Server) publish(ctx context.Context, st *seat, o offer) (*peer, string, error) {
	switch {
	case !o.video:
		return nil, "", badOffer("The offer has no video section.")
	case !o.recordable:
		return nil, "", badOffer("The offer has neither VP8 nor VP9 video, and nothing else is recorded.")
	case !o.sends:
		return nil, "", badOffer("The offer sends no video: a publisher's section is sendonly or sendrecv.")
	}
	p := &publisher{seat: st, audio: o.audio, camera: -1, own: rand.Uint32()}
	var err error
	if p.peer, err = s.newPeer(s.ice.publish, func() { st.activate(p) }); err != nil {
		return nil, "", err
	}
	p.ended = func() {
		p.tracks.Wait()
		p.report(s.now()) // what is left goes into the totals
		st.leave(p)
	}
	p.leaving = func() { p.left.Store(true) }
	p.pc.OnTrack(func(t *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
		p.tracks.Add(1)
		p.read(t, r)
	})
	answer, err := p.answer(ctx, o.sdp)
	if err == nil {
		answer, err = tuneAnswer(answer, s.cfg.VideoKbps)
	}
	if err == nil {
		err = st.admit(p)
	}
	if err != nil {
		p.close()
		return nil, "", err
	}
	return p.peer, answer, nil
}

// view begins a viewer's session.
func (s *Server) view(ctx context.Context, st *seat, o offer) (*peer, string, error) {
	source := st.publisher()
	if source == nil {
		return nil, "", proctor.Errorf(proctor.Conflict, "no_publisher")
	}
	v := &viewer{seat: st, in: make(chan relayed, viewerQueue), codec: source.videoType()}
	var err error
	if v.peer, err = s.newPeer(s.ice.view, st.wantKey); err != nil {
		return nil, "", err
	}
	v.ended = func() { st.unwatch(v) }
	answer, err := v.start(ctx, o)
	if err == nil {
		err = st.watch(v)
	}
	if err != nil {
		v.close()
		return nil, "", err
	}
	s.sessions.Go(v.run)
	return v.peer, answer, nil
}

// videoType is the MIME type that the publisher sends, VP8 if not known yet.
func (p *publisher) videoType() string {
	for _, r := range p.pc.GetReceivers() {
		if t := r.Track(); t != nil && t.Kind() == webrtc.RTPCodecTypeVideo && t.Codec().MimeType != "" {
			return t.Codec().MimeType
		}
	}
	return webrtc.MimeTypeVP8
}

// start adds the tracks and answers.
func (v *viewer) start(ctx context.Context, o offer) (string, error) {
	type spec struct {
		number byte
		id     string
		codec  webrtc.RTPCodecCapability
	}
	var specs []spec
	if o.video {
		specs = append(specs, spec{videoTrack, "video", webrtc.RTPCodecCapability{MimeType: v.codec, ClockRate: 90000}})
	}
	if o.audio {
		specs = append(specs, spec{audioTrack, "audio", webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}})
	}
	for _, t := range specs {
		track, err := webrtc.NewTrackLocalStaticRTP(t.codec, t.id, string(v.seat.id))
		if err != nil {
			return "", err
		}
		sender, err := v.pc.AddTrack(track)
		if err != nil {
			return "", err
		}
		v.out[t.number] = outgoing{track: track, rate: float64(t.codec.ClockRate)}
		v.server.sessions.Go(func() { v.feedback(sender) })
	}
	return v.answer(ctx, o.sdp)
}

// watch adds a viewer that has its answer.
func (st *seat) watch(v *viewer) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.closed || v.ending.Load() {
		return errNotReady()
	}
	st.viewers[v.id] = v
	st.watched.Add(1)
	return nil
}

func (st *seat) unwatch(v *viewer) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.viewers[v.id] == v {
		delete(st.viewers, v.id)
		st.watched.Add(-1)
		st.used = st.server.now()
	}
}
