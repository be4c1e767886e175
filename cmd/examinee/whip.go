package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pion/webrtc/v4"
)

// answerLimit bounds what is read of an SDP answer.
const answerLimit = 1 << 20

// endpoint is a WHIP endpoint (RFC 9725) and the bearer token for it.
type endpoint struct {
	url   string
	token string
}

// session is an established WHIP resource; resource may be empty.
type session struct {
	client   *http.Client
	token    string
	resource string
}

// refusedError is an answer other than 201 Created.
type refusedError struct {
	status string
	text   string
	after  time.Duration // Retry-After, or 0
}

// Error implements error.
func (e *refusedError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("the server answered %s: %s", e.status, e.text))
}

// post sends the offer (RFC 9725 §4.2) and returns the answer.
func (e endpoint) post(ctx context.Context, client *http.Client, offer string) (*session, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, strings.NewReader(offer))
	if err != nil {
		return nil, "", fmt.Errorf("publish: %w", err)
	}
	req.Header.Set("Content-Type", "application/sdp")
	authorize(req, e.token)
	resp, err := client.Do(req)
	if err != nil {
		return nil, "", fmt.Errorf("publish: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	if err != nil {
		return nil, "", fmt.Errorf("read answer: %w", err)
	}
	if resp.StatusCode != http.StatusCreated {
		return nil, "", refused(resp, body)
	}
	s := &session{client: client, token: e.token}
	if location := resp.Header.Get("Location"); location != "" {
		u, err := resp.Request.URL.Parse(location)
		if err != nil {
			return nil, "", fmt.Errorf("bad Location: %w", err)
		}
		s.resource = u.String()
	}
	return s, string(body), nil
}

func refused(resp *http.Response, body []byte) error {
	e := &refusedError{status: resp.Status, text: fmt.Sprintf("%.160s", body)}
	if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n > 0 {
		e.after = time.Duration(min(n, 30)) * time.Second
	}
	return e
}

// close deletes the resource (RFC 9725 §4.2); it has a second for it, so that
// Ctrl-C is quick even when the server hangs.
func (s *session) close() error {
	if s == nil || s.resource == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, s.resource, nil)
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	authorize(req, s.token)
	resp, err := s.client.Do(req)
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("end session: the server answered %s", resp.Status)
	}
	return nil
}

func authorize(req *http.Request, token string) {
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
}

// dial offers pc's tracks to the endpoint and waits until media can flow.
func dial(ctx context.Context, client *http.Client, e endpoint, pc *webrtc.PeerConnection, state <-chan webrtc.PeerConnectionState) (*session, error) {
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		return nil, fmt.Errorf("make offer: %w", err)
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(offer); err != nil {
		return nil, fmt.Errorf("make offer: %w", err)
	}
	select {
	case <-gathered:
	case <-ctx.Done():
		return nil, fmt.Errorf("gather candidates: %w", ctx.Err())
	}
	s, answer, err := e.post(ctx, client, pc.LocalDescription().SDP)
	if err != nil {
		return nil, err
	}
	err = pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
	if err != nil {
		return s, fmt.Errorf("take answer: %w", err)
	}
	select {
	case now := <-state:
		if now != webrtc.PeerConnectionStateConnected {
			return s, errors.New("connecting failed: no UDP path to the server")
		}
		return s, nil
	case <-ctx.Done():
		return s, fmt.Errorf("no connection: %w", ctx.Err())
	}
}

// loopback tells whether a URL points at this machine.
func loopback(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	return u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
}
