package gost

import (
	"math/big"
	"slices"
)

// curve is an elliptic curve y² = x³ + ax + b over the integers modulo p, and
// a point (x, y) on it of prime order q.
type curve struct {
	p, a, b, q, x, y *big.Int

	// gap is 2^bits - p, and mask 2^bits - 1, bits being p's length.
	bits      uint
	gap, mask *big.Int
}

// paramSetA is id-tc26-gost-3410-12-512-paramSetA (RFC 7836, A.2). Its group is
// of the prime order q, so that each point on it is in the group.
var paramSetA = newCurve(
	"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"+
		"fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffdc7",
	"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"+
		"fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffdc4",
	"e8c2505dedfc86ddc1bd0b2b6667f1da34b82574761cb0e879bd081cfd0b6265"+
		"ee3cb090f30d27614cb4574010da90dd862ef9d4ebee4761503190785a71c760",
	"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"+
		"27e69532f48d89116ff22b8d4e0560609b4b38abfad2b85dcacdb1411f10b275",
	"3",
	"7503cfe87a836ae3a61b8816e25450e6ce5e1c93acf1abc1778064fdcbefa921"+
		"df1626be4fd036e93d75e6a50e3a41e98028fe5fc235f5b889a589cb5215f2a4",
)

// newCurve takes p, a, b, q, x and y in hexadecimal.
func newCurve(p, a, b, q, x, y string) *curve {
	number := func(s string) *big.Int {
		n, ok := new(big.Int).SetString(s, 16)
		if !ok {
			panic("gost: not a number: " + s)
		}
		return n
	}
	c := &curve{p: number(p), a: number(a), b: number(b), q: number(q), x: number(x), y: number(y)}
	c.bits = uint(c.p.BitLen())
	c.mask = new(big.Int).Lsh(big.NewInt(1), c.bits)
	c.gap = new(big.Int).Sub(c.mask, c.p)
	c.mask.Sub(c.mask, big.NewInt(1))
	return c
}

// holds reports whether (x, y) is a point of the curve, in range.
func (c *curve) holds(x, y *big.Int) bool {
	if x.Sign() < 0 || y.Sign() < 0 || x.Cmp(c.p) >= 0 || y.Cmp(c.p) >= 0 {
		return false
	}
	left := new(big.Int).Mul(y, y)
	right := new(big.Int).Mul(x, x)
	right.Add(right, c.a).Mul(right, x).Add(right, c.b)
	return left.Sub(left, right).Mod(left, c.p).Sign() == 0
}

// verify checks the signature (r, s) of the digest e by the key (x, y), which
// must be on the curve (RFC 7091, 6.2).
func (c *curve) verify(x, y, digest, r, s *big.Int) bool {
	if r.Sign() <= 0 || s.Sign() <= 0 || r.Cmp(c.q) >= 0 || s.Cmp(c.q) >= 0 {
		return false
	}
	e := new(big.Int).Mod(digest, c.q)
	if e.Sign() == 0 {
		e.SetInt64(1)
	}
	v := new(big.Int).ModInverse(e, c.q)
	z1 := new(big.Int).Mul(s, v)
	z1.Mod(z1, c.q)
	z2 := new(big.Int).Mul(r, v)
	z2.Neg(z2).Mod(z2, c.q)
	px, ok := c.combine(z1, c.x, c.y, z2, x, y)
	return ok && px.Mod(px, c.q).Cmp(r) == 0
}

// combine returns the x of k1·(x1, y1) + k2·(x2, y2), or false where the sum is
// the point at infinity.
func (c *curve) combine(k1, x1, y1, k2, x2, y2 *big.Int) (*big.Int, bool) {
	one := big.NewInt(1)
	f, g := &point{x1, y1, one}, &point{x2, y2, one}
	both := c.affine(c.add(f, g))
	sum := infinity()
	for i := max(k1.BitLen(), k2.BitLen()) - 1; i >= 0; i-- {
		sum = c.double(sum)
		switch {
		case k1.Bit(i) == 1 && k2.Bit(i) == 1:
			sum = c.add(sum, both)
		case k1.Bit(i) == 1:
			sum = c.add(sum, f)
		case k2.Bit(i) == 1:
			sum = c.add(sum, g)
		}
	}
	sum = c.affine(sum)
	return sum.x, sum.z.Sign() != 0
}

