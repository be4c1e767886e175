package relay

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"
)

// TTL is how long credentials can be used to allocate. An allocation made with
// them may be refreshed for longer, so that an exam of three hours is not cut.
const TTL = time.Hour

// Credentials are a TURN username and password.
type Credentials struct{ Username, Password string }

// Issue returns credentials of user for TTL: "expiry:user", the expiry in Unix
// seconds, and an HMAC of that under secret.
func Issue(secret []byte, user string, now time.Time) Credentials {
	name := strconv.FormatInt(now.Add(TTL).Unix(), 10) + ":" + user
	return Credentials{name, password(secret, name)}
}

func password(secret []byte, username string) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("qyragy turn v1\x00"))
	h.Write([]byte(username))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// authenticate implements turn.AuthHandler. It answers the key with which the
// message's integrity is then checked, so the password itself never comes.
func (s *Server) authenticate(ra *turn.RequestAttributes) (user string, key []byte, ok bool) {
	expiry, user, found := strings.Cut(ra.Username, ":")
	until, err := strconv.ParseInt(expiry, 10, 64)
	if !found || user == "" || err != nil || ra.Realm != s.cfg.Realm {
		return "", nil, false
	}
	if s.cfg.Now().Unix() >= until && !s.holds(ra, user) {
		return "", nil, false
	}
	return user, turn.GenerateAuthKey(ra.Username, ra.Realm, password(s.cfg.Secret, ra.Username)), true
}

// holds reports whether the client has an allocation of user's that it may go
// on with after its credentials have expired.
func (s *Server) holds(ra *turn.RequestAttributes, user string) bool {
	if ra.Method == stun.MethodAllocate {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l, ok := s.live[key(ra.SrcAddr)]
	return ok && l.user == user && s.cfg.Now().Sub(l.since) < maxAge
}
