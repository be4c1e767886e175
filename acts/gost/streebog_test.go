package gost

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"hash"
	"os/exec"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// RFC 6986, section 10, in the order of the bytes of a file; the last two rows
// are the empty message and a block of ones, whose sums carry.
func TestStreebogVectors(t *testing.T) {
	m2 := unhex(t, "d1e520e2e5f2f0e82c20d1f2f0e8e1eee6e820e2edf3f6e82c20e2e5fef2fa20f120eceef0ff20f1f2f0e5ebe0ece820ede020f5f0e0e1f0fbff20efebfaeafb20c8e3eef0e5e2fb")
	for _, v := range []struct {
		message       []byte
		want512, want string
	}{
		{[]byte("012345678901234567890123456789012345678901234567890123456789012"),
			"1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48",
			"9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500"},
		{m2,
			"1e88e62226bfca6f9994f1f2d51569e0daf8475a3b0fe61a5300eee46d961376035fe83549ada2b8620fcd7c496ce5b33f0cb9dddc2b6460143b03dabac9fb28",
			"9dd2fe4e90409e5da87f53976d7405b0c0cac628fc669a741d50063c557e8f50"},
		{nil,
			"8e945da209aa869f0455928529bcae4679e9873ab707b55315f56ceb98bef0a7362f715528356ee83cda5f2aac4c6ad2ba3a715c1bcd81cb8e9f90bf4c1c1a8a",
			"3f539a213e97c802cc229d474c6aa32a825a360b2a933a949fd925208d9ce1bb"},
	} {
		if got := Sum512(v.message); hex.EncodeToString(got[:]) != v.want512 {
			t.Errorf("Sum512(%q) = %x", v.message, got)
		}
		if got := Sum256(v.message); hex.EncodeToString(got[:]) != v.want {
			t.Errorf("Sum256(%q) = %x", v.message, got)
		}
	}
}

func TestStreebogIsAHash(t *testing.T) {
	for _, h := range []hash.Hash{New512(), New256()} {
		fmt.Fprint(h, "some")
		first := h.Sum([]byte("x"))
		if len(first) != 1+h.Size() || first[0] != 'x' || h.BlockSize() != BlockSize {
			t.Fatalf("Sum gave %d bytes, block %d", len(first), h.BlockSize())
		}
		if !bytes.Equal(h.Sum([]byte("x")), first) {
			t.Error("Sum changed the state")
		}
		fmt.Fprint(h, " more")
		if bytes.Equal(h.Sum([]byte("x")), first) {
			t.Error("writing after Sum changed nothing")
		}
		h.Reset()
		fmt.Fprint(h, "some")
		if !bytes.Equal(h.Sum([]byte("x")), first) {
			t.Error("Reset left something behind")
		}
	}
}

// However a message is cut into writes, its digest is the same.
func TestStreebogSplitWrites(t *testing.T) {
	message := bytes.Repeat([]byte{0xff, 0x01, 0x80}, 100)
	for n := range len(message) {
		whole512, whole256 := Sum512(message[:n]), Sum256(message[:n])
		for _, step := range []int{1, 7, 63, 64, 65, 128} {
			h, g := New512(), New256()
			for at := 0; at < n; at += step {
				part := message[at:min(at+step, n)]
				h.Write(part)
				g.Write(part)
			}
			if !bytes.Equal(h.Sum(nil), whole512[:]) || !bytes.Equal(g.Sum(nil), whole256[:]) {
				t.Fatalf("%d bytes in steps of %d differ", n, step)
			}
		}
	}
}

func FuzzStreebogSplit(f *testing.F) {
	f.Add([]byte("012345678901234567890123456789012345678901234567890123456789012"), uint8(3))
	f.Add(bytes.Repeat([]byte{0xff}, 200), uint8(64))
	f.Fuzz(func(t *testing.T, data []byte, cut uint8) {
		at := min(int(cut), len(data))
		h := New512()
		h.Write(data[:at])
		h.Write(data[at:])
		if want := Sum512(data); !bytes.Equal(h.Sum(nil), want[:]) {
			t.Error("a cut changes the digest")
		}
	})
}

// OpenSSL's engine hashes the same.
func TestStreebogAgainstOpenSSL(t *testing.T) {
	needEngine(t)
	for _, n := range []int{0, 1, 63, 64, 65, 127, 128, 1000, 100_000} {
		message := bytes.Repeat([]byte{0xfe, 0xff, 0xff, 0xff, 0x07}, n/5+1)[:n]
		sum512, sum256 := Sum512(message), Sum256(message)
		for algorithm, sum := range map[string][]byte{"md_gost12_512": sum512[:], "md_gost12_256": sum256[:]} {
			cmd := exec.CommandContext(t.Context(), "openssl", "dgst", "-engine", "gost", "-"+algorithm)
			cmd.Stdin = bytes.NewReader(message)
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(out), hex.EncodeToString(sum)) {
				t.Errorf("%d bytes: OpenSSL says %s, not %x", n, out, sum)
			}
		}
	}
}

// needEngine skips where OpenSSL has no GOST engine.
func needEngine(t *testing.T) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "openssl", "engine", "gost").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "(gost)") {
		t.Skip("OpenSSL has no GOST engine here: Debian's package libengine-gost-openssl")
	}
}

func BenchmarkStreebog512(b *testing.B) {
	data := make([]byte, 64<<10)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		Sum512(data)
	}
}
