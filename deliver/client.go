package deliver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"qyragy/proctor"
)

// The bounds of one request to another system.
const (
	answerLimit    = 1 << 20 // bytes of its body
	requestTimeout = 20 * time.Second
)

// newClient talks to other systems. It follows no redirect: an address that
// was configured with a secret is not left for another one. Private addresses
// are fine: the operator chose the address, and a university's Moodle is often
// on one.
func newClient() *http.Client {
	return &http.Client{
		Timeout: requestTimeout,
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
			TLSHandshakeTimeout: 10 * time.Second, MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// answer is what another system said.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask makes one request and reads its answer, bounded.
func ask(ctx context.Context, c *http.Client, method, address, contentType string, body string, header map[string]string) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return answer{}, failed(proctor.FailUnlinked, "the address is no address")
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	r.Header.Set("User-Agent", "qyragy")
	for k, v := range header {
		r.Header.Set(k, v)
	}
	resp, err := c.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit+1))
	if err != nil {
		return answer{}, fmt.Errorf("read the answer: %w", err)
	}
	if len(b) > answerLimit {
		return answer{}, failed(proctor.FailUnavailable, "its answer is too long")
	}
	if resp.StatusCode/100 == 2 && page(b) {
		return answer{}, failed(proctor.FailUnavailable, "it answers with a page for people")
	}
	return answer{resp.StatusCode, resp.Header, b}, nil
}

// page reports whether an answer is HTML: a proxy's sign-in or a site under
// maintenance, whose 200 means that nobody has taken anything.
func page(b []byte) bool {
	start := strings.ToLower(string(bytes.TrimLeft(b[:min(len(b), 200)], "\ufeff \t\r\n")))
	return strings.HasPrefix(start, "<!doctype") || strings.HasPrefix(start, "<html")
}

// conceal takes a secret of ours out of an answer that says it back: what a
// system says may end in the journal, which forgets nothing.
func (a answer) conceal(secret string) answer {
	if secret != "" {
		a.body = bytes.ReplaceAll(a.body, []byte(secret), []byte("…"))
	}
	return a
}

// check turns a status that is not 2xx into a Failure.
func (a answer) check() error {
	if a.status/100 == 2 {
		return nil
	}
	reason := proctor.FailRefused
	switch {
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		reason = proctor.FailUnauthorized
	case a.status == http.StatusConflict:
		reason = proctor.FailStale
	case a.status >= 500, a.status == http.StatusRequestTimeout, a.status == http.StatusTooEarly, a.status == http.StatusTooManyRequests:
		reason = proctor.FailUnavailable
	}
	return failed(reason, "HTTP %d %s", a.status, excerpt(a.body))
}

// excerpt is the beginning of an answer, for a person to read. Markup says
// nothing.
func excerpt(b []byte) string {
	s := strings.Join(strings.Fields(strings.ToValidUTF8(string(b[:min(len(b), 600)]), "")), " ")
	if strings.HasPrefix(s, "<") {
		return ""
	}
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200])
	}
	return s
}

// bare is a connection's failure without the address, whose query is nobody's
// business.
func bare(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		if u.Timeout() {
			return "no answer in time"
		}
		err = u.Err
	}
	return excerpt([]byte(err.Error()))
}
