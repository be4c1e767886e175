package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"testing"
	"time"
)

// caller is a member of staff with her own session over HTTP.
type caller struct {
	t    *testing.T
	base string
	http *http.Client
}

// refusal is what a page would show of a request that failed.
type refusal struct{ Key, Message string }

func newCaller(t *testing.T, s *server, login string) *caller {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &caller{t, s.base, &http.Client{Jar: jar, Timeout: 20 * time.Second}}
	t.Cleanup(c.http.CloseIdleConnections)
	c.ask("POST", "/api/v1/login", map[string]string{"login": login, "password": demoPassword}, nil, http.StatusOK)
	return c
}

// ask sends a request whose status is known and reads the answer into out.
func (c *caller) ask(method, path string, body, out any, want int) {
	c.t.Helper()
	if status, why := c.request(method, path, body, out); status != want {
		c.t.Fatalf("%s %s: %d %+v, want %d", method, path, status, why, want)
	}
}

// try posts what may be refused; key says why, and is empty when it was not.
func (c *caller) try(path string, body, out any) (status int, key string) {
	c.t.Helper()
	status, why := c.request(http.MethodPost, path, body, out)
	return status, why.Key
}

// send is try for bytes as they are.
func (c *caller) send(path string, body []byte, out any) (status int, key string) {
	c.t.Helper()
	status, why := c.exchange(http.MethodPost, path, "application/octet-stream", bytes.NewReader(body), out)
	return status, why.Key
}

func (c *caller) request(method, path string, body, out any) (int, refusal) {
	c.t.Helper()
	var sent io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		sent = bytes.NewReader(b)
	}
	return c.exchange(method, path, "application/json", sent, out)
}

func (c *caller) exchange(method, path, kind string, sent io.Reader, out any) (status int, why refusal) {
	c.t.Helper()
	status, _, got := c.raw(method, path, kind, sent)
	if status >= http.StatusBadRequest {
		var failed struct{ Error refusal }
		if err := json.Unmarshal(got, &failed); err != nil || failed.Error.Key == "" {
			c.t.Fatalf("%s %s: %d %s, %v", method, path, status, got, err)
		}
		return status, failed.Error
	}
	if out != nil {
		if err := json.Unmarshal(got, out); err != nil {
			c.t.Fatalf("%s %s: %s: %v", method, path, got, err)
		}
	}
	return status, refusal{}
}

// fetch gets a file of a kind.
func (c *caller) fetch(path, kind string) []byte {
	c.t.Helper()
	status, header, got := c.raw(http.MethodGet, path, "", nil)
	if status != http.StatusOK || header.Get("Content-Type") != kind {
		c.t.Fatalf("GET %s: %d %s", path, status, header.Get("Content-Type"))
	}
	return got
}

func (c *caller) raw(method, path, kind string, sent io.Reader) (int, http.Header, []byte) {
	c.t.Helper()
	q, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, sent)
	if err != nil {
		c.t.Fatal(err)
	}
	if kind != "" {
		q.Header.Set("Content-Type", kind)
	}
	q.Header.Set("Origin", c.base)
	r, err := c.http.Do(q)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	got, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r.StatusCode, r.Header, got
}
