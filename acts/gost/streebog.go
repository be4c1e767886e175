package gost

import (
	"encoding/binary"
	"hash"
	"math/bits"
)

// The sizes of GOST R 34.11-2012 in bytes.
const (
	Size512   = 64 // of a 512-bit digest
	Size256   = 32 // of a 256-bit digest
	BlockSize = 64
)

// block is a 512-bit vector, the lowest word first.
type block [8]uint64

// mixing is π and the matrix in one look-up per byte; it is never written to.
var mixing = newMixing()

// newMixing computes what each byte of a word, by position and value, adds to
// the product with the matrix.
func newMixing() *[8][256]uint64 {
	var t [8][256]uint64
	for at := range t {
		for v := range t[at] {
			for bit := range 8 {
				if substitution[v]>>bit&1 == 1 {
					t[at][v] ^= linear[63-8*at-bit]
				}
			}
		}
	}
	return &t
}

// Hash is GOST R 34.11-2012 (Streebog, RFC 6986). Its digests are in the order
// of the bytes of a file, the reverse of the RFC's notation.
type Hash struct {
	size  int
	h     block
	n     block // bits hashed so far
	sigma block // sum of the blocks
	rest  [BlockSize]byte
	used  int // bytes in rest, always less than BlockSize
}

var _ hash.Hash = (*Hash)(nil)

// New512 returns a hash with a digest of 512 bits.
func New512() hash.Hash { return newHash(Size512) }

// New256 returns a hash with a digest of 256 bits.
func New256() hash.Hash { return newHash(Size256) }

// Sum512 returns the 512-bit digest of data.
func Sum512(data []byte) [Size512]byte {
	h := newHash(Size512)
	h.Write(data)
	return [Size512]byte(h.Sum(nil))
}

// Sum256 returns the 256-bit digest of data.
func Sum256(data []byte) [Size256]byte {
	h := newHash(Size256)
	h.Write(data)
	return [Size256]byte(h.Sum(nil))
}

func newHash(size int) *Hash {
	h := &Hash{size: size}
	h.Reset()
	return h
}

// Size returns the digest's length in bytes, 64 or 32.
func (h *Hash) Size() int { return h.size }

// BlockSize returns 64.
func (h *Hash) BlockSize() int { return BlockSize }

// Reset forgets everything written.
func (h *Hash) Reset() {
	*h = Hash{size: h.size}
	if h.size == Size256 {
		for i := range h.h {
			h.h[i] = 0x0101010101010101
		}
	}
}

// Clone implements hash.Cloner.
func (h *Hash) Clone() (hash.Cloner, error) {
	c := *h
	return &c, nil
}

// Write adds data; it never fails.
func (h *Hash) Write(data []byte) (int, error) {
	n := len(data)
	if h.used > 0 {
		took := copy(h.rest[h.used:], data)
		h.used += took
		data = data[took:]
		if h.used < BlockSize {
			return n, nil
		}
		h.absorb(h.rest[:], 8*BlockSize)
		h.used = 0
	}
	for len(data) >= BlockSize {
		h.absorb(data[:BlockSize], 8*BlockSize)
		data = data[BlockSize:]
	}
	h.used = copy(h.rest[:], data)
	return n, nil
}

// Sum appends the digest of everything written to b; h can be written on.
func (h *Hash) Sum(b []byte) []byte {
	d := *h
	clear(d.rest[d.used:])
	d.rest[d.used] = 1
	d.absorb(d.rest[:], uint64(8*d.used))
	d.h = compress(d.h, block{}, d.n)
	d.h = compress(d.h, block{}, d.sigma)
	var out [Size512]byte
	for i, w := range d.h {
		binary.LittleEndian.PutUint64(out[8*i:], w)
	}
	return append(b, out[Size512-d.size:]...)
}

// absorb is one step of stage 2 or 3 over a block that holds so many bits of
// the message.
func (h *Hash) absorb(data []byte, length uint64) {
	var m block
	for i := range m {
		m[i] = binary.LittleEndian.Uint64(data[8*i:])
	}
	h.h = compress(h.h, h.n, m)
	h.n = h.n.plus(block{length})
	h.sigma = h.sigma.plus(m)
}

// plus is addition modulo 2^512.
func (a block) plus(b block) block {
	var carry uint64
	for i := range a {
		a[i], carry = bits.Add64(a[i], b[i], carry)
	}
	return a
}

// mix sets out to the transformation LPS of a XOR b; they may be the same.
func mix(out, a, b *block) {
	a0, a1, a2, a3 := a[0]^b[0], a[1]^b[1], a[2]^b[2], a[3]^b[3]
	a4, a5, a6, a7 := a[4]^b[4], a[5]^b[5], a[6]^b[6], a[7]^b[7]
	t := mixing
	for i := range out {
		out[i] = t[0][byte(a0)] ^ t[1][byte(a1)] ^ t[2][byte(a2)] ^ t[3][byte(a3)] ^
			t[4][byte(a4)] ^ t[5][byte(a5)] ^ t[6][byte(a6)] ^ t[7][byte(a7)]
		a0, a1, a2, a3 = a0>>8, a1>>8, a2>>8, a3>>8
		a4, a5, a6, a7 = a4>>8, a5>>8, a6>>8, a7>>8
	}
}

// compress is the function g_N (RFC 6986, section 8).
func compress(h, n, m block) block {
	var key block
	mix(&key, &h, &n)
	state := m
	for i := range iteration {
		mix(&state, &state, &key)
		mix(&key, &key, &iteration[i])
	}
	for i := range state {
		state[i] ^= key[i] ^ h[i] ^ m[i]
	}
	return state
}
