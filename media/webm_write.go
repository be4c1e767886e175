package media

import (
	"encoding/binary"
	"math"
	"strings"
	"time"
)

// Matroska element IDs (RFC 9559) that a recording uses.
const (
	idEBML        = 0x1A45DFA3
	idSegment     = 0x18538067
	idSeekHead    = 0x114D9B74
	idInfo        = 0x1549A966
	idTracks      = 0x1654AE6B
	idCluster     = 0x1F43B675
	idCues        = 0x1C53BB6B
	idVoid        = 0xEC
	idDuration    = 0x4489
	idTimestamp   = 0xE7
	idSimpleBlock = 0xA3
)

// Fixed places of a recording: what is patched when it is sealed was laid out
// as Void elements of these lengths.
const (
	seekRoom     = 128 // whole SeekHead, padded with a Void
	durationRoom = 11  // 44 89 88 + float64
	videoTrack   = 1
	audioTrack   = 2
)

// unknownSize is the 8-byte EBML size of an element that is still growing.
const unknownSize = 0x01FFFFFFFFFFFFFF

// matroskaEpoch is what DateUTC counts from (RFC 9559 §5.1.2.11).
func matroskaEpoch() time.Time { return time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC) }

// trackInfo is what a recording's header says of its tracks.
type trackInfo struct {
	codec string // vp8, vp9, h264 or av1
	setup
	audio bool // an Opus track too
}

// codecs is the MIME type's codecs parameter.
func (t trackInfo) codecs() string {
	name := t.name
	if name == "" {
		name = t.codec
	}
	if t.audio {
		return name + ",opus"
	}
	return name
}

// ContentType is the MIME type of a recording with a Segment's Codecs: WebM
// where its rules allow the codec, Matroska otherwise.
func ContentType(codecs string) string {
	if videoCodec(codecs) == "h264" {
		return "video/x-matroska"
	}
	return "video/webm"
}

// videoCodec is the codec of the picture in a Segment's Codecs.
func videoCodec(codecs string) string {
	name, _, _ := strings.Cut(codecs, ",")
	switch {
	case strings.HasPrefix(name, "avc1."):
		return "h264"
	case strings.HasPrefix(name, "av01."):
		return "av1"
	}
	return name
}

func appendID(b []byte, id uint32) []byte {
	for shift := 24; shift >= 0; shift -= 8 {
		if v := id >> shift; v != 0 {
			b = append(b, byte(v))
		}
	}
	return b
}

