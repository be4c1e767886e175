package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/report"
	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

// How soon a dead server is noticed: with browsers' defaults it takes half a minute.
const (
	disconnectedAfter = 3 * time.Second
	failedAfter       = 3 * time.Second // more
	keepAlive         = time.Second
	checks            = 100                    // five a second, as long as an attempt lasts: pion's seven end before an outage does
	handshakeAgain    = 200 * time.Millisecond // browsers are as impatient; pion's second costs a join over a bad link as much
)

// stack is what all publishers share.
type stack struct {
	api    *webrtc.API
	client *http.Client
}

// newStack makes a WebRTC stack with a browser's offer (VP8, Opus, NACK, PLI,
// transport-wide congestion control) and no interceptor that is not needed:
// NACKs are answered by feeds. With local set it stays on the loopback interface.
func newStack(local, insecure bool) (*stack, error) {
	var media webrtc.MediaEngine
	var registry interceptor.Registry
	if err := registerMedia(&media, &registry); err != nil {
		return nil, fmt.Errorf("set up WebRTC: %w", err)
	}
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(local)
	if local {
		settings.SetIPFilter(net.IP.IsLoopback)
	}
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.DisableActiveTCP(true)
	settings.SetDTLSRetransmissionInterval(handshakeAgain)
	settings.SetICEMaxBindingRequests(checks)
	settings.SetICETimeouts(disconnectedAfter, failedAfter, keepAlive)
	return &stack{
		api: webrtc.NewAPI(webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(&media),
			webrtc.WithInterceptorRegistry(&registry)),
		client: &http.Client{Transport: &http.Transport{
			MaxIdleConnsPerHost: 16,
			TLSClientConfig:     &tls.Config{InsecureSkipVerify: insecure}, //nolint:gosec // asked for by --insecure
		}},
	}, nil
}

func registerMedia(media *webrtc.MediaEngine, registry *interceptor.Registry) error {
	video := webrtc.RTPCodecParameters{PayloadType: 96, RTPCodecCapability: webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeVP8, ClockRate: vp8Clock,
		RTCPFeedback: []webrtc.RTCPFeedback{
			{Type: "goog-remb"}, {Type: "ccm", Parameter: "fir"}, {Type: "nack"}, {Type: "nack", Parameter: "pli"},
		},
	}}
	audio := webrtc.RTPCodecParameters{PayloadType: 111, RTPCodecCapability: webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeOpus, ClockRate: opusClock, Channels: 2,
		SDPFmtpLine: "minptime=10;useinbandfec=1",
	}}
	if err := media.RegisterCodec(video, webrtc.RTPCodecTypeVideo); err != nil {
		return err
	}
	if err := media.RegisterCodec(audio, webrtc.RTPCodecTypeAudio); err != nil {
		return err
	}
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecTypeAudio} {
		media.RegisterFeedback(webrtc.RTCPFeedback{Type: webrtc.TypeRTCPFBTransportCC}, kind)
		extension := webrtc.RTPHeaderExtensionCapability{URI: sdp.TransportCCURI}
		if err := media.RegisterHeaderExtension(extension, kind); err != nil {
			return err
		}
	}
	reports, err := report.NewSenderInterceptor(report.SenderInterval(time.Second))
	if err != nil {
		return err
	}
	numbers, err := twcc.NewHeaderExtensionInterceptor()
	if err != nil {
		return err
	}
	registry.Add(reports)
	registry.Add(numbers)
	return nil
}
