package hearing

import "testing"

// FuzzDecode: whatever a peer sends as Opus, decoding ends, within bounds.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{3, 0xf8, 0xff, 0xfe, 2, 0x1b, 0x86, 1, 0x08})
	f.Fuzz(func(t *testing.T, data []byte) {
		var packets [][]byte
		for len(data) > 0 {
			n := min(1+int(data[0]), len(data))
			packets, data = append(packets, data[1:n]), data[n:]
		}
		pcm, err := decode(packets)
		if err == nil && (len(pcm) == 0 || len(pcm) > maxSamples) {
			t.Fatalf("%d samples", len(pcm))
		}
	})
}
