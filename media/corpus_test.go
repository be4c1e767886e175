package media

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"qyragy/proctor"
)

// TestWriteFuzzCorpus makes the committed corpus anew from real encodings, if
// QYRAGY_CORPUS is set.
func TestWriteFuzzCorpus(t *testing.T) {
	if os.Getenv("QYRAGY_CORPUS") == "" {
		t.Skip("QYRAGY_CORPUS is not set")
	}
	for kind, e := range encodings {
		frames := e.encode(t, "1", "64x48")[:3]
		var stream []byte
		e.wire(frames, time.Unix(0, 0), func(p packet) {
			head := []byte{byte(p.seq - 65500), byte(p.seq-65500) << 4, 0, 0}
			if p.marker {
				head[1] |= 1
			}
			head[1] = byte(p.ts/6000)<<4 | head[1]&1
			binary.BigEndian.PutUint16(head[2:], uint16(len(p.payload)))
			stream = append(append(stream, head...), p.payload...)
		})
		seed(t, "FuzzPackets", e.codec, stream, uint16(65500), byte(kind))
		a := newAssembler(e.codec, func(f frame) {
			switch {
			case !f.key:
			case e.codec == "h264":
				eachUnit(f.data, func(nal []byte) bool {
					if nal[0]&0x1f == nalSPS {
						seed(t, "FuzzSPS", "baseline", nal)
					}
					return true
				})
			case e.codec == "av1":
				_, _, body, _ := splitOBU(f.data)
				seed(t, "FuzzSequence", "realtime", body)
			}
		})
		e.wire(frames, time.Unix(0, 0), func(p packet) { a.push(p, 0) })
	}
	high := encoding{codec: "h264", args: []string{"-c:v", "libx264", "-profile:v", "high444", "-pix_fmt", "yuv444p", "-vf", "crop=62:46", "-f", "h264"}}
	a := newAssembler("h264", func(frame) {})
	high.payloader = encodings[2].payloader
	high.wire(high.encode(t, "1", "64x48")[:1], time.Unix(0, 0), func(p packet) { a.push(p, 0) })
	seed(t, "FuzzSPS", "high444", a.format.(*h264Format).sps[0])
	j := &journal{}
	dir := spoolOf(t, j)
	var script []byte
	for i, name := range []string{"000000.json", "000000.part", "000000.webm", "000001.json", "000001.part", "000001.webm", "000002.json", "000002.part"} {
		data, err := os.ReadFile(filepath.Join(dir, "seat-1", name))
		if err != nil {
			continue
		}
		data = data[:min(len(data), 5000)]
		script = append(binary.BigEndian.AppendUint16(append(script, byte(i)), uint16(len(data))), data...)
	}
	seed(t, "FuzzSpool", "crash", script, byte(2))
	n, err := json.Marshal(note{Segment: proctor.Segment{Seat: "seat-1", Start: time.Unix(1e9, 0), End: time.Unix(1e9+5, 0)}, Sealed: true, Stored: true})
	if err != nil {
		t.Fatal(err)
	}
	seed(t, "FuzzSpool", "stored", append([]byte{0, 0, byte(len(n))}, n...), byte(1))
	seed(t, "FuzzSpool", "directories", bytes.Repeat([]byte{0x80, 0, 0, 0x81, 0, 0, 0x82, 0, 0}, 2), byte(0))
}

// seed writes one entry of a corpus.
func seed(t *testing.T, target, name string, values ...any) {
	t.Helper()
	out := "go test fuzz v1\n"
	for _, v := range values {
		switch v := v.(type) {
		case []byte:
			out += fmt.Sprintf("[]byte(%q)\n", v)
		case byte:
			out += fmt.Sprintf("byte('\\x%02x')\n", v)
		case uint16:
			out += fmt.Sprintf("uint16(%d)\n", v)
		}
	}
	path := filepath.Join("testdata", "fuzz", target, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, path, []byte(out))
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
}