// element is an EBML element with a 4-byte size.
func element(id uint32, parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	out := appendID(make([]byte, 0, n+8), id)
	out = binary.BigEndian.AppendUint32(out, 0x10000000|uint32(n))
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func uintElement(id uint32, v uint64) []byte {
	return element(id, binary.BigEndian.AppendUint64(nil, v))
}

func floatElement(id uint32, v float64) []byte {
	return element(id, binary.BigEndian.AppendUint64(nil, math.Float64bits(v)))
}

// void is a Void element of n bytes in all; n is at least 9 or exactly 0.
func void(n int) []byte {
	if n == 0 {
		return nil
	}
	out := make([]byte, n)
	out[0] = idVoid
	binary.BigEndian.PutUint64(out[1:], 1<<56|uint64(n-9))
	return out
}

// appendHeader appends everything that comes before the first cluster.
func appendHeader(b []byte, t trackInfo, start time.Time) []byte {
	kind := strings.TrimPrefix(ContentType(t.codecs()), "video/")
	b = append(b, element(idEBML,
		uintElement(0x4286, 1), uintElement(0x42F7, 1), uintElement(0x42F2, 4), uintElement(0x42F3, 8),
		element(0x4282, []byte(strings.TrimPrefix(kind, "x-"))), uintElement(0x4287, 4), uintElement(0x4285, 2))...)
	b = appendID(b, idSegment)
	b = binary.BigEndian.AppendUint64(b, unknownSize)
	b = append(b, void(seekRoom)...)
	b = append(b, element(idInfo,
		uintElement(0x2AD7B1, 1_000_000), // timestamps in ms
		void(durationRoom),
		element(0x4461, binary.BigEndian.AppendUint64(nil, uint64(start.Sub(matroskaEpoch())))),
		element(0x4D80, []byte("qyragy")), element(0x5741, []byte("qyragy")))...)
	tracks := [][]byte{videoEntry(t)}
	if t.audio {
		tracks = append(tracks, audioEntry())
	}
	return append(b, element(idTracks, tracks...)...)
}

func videoEntry(t trackInfo) []byte {
	codec := map[string]string{"vp9": "V_VP9", "h264": "V_MPEG4/ISO/AVC", "av1": "V_AV1"}[t.codec]
	if codec == "" {
		codec = "V_VP8"
	}
	var private []byte
	if len(t.private) > 0 {
		private = element(0x63A2, t.private)
	}
	return element(0xAE, uintElement(0xD7, videoTrack), uintElement(0x73C5, videoTrack), uintElement(0x83, 1),
		uintElement(0x9C, 0), element(0x86, []byte(codec)), private,
		element(0xE0, uintElement(0xB0, uint64(t.width)), uintElement(0xBA, uint64(t.height))))
}

func audioEntry() []byte {
	head := []byte("OpusHead\x01\x02\x00\x00\x80\xbb\x00\x00\x00\x00\x00") // RFC 7845 §5.1: 2 channels, 48 kHz
	return element(0xAE, uintElement(0xD7, audioTrack), uintElement(0x73C5, audioTrack), uintElement(0x83, 2),
		uintElement(0x9C, 0), element(0x86, []byte("A_OPUS")), element(0x63A2, head),
		uintElement(0x56BB, 80_000_000), // SeekPreRoll, ns
		element(0xE1, floatElement(0xB5, 48000), uintElement(0x9F, 2)))
}

// appendCluster appends the start of a cluster whose size is not known yet.
func appendCluster(b []byte, ms int64) []byte {
	b = appendID(b, idCluster)
	b = binary.BigEndian.AppendUint64(b, unknownSize)
	return append(b, uintElement(idTimestamp, uint64(ms))...)
}

// appendBlock appends a SimpleBlock; rel is ms after the cluster's start.
func appendBlock(b []byte, track byte, rel int16, key bool, data []byte) []byte {
	b = append(b, idSimpleBlock)
	b = binary.BigEndian.AppendUint32(b, 0x10000000|uint32(len(data)+4))
	b = append(b, 0x80|track)
	b = binary.BigEndian.AppendUint16(b, uint16(rel))
	flags := byte(0)
	if key {
		flags = 0x80
	}
	b = append(b, flags)
	return append(b, data...)
}

// webmWriter turns frames into the bytes of a growing recording. It does no
// I/O: the caller takes pending and writes it.
type webmWriter struct {
	pending []byte
	cluster int64 // start of the cluster, ms; -1 before the first
	edge    int64 // time of its newest block
	last    [3]int64
}

// Cluster lengths in ms: one is opened at a key frame after minCluster, and at
// anything after maxCluster, so about one a second with a key frame a second.
const (
	minCluster = 500
	maxCluster = 1200
)

func newWebM(t trackInfo, start time.Time) *webmWriter {
	return &webmWriter{pending: appendHeader(nil, t, start), cluster: -1, last: [3]int64{-1, -1, -1}}
}

// add appends a frame that begins ms after the recording's start. Times of a
// track always grow, by a millisecond if need be; times in a cluster never fall.
func (w *webmWriter) add(track byte, ms int64, key bool, data []byte) int64 {
	ms = max(ms, w.last[track]+1, 0)
	w.last[track] = ms
	age := ms - w.cluster
	if w.cluster < 0 || age >= maxCluster || ms < w.edge || key && track == videoTrack && age >= minCluster {
		w.cluster = ms
		w.pending = appendCluster(w.pending, ms)
	}
	w.edge = ms
	w.pending = appendBlock(w.pending, track, int16(ms-w.cluster), key, data)
	return ms
}
