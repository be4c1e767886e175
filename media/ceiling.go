package media

// Bounds of a ceiling.
const (
	strained   = 0.20 // share of packets that have to be sent again in a second: too much was sent
	relaxed    = 0.05 // below this the ceiling may rise
	strainedBy = 2    // seconds of strain before it falls: a burst of loss is not a narrow link
	leastKbps  = 100
)

// ceiling is the bit rate that a publisher is told its network carries (REMB,
// draft-alvestrand-rmcat-remb-03). There is none until a link proves to be too
// narrow: then what came through it, less a little, and slowly more again.
// Random loss is no reason; what is lost is sent again.
type ceiling struct {
	kbps float64 // 0: none
	bad  int     // seconds of strain
}

// judge takes a second in which lost of the video packets had to be asked for
// and came kbit/s arrived. It returns what to tell the publisher, 0 for
// nothing; above most there is no ceiling.
func (c *ceiling) judge(lost float64, came, most int) int {
	switch {
	case lost > strained:
		if c.bad++; c.bad >= strainedBy {
			c.bad, c.kbps = 0, max(leastKbps, 0.85*float64(came))
		}
		return int(c.kbps)
	case lost < relaxed && c.kbps > 0:
		c.kbps *= 1.03
	}
	c.bad = 0
	told := int(c.kbps)
	if c.kbps > 2*float64(most) {
		c.kbps = 0 // told for the last time
	}
	return told
}
