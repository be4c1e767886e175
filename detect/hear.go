package detect

import (
	"time"

	"qyragy/proctor"
)

// SubjectHear takes a HearRequest and answers a HearReply; its queue group is
// Queue too.
const SubjectHear = "qyragy.detect.hear"

// Bounds of a HearRequest: about a second of sound.
const (
	MaxSoundPackets = 128
	MaxSound        = 64 << 10 // bytes of all packets
)

// HearRequest asks how much of a seat's sound is speech.
type HearRequest struct {
	Seat proctor.SeatID `json:"seat"`
	At   time.Time      `json:"at"` // when the last packet came
	// Packets are Opus packets in order (RFC 7587's payloads), within
	// MaxSoundPackets and MaxSound.
	Packets [][]byte `json:"packets"`
	// Memory is what the last HearReply asked to be given back, if these
	// packets go on where those ended.
	Memory []byte `json:"memory,omitempty"`
	// Threshold is the least probability that counts as speech, 0..1; 0 is the
	// detector's own.
	Threshold float64 `json:"threshold,omitempty"`
}

// HearReply answers a HearRequest. It knows nothing of what was said.
type HearReply struct {
	Voice    float64 `json:"voice"` // the share of the sound that is speech, 0..1
	Level    float64 `json:"level"` // loudness, dBov: -127, silence, to 0
	Memory   []byte  `json:"memory,omitempty"`
	Detector string  `json:"detector"`
	// Err says in English why the sound could not be heard.
	Err string `json:"err,omitempty"`
}
