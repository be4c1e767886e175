package media

import (
	"fmt"
	"math/rand/v2"

	"qyragy/media/rtc"
	"qyragy/proctor"
)

// The codecs that are recorded, best first: VP8 costs a laptop least and is
// what the detectors read fastest. The names are those of rtpmaps; a frame's
// codec is the same in lower case.
func videoCodecs() []string { return []string{"VP8", "VP9", "H264", "AV1"} }

// startKbps is the bit rate that a publisher is asked to begin with: without
// transport-wide feedback Chromium would take ten seconds to come to it.
const startKbps = 450

// publish begins a publisher's session.
func (s *Server) publish(st *seat, o *rtc.Offer) (*peer, string, error) {
	video := o.Section("video")
	switch {
	case video == nil:
		return nil, "", rtc.BadOffer("The offer has no video section.")
	case !video.Sends:
		return nil, "", rtc.BadOffer("The offer sends no video: a publisher's section is sendonly or sendrecv.")
	case !st.recorder.known() && s.space.low(s.cfg.reserve()):
		return nil, "", errFull()
	}
	replies, err := s.receive(o)
	if err != nil {
		return nil, "", err
	}
	p := &publisher{seat: st, camera: -1, own: rand.Uint32(), every: keyEvery + rand.N(keySpread)}
	for i, section := range o.Sections {
		if section.Kind == "audio" {
			p.audio = replies[i].Codec.Name != ""
		}
		p.expect(section, replies[i].Codec)
	}
	if p.peer, err = s.newPeer(); err != nil {
		return nil, "", err
	}
	p.connected = p.begin
	p.ended = func() {
		p.finish()
		p.report(s.now()) // what is left goes into the totals
		st.leave(p)
	}
	p.leaving = func() { p.left.Store(true) }
	if err = p.open(o, replies, p); err == nil {
		err = st.admit(p)
	}
	if err != nil {
		p.close()
		return nil, "", err
	}
	return p.peer, p.session.Answer(), nil
}

// receive chooses what to take of a publisher's offer.
func (s *Server) receive(o *rtc.Offer) ([]rtc.Reply, error) {
	replies := make([]rtc.Reply, len(o.Sections))
	for i, section := range o.Sections {
		if !section.Sends {
			continue
		}
		if section.Kind == "audio" {
			if c, ok := opus(section); ok {
				// 60 ms in a packet are a third less of all packets.
				replies[i] = rtc.Reply{Codec: c, Attributes: []string{"ptime:60", "maxptime:60"}}
				if id, ok := section.Extension(levelURI); ok {
					replies[i].Attributes = append(replies[i].Attributes, fmt.Sprintf("extmap:%d %s", id, levelURI))
				}
			}
			continue
		}
		c, ok := recordable(section)
		if !ok {
			return nil, rtc.BadOffer("The offer has neither VP8, VP9, H264 nor AV1 video, and nothing else is recorded.")
		}
		c.Format = also(c.Format, fmt.Sprintf("x-google-start-bitrate=%d", startKbps))
		replies[i] = rtc.Reply{Codec: c, Kbps: s.cfg.VideoKbps}
	}
	if len(replies) == 2 && replies[0].Codec.Name != "" && replies[0].Codec.PayloadType == replies[1].Codec.PayloadType {
		return nil, rtc.BadOffer("Audio and video need payload types of their own.")
	}
	return replies, nil
}

func also(format, parameter string) string {
	if format == "" {
		return parameter
	}
	return format + ";" + parameter
}

// opus finds the audio codec, the only one that is recorded.
func opus(s rtc.Section) (rtc.Codec, bool) {
	for _, c := range s.Codecs {
		if c.Is("opus") && c.Rate == 48000 {
			c.Format = "minptime=10;useinbandfec=1"
			return c, true
		}
	}
	return rtc.Codec{}, false
}

// recordable chooses the video codec: of two payload types of one codec the
// one that the peer lists first.
func recordable(s rtc.Section) (rtc.Codec, bool) {
	for _, name := range videoCodecs() {
		for _, c := range s.Codecs {
			if c.Is(name) && c.Rate == 90000 && plain(c) {
				return c, true
			}
		}
	}
	return rtc.Codec{}, false
}

// plain reports that a codec is in the form that is recorded: VP9 of profile
// 0 (8 bits, 4:2:0), H264 whose frames may be split over packets.
func plain(c rtc.Codec) bool {
	switch profile := c.Parameter("profile-id"); {
	case c.Is("VP9"):
		return profile == "" || profile == "0"
	case c.Is("H264"):
		return c.Parameter("packetization-mode") == "1"
	default:
		return true
	}
}

// view begins a viewer's session.
func (s *Server) view(st *seat, o *rtc.Offer) (*peer, string, error) {
	source := st.publisher()
	if source == nil {
		return nil, "", proctor.Errorf(proctor.Conflict, "no_publisher")
	}
	replies, err := source.offered(o)
	if err != nil {
		return nil, "", err
	}
	v := &viewer{seat: st, in: make(chan relayed, viewerQueue)}
	if v.peer, err = s.newPeer(); err != nil {
		return nil, "", err
	}
	v.connected = func() { st.show(v) }
	v.ended = func() { st.unwatch(v) }
	if err = v.open(o, replies, v); err == nil {
		v.start()
		err = st.watch(v)
	}
	if err != nil {
		v.close()
		return nil, "", err
	}
	s.sessions.Go(v.run)
	return v.peer, v.session.Answer(), nil
}

// offered answers a viewer with what the publisher sends.
func (p *publisher) offered(o *rtc.Offer) ([]rtc.Reply, error) {
	replies := make([]rtc.Reply, len(o.Sections))
	for i, section := range o.Sections {
		if !section.Receives {
			continue
		}
		if section.Kind == "audio" {
			if c, ok := opus(section); ok && p.audio {
				replies[i] = rtc.Reply{Codec: c, Send: true}
			}
			continue
		}
		for _, c := range section.Codecs {
			if c.Is(p.videoCodec.Name) && c.Rate == p.videoCodec.Rate && plain(c) && replies[i].Codec.Name == "" {
				replies[i] = rtc.Reply{Codec: c, Send: true}
			}
		}
		if replies[i].Codec.Name == "" {
			return nil, rtc.BadOffer("The seat's camera sends " + p.videoCodec.Name + ", and the offer does not take it.")
		}
	}
	return replies, nil
}

// watch adds a viewer that has its answer.
func (st *seat) watch(v *viewer) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.closed || v.ending.Load() {
		return errNotReady()
	}
	st.viewers[v.id] = v
	return nil
}

func (st *seat) unwatch(v *viewer) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.viewers[v.id] == v {
		delete(st.viewers, v.id)
		st.used = st.server.now()
	}
}
