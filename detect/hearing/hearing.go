// Package hearing says how much of a second of sound is speech: it decodes a
// seat's Opus packets with libavcodec and runs Silero VAD on them. It is
// imported by cmd/detector alone, like detect/vision, because a packet that
// crashes a decoder must take nothing with it but that process.
//
// It does not know what is said, who says it or in what mood, and keeps no
// sound: what a request needs of the one before travels with it
// (detect.HearRequest.Memory).
package hearing

import (
	"fmt"
	"math"
	"path/filepath"

	ort "github.com/yalue/onnxruntime_go"

	"qyragy/detect"
	"qyragy/detect/onnx"
	"qyragy/models"
	"qyragy/proctor"
)

// Version of this package's rules; it is part of the replies' Detector.
const Version = "0.1"

// Hearing holds the network. Hear may be called from several goroutines at
// once; each call works on one core.
type Hearing struct {
	session *ort.DynamicAdvancedSession
	name    string
}

// New checks the network's file in modelsDir against the manifest and loads
// it. It is not for several goroutines at once.
func New(modelsDir string) (*Hearing, error) {
	manifest, err := models.Load()
	if err != nil {
		return nil, err
	}
	a, err := manifest.Find(models.SileroVAD)
	if err != nil {
		return nil, err
	}
	if err := models.CheckFile(filepath.Join(modelsDir, a.File), a.SHA256); err != nil {
		return nil, err
	}
	if err := onnx.Start(modelsDir, manifest); err != nil {
		return nil, err
	}
	h := &Hearing{name: fmt.Sprintf("qyragy-hearing/%s voice=%s@%s", Version, a.Name, a.Version())}
	h.session, err = onnx.Open(modelsDir, a, []string{"input", "state", "sr"}, []string{"output", "stateN"})
	if err != nil {
		return nil, err
	}
	return h, nil
}

// Name says which rules and which network hear.
func (h *Hearing) Name() string { return h.name }

// Close frees the network. No other method may run or be called afterwards.
func (h *Hearing) Close() error { return h.session.Destroy() }

// Hear says how much of a request's sound is speech.
func (h *Hearing) Hear(q detect.HearRequest) detect.HearReply {
	r := detect.HearReply{Detector: h.name}
	pcm, err := decode(q.Packets)
	if err != nil {
		return detect.HearReply{Detector: h.name, Err: err.Error()}
	}
	if r.Level = level(pcm); r.Level < faint {
		return r
	}
	probabilities, memory, err := h.probabilities(pcm, q.Memory)
	if err != nil {
		return detect.HearReply{Detector: h.name, Err: err.Error()}
	}
	threshold := proctor.Thresholds{Voice: q.Threshold}.OrDefault().Voice
	r.Voice, r.Memory = share(probabilities, threshold), memory
	return r
}

// share is how many of the probabilities are at least threshold, 0..1.
func share(probabilities []float32, threshold float64) float64 {
	if len(probabilities) == 0 {
		return 0
	}
	n := 0
	for _, p := range probabilities {
		if float64(p) >= threshold {
			n++
		}
	}
	return float64(n) / float64(len(probabilities))
}

// faint is the loudness below which no network is asked: the samples of speech
// (samples.go) are lost in a quiet room below -60 dBov.
const faint = -65

// quietest is the level of silence, in dBov.
const quietest = -127

// level is the loudness of a sound, in dBov: its mean power over that of the
// loudest square wave (RFC 6464 §3).
func level(pcm []float32) float64 {
	var power float64
	for _, v := range pcm {
		power += float64(v) * float64(v)
	}
	if power == 0 {
		return quietest
	}
	return min(0, max(quietest, 10*math.Log10(power/float64(len(pcm)))))
}