// point is (x/z², y/z³), or the point at infinity where z is zero.
type point struct{ x, y, z *big.Int }

func infinity() *point { return &point{big.NewInt(1), big.NewInt(1), new(big.Int)} }

// affine returns p with a z of 1, or infinity.
func (c *curve) affine(p *point) *point {
	if p.z.Sign() == 0 {
		return p
	}
	inverse := new(big.Int).ModInverse(p.z, c.p)
	square := c.mul(inverse, inverse)
	return &point{c.mul(p.x, square), c.mul(p.y, c.mul(square, inverse)), big.NewInt(1)}
}

// reduce brings n, not negative, into the range of p, in place. Where p lies
// close under a power of two, what is above that counts as so many gaps, which
// costs half of what a division does.
func (c *curve) reduce(n *big.Int) *big.Int {
	if c.gap.BitLen() > 64 {
		return n.Mod(n, c.p)
	}
	var high big.Int
	for n.BitLen() > int(c.bits) {
		high.Rsh(n, c.bits)
		high.Mul(&high, c.gap)
		n.And(n, c.mask).Add(n, &high)
	}
	if n.Cmp(c.p) >= 0 {
		n.Sub(n, c.p)
	}
	return n
}

// mul is a product modulo p.
func (c *curve) mul(a, b *big.Int) *big.Int { return c.reduce(new(big.Int).Mul(a, b)) }

// sub is a difference modulo p.
func (c *curve) sub(a, b *big.Int) *big.Int {
	d := new(big.Int).Sub(a, b)
	if d.Sign() < 0 {
		d.Add(d, c.p)
	}
	return d
}

// times is a small multiple modulo p.
func (c *curve) times(a *big.Int, shift uint) *big.Int {
	return c.reduce(new(big.Int).Lsh(a, shift))
}

// double is 2·p.
func (c *curve) double(p *point) *point {
	if p.z.Sign() == 0 || p.y.Sign() == 0 {
		return infinity()
	}
	yy := c.mul(p.y, p.y)
	s := c.times(c.mul(p.x, yy), 2)
	zz := c.mul(p.z, p.z)
	m := c.mul(c.mul(zz, zz), c.a)
	xx := c.mul(p.x, p.x)
	c.reduce(m.Add(m, xx).Add(m, xx).Add(m, xx))
	x := c.sub(c.sub(c.mul(m, m), s), s)
	y := c.sub(c.mul(m, c.sub(s, x)), c.times(c.mul(yy, yy), 3))
	return &point{x, y, c.times(c.mul(p.y, p.z), 1)}
}

// add is p + q; q's z must be 0 or 1.
func (c *curve) add(p, q *point) *point {
	if p.z.Sign() == 0 {
		return q
	}
	if q.z.Sign() == 0 {
		return p
	}
	zz := c.mul(p.z, p.z)
	h := c.sub(c.mul(q.x, zz), p.x)
	r := c.sub(c.mul(q.y, c.mul(p.z, zz)), p.y)
	if h.Sign() == 0 {
		if r.Sign() == 0 {
			return c.double(p)
		}
		return infinity()
	}
	hh := c.mul(h, h)
	hhh := c.mul(h, hh)
	v := c.mul(p.x, hh)
	x := c.sub(c.sub(c.sub(c.mul(r, r), hhh), v), v)
	y := c.sub(c.mul(r, c.sub(v, x)), c.mul(p.y, hhh))
	return &point{x, y, c.mul(h, p.z)}
}

// littleEndian reads an unsigned number, its lowest byte first.
func littleEndian(b []byte) *big.Int {
	b = slices.Clone(b)
	slices.Reverse(b)
	return new(big.Int).SetBytes(b)
}
